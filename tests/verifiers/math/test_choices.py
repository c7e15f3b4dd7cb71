"""Multiple choice."""

# ruff: noqa: E501 (tables of cases are easier to read in long lines)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

EQUAL = [
    ("C", r"(C) ;; \text{C} ;; \textbf{(C)} ;; C. ;; (C) 14 ;; \text{(C) }14 ;; C: 14 ;; Option C ;; \text{Choice C} ;; (c)"),
    ("A,C", r"C, A ;; AC ;; A and C ;; \text{A, C}"),
    ("ABD", "A,B,D ;; D, B, A"),
]  # fmt: skip
DIFFERENT = [
    ("C", r"D ;; (D) C ;; A, C ;; AC ;; C or D ;; (C)(D) ;; 14 ;; \text{None} ;; c ;; C+D"),
    ("A,C", "A ;; A,B ;; A,B,C"),
    ("BACD", "ABCD"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)


def test_choices_are_known_from_the_prompt(judge: Callable[..., Any]) -> None:
    prompt = "Which is even?\n(A) 3\n(B) 4\n(C) 5"
    assert judge(r"\boxed{4}", "B", prompt).outcome == "pass"
    assert judge(r"\boxed{B}", "4", prompt).outcome == "pass"
    assert judge(r"\boxed{3}", "B", prompt).outcome == "fail"
    assert judge(r"\boxed{D}", "4", prompt).outcome == "fail"
