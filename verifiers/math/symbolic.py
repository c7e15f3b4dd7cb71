"""The last stage: sympy, for expressions that probing could not decide.

Its objects are built from our own tree, node by node. No text ever reaches it, so nothing in an answer
is evaluated as code.
"""

from __future__ import annotations

import math
from typing import Any

from rlvr.verifiers.math.exact import MAX_BITS, Inexact, bits, exact, rational
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.tree import Call, Node, Num, Sym, children, symbols, walk

#: Larger expressions are left undecided: simplification may take any time.
_MAX_NODES = 60
_MAX_EXPONENT = 12
_MAX_NUMBER = 10**9
#: Of an expression multiplied out.
_MAX_TERMS = 1_000
#: Our functions by sympy's names.
_FUNCTIONS = {
    **{name: name for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "exp", "floor")},
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "ln": "log", "abs": "Abs", "ceil": "ceiling",
    "fact": "factorial", "binom": "binomial",
}  # fmt: skip
_KNOWN = frozenset(["+", "-", "*", "/", "^", "neg", "log", "pi", *_FUNCTIONS])


class Undecided(Exception):
    """Neither equality nor difference could be shown; the reason is the message."""


def equal_symbolically(a: Node, b: Node) -> bool:
    """Whether sympy shows the difference to be 0. Raises Undecided."""
    nodes = [*walk(a), *walk(b)]
    if len(nodes) > _MAX_NODES:
        raise Undecided("expressions too large for symbolic simplification")
    for node in nodes:
        _check(node)
    if max(bits(a), bits(b)) > MAX_BITS or max(_terms(a), _terms(b)) > _MAX_TERMS:
        raise Undecided("powers too large for symbolic simplification")
    import sympy

    difference = sympy.simplify(_convert(a, sympy) - _convert(b, sympy))
    if difference == 0:
        return True
    if difference.is_number and difference.is_zero is False:
        return False
    raise Undecided(f"their difference does not simplify: {str(difference)[:80]}")


def _check(node: Node) -> None:
    """Raise Undecided for what sympy has no name for, and for what it would work out however large it is."""
    if not isinstance(node, (Num, Sym, Call)) or (isinstance(node, Call) and node.name not in _KNOWN):
        raise Undecided(f"{getattr(node, 'name', type(node).__name__)} is not simplified symbolically")
    if isinstance(node, Num) and abs(node.value) > _MAX_NUMBER:
        raise Undecided("numbers too large for symbolic simplification")
    match node:
        case Call(name="fact" | "binom") if any(isinstance(n, Num) and not _is_small(n) for n in walk(node)):
            raise Undecided("factorials too large for symbolic simplification")
        case Call(name="^", args=(_, grows)) | Call(name="fact", args=(grows,)) | Call(name="binom", args=(grows, _)):
            if not symbols(grows) and not _is_small(grows):
                raise Undecided("powers too large for symbolic simplification")


def _terms(node: Node) -> int:
    """How many terms it has at most when it is multiplied out."""
    match node:
        case Call(name="+" | "-", args=(a, b)):
            return _terms(a) + _terms(b)
        case Call(name="*" | "/", args=(a, b)):
            return _terms(a) * _terms(b)
        case Call(name="^", args=(base, exponent)) if (times := rational(exponent)) is not None:
            return math.comb(_terms(base) + int(abs(times)), int(abs(times))) if abs(times) > 1 else _terms(base)
    return max(map(_terms, children(node)), default=1)


def _is_small(node: Node) -> bool:
    try:
        value = exact(node)
    except (Inexact, TooLarge, ZeroDivisionError):
        return False
    return abs(value) <= _MAX_EXPONENT


def _convert(node: Node, sympy: Any) -> Any:
    match node:
        case Num(value=value):
            return sympy.Rational(value.numerator, value.denominator)
        case Sym(name="e"):
            return sympy.E
        case Sym(name="i"):
            return sympy.I
        case Sym(name=name):
            return sympy.Symbol(name)
        case Call(name="pi"):
            return sympy.pi
        case Call(name=name, args=args):
            return _apply(name, [_convert(argument, sympy) for argument in args], sympy)
    raise Undecided(f"{type(node).__name__} is no expression")


def _apply(name: str, values: list[Any], sympy: Any) -> Any:
    match name, values:
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b]:
            return a / b
        case "^", [a, b]:
            return a**b
        case "neg", [a]:
            return -a
        case "log", [a, b]:
            return sympy.log(a, b)
    return getattr(sympy, _FUNCTIONS[name])(*values)
