"""Numeric values to any number of digits. Constants that agree to 42 digits are compared again to 400."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath

from rlvr.verifiers.math.exact import Inexact, exact
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.tree import Call, Node, Num, Sym, symbols, walk

#: Beyond this many binary digits before the point, nothing is computed.
_MAX_MAGNITUDE = 4_000_000
#: What agrees to 42 digits is compared again to so many.
_MANY_DIGITS = 400
_FUNCTIONS = {
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "cot": mpmath.cot, "sec": mpmath.sec, "csc": mpmath.csc,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan, "sinh": mpmath.sinh, "cosh": mpmath.cosh,
    "tanh": mpmath.tanh, "exp": mpmath.exp, "abs": abs, "floor": mpmath.floor, "ceil": mpmath.ceil,
}  # fmt: skip

#: Larger arguments cost time or have no meaning at this precision.
_LIMITS = {
    **dict.fromkeys(("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan"), 10**12),
    **dict.fromkeys(("exp", "sinh", "cosh", "tanh"), 10**6),
}


class NoValue(Exception):
    """Not defined at this point, or not something that has a value."""


def equal_constants(a: Node, b: Node) -> bool:
    """Equality of two expressions without variables. Raises NoValue, TooLarge, ZeroDivisionError."""
    with mpmath.workdps(50):
        u, v = value(a, {}), value(b, {})
        if not close(u, v, 42) and not both_vanish(u, v, 30):
            return False
    with mpmath.workdps(_MANY_DIGITS + 20):
        return confirmed(value(a, {}), value(b, {}), u, v, _MANY_DIGITS)


def close(u: Any, v: Any, digits: int) -> bool:
    """Whether two values agree to so many significant digits."""
    scale = max(abs(u), abs(v))
    return bool(abs(u - v) <= scale * mpmath.mpf(10) ** -digits) if scale else True


def both_vanish(u: Any, v: Any, digits: int) -> bool:
    """Whether both are so small that rounding may be all there is of them: sqrt(6) - sqrt(2) sqrt(3) against 0."""
    return bool(max(abs(u), abs(v)) < mpmath.mpf(10) ** -digits)


def confirmed(u: Any, v: Any, rough_u: Any, rough_v: Any, digits: int) -> bool:
    """Whether values that agreed roughly still do with more digits, or their gap fell with the rounding errors."""
    if close(u, v, digits):
        return True
    gap, rough_gap = abs(u - v), abs(rough_u - rough_v)
    if not both_vanish(u, v, digits - 20):
        return False
    return not rough_gap or bool(gap <= rough_gap * mpmath.mpf(10) ** (20 - digits // 2))


def value(node: Node, point: Mapping[str, Any]) -> Any:
    """The value at a point, at mpmath's present precision. Raises NoValue, TooLarge, ZeroDivisionError."""
    match node:
        case Num(value=number):
            return mpmath.mpf(number.numerator) / number.denominator
        case Sym(name=name) if name in point:
            return point[name]
        case Sym(name="e"):
            return +mpmath.e
        case Sym(name="i"):
            return mpmath.mpc(0, 1)
        case Call(name="pi"):
            return +mpmath.pi
        case Call(name=name, args=args):
            try:
                return _sized(_apply(name, [value(a, point) for a in args]))
            except ZeroDivisionError:
                raise
            except (ValueError, OverflowError, ArithmeticError, mpmath.libmp.NoConvergence) as error:
                raise NoValue(str(error)) from error
    raise NoValue(f"{type(node).__name__} has no numeric value")


def _apply(name: str, values: list[Any]) -> Any:  # noqa: C901, PLR0912 (one case an operation)
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
        case "degree", [a]:
            return a * mpmath.pi / 180
        case "^", [a, b]:
            return _power(a, b)
        case "mod", [a, b]:
            return a - b * mpmath.floor(a / b)
        case "log", [a, b]:
            return mpmath.log(_not_zero(a)) / mpmath.log(_not_zero(b))
        case "ln", [a]:
            return mpmath.log(_not_zero(a))
        case "fact", [a]:
            return mpmath.gamma(_moderate(a, 10**5) + 1)
        case "binom", [a, b]:
            return mpmath.binomial(_moderate(a, 10**5), _moderate(b, 10**5))
        case ("max", found) if found and all(mpmath.im(v) == 0 for v in found):
            return max(found)
        case ("min", found) if found and all(mpmath.im(v) == 0 for v in found):
            return min(found)
        case _, [a] if name in _FUNCTIONS:
            return _FUNCTIONS[name](_moderate(a, _LIMITS[name]) if name in _LIMITS else a)
    raise NoValue(f"{name} of {len(values)}")


def _not_zero(a: Any) -> Any:
    if not a:
        raise ZeroDivisionError("a logarithm of 0")
    return a


def _moderate(a: Any, limit: int) -> Any:
    if abs(a) > limit:
        raise TooLarge("an argument that large")
    return a


def _power(a: Any, b: Any) -> Any:
    if not a:
        if mpmath.re(b) > 0:
            return mpmath.mpf(0)
        raise ZeroDivisionError("0 to a power that is not positive")
    if abs(b) * (abs(mpmath.mag(a)) + 2) > _MAX_MAGNITUDE:
        raise TooLarge("a power that large")
    return mpmath.power(a, b)


def _sized(a: Any) -> Any:
    if not mpmath.isfinite(a):
        raise NoValue("infinite")
    if a and abs(mpmath.mag(a)) > _MAX_MAGNITUDE:
        raise TooLarge("a value that large")
    return a


def constant(node: Node) -> Any:
    """The value of an expression without variables, to 30 digits. Raises NoValue."""
    if symbols(node):
        raise NoValue("it has variables")
    with mpmath.workdps(30):
        return value(node, {})


def try_exact(node: Node) -> Any:
    """The exact value, or None."""
    if isinstance(node, Num):
        return node.value
    if any(isinstance(n, Sym) for n in walk(node)):
        return None
    try:
        return exact(node)
    except (Inexact, ZeroDivisionError):
        return None
