"""Equations, tuples, sets and lists: what counts, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EQUAL = [
    ("x=5", "5 ;; 5=x ;; x = 5.0"),
    ("y=2x+3", "2x+3 ;; f(x)=2x+3 ;; 2x-y+3=0"),
    ("f(x)=x^2", "f(z)=z^2 ;; x^2"),
    ("x+2y=3", r"2x+4y=6 ;; y=\frac{3-x}{2}"),
    ("xy=6", r"y=\frac{6}{x} ;; yx=6"),
    ("7:32", "S_1:S_2=7:32"),
    ("AB=4", "4"),
    ("x(t)=e^{2t}", "e^{2t}"),
    ("1,2", r"2,1 ;; \{1,2\} ;; 1 \text{ and } 2 ;; 1;2 ;; x=1, x=2 ;; x=1,2"),
    (r"\pm 3", r"3,-3 ;; \{-3,3\} ;; x=\pm3"),
    (r"1\pm\sqrt2", r"1-\sqrt2, 1+\sqrt2"),
    ("(1,2)", r"(1, 2) ;; \langle 1,2\rangle ;; x=1,y=2 ;; (x,y)=(1,2) ;; P(1,2)"),
    ("(1,2),(2,1)", r"(2,1),(1,2) ;; \{(1,2),(2,1)\}"),
    ("x=1,y=2", "(1,2) ;; 1,2 ;; y=2,x=1"),
    ("p=1,q=2;p=3,q=4", "(1,2),(3,4)"),
    (r"\emptyset", r"\varnothing ;; \{\} ;; \text{no solution}"),
    (r"\{(1,2)\}", "(1,2)"),
    ("4", "x=3+1=4 ;; 3+1=4"),
    (r"\sum_{k=1}^{4} k^2", "30"),
    ("n=2k", "n=2k"),
]  # fmt: skip
DIFFERENT = [
    ("(1,2)", "(2,1) ;; (1,2,3) ;; [1,2] ;; 1"),
    ("1,2", "1 ;; 1,2,3 ;; 1,2,2,3 ;; 3 ;; 12"),
    ("3", r"\pm 3 ;; 3 \text{ or } 4 ;; x>3"),
    (r"\pm 3", "3 ;; -3"),
    ("x+y=5", "5 ;; x+y=6 ;; x-y=5"),
    ("xy=6", "6 ;; xy=7"),
    ("y=4", "x=3 ;; x=4"),
    ("x+2y=3", "2x+4y=7"),
    ("x+y=1", "x+y=1+10^{-30}"),
    ("x=1,y=2", "x=2,y=1 ;; x=1 ;; (2,1)"),
    (r"\emptyset", r"\{0\} ;; 0"),
    ("(0,0)", "0"),
    ("x=2", "x=x"),
    ("0.75", r"\frac34=0.8"),
    ("7", "6=7"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)


def test_policies(boxed: Callable[..., Any]) -> None:
    for answer, gold, policy, outcome in (
        ("(2,1)", "(1,2)", {"tuple_order": "any"}, "pass"),
        ("(2,3)", "(1,2)", {"tuple_order": "any"}, "fail"),
        ("2,1", "1,2", {"set_order": "same"}, "fail"),
        ("1,2", "1,2", {"set_order": "same"}, "pass"),
    ):
        assert boxed(answer, gold, **policy).outcome == outcome
