"""Units of measure are optional, their values are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EQUAL = [
    ("12", r"12\text{ cm} ;; 12 cm ;; 12\,\mathrm{cm} ;; 12\mbox{ cm}^2 ;; 12 apples ;; 12\text{ any text}"),
    (r"30\text{ m/s}", r"30 ;; 30 m/s ;; 30\,\mathrm{m\,s^{-1}} ;; 30\frac{m}{s} ;; 30\text{ meters per second}"),
    (r"9.8\ \mathrm{m/s^2}", r"9.8 ;; 9.8\text{ m/s}^2"),
    (r"24\text{ cm}^3", r"24 ;; 24 cm^3 ;; 24\text{ cm³} ;; 24\text{ cubic centimeters}"),
    (r"\$1,250", r"1250 ;; \$1250.00 ;; 1250\text{ dollars}"),
    ("€5", "5"),
    (r"37^\circ\text{C}", r"37 ;; 37°C ;; 37^\circ C ;; 37 degrees Celsius"),
    (r"20\text{ N}", "20 ;; 20 N"),
    (r"5\frac12\text{ ft}", "5.5"),
    ("3n", "3n"),
]  # fmt: skip
DIFFERENT = [
    (r"12\text{ cm}", r"13\text{ cm} ;; 1.2 ;; -12"),
    ("15", r"\$1.50 ;; 150\text{ cm}"),
    ("7", r"7 \text{ or 8} ;; 7\text{ cm}+1"),
    ("20", "20 N"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)


def test_required_units(boxed: Callable[..., Any]) -> None:
    assert boxed("5", "5 cm", units="required").outcome == "fail"
    assert boxed("5 m", "5 cm", units="required").outcome == "fail"
    assert boxed("5 cm", "5\\text{ cm}", units="required").outcome == "pass"
