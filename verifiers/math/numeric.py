"""Numeric values to as many digits as they call for: equality of constants, and their order.

Digits follow what an expression is made of (see `evaluation`), up to a precision and an effort beyond which
nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

import mpmath

from rlvr.verifiers.math.evaluation import Evaluation, NoValue
from rlvr.verifiers.math.exact import Inexact, exact
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.tree import Call, Node, Num, Sym, symbols, walk

#: 24 digits to find differences, 30 for values, 200 to confirm that there are none.
ROUGH, MANY = 80, 664
_VALUE = 100
_FIRST_BUDGET, _LAST_BUDGET = 96, 4_000
_MAX_PRECISION = 2**15
#: A costly operation takes about the square of the bits: sin to 9,000 digits is 10^9. Few bits are not counted.
_MAX_EFFORT = 5 * 10**9
_FEW_BITS = 1_000

T = TypeVar("T")


@dataclass(slots=True)
class Effort:
    """What may still be spent, and the budget to begin with: a little more than the last evaluation needed."""

    left: int = _MAX_EFFORT
    budget: int = _FIRST_BUDGET


_shared: ContextVar[Effort | None] = ContextVar("effort", default=None)


@contextmanager
def shared_effort() -> Iterator[None]:
    """All that is computed inside shares one effort: lists are compared item by item, and any may be costly."""
    token = _shared.set(Effort())
    try:
        yield
    finally:
        _shared.reset(token)


def settled(compute: Callable[[Evaluation], T], bits: int, effort: Effort | None = None) -> T:
    """What is computed, once the evaluation needed no more bits than it was allowed.

    Raises NoValue, also when that takes more digits than are computed; TooLarge, also when it takes more effort than
    is left; ZeroDivisionError.
    """
    effort = effort or _shared.get() or Effort()
    budget, costly = effort.budget if effort.left > 0 else _FIRST_BUDGET, 1
    while True:
        evaluation = Evaluation(bits, budget)
        if evaluation.precision > _MAX_PRECISION:
            raise NoValue("that takes more digits than are computed")
        if effort.left < _cost(costly, evaluation.precision):
            raise TooLarge("that takes more effort than an answer is worth")
        failure: Exception | None = None
        with mpmath.workprec(evaluation.precision):
            try:
                result = compute(evaluation)
            except (NoValue, TooLarge, ZeroDivisionError) as error:
                failure = error
        costly = evaluation.costly
        effort.left -= _cost(costly, evaluation.precision)
        if evaluation.needed <= budget:
            effort.budget = min(max(evaluation.needed * 5 // 4, _FIRST_BUDGET), _LAST_BUDGET)
            if failure:
                raise failure
            return result
        budget = evaluation.needed * 5 // 4


def _cost(costly: int, precision: int) -> int:
    return costly * precision**2 if precision > _FEW_BITS else 0


def equal_constants(a: Node, b: Node) -> bool:
    """Equality of two expressions without variables. Raises NoValue, TooLarge, ZeroDivisionError."""

    def same(evaluation: Evaluation) -> bool:
        return evaluation.same(evaluation.value(a, {}), evaluation.value(b, {}))

    return settled(same, ROUGH) and settled(same, MANY)


def constant(node: Node, bits: int = _VALUE) -> Any:
    """The value of an expression without variables; 0 where no difference from 0 can be found. Raises NoValue,
    TooLarge, ZeroDivisionError."""
    if symbols(node):
        raise NoValue("it has variables")
    return settled(lambda evaluation: evaluation.value(node, {}), bits)


def order(a: Node, b: Node) -> int:
    """-1, 0 or 1 as one constant is below, at or above another. Raises NoValue, TooLarge, ZeroDivisionError."""
    difference = Call("-", (a, b))
    rational = try_exact(difference)
    found = constant(difference, MANY) if rational is None else rational
    if rational is None and mpmath.im(found):
        raise NoValue("not on the real line")
    return int(mpmath.sign(mpmath.re(found))) if rational is None else (rational > 0) - (rational < 0)


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
