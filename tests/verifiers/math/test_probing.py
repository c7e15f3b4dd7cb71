"""Expressions with variables: identities hold everywhere, near misses do not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr.verifiers.math.parse import parse
from rlvr.verifiers.math.points import Points, draw

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
    ("n(n-1)", r"\frac{n!}{(n-2)!}"),
    (r"\binom nk", r"\frac{n!}{k!(n-k)!} ;; \binom{n}{n-k} ;; \binom{n-1}{k-1}+\binom{n-1}{k}"),
    (r"\lfloor\log_{10} n\rfloor+1", r"1+\lfloor\frac{\ln n}{\ln 10}\rfloor"),
    (r"\lfloor x\rfloor+\lfloor x+\frac12\rfloor", r"\lfloor 2x\rfloor"),
    (r"\frac12\ln\frac{3+x}{3-x}", r"\frac12(\ln(3+x)-\ln(3-x))"),
    (r"\sqrt{9-x^2}", r"\sqrt{3-x}\sqrt{3+x}"),
    (r"\ln(\cosh x)", r"\ln\frac{e^x+e^{-x}}{2}"),
    (r"\sqrt{x+1}-\sqrt x", r"\frac{1}{\sqrt{x+1}+\sqrt x}"),
    (r"d\sqrt2", r"\sqrt{2d^2}"),
    ("x", r"\ln e^x ;; \sqrt{x}^2 ;; x+10^{100}\pi-10^{100}\pi"),
    ("e^{100}x+1", "1+xe^{100}"),
    (r"y=\sqrt x", r"2y-2\sqrt x=0"),
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
#: What is small beside something large, or too small to be seen where the other is near 1.
SWALLOWED = [
    (r"\sin x", r"\sin x+((x+10^{1000}\pi)-10^{1000}\pi) ;; \sin x+((x+10^{3000}\pi)-10^{3000}\pi)"),
    ("x", r"x+(\lfloor 10^{1000}x\rfloor-10^{1000}x) ;; x+10^{-1000}\pi ;; x\cos(10^{-1000}x) ;; xe^{10^{-1000}}"),
    ("x", r"x\tanh(10^3(x^2+1)) ;; x\frac{\sin 10^{-300}}{10^{-300}} ;; x+\ln(1+10^{-700}\pi) ;; x+e^{-e^9}"),
    ("x", r"x\sin(\frac\pi2\sin(\frac\pi2\sin(\frac\pi2-10^{-100})))"),
    ("x", r"x\cdot|1+10^{-200}i| ;; x+\frac{1}{(1000x^2+1000)!} ;; x+10^{-99}\sin(10^9x)"),
    ("5", r"5+10^{-1000}\pi ;; 5+((1+10^{1000}\pi)-10^{1000}\pi) ;; \max(5,5+10^{-500}\pi) ;; 5\tanh 1000"),
    ("5", r"5+10^{10^9}\pi-10^{10^9}\pi+1 ;; 5+((1999)!)! ;; \frac{5(\sqrt6-\sqrt2\sqrt3)}{\sqrt6-\sqrt2\sqrt3}"),
    (r"\sqrt x", r"\sqrt{x+10^{-1000}\pi}"),
    ("e^x", r"e^x+e^{-e^9} ;; e^x(1+e^{-1000})"),
    ("n!", r"n!+\lfloor n/501\rfloor ;; n!+10^{-900}\pi"),
    ("3.1415926535", r"(\pi+1+10^{100}\pi)-10^{100}\pi"),
    ("y=x", r"y-x+((x+10^{1000}\pi)-10^{1000}\pi)=0"),
]  # fmt: skip
#: What has its corners and steps farther out, or closer in, than the points that all expressions are compared at.
BENT = [
    (r"\lfloor x\rfloor", r"\lfloor x\rfloor+\lfloor|x|/501\rfloor ;; \lfloor x\rfloor+\lfloor|x|/100001\rfloor"),
    (r"\lfloor x\rfloor", r"\lfloor x\rfloor+\lfloor|x|/10^{13}\rfloor ;; \lfloor x\rfloor+\lfloor|x|/10^{300}\rfloor"),
    (r"\lfloor x\rfloor", r"\lfloor x\rfloor+\lfloor|x|/2001\rfloor+0\cdot|x|!"),
    (r"\lfloor x\rfloor", r"\lfloor x\rfloor+\lfloor\frac1{1+|x-137|}\rfloor ;; \lfloor x+10^{-500}\pi\rfloor"),
    (r"\lfloor x\rfloor", r"\lfloor x\rfloor+(1-\lceil x-\lfloor x\rfloor\rceil)\lfloor|x|/501\rfloor"),
    (r"\lfloor a\rfloor+b", r"\lfloor a\rfloor+b+(a-b)(1-\lceil a-\lfloor a\rfloor\rceil)"),
    (r"n\bmod 2", r"(n\bmod 600)\bmod 2+\lfloor|n|/6000\rfloor"),
    ("x", r"x+||x|-3|-3+|x| ;; x+||x|-10^{30}|-10^{30}+|x| ;; x+||x|-10^{-9}|+10^{-9}-|x| ;; \max(x,-10^{50})"),
    ("x", r"x+\sqrt{(|x|-3)^2}-3+|x| ;; x+|\sqrt[9]{|x|}-5|-5+\sqrt[9]{|x|} ;; x+|\ln|x|-9|-9+\ln|x|"),
    ("x", r"2\arctan(\tan\frac x2) ;; 100\arcsin(\sin\frac x{100}) ;; e^{\frac12\ln x^2} ;; |x|+0\sqrt x"),
    ("x", r"x+||x|-5|-5+|x|+0\max(0,\sqrt{5-|x|}) ;; x+||x|-30|-30+|x|+0e^{e^{e^{|x|}}}"),
    ("x^2", r"x^2+\max(|x|,3)-3"),
    ("|x|", r"\max(|x|,10^{-500}\pi)"),
    (r"\sin x", r"\sin(\min(x,50)) ;; \sin x+||x|-4|-4+|x|"),
    ("e^x", r"\max(e^x,10^{-30}) ;; \min(e^x,10^{30})"),
    (r"2\arctan\frac x5", r"\arctan\frac{10x}{25-x^2}"),
    ("xy", r"xy+\max(|x-y|,20)-20"),
    ("y=x", r"y-x+||x|-3|-3+|x|=0"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)


@pytest.mark.parametrize("rows", [SWALLOWED, BENT], ids=["swallowed", "bent"])
def test_differences_that_are_hidden_are_found(rows: list[tuple[str, str]], boxed: Callable[..., Any]) -> None:
    verdicts = {(gold, answer): boxed(answer, gold) for gold, answers in rows for answer in answers.split(" ;; ")}
    read = ("wrong_answer", "undecidable")
    assert {pair: verdict.reason for pair, verdict in verdicts.items() if verdict.cause not in read} == {}


def test_an_answer_cannot_be_written_for_the_points_of_another(boxed: Callable[..., Any]) -> None:
    points = [point["x"] for point in Points(parse("x^2"), parse("x^2+1")).near()]
    vanishing = "".join(f"(x-({point.numerator}/{point.denominator}))" for point in points)
    assert boxed(f"x^2+{vanishing}", "x^2").outcome == "fail"


def test_the_points_are_the_same_in_every_process_and_order() -> None:
    code = (
        "from rlvr.verifiers.math.parse import parse; from rlvr.verifiers.math.points import draw; "
        "print(draw(parse('x^2+y'), parse('y+x^2')).random())"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert float(done.stdout) == draw(parse("y+x^2"), parse("x^2+y")).random()
