"""Intervals, inequalities and set algebra describe the same sets in many ways."""

# ruff: noqa: E501 (tables of cases are easier to read in long lines)
from __future__ import annotations

from collections.abc import Callable

EQUAL = [
    ("(2,5)", r"2<x<5 ;; 5>x>2 ;; x\in(2,5) ;; \{x \mid 2<x<5\} ;; ]2,5[ ;; x>2\text{ and }x<5 ;; (1,5)\cap(2,9)"),
    (r"[0,\infty)", r"x\ge0 ;; 0\le x ;; [0,+\infty) ;; [0,∞) ;; -x\le 0 ;; 3x+1\ge 1"),
    (r"(-\infty,-2]\cup[2,\infty)", r"|x|\ge2 ;; x\le-2\text{ or }x\ge2 ;; x\le-2\lor x\ge2 ;; \mathbb{R}\setminus(-2,2) ;; [2,\infty)\cup(-\infty,-2]"),
    (r"x\ne1", r"(-\infty,1)\cup(1,\infty) ;; \mathbb{R}\setminus\{1\} ;; x<1\text{ or }x>1"),
    ("[1,3]", r"1\le x\le3 ;; |x-2|\le1 ;; 2\le 2x\le 6 ;; [1,2]\cup[2,3]"),
    (r"x\le\frac12", r"2x\le1 ;; (-\infty,0.5] ;; 4x+1\le 2x+2"),
    (r"\mathbb{R}", r"(-\infty,\infty) ;; \text{all real numbers}"),
    (r"\{-1\}\cup[0,7)", r"[0,7)\cup\{-1\}"),
    (r"(-\infty,3)\setminus\{1\}", r"(-\infty,1)\cup(1,3)"),
    ("k<-5", r"(-\infty,-5)"),
    (r"\{x\in\mathbb{Z}\mid x>2\}", r"\{x\in\mathbb Z: x>2\}"),
    (r"(-\infty,9]", r"(-\infty,\sqrt6]\cup(\sqrt2\sqrt3,9]"),
]  # fmt: skip
DIFFERENT = [
    ("(2,5)", r"[2,5] ;; (2,5] ;; (5,2) ;; (2,6) ;; \{2,5\} ;; 2<x\le5"),
    ("x>2", r"x<2 ;; x\ge2 ;; x>3 ;; x>-2"),
    (r"(1,2)\cup(2,3)", "(1,3)"),
    (r"[0,\infty)", r"(0,\infty) ;; \mathbb{R} ;; [0,1)"),
    ("[1,3]", r"|x-2|<1 ;; |x-1|\le2"),
    ("x>2", r"\{x\in\mathbb{Z}\mid x>2\}"),
    (r"\{x\in\mathbb{Z}\mid x>2\}", r"x>2 ;; \{x\in\mathbb{Z}\mid x>3\}"),
    (r"(-\infty,\infty)", r"(-\infty,1]\cup[1+10^{-40},\infty) ;; (-\infty,1]\cup[1+10^{-400}\pi,\infty)"),
    (r"x\ge2", r"x\ge2+10^{-1000}\pi"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)
