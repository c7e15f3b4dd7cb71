"""What an answer calls its values: the x of `x = 5`, the f(x) of `f(x) = x + 1`, the names of `x = 1, y = 2`."""

from __future__ import annotations

from rlvr.verifiers.math.tree import Bracket, Call, Group, Node, Num, Rel, Sym, is_scalar, substituted, symbols, walk

#: What functions are called; `xy = 6` and `ab = 6` are equations between variables.
_FUNCTION_NAMES = frozenset("fghFGHPQTSVpquvφψ") | {"phi", "varphi", "psi", "pi"}
_LARGEST_LABEL = 9


def is_label(node: Node) -> bool:
    """A name that an answer is given: `x`, `f(x)`, `AB`, `|AB|`, `V_1 : V_2`, `(x, y)`."""
    match node:
        case Sym():
            return True
        case Call(name="*", args=(Sym() | Call(name="*"), Sym() | Num(places=None))):
            return _is_function_of(node) or _is_segment(node)
        case Call(
            name="/", args=(Call(name="*", args=(Sym(name="d"), Sym())), Call(name="*", args=(Sym(name="d"), Sym())))
        ):
            return True
        case Call(name="/" | "abs", args=args):
            return all(is_label(a) for a in args) and sum(1 for _ in walk(node)) < _LARGEST_LABEL
        case Bracket(items=items):
            return all(is_label(item) for item in items)
    return False


def _is_function_of(node: Call) -> bool:
    """`f(x)` and `T(10)`, which are read as products."""
    head, argument = node.args
    if not isinstance(head, Sym):
        return False
    return argument == Sym("t") or head.name.partition("_")[0].rstrip("'") in _FUNCTION_NAMES


def _is_segment(node: Node) -> bool:
    """`AB`, `ABC`: capital letters side by side."""
    match node:
        case Sym(name=name):
            return name[:1].isupper()
        case Call(name="*", args=(left, right)):
            return _is_segment(left) and _is_segment(right)
    return False


def defined_value(equation: Rel) -> Node | None:
    """What an equation says something is: of `x = 5` and `5 = x` the 5, of `x + y = 5` nothing."""
    first, last = equation.sides[0], equation.sides[-1]
    if is_label(first):
        return last
    if isinstance(last, Sym) and len(equation.sides) == 2 and not symbols(first):
        return first
    if not symbols(first) and not symbols(last) and len(equation.sides) == 2 and is_scalar(first):
        return last if first == last or not isinstance(first, Num) else None
    return None


def renamed_value(equation: Rel, left: Node) -> Node | None:
    """The value of `g(z) = ...` with z renamed so that its left side is `left`, if it can be."""
    own = equation.sides[0]
    if not (isinstance(left, Call) and isinstance(own, Call) and left.name == own.name == "*"):
        return None
    if left.args[0] != own.args[0] or not (isinstance(left.args[1], Sym) and isinstance(own.args[1], Sym)):
        return None
    return substituted(equation.sides[-1], own.args[1], left.args[1])


def as_tuples(node: Node) -> Node:
    """`x = 1, y = 2` as (1, 2), and `x = 1, y = 2; x = 3, y = 4` as (1, 2), (3, 4); other nodes as they are."""
    if not isinstance(node, Group) or not node.items:
        return node
    pairs = [_named(item) for item in node.items]
    width = len({pair[0] for pair in pairs if pair})
    if width < 2 or len(pairs) % width:
        return node
    tuples: list[Node] = []
    for start in range(0, len(pairs), width):
        chunk = sorted((pair for pair in pairs[start : start + width] if pair), key=lambda pair: pair[0])
        if len({name for name, _ in chunk}) != width:
            return node
        tuples.append(Bracket("(", ")", tuple(value for _, value in chunk)))
    return tuples[0] if len(tuples) == 1 else Group(tuple(tuples), braced=False)


def _named(item: Node) -> tuple[str, Node] | None:
    match item:
        case Rel(ops=("=",), sides=(Sym(name=name), value)):
            return name, value
    return None
