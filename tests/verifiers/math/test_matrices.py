"""Matrices, vectors and determinants."""

# ruff: noqa: E501 (tables of cases are easier to read in long lines)
from __future__ import annotations

from collections.abc import Callable

EQUAL = [
    (r"\begin{pmatrix}2&0\\1&3\end{pmatrix}", r"\begin{bmatrix} 2 & 0 \\ 1 & 3 \end{bmatrix} ;; \left[\begin{array}{cc}2&0\\1&3\end{array}\right] ;; \begin{pmatrix}4/2&0\\[1ex]1&3.0\\\end{pmatrix} ;; [[2,0],[1,3]] ;; A=\begin{pmatrix}2&0\\1&3\end{pmatrix} ;; \begin{pmatrix}1&0\\0&1\end{pmatrix}+\begin{pmatrix}1&0\\1&2\end{pmatrix}"),
    (r"\begin{pmatrix}1\\2\\3\end{pmatrix}", r"(1,2,3) ;; \begin{bmatrix}1\\2\\3\end{bmatrix}"),
    (r"\begin{pmatrix}1&2\end{pmatrix}", "(1,2)"),
    (r"\begin{pmatrix}\frac12&\frac13\\0&1\end{pmatrix}", r"\frac16\begin{pmatrix}3&2\\0&6\end{pmatrix}"),
    ("-2", r"\begin{vmatrix}1&2\\3&4\end{vmatrix} ;; \det\begin{pmatrix}1&2\\3&4\end{pmatrix}"),
]  # fmt: skip
DIFFERENT = [
    (r"\begin{pmatrix}2&0\\1&3\end{pmatrix}", r"\begin{pmatrix}2&1\\0&3\end{pmatrix} ;; \begin{pmatrix}2&0\\1&-3\end{pmatrix} ;; \begin{pmatrix}2&0\end{pmatrix} ;; 6 ;; \begin{vmatrix}2&0\\1&3\end{vmatrix}"),
    (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix} ;; 12"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)
