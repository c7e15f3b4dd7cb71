"""The last stage: sympy, for expressions that probing could not decide.

Its objects are built from our own tree, node by node. No text ever reaches it, so nothing in an answer
is evaluated as code.
"""

from __future__ import annotations

from typing import Any

from rlvr.verifiers.math.tree import Call, Node, Num, Sym, walk

#: Larger expressions are left undecided: simplification may take any time.
_MAX_NODES = 60
_MAX_EXPONENT = 12


class Undecided(Exception):
    """Neither equality nor difference could be shown; the reason is the message."""


def equal_symbolically(a: Node, b: Node) -> bool:
    """Whether sympy shows the difference to be 0. Raises Undecided."""
    for node in (*walk(a), *walk(b)):
        if isinstance(node, Num) and abs(node.value) > 10**9:
            raise Undecided("numbers too large for symbolic simplification")
        if isinstance(node, Call) and node.name == "^" and _large(node.args[1]):
            raise Undecided("exponents too large for symbolic simplification")
    if sum(1 for _ in (*walk(a), *walk(b))) > _MAX_NODES:
        raise Undecided("expressions too large for symbolic simplification")
    import sympy

    difference = sympy.simplify(_convert(a, sympy) - _convert(b, sympy))
    if difference == 0:
        return True
    if difference.is_number and difference.is_zero is False:
        return False
    raise Undecided(f"their difference does not simplify: {str(difference)[:80]}")


def _large(exponent: Node) -> bool:
    return isinstance(exponent, Num) and abs(exponent.value) > _MAX_EXPONENT


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
    functions = {
        "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot, "sec": sympy.sec, "csc": sympy.csc,
        "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan, "sinh": sympy.sinh, "cosh": sympy.cosh,
        "tanh": sympy.tanh, "ln": sympy.log, "exp": sympy.exp, "abs": sympy.Abs, "floor": sympy.floor,
        "ceil": sympy.ceiling, "fact": sympy.factorial, "binom": sympy.binomial,
    }  # fmt: skip
    if name in functions:
        return functions[name](*values)
    raise Undecided(f"sympy is not asked about {name}")
