"""Whether two answers are the same: structure by structure, down to numbers.

Three-valued: `same` returns True or False, or raises Undecided where neither can be shown. Sets and
lists are compared without order, tuples and matrices entry by entry, inequalities and intervals as sets
of real numbers, equations up to a constant factor.
"""

from __future__ import annotations

from fractions import Fraction

from rlvr.verifiers.math.evaluation import NoValue
from rlvr.verifiers.math.intervals import Interval, NoIntervals, intervals
from rlvr.verifiers.math.labels import as_tuples, defined_value, renamed_value
from rlvr.verifiers.math.matrices import matrix_value, rows_of
from rlvr.verifiers.math.numbers import Numbers
from rlvr.verifiers.math.numeric import try_exact
from rlvr.verifiers.math.plus_minus import has_choice, items_of
from rlvr.verifiers.math.policy import MathOptions
from rlvr.verifiers.math.probing import constant_ratio, equal_everywhere
from rlvr.verifiers.math.symbolic import Undecided
from rlvr.verifiers.math.tree import (
    INFINITY,
    TWO,
    Bracket,
    Call,
    Group,
    Matrix,
    Node,
    Num,
    Rel,
    Sym,
    Union,
    Word,
    calls_in,
    is_scalar,
    substituted,
    symbols,
)

#: Longer lists are not matched item by item.
_MAX_ITEMS = 60


class Comparer:
    """Compares under the given policies."""

    def __init__(self, options: MathOptions) -> None:
        self.options = options
        self.numbers = Numbers(options)

    def same(self, gold: Node, found: Node) -> bool:
        """Whether the found answer is the right one. Raises Undecided, TooLarge."""
        if isinstance(gold, Num) and isinstance(found, Num):
            return self.numbers.same(gold, found)
        gold, found = _unsigned(gold), _unsigned(found)
        if gold == found:
            return True
        if isinstance(gold, Word) or isinstance(found, Word):
            return False
        return self._same_kind(gold, found)

    def _same_kind(self, gold: Node, found: Node) -> bool:
        """By what they are; the first kind that one of them is decides."""
        if _is_equation(gold) or _is_equation(found):
            return self._equations(gold, found)
        match gold, found:
            case Call(name=name, args=ours), Call(name=other, args=theirs) if name.startswith("over "):
                return name == other and self.same(Group(ours, braced=False), Group(theirs, braced=False))
        if isinstance(gold, Matrix) or isinstance(found, Matrix):
            return self._matrices(gold, found)
        if _is_region(gold) or _is_region(found):
            return self._regions(gold, found)
        if _is_several(gold) or _is_several(found):
            return self._collections(gold, found)
        if isinstance(gold, Bracket) or isinstance(found, Bracket):
            return self._brackets(gold, found)
        return self._scalars(gold, found)

    def _scalars(self, gold: Node, found: Node) -> bool:
        calls = calls_in(gold) | calls_in(found)
        if "inf" in calls:
            return False
        if "ratio" in calls:
            return self._ratios(gold, found)
        if "residue" in calls:
            return self._residues(gold, found)
        return self.numbers.same(gold, found)

    # -- equations

    def _equations(self, gold: Node, found: Node) -> bool:
        if isinstance(gold, Rel) and isinstance(found, Rel):
            return self._two_equations(gold, found)
        equation, other = (gold, found) if isinstance(gold, Rel) else (found, gold)
        assert isinstance(equation, Rel)
        if isinstance(other, Rel) or (_is_region(other) and not isinstance(other, Bracket)):
            return False
        value = defined_value(equation)
        if value is None:
            return False
        return self.same(value, found) if equation is gold else self.same(gold, value)

    def _two_equations(self, gold: Rel, found: Rel) -> bool:
        if set(gold.ops) != {"="} or set(found.ops) != {"="}:
            return False
        left, other_left = gold.sides[0], found.sides[0]
        values = defined_value(gold), defined_value(found)
        if values[0] is not None and values[1] is not None:
            if left == other_left:
                return self.same(values[0], values[1])
            renamed = renamed_value(found, left)
            if renamed is not None:
                return self.same(values[0], renamed)
            if isinstance(left, Sym) != isinstance(other_left, Sym) and symbols(values[0]):
                return self.same(values[0], values[1])  # y = ... and f(x) = ... say the same
            if isinstance(left, Sym) and isinstance(other_left, Sym) and not symbols(values[0]) | symbols(values[1]):
                return False
        if len(gold.sides) != 2 or len(found.sides) != 2:
            raise Undecided("chains of equations")
        return self._proportional(gold, found) or _solves(gold, found) or _solves(found, gold)

    def _proportional(self, gold: Rel, found: Rel, *, positive: bool = False) -> bool:
        """Whether one is the other times a constant (a positive one for inequalities)."""
        sides = [Call("-", (rel.sides[0], rel.sides[1])) for rel in (gold, found)]
        if not all(is_scalar(side) for side in sides):
            raise Undecided("an equation of things that are no numbers")
        try:
            ratio = constant_ratio(*sides)
        except (NoValue, ZeroDivisionError) as error:
            raise Undecided(str(error)) from error
        return ratio is not None and (not positive or (abs(ratio.imag) == 0 and ratio.real > 0))

    # -- inequalities, intervals

    def _regions(self, gold: Node, found: Node) -> bool:
        if isinstance(gold, Bracket) and isinstance(found, Bracket) and len(gold.items) == len(found.items) == 2:
            closed = [(b.opening, b.closing) for b in (gold, found)]
            return closed[0] == closed[1] and all(map(self.same, gold.items, found.items))
        try:
            ours, theirs = intervals(gold), intervals(found)
        except NoIntervals as error:
            if isinstance(gold, Rel) and isinstance(found, Rel) and len(gold.ops) == len(found.ops):
                if gold.ops == found.ops and all(map(self.same, gold.sides, found.sides)):
                    return True
                if len(gold.ops) == 1:
                    return self._two_inequalities(gold, found)
            if is_scalar(gold) or is_scalar(found):
                return False
            raise Undecided(str(error)) from error
        return len(ours) == len(theirs) and all(map(self._same_interval, ours, theirs))

    def _same_interval(self, a: Interval, b: Interval) -> bool:
        if (a.low_closed, a.high_closed) != (b.low_closed, b.high_closed):
            return False
        return self.same(a.low, b.low) and self.same(a.high, b.high)

    def _two_inequalities(self, gold: Rel, found: Rel) -> bool:
        gold, found = _upwards(gold), _upwards(found)
        if gold.ops != found.ops:
            return False
        return self._proportional(gold, found, positive=gold.ops[0] != "!=")

    # -- matrices, tuples, sets

    def _matrices(self, gold: Node, found: Node) -> bool:
        rows = [rows_of(node) for node in _as_rows(gold, found)]
        if rows[0] is None or rows[1] is None:
            return False
        if [len(row) for row in rows[0]] != [len(row) for row in rows[1]]:
            return False
        pairs = [pair for ours, theirs in zip(*rows, strict=True) for pair in zip(ours, theirs, strict=True)]
        return all(self.same(a, b) for a, b in pairs)

    def _brackets(self, gold: Node, found: Node) -> bool:
        if not isinstance(gold, Bracket) or not isinstance(found, Bracket):
            bracket, other = (gold, found) if isinstance(gold, Bracket) else (found, gold)
            assert isinstance(bracket, Bracket)
            if len(bracket.items) != 1:
                return False
            inside = bracket.items[0]
            return self.same(inside, other) if bracket is gold else self.same(other, inside)
        if (gold.opening, gold.closing) != (found.opening, found.closing) or len(gold.items) != len(found.items):
            return False
        if self.options.tuple_order == "any":
            return self._matched(list(gold.items), list(found.items))
        return all(map(self.same, gold.items, found.items))

    def _collections(self, gold: Node, found: Node) -> bool:
        if _has_bracket(gold) != _has_bracket(found):
            named = as_tuples(gold), as_tuples(found)
            if named != (gold, found):
                return self.same(*named)
        ours, theirs = items_of(gold), items_of(found)
        one_each = len(ours) == len(theirs) == 1 or has_choice(gold) or has_choice(found)
        if isinstance(gold, Bracket) != isinstance(found, Bracket) and not one_each:
            return False
        if self.options.set_order == "same":
            return len(ours) == len(theirs) and all(map(self.same, ours, theirs))
        if len(ours) != len(theirs):
            ours, theirs = list(dict.fromkeys(ours)), list(dict.fromkeys(theirs))
        return self._matched(ours, theirs)

    def _matched(self, ours: list[Node], theirs: list[Node]) -> bool:
        """Whether the items are the same in some order; being the same is an equivalence, so greedily."""
        if len(ours) != len(theirs):
            return False
        if len(ours) > _MAX_ITEMS:
            raise Undecided(f"lists of {len(ours)} items")
        left = list(theirs)
        for item in ours:
            match = next((i for i, other in enumerate(left) if self._same_item(item, other)), None)
            if match is None:
                return False
            del left[match]
        return True

    def _same_item(self, gold: Node, found: Node) -> bool:
        """In a list `x = 1, y = 2` the names matter."""
        match gold, found:
            case Rel(sides=(Sym() as name, *_)), Rel(sides=(Sym() as other, *_)) if name != other:
                return False
        return self.same(gold, found)

    def _ratios(self, gold: Node, found: Node) -> bool:
        if not (isinstance(gold, Call) and isinstance(found, Call) and len(gold.args) == len(found.args)):
            return False
        cross = [
            (Call("*", (a, found.args[0])), Call("*", (b, gold.args[0])))
            for a, b in zip(gold.args[1:], found.args[1:], strict=True)
        ]
        return gold.name == found.name and all(self.numbers.same(a, b) for a, b in cross)

    def _residues(self, gold: Node, found: Node) -> bool:
        """`3 \\pmod 7`: the same modulus, and a difference that it divides. The modulus may be left out."""
        residues = [
            node.args if isinstance(node, Call) and node.name == "residue" else (node,) for node in (gold, found)
        ]
        ours, theirs = residues
        if len(ours) != len(theirs):
            return self.numbers.same(ours[0], theirs[0])
        if len(ours) == 1:
            raise Undecided("residues inside of expressions")
        rest = try_exact(Call("mod", (Call("-", (ours[0], theirs[0])), ours[1])))
        return self.numbers.same(ours[1], theirs[1]) and (rest == 0 or self.numbers.same(ours[0], theirs[0]))


def _unsigned(node: Node) -> Node:
    """Without a plus in front of infinity, and a set of one region as the region."""
    if isinstance(node, Call) and node.name == "+" and node.args[1] == INFINITY:
        return INFINITY
    if isinstance(node, Bracket) and len(node.items) == 1 and isinstance(node.items[0], Matrix):
        return node.items[0]
    match node:
        case Call(name="*", args=(Sym(name=name), Bracket(opening="(", closing=")", items=(_, _, *_)) as point)):
            return point if name.isupper() else node  # P(1, 2) is a point with its name
    computed = matrix_value(node)
    return node if computed is None else computed


def _as_rows(*nodes: Node) -> list[Node]:
    """Two nodes of which one is a matrix; where that has one row, a tuple is the same row."""
    if not any(isinstance(node, Matrix) and len(node.rows) == 1 for node in nodes):
        return list(nodes)
    return [Matrix((node.items,)) if isinstance(node, Bracket) and node.opening == "(" else node for node in nodes]


def _is_equation(node: Node) -> bool:
    return isinstance(node, Rel) and set(node.ops) == {"="}


def _is_region(node: Node) -> bool:
    """A set of real numbers: an inequality, an interval, a union of those, or several inequalities."""
    match node:
        case Rel(ops=ops):
            return set(ops) != {"="}
        case Union():
            return True
        case Bracket(opening=opening, closing=closing, items=items):
            return len(items) == 2 and (opening, closing) != ("(", ")")
        case Group(items=items, braced=False):
            relations = [item for item in items if isinstance(item, Rel)]
            return len(relations) == len(items) and any(set(item.ops) != {"="} for item in relations)
        case Call(name="setminus" | "cap") | Call(name="-", args=(_, Group(braced=True))):
            return True
    return False


def _has_bracket(node: Node) -> bool:
    return isinstance(node, Bracket) or (isinstance(node, Group) and any(isinstance(i, Bracket) for i in node.items))


def _is_several(node: Node) -> bool:
    return isinstance(node, Group) or has_choice(node)


def _solves(solved: Rel, equation: Rel) -> bool:
    """Whether `y = ...` is what an equation that is linear in y says: y = 6/x is x y = 6."""
    variable, value = solved.sides
    if not isinstance(variable, Sym) or variable.name in symbols(value) or not is_scalar(value):
        return False
    difference = Call("-", equation.sides)
    if not is_scalar(difference) or variable.name not in symbols(difference):
        return False
    at_zero, at_one, at_two = (substituted(difference, variable, Num(Fraction(k))) for k in range(3))
    bend = Call("+", (Call("-", (at_two, Call("*", (TWO, at_one)))), at_zero))
    try:
        linear = _vanishes(bend) and not _vanishes(Call("-", (at_one, at_zero)))
        return linear and _vanishes(substituted(difference, variable, value))
    except (NoValue, ZeroDivisionError):
        return False


def _vanishes(node: Node) -> bool:
    return equal_everywhere(node, Num(Fraction(0)))


def _upwards(rel: Rel) -> Rel:
    """An inequality as `a > b` or `a >= b`."""
    flipped = {"<": ">", "<=": ">="}.get(rel.ops[0])
    return Rel((flipped,), (rel.sides[1], rel.sides[0])) if flipped else rel
