"""Units of measure are optional, their values are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rlvr.verifiers.math.units import without_unit

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
    ("5", r"5\text{ red balls} ;; 5\text{ m/s}^2 ;; 5\text{ meters per second squared}"),
    ("5", r"5\text{ dollars a day} ;; 5\text{ p.m.} ;; 5\text{ o'clock}"),
    ("5", r"5\text{ 千米/小时} ;; 5\text{ 个} ;; 5\text{ cm (approx.)} ;; 5\text{ more apples} ;; 5\text{}"),
    ("3+5i", r"3+5\mathrm{i}"),
    ("2e^x", r"2\mathrm{e}^x"),
]  # fmt: skip
DIFFERENT = [
    (r"12\text{ cm}", r"13\text{ cm} ;; 1.2 ;; -12"),
    ("15", r"\$1.50 ;; 150\text{ cm}"),
    ("7", r"7 \text{ or 8} ;; 7\text{ cm}+1"),
    ("20", "20 N"),
    ("5", r"5\text{ is wrong, it is six} ;; 5\text{ or six} ;; 5\text{ minus one} ;; 5\text{!}"),
    ("5", r"5\text{ million} ;; 5\text{ Dozen} ;; 5\text{ squared} ;; 5\text{ tenths}"),
    ("5", r"5\text{ and a half} ;; 5\text{ isn't right} ;; 5\text{万}"),
    ("5", r"5\text{ cm}\text{ or six} ;; 5\frac{\text{is wrong}}{\text{it is six}} ;; 5\mathrm{x} ;; \text{not: }5"),
    ("8", r"3+5\mathrm{i}"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)


def test_long_text_is_refused_in_linear_time() -> None:
    for piece in ("seconds ", "a ", "square ", "zz-", "m^{-1}"):
        assert "wrong" in without_unit(r"5\text{" + piece * 20_000 + "is wrong}")


def test_required_units(boxed: Callable[..., Any]) -> None:
    assert boxed("5", "5 cm", units="required").outcome == "fail"
    assert boxed("5 m", "5 cm", units="required").outcome == "fail"
    assert boxed("5 cm", "5\\text{ cm}", units="required").outcome == "pass"
