"""Expressions worked out at one precision, with an account of the bits they call for.

Rounding hides what is small beside something large: `(x + 10^{1000} pi) - 10^{1000} pi` comes to 0 where fewer
than a thousand digits are kept. So an evaluation allows for `budget` bits of that kind and counts what it met
(`needed`): the bits of numbers as written, how far apart the terms of a sum are and what is left of them, how far
from 1 what functions are applied to is. It holds when no more was needed than allowed; `numeric` repeats it until
then.

A sum that cancels deeper than the bits asked for and the budget together is 0, since rounding may be all that is
left: expressions that are not 0 are seldom that small for their size (J. van der Hoeven, Zero-testing, witness
conjectures and differential diophantine approximation, 2001). No proof, but one who wants to write a smaller
difference has to write more, and is allowed more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath

from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.tree import Call, Node, Num, Sym

#: Beyond so many binary digits before the point, or behind it, nothing is computed.
_MAX_MAGNITUDE = 2**60
#: Larger arguments cost time. Gamma also does at many digits, where it sums long series.
_MAX_TRIGONOMETRIC, _MAX_EXPONENT, _MAX_FACTORIAL = 10**300, 10**15, 10**13
_MAX_BITS_OF_GAMMA, _MAX_WRITTEN_OUT = 1_500, 5_000
#: Rounding errors of some billions of operations.
_GUARD = 32
_TRIGONOMETRIC = frozenset(["sin", "cos", "tan", "cot", "sec", "csc"])
_FUNCTIONS = {
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh,
}  # fmt: skip


class NoValue(Exception):
    """Not defined at this point, or not something that has a value."""


class Evaluation:
    """One pass, to be made at the precision it asks for.

    needed: the bits it called for so far. costly: how many of its operations take long at many digits.
    """

    def __init__(self, bits: int, budget: int) -> None:
        self.precision = bits + 2 * budget + _GUARD
        self.needed = 0
        self.costly = 0
        self._depth = bits + budget

    def value(self, node: Node, point: Mapping[str, Fraction]) -> Any:
        """The value at a point. Raises NoValue, TooLarge, ZeroDivisionError."""
        match node:
            case Num(value=number):
                self.needed += number.numerator.bit_length() + number.denominator.bit_length() - 1
                return _number(number)
            case Sym(name=name) if name in point:
                return _number(point[name])
            case Sym(name="e"):
                return +mpmath.e
            case Sym(name="i"):
                return mpmath.mpc(0, 1)
            case Call(name="pi"):
                return +mpmath.pi
            case Call(name=name, args=args):
                try:
                    return _sized(self._applied(name, [self.value(a, point) for a in args]))
                except ZeroDivisionError:
                    raise
                except (ValueError, OverflowError, ArithmeticError, mpmath.libmp.NoConvergence) as error:
                    raise NoValue(str(error)) from error
        raise NoValue(f"{type(node).__name__} has no numeric value")

    def same(self, u: Any, v: Any) -> bool:
        """Whether two values are equal as far as this evaluation can tell values from rounding errors."""
        rest = u - v
        return not rest or bool(u and v and max(mpmath.mag(u), mpmath.mag(v)) - mpmath.mag(rest) > self._depth)

    def _applied(self, name: str, values: list[Any]) -> Any:  # noqa: C901, PLR0912 (one case an operation)
        match name, values:
            case "+", [a, b]:
                return self._sum(a, b)
            case "-", [a, b]:
                return self._sum(a, -b)
            case "*", [a, b]:
                return a * b
            case "/", [a, b]:
                return a / b
            case "neg", [a]:
                return -a
            case "percent", [a]:
                return a / 100
            case "degree", [a]:
                return a * mpmath.pi / 180
            case "^", [a, b]:
                return self._power(a, b)
            case "abs", [a]:
                return self._absolute(a)
            case "floor", [a]:
                return self._floor(a)
            case "ceil", [a]:
                return -self._floor(-a)
            case "mod", [a, b]:
                return self._sum(a, -b * self._floor(a / b))
            case "log", [a, b]:
                return self._logarithm(a) / self._logarithm(b)
            case "ln", [a]:
                return self._logarithm(a)
            case ("max" | "min", [_, *_]):
                return self._outermost(values, 1 if name == "max" else -1)
        return self._function(name, values)

    def _function(self, name: str, values: list[Any]) -> Any:
        self.costly += 1
        for a in values:
            self.needed += 2 * abs(mpmath.mag(a)) if a else 0
        match name, values:
            case "exp", [a]:
                return mpmath.exp(_moderate(a, _MAX_EXPONENT))
            case "fact", [a]:
                return self._factorial(a)
            case "binom", [a, b]:
                return self._binomial(a, b)
            case _, [a] if name in _TRIGONOMETRIC:
                return self._trigonometric(name, _moderate(a, _MAX_TRIGONOMETRIC))
            case _, [a] if name in _FUNCTIONS:
                return self._hyperbolic_or_inverse(name, a)
        raise NoValue(f"{name} of {len(values)}")

    def _sum(self, a: Any, b: Any) -> Any:
        total = a + b
        if not a or not b:
            return total
        sizes = mpmath.mag(a), mpmath.mag(b)
        self.needed += abs(sizes[0] - sizes[1])
        return self._left(max(sizes), total)

    def _left(self, size: int, rest: Any) -> Any:
        """What is left of things of that size: 0 where rounding may be all of it."""
        lost = size - mpmath.mag(rest) if rest else 0
        if not rest or lost > self._depth:
            return mpmath.mpf(0)
        self.needed += max(lost, 0)
        return rest

    def _power(self, a: Any, b: Any) -> Any:
        if not a:
            if mpmath.re(b) > 0:
                return mpmath.mpf(0)
            raise ZeroDivisionError("0 to a power that is not positive")
        if not b:
            return mpmath.mpf(1)
        if abs(b) * (abs(mpmath.mag(a)) + 2) > _MAX_MAGNITUDE:
            raise TooLarge("a power that large")
        self.costly += not mpmath.isint(b)
        power = mpmath.power(a, b)
        self.needed += 2 * abs(mpmath.mag(b)) + (abs(mpmath.mag(power)).bit_length() if power else 0)
        return power

    def _absolute(self, a: Any) -> Any:
        real, imaginary = abs(mpmath.re(a)), abs(mpmath.im(a))
        if not real or not imaginary:
            return real + imaginary
        gap = abs(mpmath.mag(real) - mpmath.mag(imaginary))
        if gap > self._depth:
            return max(real, imaginary)
        self.needed += 2 * gap
        return abs(a)

    def _real(self, a: Any) -> Any:
        real, imaginary = mpmath.re(a), mpmath.im(a)
        if imaginary and not (real and mpmath.mag(real) - mpmath.mag(imaginary) > self._depth):
            raise NoValue("a complex number where order counts")
        return real

    def _floor(self, a: Any) -> Any:
        """The whole number below; of one that only rounding keeps from a whole number, that."""
        a = self._real(a)
        self.needed += max(mpmath.mag(a), 0) if a else 0
        nearest = mpmath.nint(a)
        return nearest - 1 if self._sum(a, -nearest) < 0 else nearest

    def _outermost(self, values: list[Any], sign: int) -> Any:
        found, *others = map(self._real, values)
        for other in others:
            near = found and other and abs(mpmath.mag(found) - mpmath.mag(other)) < 2
            if sign * (self._sum(other, -found) if near else other - found) > 0:
                found = other
        return found

    def _logarithm(self, a: Any) -> Any:
        if not a:
            raise ZeroDivisionError("a logarithm of 0")
        self.costly += 1
        if mpmath.mag(a) in (0, 1) and not self._sum(a, mpmath.mpf(-1)):
            return mpmath.mpf(0)
        return mpmath.log(a)

    def _factorial(self, a: Any) -> Any:
        one_more = self._of_gamma(a)
        if mpmath.isint(one_more) and 0 < one_more <= _MAX_WRITTEN_OUT:
            return mpmath.mpf(math.factorial(int(one_more) - 1))
        return self._gamma([one_more], [])

    def _binomial(self, a: Any, b: Any) -> Any:
        return self._gamma([self._of_gamma(a)], [self._of_gamma(b), self._of_gamma(self._sum(a, -b))])

    def _gamma(self, above: list[Any], below: list[Any]) -> Any:
        if self.precision > _MAX_BITS_OF_GAMMA:
            raise NoValue("a factorial to that many digits")
        return mpmath.gammaprod(above, below) if below else mpmath.gamma(*above)

    def _of_gamma(self, a: Any) -> Any:
        """One more; a whole number where only rounding keeps it from one, since gamma has poles there."""
        if abs(a) > _MAX_FACTORIAL:
            raise TooLarge("a factorial that large")
        nearest = mpmath.nint(a)
        return self._sum(a, mpmath.mpf(1)) if self._sum(a, -nearest) else nearest + 1

    def _trigonometric(self, name: str, a: Any) -> Any:
        """Both sine and cosine are looked at: where one is small the other is flat, and hides what it is of."""
        size = mpmath.mag(a) if a else 0
        self.needed += 3 * int(abs(mpmath.im(a)))  # a tangent comes as near to i
        cosine, sine = (self._left(size, part) for part in mpmath.cos_sin(a))
        match name:
            case "sin":
                return sine
            case "cos":
                return cosine
            case "tan":
                return sine / cosine
            case "cot":
                return cosine / sine
            case "sec":
                return 1 / cosine
        return 1 / sine

    def _hyperbolic_or_inverse(self, name: str, a: Any) -> Any:
        if name in ("arcsin", "arccos") and not self._sum(mpmath.mpf(1), -a * a):
            a = mpmath.sign(mpmath.re(a))  # beside 1 they are as steep as roots beside 0
        if name == "tanh":
            self.needed += 3 * int(abs(_moderate(a, _MAX_EXPONENT)))  # it comes as near to 1
        limit = _MAX_TRIGONOMETRIC if name.startswith("arc") else _MAX_EXPONENT
        found = _FUNCTIONS[name](_moderate(a, limit))
        return self._left(min(mpmath.mag(a), 1), found) if a else found


def _number(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def _moderate(a: Any, limit: int) -> Any:
    if abs(a) > limit:
        raise TooLarge("an argument that large")
    return a


def _sized(a: Any) -> Any:
    if not mpmath.isfinite(a):
        raise NoValue("infinite")
    if a and abs(mpmath.mag(a)) > _MAX_MAGNITUDE:
        raise TooLarge("a value that large")
    return a
