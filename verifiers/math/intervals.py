"""Inequalities, intervals, unions, intersections and differences as one sorted list of intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cmp_to_key

from rlvr.verifiers.math.evaluation import NoValue
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.linear import NotLinear, linear
from rlvr.verifiers.math.numeric import constant, order
from rlvr.verifiers.math.tree import INFINITY, Bracket, Call, Group, Node, Rel, Sym, Union, symbols

MINUS_INFINITY = Call("neg", (INFINITY,))
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


_LINE = Interval(MINUS_INFINITY, False, INFINITY, False)


def intervals(node: Node) -> list[Interval]:
    """The set as disjoint intervals in order, neighbours joined. Raises NoIntervals."""
    try:
        return _joined(_parts(node))
    except (NoValue, NotLinear, TooLarge, TypeError, ZeroDivisionError) as error:
        raise NoIntervals(str(error)) from error


def _parts(node: Node) -> list[Interval]:  # noqa: C901 (one case a form)
    match node:
        case Bracket(opening=opening, closing=closing, items=(low, high)):
            return [Interval(low, opening == "[", high, closing == "]")]
        case Union(parts=parts):
            return [interval for part in parts for interval in _parts(part)]
        case Group(items=items, braced=True):
            return [Interval(item, True, item, True) for item in items]
        case Group(items=items) if all(isinstance(item, Rel) for item in items):
            return _several([_parts(item) for item in items])
        case Rel(ops=("=",), sides=(left, right)) if is_variable(left):
            return [Interval(right, True, right, True)]
        case Rel(ops=(op,), sides=(left, right)):
            return _one_sided(op, left, right)
        case Rel(ops=(first, second), sides=(low, middle, high)):
            if not ({first, second} <= {"<", "<="} or {first, second} <= {">", ">="}):
                raise NoIntervals("a chain in two directions")
            return _both(_one_sided(first, low, middle), _one_sided(second, middle, high))
        case Call(name="setminus" | "-", args=(whole, without)):
            return _both(_parts(whole), _rest(_joined(_parts(without))))
        case Call(name="cap", args=(first, second)):
            return _both(_parts(first), _parts(second))
    raise NoIntervals(f"{type(node).__name__} is no set of real numbers")


def _several(found: list[list[Interval]]) -> list[Interval]:
    """`x < 1, x > 3` means either; `x > 1, x < 3` means both at once."""
    flat = [interval for part in found for interval in part]
    if len(flat) == 2:
        below = next((i for i in flat if i.low == MINUS_INFINITY), None)
        above = next((i for i in flat if i.high == INFINITY), None)
        if below and above and _order(above.low, below.high) < 0:
            return [Interval(above.low, above.low_closed, below.high, below.high_closed)]
    return flat


def _one_sided(op: str, left: Node, right: Node) -> list[Interval]:
    """`2x + 1 <= 6` and its like: linear in the one variable, or the absolute value of such."""
    if op not in _FLIP:
        raise NoIntervals(f"{op} is no inequality")
    if symbols(right) and not symbols(left):
        left, right, op = right, left, _FLIP[op]
    if isinstance(left, Call) and left.name == "abs" and not symbols(right):
        return _absolute(op, left.args[0], right)
    if is_variable(left) and not symbols(right):
        return _beyond(op, right)
    slope, intercept = linear(Call("-", (left, right)))
    bound = Call("/", (Call("neg", (intercept,)), slope))
    return _beyond(op if constant(slope) > 0 else _FLIP[op], bound)


def _beyond(op: str, bound: Node) -> list[Interval]:
    """All x with `x op bound`."""
    closed = op in ("<=", ">=")
    if op == "!=":
        return [Interval(MINUS_INFINITY, False, bound, False), Interval(bound, False, INFINITY, False)]
    if op in ("<", "<="):
        return [Interval(MINUS_INFINITY, False, bound, closed)]
    return [Interval(bound, closed, INFINITY, False)]


def _absolute(op: str, inside: Node, bound: Node) -> list[Interval]:
    minus = Call("neg", (bound,))
    if op in ("<", "<="):
        return _both(_one_sided(op, inside, bound), _one_sided(_FLIP[op], inside, minus))
    if op in (">", ">="):
        return [*_one_sided(op, inside, bound), *_one_sided(_FLIP[op], inside, minus)]
    raise NoIntervals("an absolute value that is not bounded")


def _both(first: list[Interval], second: list[Interval]) -> list[Interval]:
    """What lies in both sets."""
    found = []
    for a in first:
        for b in second:
            low = _higher((a.low, a.low_closed), (b.low, b.low_closed))
            high = _lower((a.high, a.high_closed), (b.high, b.high_closed))
            found.append(Interval(*low, *high))
    return [interval for interval in found if _is_inhabited(interval)]


def _higher(a: tuple[Node, bool], b: tuple[Node, bool]) -> tuple[Node, bool]:
    at = _order(a[0], b[0])
    return (a[0], a[1] and b[1]) if at == 0 else a if at > 0 else b


def _lower(a: tuple[Node, bool], b: tuple[Node, bool]) -> tuple[Node, bool]:
    at = _order(a[0], b[0])
    return (a[0], a[1] and b[1]) if at == 0 else a if at < 0 else b


def _rest(parts: Iterable[Interval]) -> list[Interval]:
    """The line without disjoint intervals that stand in order."""
    rest = [_LINE]
    for part in parts:
        last = rest.pop()
        before = Interval(last.low, last.low_closed, part.low, not part.low_closed)
        rest += [before, Interval(part.high, not part.high_closed, last.high, last.high_closed)]
    return [interval for interval in rest if _is_inhabited(interval)]


def _is_inhabited(interval: Interval) -> bool:
    at = _order(interval.low, interval.high)
    return at < 0 or (at == 0 and interval.low_closed and interval.high_closed and not _infinite(interval.low))


def _joined(parts: list[Interval]) -> list[Interval]:
    """In order, overlapping or touching neighbours as one."""
    joined: list[Interval] = []
    for part in parts:
        _order(part.low, part.high)  # raises where an end is no number, also of the only interval
    for part in sorted(parts, key=cmp_to_key(_earlier)):
        last = joined[-1] if joined else None
        gap = _order(part.low, last.high) if last else 1
        if last and (gap < 0 or (gap == 0 and (part.low_closed or last.high_closed))):
            further = _order(part.high, last.high)
            high, closed = (part.high, part.high_closed) if further > 0 else (last.high, last.high_closed)
            joined[-1] = Interval(last.low, last.low_closed, high, closed or (further == 0 and part.high_closed))
        else:
            joined.append(part)
    return joined


def _earlier(a: Interval, b: Interval) -> int:
    return _order(a.low, b.low) or b.low_closed - a.low_closed


def _order(a: Node, b: Node) -> int:
    """-1, 0 or 1 as one end lies left of another, on it or right of it. Raises NoValue."""
    sides = _infinite(a), _infinite(b)
    return order(a, b) if sides == (0, 0) else (sides[0] > sides[1]) - (sides[0] < sides[1])


def _infinite(end: Node) -> int:
    match end:
        case Call(name="neg", args=(inner,)) if inner == INFINITY:
            return -1
        case Call(name="+", args=(_, last)) if last == INFINITY:
            return 1
    return int(end == INFINITY)


def is_variable(node: Node) -> bool:
    """A variable, or a function of one, such as f(x)."""
    match node:
        case Sym():
            return True
        case Call(name="*", args=(Sym(), Sym())):
            return True
    return False
