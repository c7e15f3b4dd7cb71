"""Whether two expressions are the same number or the same function: exactly, then by probing, then by sympy."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath

from rlvr.verifiers.math.evaluation import NoValue
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.numeric import constant, equal_constants, try_exact
from rlvr.verifiers.math.policy import MathOptions
from rlvr.verifiers.math.probing import equal_everywhere
from rlvr.verifiers.math.symbolic import Undecided, equal_symbolically
from rlvr.verifiers.math.tree import Call, Node, Num, has_call, symbols

#: A decimal of so many digits that agrees with a value that has no finite decimal was meant as that value.
_DIGITS_MEANT = 7
#: Decimals as long come from floating point, whose last digit may be off by one.
_DIGITS_OF_FLOATS = 14
_BIG = frozenset(["sum", "prod", "int", "lim"])


class Numbers:
    """Compares expressions under the given policies."""

    def __init__(self, options: MathOptions) -> None:
        self.options = options

    def same(self, gold: Node, found: Node) -> bool:
        """Whether they are equal. Raises Undecided, TooLarge."""
        if self._equal(gold, found) or self._percent(gold, found) or self._degrees(gold, found):
            return True
        return self._rounded(gold, found)

    def _equal(self, gold: Node, found: Node) -> bool:
        if gold == found:
            return True
        if isinstance(gold, Call) and gold.name in _BIG:
            return self._same_parts(gold, found)
        exact = try_exact(gold), try_exact(found)
        if None not in exact:
            return bool(exact[0] == exact[1])
        try:
            if symbols(gold) | symbols(found):
                return equal_everywhere(gold, found)
            return equal_constants(gold, found)
        except ZeroDivisionError as error:
            raise Undecided("it divides by zero") from error
        except NoValue:
            return _by_sympy(gold, found)

    def _same_parts(self, gold: Call, found: Node) -> bool:
        """Two sums (products, integrals, limits) over the same bounds of the same thing."""
        if not isinstance(found, Call) or found.name != gold.name or len(found.args) != len(gold.args):
            raise Undecided(f"a {gold.name} and something else")
        if gold.args[:-1] != found.args[:-1] or not self._equal(gold.args[-1], found.args[-1]):
            raise Undecided(f"two different ways to write a {gold.name}")
        return True

    def _percent(self, gold: Node, found: Node) -> bool:
        """28% is met by 28, and 28 by 28%: who asks for percents may leave the sign out. A gold up to 1 is a share."""
        if self.options.percent == "exact":
            return False
        if isinstance(gold, Call) and gold.name == "percent" and not has_call(found, "percent"):
            return self._equal(gold.args[0], found)
        if isinstance(found, Call) and found.name == "percent" and isinstance(gold, Num) and gold.value > 1:
            return self._equal(gold, found.args[0])
        return False

    def _degrees(self, gold: Node, found: Node) -> bool:
        """The sign of degrees is a unit, and may be left out on either side."""
        signs = [isinstance(node, Call) and node.name == "degree" for node in (gold, found)]
        if signs == [True, False] and isinstance(gold, Call):
            return self._equal(gold.args[0], found)
        if signs == [False, True] and isinstance(found, Call):
            return self._equal(gold, found.args[0])
        return False

    def _rounded(self, gold: Node, found: Node) -> bool:
        """A long decimal of a value that has no finite one; with rounding="gold", any decimal as long as gold's."""
        if symbols(gold) | symbols(found):
            return False
        for decimal, other in ((gold, found), (found, gold)):
            literal = _literal(decimal)
            if literal is None or _literal(other) is not None:
                continue
            value, places = literal
            if _digits(value, places) >= _DIGITS_MEANT and not _ends(try_exact(other)):
                return _shows(value, places, other)
        literal = _literal(gold)
        if self.options.rounding == "gold" and literal is not None:
            return _within(found, literal[0], Fraction(1, 2 * 10 ** literal[1]))
        return False


def _literal(node: Node) -> tuple[Fraction, int] | None:
    """A decimal as written: its value and how many places it shows."""
    if isinstance(node, Call) and node.name == "neg":
        inner = _literal(node.args[0])
        return None if inner is None else (-inner[0], inner[1])
    if isinstance(node, Num) and node.places is not None:
        return node.value, node.places
    match node:
        case Call(name="*", args=(Num(places=int() as places) as digits, Call(name="^", args=(ten, _)) as power)):
            scale = try_exact(power)
            if ten == Num(Fraction(10)) and scale:
                shift = len(str(scale.denominator)) - len(str(scale.numerator))
                return digits.value * scale, max(places + shift, 0)
    return None


def _digits(value: Fraction, places: int) -> int:
    """Significant digits that a decimal shows."""
    return len(str(abs(int(value * 10**places)))) if value else 0


def _ends(value: Fraction | None) -> bool:
    """Whether a value has a finite decimal, in which case there was no need to round it."""
    if value is None:
        return False
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _shows(decimal: Fraction, places: int, node: Node) -> bool:
    """Whether a decimal is the value rounded to its places, or cut off there."""
    last = Fraction(1, 10**places)
    if _digits(decimal, places) >= _DIGITS_OF_FLOATS:
        return _within(node, decimal, last * Fraction(101, 100))
    middle = decimal + (last / 2 if decimal > 0 else -last / 2)
    return _within(node, decimal, last * Fraction(501, 1000)) or _within(node, middle, last / 2)


def _within(node: Node, value: Fraction, margin: Fraction) -> bool:
    try:
        distance: Any = constant(Call("-", (node, Num(value))))
    except (NoValue, TooLarge, ZeroDivisionError):
        return False
    with mpmath.workdps(30):
        return bool(abs(distance) <= mpmath.mpf(margin.numerator) / margin.denominator)


def _by_sympy(gold: Node, found: Node) -> bool:
    try:
        return equal_symbolically(gold, found)
    except (ArithmeticError, AttributeError, NotImplementedError, RecursionError, TypeError, ValueError) as error:
        # sympy raises any of these on expressions it has no rule for
        raise Undecided(f"sympy gives up: {error!r}"[:200]) from error
