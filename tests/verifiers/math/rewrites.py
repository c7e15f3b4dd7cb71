"""Random expressions, ways to write them that change nothing, and one-digit changes that do."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from fractions import Fraction

import mpmath

from rlvr.verifiers.math.evaluation import Evaluation
from rlvr.verifiers.math.judge import read


def expression(draw: random.Random, depth: int = 2) -> str:
    """A random answer in LaTeX: numbers, fractions, roots, powers, variables, sums and products."""
    if depth == 0 or draw.random() < 0.25:
        return draw.choice([number, number, variable])(draw)
    kind = draw.choice(["sum", "difference", "product", "fraction", "power", "root", "function"])
    a, b = (expression(draw, depth - 1) for _ in range(2))
    return {
        "sum": f"{a} + {b}",
        "difference": f"{a} - \\left({b}\\right)",
        "product": f"\\left({a}\\right) \\cdot \\left({b}\\right)",
        "fraction": f"\\frac{{{a}}}{{{draw.randint(2, 9)}}}",
        "power": f"\\left({a}\\right)^{{{draw.randint(2, 3)}}}",
        "root": f"\\sqrt{{{draw.randint(2, 30)}}}",
        "function": f"\\{draw.choice(['sin', 'cos'])}\\left({a}\\right)",
    }[kind]


def number(draw: random.Random) -> str:
    """An integer, decimal or fraction."""
    whole = draw.randint(1, 999)
    return draw.choice(
        [str(whole), f"{whole}.{draw.randint(1, 99):02d}", f"\\frac{{{whole}}}{{{draw.randint(2, 99)}}}"]
    )


def variable(draw: random.Random) -> str:
    """A variable with a factor."""
    return f"{draw.randint(2, 20)}{draw.choice('xyn')}"


REWRITES: list[Callable[[str], str]] = [
    lambda s: s.replace(r"\frac", r"\dfrac"),
    lambda s: s.replace(r"\left", "").replace(r"\right", ""),
    lambda s: s.replace(r"\cdot", r"\times"),
    lambda s: s.replace(" ", ""),
    lambda s: s.replace(" ", r"\, "),
    lambda s: f"({s}) + 0",
    lambda s: f"1 \\cdot ({s})",
    lambda s: f"-(-({s}))",
    lambda s: f"\\frac{{2({s})}}{{2}}",
    lambda s: f"({s}) + 7 - 7",
    lambda s: f"\\displaystyle {s}",
    lambda s: f"$ {s} $",
    lambda s: f"{{{s}}}",
    lambda s: f"\\left({s}\\right)^1",
]


def changed(text: str, draw: random.Random) -> str:
    """The same text with one digit replaced by another, where that changes the value."""
    digits = [m.start() for m in re.finditer(r"\d", text)]
    at = draw.choice(digits)
    new = draw.choice([d for d in "123456789" if d != text[at]])
    return text[:at] + new + text[at + 1 :]


def really_equal(gold: str, changed: str) -> bool:
    """A changed digit may leave the value as it was: 1/3 and 3/9, or a factor of a zero."""
    nodes = [read(text).node for text in (gold, changed)]
    assert nodes[0] is not None
    assert nodes[1] is not None
    with mpmath.workdps(60):
        point = {name: Fraction(1234567, 7654321) + i for i, name in enumerate("xyn")}
        values = [Evaluation(200, 0).value(node, point) for node in nodes]
        return bool(abs(values[0] - values[1]) <= mpmath.mpf(10) ** -50 * (1 + abs(values[0])))
