"""Unicode spellings."""

from __future__ import annotations

from collections.abc import Callable

EQUAL = [
    ("0.5", "½ ;; 1⁄2 ;; ．５"),
    (r"\sqrt{2}", "√2"),
    ("x^2", "x²"),
    ("x^{12}", "x¹²"),
    ("10^{-3}", "10⁻³"),
    ("a_1", "a₁"),
    ("-3", "−3 ;; –3 ;; －３"),
    ("42", "４２ ;; ٤٢ ;; 𝟒𝟐 ;; 4​2"),
    (r"(-\infty,1)\cup[2,3]", "（−∞，1）∪［2，3］"),
    (r"\alpha\le\beta", "α≤β"),
    (r"[2,\infty)", "x≥2 ;; x⩾2"),
    ("3:2", "3∶2 ;; 3：2"),
    (r"2\pi", "2π"),
    (r"\lfloor x\rfloor", "⌊x⌋"),
    ("C", "Ｃ ;; （C）"),
]  # fmt: skip
DIFFERENT = [
    ("x^{12}", "x^1^2 ;; x²"),
    ("10^{-3}", "10³"),
    ("23", "②③"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)
