"""Answers that are words."""

from __future__ import annotations

from collections.abc import Callable

EQUAL = [
    (r"\text{no}", r"no ;; No ;; \text{No.} ;; \textbf{no}"),
    (r"\text{Monday}", "monday ;; Monday ;; \"Monday\" ;; \\textit{Monday}"),
    (r"\text{July 4}", r"July 4 ;; \text{July 4th}"),
    (r"\text{no solution}", r"No solution ;; \text{no solutions} ;; \emptyset"),
    (r"\text{Infinity}", r"\infty"),
    ("odd", r"\text{odd}"),
]  # fmt: skip
DIFFERENT = [
    (r"\text{no}", r"yes ;; not ;; \text{yes or no} ;; 0"),
    (r"\text{Monday}", "Tuesday ;; Mondays"),
    ("odd", "oddd ;; even"),
    ("Alice", "Bob ;; Alice and Bob"),
    ("east", "west ;; northeast"),
    ("5", r"\text{none} ;; \text{five apples}"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)
