"""Exact values: what an expression is as a fraction, where it is one.

Everything that could grow without bound is checked before it is computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.tree import Call, Node, Num, Sym, children

MAX_BITS = 20_000
_NOWHERE: Mapping[str, Fraction] = MappingProxyType({})


class Inexact(Exception):
    """The expression has no value that this module could state as a fraction."""


def exact(node: Node, point: Mapping[str, Fraction] = _NOWHERE) -> Fraction:
    """The value, with variables as the point has them. Raises Inexact, TooLarge, ZeroDivisionError."""
    if isinstance(node, Num):
        return node.value
    if isinstance(node, Sym) and node.name in point:
        return point[node.name]
    if not isinstance(node, Call):
        raise Inexact
    values = [exact(argument, point) for argument in node.args]
    return _small(_apply(node.name, values))


def rational(node: Node) -> Fraction | None:
    """The value, None where there is none that could be stated as a fraction of reasonable size."""
    if isinstance(node, Num):
        return node.value
    try:
        return exact(node)
    except (Inexact, TooLarge, ZeroDivisionError):
        return None


def bits(node: Node) -> int:
    """Those of all numbers in it together, of powers as often as they are taken."""
    match node:
        case Num(value=value):
            return max(value.numerator.bit_length(), value.denominator.bit_length())
        case Sym(name="e" | "i") | Call(name="pi"):
            return 2
        case Call(name="^", args=(base, exponent)) if (times := rational(exponent)) is not None:
            return bits(base) * max(1, int(abs(times)))
    return sum(map(bits, children(node)))


def _apply(name: str, values: list[Fraction]) -> Fraction:  # noqa: C901, PLR0912 (one case an operation)
    match name, values:
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b]:
            return a / b
        case "neg", [a]:
            return -a
        case "percent", [a]:
            return a / 100
        case "abs", [a]:
            return abs(a)
        case "floor", [a]:
            return Fraction(math.floor(a))
        case "ceil", [a]:
            return Fraction(math.ceil(a))
        case "^", [a, b]:
            return _power(a, b)
        case "fact", [a]:
            return Fraction(math.factorial(_natural(a, 2_000)))
        case "binom", [a, b]:
            return Fraction(_binomial(_natural(a, 10**30), _natural(b, 10**30)))
        case "mod", [a, b]:
            return a - b * math.floor(a / b)
        case "base", [digits, base]:
            return Fraction(_from_base(digits, base))
    if name in ("max", "min") and values:
        ordered = sorted(values)
        return ordered[-1] if name == "max" else ordered[0]
    if name in ("gcd", "lcm") and 0 < len(values) < 20:
        whole = [_natural(v, 10**18) for v in values]
        return Fraction(math.gcd(*whole)) if name == "gcd" else Fraction(math.lcm(*whole))
    raise Inexact


def _small(value: Fraction) -> Fraction:
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise TooLarge("a number of thousands of digits")
    return value


def _natural(value: Fraction, limit: int) -> int:
    if value.denominator != 1 or value < 0:
        raise Inexact
    if value > limit:
        raise TooLarge(f"a number above {limit}")
    return int(value)


def _binomial(n: int, k: int) -> int:
    factors = min(k, n - k)
    if n > 5_000 and factors * n.bit_length() > 2 * MAX_BITS:
        raise TooLarge("a binomial coefficient of thousands of digits")
    return math.comb(n, k)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        return _root(base, exponent)
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base in (0, 1, -1):
        exponent = exponent % 2 if base == -1 else Fraction((exponent > 0) - (exponent < 0))
    elif abs(exponent) * size > MAX_BITS:
        raise TooLarge("a power of thousands of digits")
    return base ** int(exponent)


def _root(base: Fraction, exponent: Fraction) -> Fraction:
    """A rational power that happens to be rational: 4^(1/2), 8^(2/3)."""
    degree = exponent.denominator
    if base < 0 or degree > 64 or abs(exponent.numerator) > 1_000:
        raise Inexact
    top, bottom = (_integer_root(part, degree) for part in (base.numerator, base.denominator))
    return _power(Fraction(top, bottom), Fraction(exponent.numerator))


def _integer_root(value: int, degree: int) -> int:
    if degree == 2:
        root = math.isqrt(value)
    else:
        low, high = 0, 1 << (value.bit_length() // degree + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
        root = low
    if root**degree != value:
        raise Inexact
    return root


def _from_base(digits: Fraction, base: Fraction) -> int:
    try:
        return int(str(int(digits)), int(base))
    except ValueError as error:
        raise Inexact from error
