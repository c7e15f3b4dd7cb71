"""One spelling for many: decoration, brackets, separators, long-winded numbers."""

# ruff: noqa: E501 (tables of cases are easier to read in long lines)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

EQUAL = [
    ("7", "\\boxed{7} ;; \\fbox{7} ;; **7** ;; \"7\" ;; `7` ;; =7 ;; \\displaystyle 7 ;; \\color{red}{7} ;; \\textcolor{red}{7} ;; \\underline{7} ;; \\text{The answer is }7 ;; \\therefore 7 ;; 7\\\\ ;; (7) ;; \\left(7\\right) ;; x\\approx 7"),
    (r"\frac{3}{4}", r"\tfrac34 ;; {3 \over 4} ;; \nicefrac{3}{4} ;; \(\frac34\) ;; 3\div4"),
    ("3.14", "3,14"),
    ("x>2", r"x\gt 2"),
    ("1,234", "1234"),
    (r"\frac{1}{4}", "0.25"),
]  # fmt: skip
DIFFERENT = [
    ("7", r"\text{not }7 ;; 7 8 ;; {7}{7}"),
    ("1", "1,000 ;; 1{,}000"),
    ("1.234", "1,234"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)


def test_long_winded_numbers(boxed: Callable[..., Any]) -> None:
    for answer in (
        "(" * 300 + "7" + ")" * 300,
        "-" * 400 + "7",
        "7." + "0" * 900,
        "7" + "+0" * 900,
        "7" + r"\cdot 1" * 900,
    ):
        assert boxed(answer, "7").outcome == "pass", answer[:20]
    for answer in ("(" * 300 + "7" + ")" * 299, "-" * 401 + "7", "7." + "0" * 900 + "1", "7" + "+1" * 900):
        assert boxed(answer, "7").outcome == "fail", answer[:20]
