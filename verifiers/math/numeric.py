"""Numeric values to any number of digits, and equality of expressions by probing.

Two expressions that agree at random points to many digits are equal (a polynomial identity that holds
at a random point is false with negligible chance, Schwartz 1980 and Zippel 1979); two that differ at
one are not. Constants that agree to 50 digits are compared again to 400.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import mpmath

from rlvr.verifiers.math.exact import Inexact, exact
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.tree import Call, Node, Num, Sym, has_call, symbols, walk

#: Beyond this many binary digits before the point, nothing is computed.
_MAX_MAGNITUDE = 4_000_000
_POINTS = 4
_TRIES = 12
#: Functions with steps may agree almost everywhere: whole numbers one after another find the steps.
_STEPPED_POINTS = 48
_STEPPED = ("floor", "ceil", "fact", "binom")
_FUNCTIONS = {
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "cot": mpmath.cot, "sec": mpmath.sec, "csc": mpmath.csc,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan, "sinh": mpmath.sinh, "cosh": mpmath.cosh,
    "tanh": mpmath.tanh, "ln": mpmath.log, "exp": mpmath.exp, "abs": abs, "floor": mpmath.floor, "ceil": mpmath.ceil,
}  # fmt: skip

#: Larger arguments cost time or have no meaning at this precision.
_LIMITS = {
    **dict.fromkeys(("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan"), 10**12),
    **dict.fromkeys(("exp", "sinh", "cosh", "tanh"), 10**6),
}


class NoValue(Exception):
    """Not defined at this point, or not something that has a value."""


def equal_constants(a: Node, b: Node) -> bool:
    """Equality of two expressions without variables. Raises NoValue, TooLarge."""
    with mpmath.workdps(50):
        if not _close(value(a, {}), value(b, {}), 42):
            return False
    with mpmath.workdps(420):
        return _close(value(a, {}), value(b, {}), 400)


def equal_everywhere(a: Node, b: Node) -> bool:
    """Equality at random points of all variables. Raises NoValue when too few points have values."""
    wanted = _STEPPED_POINTS if _is_stepped(a) or _is_stepped(b) else _POINTS
    for agreed, (u, v) in enumerate(_samples(a, b), start=1):
        if not _close(u, v, 22):
            return False
        if agreed == wanted:
            return True
    raise NoValue("too few points at which both are defined")


def constant_ratio(a: Node, b: Node) -> Any:
    """The constant c with a = c b at random points, or None. Raises NoValue."""
    ratios: list[Any] = []
    for u, v in _samples(a, b):
        if not u and not v:
            continue
        if not u or not v or (ratios and not _close(u / v, ratios[0], 20)):
            return None
        ratios.append(u / v)
        if len(ratios) == _POINTS:
            return ratios[0]
    raise NoValue("too few points at which both are defined")


def _samples(a: Node, b: Node) -> Any:
    """Values of both at up to a dozen points, the same for the same expressions."""
    names = sorted(symbols(a) | symbols(b))
    stepped = _is_stepped(a) or _is_stepped(b)
    branched = any(_is_branched(n) for n in (*walk(a), *walk(b))) and not (has_call(a, "abs") or has_call(b, "abs"))
    draw = random.Random(20_011)
    with mpmath.workdps(32):
        for attempt in range(_TRIES if not stepped else 2 * _STEPPED_POINTS):
            point = {name: _coordinate(draw, attempt, stepped, positive=branched) for name in names}
            try:
                pair = value(a, point), value(b, point)
            except (NoValue, ZeroDivisionError):
                continue
            if all(mpmath.isfinite(v) for v in pair):
                yield pair


def _is_stepped(node: Node) -> bool:
    """Whether whole numbers are special to it."""
    return has_call(node, *_STEPPED)


def _is_branched(node: Node) -> bool:
    """A root or logarithm, which identities are meant for positive arguments of."""
    if not isinstance(node, Call):
        return False
    return node.name in ("log", "ln") or (node.name == "^" and isinstance(node.args[1], Call))


def _coordinate(draw: random.Random, attempt: int, stepped: bool, *, positive: bool) -> Any:
    """Positive first, where most expressions are defined; then any sign; whole numbers where steps matter."""
    if stepped and attempt % 4:
        return mpmath.mpf(attempt if attempt < 2 * _STEPPED_POINTS // 3 else draw.randint(1, 500))
    size = mpmath.mpf(draw.randint(300_000, 2_900_000)) / 1_000_003
    return -size if attempt % 4 == 1 and not positive else size


def _close(u: Any, v: Any, digits: int) -> bool:
    scale = max(abs(u), abs(v))
    return bool(abs(u - v) <= scale * mpmath.mpf(10) ** -digits) if scale else True


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
        case "log", [a, b]:
            return mpmath.log(a) / mpmath.log(b)
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


def _moderate(a: Any, limit: int) -> Any:
    if abs(a) > limit:
        raise TooLarge("an argument that large")
    return a


def _power(a: Any, b: Any) -> Any:
    if not a:
        if mpmath.re(b) > 0:
            return mpmath.mpf(0)
        raise NoValue("0 to a power that is not positive")
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
    if any(isinstance(n, Sym) for n in walk(node)):
        return None
    try:
        return exact(node)
    except (Inexact, ZeroDivisionError):
        return None
