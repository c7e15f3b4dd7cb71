"""Sums and products over a range of whole numbers, worked out term by term where the range is short."""

from __future__ import annotations

from fractions import Fraction

from rlvr.verifiers.math.exact import Inexact, exact
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.tree import Call, Node, Num, Rel, Sym, children, rebuilt, substituted

#: Terms of all sums of an answer together.
_MOST_TERMS = 1_000
#: Terms that have no exact value are kept as a tree, which nests as deep as there are terms.
_MOST_INEXACT = 60


def worked_out(node: Node) -> Node:
    """The node with its short sums and products replaced by what they come to; others stay."""
    return _worked_out(node, [_MOST_TERMS])


def _worked_out(node: Node, left: list[int]) -> Node:
    match node:
        case Call(name="sum" | "prod" as name, args=(Rel(ops=("=",), sides=(Sym() as index, low)), high, body)):
            ends = _whole(low), _whole(high)
            if ends[0] is not None and ends[1] is not None and ends[1] - ends[0] < left[0]:
                left[0] -= max(ends[1] - ends[0], 0) + 1
                terms = [substituted(body, index, Num(Fraction(k))) for k in range(ends[0], ends[1] + 1)]
                return _folded(name, [_worked_out(term, left) for term in terms]) or node
            return node
    below = children(node)
    return rebuilt(node, tuple(_worked_out(child, left) for child in below)) if below else node


def _folded(name: str, terms: list[Node]) -> Node | None:
    """All terms together: a number where they are exact, a tree where they are few."""
    total: Node = Num(Fraction(name == "prod"))
    sign = "+" if name == "sum" else "*"
    exactly = True
    for term in terms:
        total = Call(sign, (total, term))
        try:
            total = Num(exact(total)) if exactly else total
        except TooLarge:
            return None
        except (Inexact, ZeroDivisionError):
            exactly = False
        if not exactly and len(terms) > _MOST_INEXACT:
            return None
    return total


def _whole(node: Node) -> int | None:
    try:
        value = exact(node)
    except (Inexact, TooLarge, ZeroDivisionError):
        return None
    return int(value) if value.denominator == 1 else None
