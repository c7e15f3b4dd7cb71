"""Expressions with variables: identities hold everywhere, near misses do not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rlvr.verifiers.math.parse import parse
from rlvr.verifiers.math.probing import _draw, _samples

EQUAL = [
    ("(x-1)(x+1)", "x^2-1 ;; -(1-x)(1+x)"),
    (r"\frac1x+\frac1y", r"\frac{x+y}{xy}"),
    (r"\sin 2x", r"2\sin x\cos x"),
    (r"1+\tan^2 y", r"\sec^2 y"),
    ("1", r"\sin^2 x+\cos^2 x"),
    (r"\ln(ab)", r"\ln a+\ln b"),
    ("4^n", r"2^{2n} ;; 2^n\cdot 2^n"),
    ("(n+1)!", "(n+1)n!"),
    (r"\binom{n}{2}", r"\frac{n(n-1)}{2}"),
    (r"\sqrt{x^2}", "|x|"),
    (r"\frac{x}{2}", "0.5x ;; x/2"),
    ("x_1x_2", "x_{2}x_{1}"),
    (r"\lfloor n/2\rfloor", r"\left\lfloor\frac{n}{2}\right\rfloor"),
    (r"\frac{x^2-4}{x-2}", "x+2"),
    ("e^{x+y}", "e^x e^y"),
]  # fmt: skip
DIFFERENT = [
    ("x+1", "x-1 ;; 2x ;; 1-x ;; x+1.000001 ;; y+1"),
    ("x", r"5 ;; |x| ;; x+10^{-30} ;; x+10^{-60}\pi ;; \sqrt{x}"),
    (r"\sin x", r"\sin x+10^{-40} ;; \cos x"),
    (r"\lfloor\frac{2n-2}{5}\rfloor", r"\lfloor\frac{2n-1}{5}\rfloor"),
    ("x^{10}", "x^{10.0001} ;; x^{11}"),
    (r"\ln(x+y)", r"\ln x+\ln y"),
    ("a/b", "b/a"),
    ("n^2", "2^n"),
    ("x^2+C", "x^2+2x"),
    ("x^2", r"x^2+\sin(1000003\pi x)"),
    (r"\lfloor x\rfloor", r"\lfloor|x|\rfloor"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)


def test_an_answer_cannot_be_written_for_the_points_of_another(boxed: Callable[..., Any]) -> None:
    points = [point["x"] for point, _, _ in _samples(parse("x^2"), parse("x^2+1"))]
    vanishing = "".join(f"(x-({point.numerator}/{point.denominator}))" for point in points[:4])
    assert boxed(f"x^2+{vanishing}", "x^2").outcome == "fail"


def test_the_points_are_the_same_in_every_process_and_order() -> None:
    code = (
        "from rlvr.verifiers.math.parse import parse; from rlvr.verifiers.math.probing import _draw; "
        "print(_draw(parse('x^2+y'), parse('y+x^2')).random())"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert float(done.stdout) == _draw(parse("y+x^2"), parse("x^2+y")).random()
