"""What functions are applied to: `\\sin x`, `\\sin(x)`, `\\sin^2 x`, `\\log_2 8`, `\\max(1, 2)`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rlvr.verifiers.math.lexer import FUNCTIONS, Unreadable
from rlvr.verifiers.math.tree import ONE, TWO, Bracket, Call, Node, Num

if TYPE_CHECKING:
    from rlvr.verifiers.math.parse import Parser

_SPELLINGS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_WITH_INVERSE = ("sin", "cos", "tan")


def function(p: Parser, name: str) -> Node:
    """The function of that name, applied to what follows. Raises Unreadable."""
    if name in ("log", "lg"):
        return _logarithm(p)
    power = p.exponent() if p.accept("^") else None
    arguments = _arguments(p)
    if name == "sqrt":
        node: Node = Call("^", (arguments[0], Call("/", (ONE, TWO))))
    elif power == Call("neg", (ONE,)) and name in _WITH_INVERSE:
        return Call(f"arc{name}", arguments)
    else:
        node = Call(_SPELLINGS.get(name, name), arguments)
    return node if power is None else Call("^", (node, power))


def _arguments(p: Parser) -> tuple[Node, ...]:
    if p.kind() == "sign" and p.peek() in ("(", "["):
        inside = p.primary()
        found = inside.items if isinstance(inside, Bracket) else (inside,)
        if not found:
            raise Unreadable("a function of nothing")
        return found
    if p.kind() == "sign" and p.peek() == "{":
        return (p.argument(),)
    return (_unbracketed(p),)


def _unbracketed(p: Parser) -> Node:
    """The argument of `\\sin 2x`: factors up to the next sign or function."""
    node = p.signed()
    while p.factor_begins() and p.peek().removeprefix("\\") not in FUNCTIONS and p.peek() != "(":
        node = p.juxtaposed(node)
    return node


def _logarithm(p: Parser) -> Node:
    """`\\log_b^n x`; without a base, the decimal logarithm."""
    base: Node = Num(Fraction(10))
    if p.peek() == "_" and not p.at_end:
        p.take()
        base = p.argument()
    power = p.exponent() if p.accept("^") else None
    node = Call("log", (_arguments(p)[0], base))
    return node if power is None else Call("^", (node, power))
