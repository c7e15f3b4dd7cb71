"""Equality of expressions with variables, by their values at random points.

Two expressions that agree at random points are equal (a polynomial identity that holds at a random point is
false with negligible chance, Schwartz 1980 and Zippel 1979); two that differ at one are not. Where values are
rational they are compared exactly; else to 22 digits at several points, and to 200 at one more.

The points come from a hash of both expressions: the same wherever the two are compared, and not known to one
who writes an answer, since the points move with every letter of it.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import mpmath

from rlvr.verifiers.math.exact import Inexact, exact
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.numeric import NoValue, both_vanish, close, confirmed, value
from rlvr.verifiers.math.tree import Call, Node, Num, children, has_call, symbols, walk

_POINTS = 4
_TRIES = 12
_EXACT_POINTS = 3
#: Functions with steps may agree almost everywhere: whole numbers one after another find the steps.
_STEPPED_POINTS = 48
_STEPPED = ("floor", "ceil", "fact", "binom", "mod")
_DIGITS, _MANY_DIGITS = 22, 200
#: Coordinates are fractions between -3 and 3 whose denominator, drawn for each point, is from here to twice as
#: much: sin(q pi x) vanishes at all multiples of 1/q.
_LEAST_DENOMINATOR = 1_000_000

Point = Mapping[str, Fraction]


def equal_everywhere(a: Node, b: Node) -> bool:
    """Equality at random points of all variables. Raises NoValue when too few points have values, TooLarge,
    ZeroDivisionError when it divides by zero at all of them."""
    exactly = _equal_exactly(a, b)
    if exactly is not None:
        return exactly
    wanted = _STEPPED_POINTS if _is_stepped(a) or _is_stepped(b) else _POINTS
    for agreed, (point, u, v) in enumerate(_samples(a, b), start=1):
        if not close(u, v, _DIGITS) and not both_vanish(u, v, _DIGITS - 2):
            return False
        if agreed == wanted:
            with mpmath.workdps(_MANY_DIGITS + 20):
                return confirmed(*_at(point, a, b), u, v, _MANY_DIGITS)
    raise NoValue("too few points at which both are defined")


def constant_ratio(a: Node, b: Node) -> Any:
    """The constant c with a = c b at random points, or None. Raises NoValue, TooLarge."""
    ratios: list[Any] = []
    points: list[Point] = []
    for point, u, v in _samples(a, b):
        if not u and not v:
            continue
        if not u or not v or (ratios and not close(u / v, ratios[0], _DIGITS - 2)):
            return None
        ratios.append(u / v)
        points.append(point)
        if len(ratios) == _POINTS:
            return ratios[0] if _same_ratio(a, b, points[:2]) else None
    raise NoValue("too few points at which both are defined")


def _same_ratio(a: Node, b: Node, points: list[Point]) -> bool:
    with mpmath.workdps(_MANY_DIGITS + 20):
        (u, v), (s, t) = (_at(point, a, b) for point in points)
        return close(u * t, s * v, _MANY_DIGITS - 5)


def _equal_exactly(a: Node, b: Node) -> bool | None:
    """Equality at rational points, None where values are not rational or there are steps between points."""
    if _is_stepped(a) or _is_stepped(b):
        return None
    names = sorted(symbols(a) | symbols(b))
    draw = _draw(a, b)
    agreed = 0
    for attempt in range(_TRIES):
        point = _point(draw, names, attempt, stepped=False, positive=False)
        try:
            if exact(a, point) != exact(b, point):
                return False
        except ZeroDivisionError:
            continue
        except (Inexact, TooLarge):
            return None
        agreed += 1
        if agreed == _EXACT_POINTS:
            return True
    return None


def _samples(a: Node, b: Node) -> Iterator[tuple[Point, Any, Any]]:
    """Points and both values there, at up to a dozen points, the same for the same expressions."""
    names = sorted(symbols(a) | symbols(b))
    stepped = _is_stepped(a) or _is_stepped(b)
    branched = any(_is_branched(n) for n in (*walk(a), *walk(b))) and not (has_call(a, "abs") or has_call(b, "abs"))
    draw = _draw(a, b)
    with mpmath.workdps(32):
        tries = 2 * _STEPPED_POINTS if stepped else _TRIES
        divided = 0
        for attempt in range(tries):
            point = _point(draw, names, attempt, stepped=stepped, positive=branched)
            try:
                u, v = _at(point, a, b)
            except ZeroDivisionError:
                divided += 1
                continue
            except NoValue:
                continue
            if mpmath.isfinite(u) and mpmath.isfinite(v):
                yield point, u, v
        if divided == tries:
            raise ZeroDivisionError("one of them divides by zero everywhere")


def _at(point: Point, a: Node, b: Node) -> tuple[Any, Any]:
    """Both values at a point, at mpmath's present precision."""
    there = {name: mpmath.mpf(place.numerator) / place.denominator for name, place in point.items()}
    return value(a, there), value(b, there)


def _is_stepped(node: Node) -> bool:
    """Whether whole numbers are special to it."""
    return has_call(node, *_STEPPED)


def _is_branched(node: Node) -> bool:
    """A root or logarithm, which identities are meant for positive arguments of."""
    if not isinstance(node, Call):
        return False
    return node.name in ("log", "ln") or (node.name == "^" and isinstance(node.args[1], Call))


def _draw(a: Node, b: Node) -> random.Random:
    """Numbers that both expressions determine, whichever of them comes first."""
    said = "\n".join(sorted(" ".join(map(_label, walk(node))) for node in (a, b)))
    return random.Random(hashlib.sha256(said.encode()).digest())


def _label(node: Node) -> str:
    """What a node is, without what is below it."""
    if isinstance(node, Num):
        return str(node.value)
    return f"{type(node).__name__} {getattr(node, 'name', '')!r} {len(children(node))}"


def _point(draw: random.Random, names: list[str], attempt: int, *, stepped: bool, positive: bool) -> Point:
    """Positive first, where most expressions are defined; then any sign; whole numbers where steps matter."""
    bottom = draw.randrange(_LEAST_DENOMINATOR, 2 * _LEAST_DENOMINATOR)
    if stepped and attempt % 4:
        whole = attempt < 2 * _STEPPED_POINTS // 3
        return {name: Fraction(attempt if whole else draw.randint(1, 500)) for name in names}
    sign = -1 if attempt % 8 in ((4,) if stepped else (1, 5)) and not positive else 1
    return {name: sign * Fraction(draw.randint(3 * bottom // 10, 29 * bottom // 10), bottom) for name in names}
