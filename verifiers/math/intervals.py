"""Inequalities, intervals, unions and set differences as one sorted list of intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath

from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.numeric import NoValue, constant
from rlvr.verifiers.math.tree import INFINITY, Bracket, Call, Group, Node, Num, Rel, Sym, Union, symbols

_MINUS_INFINITY = Call("neg", (INFINITY,))
_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!="}


class NoIntervals(Exception):
    """Not a set of real numbers that this module can write as intervals."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, which may be infinite; a single point has both ends equal and closed."""

    low: Node
    low_closed: bool
    high: Node
    high_closed: bool


def intervals(node: Node) -> list[Interval]:
    """The set as disjoint intervals in order, neighbours joined. Raises NoIntervals."""
    try:
        return _joined(sorted(_parts(node), key=lambda interval: _place(interval.low)))
    except (NoValue, TooLarge, TypeError) as error:
        raise NoIntervals(str(error)) from error


def _parts(node: Node) -> list[Interval]:
    match node:
        case Bracket(opening=opening, closing=closing, items=(low, high)):
            return [Interval(low, opening == "[", high, closing == "]")]
        case Union(parts=parts):
            return [interval for part in parts for interval in _parts(part)]
        case Group(items=items, braced=True):
            return [Interval(item, True, item, True) for item in items]
        case Group(items=items) if all(isinstance(item, Rel) for item in items):
            return _several([_parts(item) for item in items])
        case Rel(ops=("=",), sides=(left, right)) if _is_variable(left):
            return [Interval(right, True, right, True)]
        case Rel(ops=(op,), sides=(left, right)):
            return _one_sided(op, left, right)
        case Rel(ops=(first, second), sides=(low, middle, high)) if _is_variable(middle):
            return _between(first, second, low, high)
        case Call(name="setminus" | "-", args=(whole, Group(items=points, braced=True))):
            return _without(_parts(whole), points)
    raise NoIntervals(f"{type(node).__name__} is no set of real numbers")


def _several(found: list[list[Interval]]) -> list[Interval]:
    """`x < 1, x > 3` means either; `x > 1, x < 3` means both at once."""
    flat = [interval for part in found for interval in part]
    if len(flat) == 2:
        below = next((i for i in flat if i.low == _MINUS_INFINITY), None)
        above = next((i for i in flat if i.high == INFINITY), None)
        if below and above and _place(above.low) < _place(below.high):
            return [Interval(above.low, above.low_closed, below.high, below.high_closed)]
    return flat


def _one_sided(op: str, left: Node, right: Node) -> list[Interval]:
    """`2x <= 6` and its like: a variable with a constant factor against a constant."""
    if symbols(right) and not symbols(left):
        left, right, op = right, left, _FLIP.get(op, op)
    if symbols(right) or op not in _FLIP:
        raise NoIntervals("both sides vary")
    if isinstance(left, Call) and left.name == "abs" and _is_variable(left.args[0]):
        return _absolute(op, right)
    left, right, op = _solved(left, right, op)
    closed = op in ("<=", ">=")
    if op == "!=":
        return [Interval(_MINUS_INFINITY, False, right, False), Interval(right, False, INFINITY, False)]
    if op in ("<", "<="):
        return [Interval(_MINUS_INFINITY, False, right, closed)]
    return [Interval(right, closed, INFINITY, False)]


def _solved(left: Node, right: Node, op: str) -> tuple[Node, Node, str]:
    """The variable alone on the left."""
    match left:
        case Call(name="neg", args=(inner,)):
            return _solved(inner, Call("neg", (right,)), _FLIP[op])
        case Call(name="*", args=(Num(value=factor), inner)) if factor:
            op = op if factor > 0 else _FLIP[op]
            return _solved(inner, Call("/", (right, left.args[0])), op)
        case Call(name="+" | "-" as sign, args=(inner, shift)) if not symbols(shift):
            return _solved(inner, Call("-" if sign == "+" else "+", (right, shift)), op)
    if not _is_variable(left):
        raise NoIntervals("no single variable")
    return left, right, op


def _absolute(op: str, bound: Node) -> list[Interval]:
    minus = Call("neg", (bound,))
    if op in ("<", "<="):
        return [Interval(minus, op == "<=", bound, op == "<=")]
    if op in (">", ">="):
        closed = op == ">="
        return [Interval(_MINUS_INFINITY, False, minus, closed), Interval(bound, closed, INFINITY, False)]
    raise NoIntervals("an absolute value that is not bounded")


def _between(first: str, second: str, low: Node, high: Node) -> list[Interval]:
    if {first, second} <= {"<", "<="}:
        return [Interval(low, first == "<=", high, second == "<=")]
    if {first, second} <= {">", ">="}:
        return [Interval(high, second == ">=", low, first == ">=")]
    raise NoIntervals("a chain in two directions")


def _without(parts: list[Interval], points: tuple[Node, ...]) -> list[Interval]:
    """Cut single points out."""
    for point in points:
        cut = []
        for interval in parts:
            if _place(interval.low) < _place(point) < _place(interval.high):
                cut.append(Interval(interval.low, interval.low_closed, point, False))
                cut.append(Interval(point, False, interval.high, interval.high_closed))
            else:
                cut.append(interval)
        parts = cut
    return parts


def _joined(parts: list[Interval]) -> list[Interval]:
    """Overlapping or touching neighbours as one."""
    joined: list[Interval] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and (
            _place(part.low) < _place(last.high)
            or (_place(part.low) == _place(last.high) and (part.low_closed or last.high_closed))
        ):
            further = _place(part.high) > _place(last.high)
            high, closed = (part.high, part.high_closed) if further else (last.high, last.high_closed)
            joined[-1] = Interval(last.low, last.low_closed, high, closed)
        else:
            joined.append(part)
    return joined


def _place(end: Node) -> Any:
    """Where an end lies on the line."""
    if end == INFINITY:
        return mpmath.inf
    if end == _MINUS_INFINITY:
        return -mpmath.inf
    if isinstance(end, Call) and end.name == "+" and end.args[1] == INFINITY:
        return mpmath.inf
    place = constant(end)
    if mpmath.im(place):
        raise NoValue("not on the real line")
    return mpmath.re(place)


def _is_variable(node: Node) -> bool:
    """A variable, or a function of one, such as f(x)."""
    match node:
        case Sym():
            return True
        case Call(name="*", args=(Sym(), Sym())):
            return True
    return False
