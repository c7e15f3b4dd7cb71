"""Evaluations count the bits they call for, and take for 0 what only rounding leaves."""

from __future__ import annotations

import mpmath
import pytest

from rlvr.verifiers.math.evaluation import Evaluation, NoValue
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.parse import parse


def evaluated(text: str, bits: int = 80, budget: int = 600) -> tuple[str, int]:
    evaluation = Evaluation(bits, budget)
    with mpmath.workprec(evaluation.precision):
        return mpmath.nstr(evaluation.value(parse(text), {}), 5), evaluation.needed


@pytest.mark.parametrize(
    ("text", "least"),
    [
        (r"1+10^{-100}\pi", 300),
        (r"(\pi+10^{100})-10^{100}", 600),
        (r"\cos 10^{-100}", 600),
        (r"\sin(\frac\pi2-10^{-100})", 600),
        (r"\arctan 10^{100}", 600),
        (r"\tanh 500", 1_400),
        (r"2^{10^{-100}}", 600),
        (r"\lfloor 10^{100}\pi\rfloor", 300),
        (r"|1+10^{-100}i|", 600),
        (r"\frac{1234567890123456789}{9876543210987654321}", 120),
    ],
)
def test_what_could_hide_something_is_counted(text: str, least: int) -> None:
    assert evaluated(text)[1] >= least


def test_ordinary_expressions_call_for_little() -> None:
    for text in (r"\frac{\sqrt3}{2}+1", r"\sin\frac\pi7", r"2\ln 3-1", "e^{10^9}", r"\frac{(10^9)!}{(10^9-2)!}"):
        assert evaluated(text)[1] < 200


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\sqrt6-\sqrt2\sqrt3", "0.0"),
        (r"\sqrt{\sqrt6-\sqrt2\sqrt3}", "0.0"),
        (r"\sin\pi", "0.0"),
        (r"\ln(\sin^2 1+\cos^2 1)", "0.0"),
        (r"\lfloor\frac{\ln 8}{\ln 2}\rfloor", "3.0"),
        (r"\lceil\frac{\ln 8}{\ln 2}\rceil", "3.0"),
        (r"\arcsin(\sin^2 1+\cos^2 1)", "1.5708"),
        (r"\lfloor 3-10^{-100}\rfloor", "2.0"),
        (r"\lfloor -10^{-100}\pi\rfloor", "-1.0"),
        (r"\max(\sqrt6,\sqrt2\sqrt3)", "2.4495"),
        (r"\binom{-\frac{136}{3}}{\frac{44}{3}}", "0.0"),
    ],
)
def test_what_only_rounding_leaves_is_nothing(text: str, value: str) -> None:
    assert evaluated(text)[0] == value


def test_what_has_no_value_says_so() -> None:
    for text, error in (
        (r"\tan\frac\pi2", ZeroDivisionError),
        (r"\frac{1}{\sqrt6-\sqrt2\sqrt3}", ZeroDivisionError),
        (r"\ln(\sin\pi)", ZeroDivisionError),
        ("(-3)!", NoValue),
        (r"\lfloor i\rfloor", NoValue),
        (r"10^{10^{10^{10}}}", TooLarge),
        (r"e^{e^{e^{e^e}}}", TooLarge),
        (r"(10^{20})!", TooLarge),
        (r"\sin 10^{400}", TooLarge),
    ):
        with pytest.raises(error):
            evaluated(text)
