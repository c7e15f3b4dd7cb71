"""Expressions that are linear in the one variable they have."""

from __future__ import annotations

from fractions import Fraction

from rlvr.verifiers.math.evaluation import NoValue
from rlvr.verifiers.math.probing import equal_everywhere
from rlvr.verifiers.math.tree import ONE, Call, Node, Num, Sym, is_scalar, substituted, symbols

_ZERO = Num(Fraction(0))


class NotLinear(Exception):
    """Not a multiple of one variable plus a constant."""


def linear(node: Node) -> tuple[Node, Node]:
    """(slope, intercept) with node = slope * variable + intercept; the slope is not 0. Raises NotLinear."""
    names = symbols(node)
    if len(names) != 1 or not is_scalar(node):
        raise NotLinear("it has not one variable")
    variable = Sym(names.pop())
    intercept = substituted(node, variable, _ZERO)
    slope = Call("-", (substituted(node, variable, ONE), intercept))
    try:
        straight = equal_everywhere(node, Call("+", (Call("*", (slope, variable)), intercept)))
        if straight and not equal_everywhere(node, intercept):
            return slope, intercept
    except (NoValue, ZeroDivisionError) as error:
        raise NotLinear(str(error)) from error
    raise NotLinear("it is not linear in its variable")
