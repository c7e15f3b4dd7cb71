"""The smallest parts of an answer: numbers and words."""

from __future__ import annotations

import re
from fractions import Fraction

from rlvr.verifiers.math.lexer import TooLarge, Unreadable
from rlvr.verifiers.math.tree import INFINITY, Call, Node, Num, Sym, Word

#: Larger products stay as they are written.
_SMALL_BITS = 512


def joined(name: str, left: Node, right: Node) -> Node:
    """A sum; whole numbers are added at once, so that a sum of thousands is not nested thousands deep."""
    if name in "+-" and isinstance(left, Num) and isinstance(right, Num) and left.places is right.places is None:
        return Num(left.value + right.value if name == "+" else left.value - right.value)
    return Call(name, (left, right))


def multiplied(left: Node, right: Node) -> Node:
    """A product; whole numbers are multiplied at once, while the product is small."""
    if isinstance(left, Num) and isinstance(right, Num) and left.places is right.places is None:
        product = left.value * right.value
        if product.denominator == 1 and product.numerator.bit_length() < _SMALL_BITS:
            return Num(product)
    return Call("*", (left, right))


def number(text: str) -> Num:
    """A number as written. Raises TooLarge."""
    if text.isdigit():
        return Num(Fraction(int(text)))
    places = len(text.partition(".")[2].partition("e")[0].partition("E")[0]) if "." in text else None
    if "e" in text.lower():
        mantissa, _, exponent = text.lower().partition("e")
        if abs(int(exponent)) > 1_000:
            raise TooLarge(f"an exponent of {exponent}")
        return Num(Fraction(mantissa) * Fraction(10) ** int(exponent), places)
    return Num(Fraction(text), places)


def repeating(text: str) -> Num:
    """0.1\\overline{6} is 1/6: digits before the period, and the period over as many nines."""
    head, _, tail = text.partition("\\")
    period = tail[tail.index("{") + 1 : -1].strip()
    places = len(head.partition(".")[2])
    return Num(Fraction(head + "0") + Fraction(int(period), 10**places * (10 ** len(period) - 1)))


def in_base(number: Num, base: int) -> Node:
    """Digits with a base as subscript, kept as written: 52_8 is not 42."""
    if not 2 <= base <= 36 or number.value < 0:
        raise Unreadable(f"base {base}")
    return Call("base", (number, Num(Fraction(base))))


def word(text: str) -> Node:
    """Text in `\\text{}`: a letter is a name, digits are a number."""
    bare = text.strip()
    if bare.casefold() in ("infinity", "inf"):
        return INFINITY
    if len(bare) == 1 and bare.isalpha():
        return Sym(bare)
    try:
        return number(bare) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", bare) else Word("".join(bare.split()).casefold())
    except ValueError as error:
        raise Unreadable(str(error)) from error
