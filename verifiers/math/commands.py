"""What LaTeX commands make: each takes the parser behind its command and returns a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rlvr.verifiers.math.lexer import Unreadable
from rlvr.verifiers.math.matrices import determinant
from rlvr.verifiers.math.tree import INFINITY, ONE, PI, TWO, Bracket, Call, Group, Matrix, Node, Sym

if TYPE_CHECKING:
    from rlvr.verifiers.math.parse import Parser

CONSTANTS: dict[str, Node] = {
    "pi": PI,
    "infty": INFINITY,
    "emptyset": Group((), braced=True),
    "varnothing": Group((), braced=True),
    **dict.fromkeys(("ldots", "cdots", "dots", "dotsc"), Sym("...")),
}


def fraction(p: Parser) -> Node:
    """`\\frac{a}{b}`."""
    top, bottom = p.argument(), p.argument()
    match top, bottom:
        case Sym(name="d"), Call(name="*", args=(Sym(name="d"), Sym())):
            raise Unreadable("a derivative that is not worked out")
    return Call("/", (top, bottom))


def root(p: Parser) -> Node:
    """`\\sqrt[n]{a}` as a power."""
    degree: Node = TWO
    if p.accept("["):
        degree = p.sum()
        p.expect("]")
    return Call("^", (p.argument(whole_numbers=True), Call("/", (ONE, degree))))


def binomial(p: Parser) -> Node:
    """`\\binom{n}{k}`."""
    top = p.argument()
    return Call("binom", (top, p.argument()))


def floor(p: Parser) -> Node:
    """`\\lfloor a \\rfloor`."""
    inside = p.sum()
    p.expect(r"\rfloor")
    return Call("floor", (inside,))


def ceiling(p: Parser) -> Node:
    """`\\lceil a \\rceil`."""
    inside = p.sum()
    p.expect(r"\rceil")
    return Call("ceil", (inside,))


def norm(p: Parser) -> Node:
    """`\\| a \\|`."""
    return p.absolute(r"\|")


def vert(p: Parser) -> Node:
    """`\\vert a \\vert`."""
    return p.absolute(r"\vert")


def lvert(p: Parser) -> Node:
    """`\\lvert a \\rvert`."""
    return p.absolute(r"\rvert")


def chevrons(p: Parser) -> Node:
    """`\\langle a, b \\rangle`, a vector."""
    items = tuple(p.items())
    p.expect(r"\rangle")
    return Bracket("(", ")", items)


def blackboard(p: Parser) -> Node:
    """`\\mathbb{R}` is the real line, any other letter a name."""
    letter = p.argument()
    if letter == Sym("R"):
        return Bracket("(", ")", (Call("neg", (INFINITY,)), INFINITY))
    return letter


def big(p: Parser, name: str) -> Node:
    """`\\sum_{k=0}^{n} body`: kept as it is written, compared part by part."""
    bounds: list[Node] = []
    while p.peek() in ("_", "^") and not p.at_end:
        p.take()
        if p.accept("{"):
            items = p.items()
            p.expect("}")
            bounds.append(items[0] if len(items) == 1 else Group(tuple(items), braced=False))
        else:
            bounds.append(p.argument())
    return Call(name, (*bounds, p.product()))


def angle(p: Parser) -> Node:
    """`\\angle ABC`, a name."""
    letters = ""
    while p.kind() == "letters" and len(p.peek()) == 1:
        letters += p.take().text
    return Sym(f"angle {letters}")


def overline(p: Parser) -> Node:
    """`\\overline{AB}`, a name."""
    inside = p.argument()
    letters = inside
    name = ""
    while isinstance(letters, Call) and letters.name == "*" and isinstance(letters.args[1], Sym):
        name = letters.args[1].name + name
        letters = letters.args[0]
    if isinstance(letters, Sym):
        return Sym(f"line {letters.name}{name}")
    raise Unreadable("an overline on a number")


def braced(p: Parser) -> Node:
    """A set: its items, or `{x | condition}`, which is its condition."""
    for ahead in range(8):
        if p.peek(ahead) in ("|", r"\mid", ":") and p.kind(ahead) != "word":
            domain = _domain(p, ahead)
            p.at += ahead + 1
            conditions = p.items()
            p.expect(r"\}")
            if len(conditions) != 1:
                return Call(f"over {domain}", tuple(conditions)) if domain else Group(tuple(conditions), braced=False)
            return Call(f"over {domain}", (conditions[0],)) if domain else conditions[0]
        if p.peek(ahead) in (r"\}", ",", ""):
            break
    items = tuple(p.items())
    p.expect(r"\}")
    return Group(items, braced=True)


def _domain(p: Parser, ahead: int) -> str:
    """What the variable of a set ranges over, where it is not the real numbers: the Z of `{x \\in Z | ...}`."""
    before = [p.peek(i) for i in range(ahead)]
    if r"\in" not in before:
        return ""
    domain = "".join(before[before.index(r"\in") + 1 :]).replace(r"\mathbb", "").strip("{}")
    return "" if domain == "R" else domain


def environment(p: Parser) -> Node:
    """A matrix. The environment's name has been cut into letters."""
    name = braced_letters(p)
    if name not in ("matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "smallmatrix", "array"):
        raise Unreadable(f"environment {name!r} is no matrix")
    if name == "array":
        braced_letters(p)
    rows: list[list[Node]] = [[]]
    while p.peek() != r"\end":
        if p.accept("&"):
            continue
        if p.accept(r"\\"):
            rows.append([])
            continue
        rows[-1].append(p.sum())
    p.take()
    braced_letters(p)
    matrix = Matrix(tuple(tuple(row) for row in rows if row))
    return determinant(matrix) if name == "vmatrix" else matrix


def det(p: Parser) -> Node:
    """`\\det A`, worked out where A is a small matrix."""
    inside = p.primary()
    if not isinstance(inside, Matrix):
        raise Unreadable("a determinant of what is no matrix")
    return determinant(inside)


def braced_letters(p: Parser) -> str:
    """What stands in braces, as text."""
    p.expect("{")
    name = ""
    while p.peek() != "}":
        name += p.take().text
    p.take()
    return name


COMMANDS: dict[str, Callable[[Parser], Node]] = {
    "frac": fraction,
    "sqrt": root,
    "binom": binomial,
    "{": braced,
    "begin": environment,
    "lfloor": floor,
    "lceil": ceiling,
    "|": norm,
    "vert": vert,
    "lvert": lvert,
    "mathbb": blackboard,
    "langle": chevrons,
    "det": det,
    **dict.fromkeys(("overline", "bar"), overline),
    **dict.fromkeys(("angle", "triangle"), angle),
    **dict.fromkeys(
        ("boxed", "fbox", "mathcal", "vec", "text", "underline", "bm", "boldsymbol"), lambda p: p.argument()
    ),
}
