"""Equality of expressions with variables, by their values at random points.

Two expressions that agree at random points are equal (a polynomial identity that holds at a random point is
false with negligible chance, Schwartz 1980 and Zippel 1979); two that differ at one are not. Where values are
rational they are compared exactly; else to 24 digits and as many more as their numbers call for, and to 200 and
more at one point.

The first of two expressions is the right one. Points where it has no value say nothing; where it has one and the
other has none, they are not shown to be equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath

from rlvr.verifiers.math.evaluation import Evaluation, NoValue
from rlvr.verifiers.math.exact import Inexact, exact
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.numeric import MANY, ROUGH, Effort, settled
from rlvr.verifiers.math.points import Point, Points
from rlvr.verifiers.math.tree import Node, Sym, walk

_POINTS, _EXACT_POINTS = 4, 3
#: At so many whole numbers the found expression may have no value: (n^2-4)/(n-2) has none at 2.
_MAX_HOLES = 2
#: A gold whose digits would not do for so many of its kind has no value that could be met.
_SPARE = 3
_NO_VALUE = (NoValue, TooLarge, ZeroDivisionError)


def equal_everywhere(gold: Node, found: Node) -> bool:
    """Equality at random points of all variables. Raises NoValue when too few points have values, TooLarge,
    ZeroDivisionError when it divides by zero at all of them."""
    return _Sides(gold, found).agree()


def constant_ratio(gold: Node, found: Node) -> Any:
    """The constant c with gold = c found at random points, or None. Raises NoValue, TooLarge, ZeroDivisionError."""
    sides = _Sides(gold, found)
    for point in sides.near:
        try:
            u, v = sides.values(point)
        except _NO_VALUE:
            continue
        if u and v:
            return u / v if sides.agree(point) else None
        if u or v:
            return None
    raise NoValue("too few points at which both are defined")


class _Agreement(NamedTuple):
    """Whether two values are the same, and which of them are complex numbers or came from such."""

    same: bool
    gold_is_complex: bool = False
    found_is_complex: bool = False


class _Sides:
    """Two expressions, and the points that are left to compare them at."""

    def __init__(self, gold: Node, found: Node) -> None:
        self.points = Points(gold, found)
        self.near = self.points.near()
        self._pair = gold, found
        self._is_rational = True
        self._is_real = all(node != Sym("i") for node in walk(gold))

    def values(self, point: Point) -> tuple[Any, Any]:
        """Both values at a point. Raises NoValue, TooLarge, ZeroDivisionError."""
        gold, found = self._pair
        if exactly := self._exactly(point):
            return exactly
        return settled(lambda e: (e.value(gold, point), e.value(found, point)), ROUGH)

    def agree(self, *reference: Point) -> bool:
        """Whether they have the same values; with a point of reference, whether both are there times the same."""
        if not self._agree_near(reference) or not self._agree_at(self.points.far(), reference, holes=0, far=True):
            return False
        self._is_rational = True  # at whole numbers it may be
        holes = None if self.points.has_holes else _MAX_HOLES
        return self._agree_at(self.points.whole(), reference) and self._agree_at(
            self.points.wide(), reference, holes=holes
        )

    def _agree_near(self, reference: tuple[Point, ...]) -> bool:
        agreed: list[Point] = []
        failures: list[Exception] = []
        for point in self.near:
            try:
                found = self._agreement(ROUGH, point, *reference)
            except _NO_VALUE as error:
                failures.append(error)
                continue
            if self._is_excused(found, point):
                continue
            if not found.same:
                return False
            agreed.append(point)
            if len(agreed) == (_EXACT_POINTS if self._is_rational else _POINTS):
                return self._is_rational or self._agreement(MANY, agreed[0], *reference).same
        raise _reason(failures, agreed)

    def _agree_at(
        self, points: Iterator[Point], reference: tuple[Point, ...], *, holes: int | None = None, far: bool = False
    ) -> bool:
        """As many holes as there are values, where no number is given. Raises NoValue when there are more."""
        agreed, missing = 0, 0
        for point in points:
            try:
                found = self._agreement(ROUGH, point, *reference)
            except _NO_VALUE:
                missing += self._has_gold(point, far=far)
                continue
            if self._is_excused(found, point, far=far):
                continue
            if not found.same:
                return False
            agreed += 1
        if missing > (agreed if holes is None else holes):
            raise NoValue("only one of them is defined at some points")
        return True

    def _agreement(self, bits: int, *points: Point) -> _Agreement:
        exactly = [pair for point in points if (pair := self._exactly(point))]
        if len(exactly) == len(points):
            u, v = _across(exactly)
            return _Agreement(u == v)
        gold, found = self._pair

        def compare(evaluation: Evaluation) -> _Agreement:
            values = [(evaluation.value(gold, point), evaluation.value(found, point)) for point in points]
            return _Agreement(evaluation.same(*_across(values)), *(isinstance(v, mpmath.mpc) for v in values[0]))

        return settled(compare, bits)

    def _exactly(self, point: Point) -> tuple[Fraction, Fraction] | None:
        """Both values as fractions, None where one is no fraction, or a large one. Raises ZeroDivisionError."""
        if self._is_rational:
            try:
                return exact(self._pair[0], point), exact(self._pair[1], point)
            except Inexact:
                self._is_rational = False
            except TooLarge:
                return None
        return None

    def _has_gold(self, point: Point, *, far: bool) -> bool:
        """Whether there is a value to be met, with digits to spare. What the other spends is not held against it."""

        def values(evaluation: Evaluation) -> list[Any]:
            return [evaluation.value(self._pair[0], point) for _ in range(_SPARE)]

        try:
            value = settled(values, ROUGH, Effort())[0]
        except _NO_VALUE:
            return False
        return not (far and self._is_real and isinstance(value, mpmath.mpc))

    def _is_excused(self, found: _Agreement, point: Point, *, far: bool = False) -> bool:
        """Where a real gold becomes complex far out it was not meant, and roots are not meant for negative numbers."""
        if not self._is_real:
            return False
        if found.gold_is_complex:
            return far
        return self.points.lenient and found.found_is_complex and min(point.values()) < 0


def _across(values: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    """What has to be the same: the two values, or the products that make the ratio the one at the second point."""
    if len(values) == 1:
        return values[0]
    (u, v), (s, t) = values
    return u * t, v * s


def _reason(failures: list[Exception], agreed: list[Point]) -> Exception:
    """Why there were too few points."""
    if failures and not agreed and all(isinstance(error, ZeroDivisionError) for error in failures):
        return ZeroDivisionError("one of them divides by zero everywhere")
    large = next((error for error in failures if isinstance(error, TooLarge)), None)
    return large or NoValue("too few points at which both are defined")
