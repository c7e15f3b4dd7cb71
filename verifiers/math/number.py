"""Reads a number exactly: integers, decimals, fractions, percentages, in plain text or LaTeX."""

from __future__ import annotations

import re
from fractions import Fraction

#: Longer texts are no numbers anyone would check; it also bounds the arithmetic.
_LONGEST = 200
#: 1e400 is a number, 1e999999999 an attempt to fill the memory.
_LARGEST_EXPONENT = 1000

_NOISE = re.compile(r"\\(?:left|right|displaystyle|,|;|!|\s)|[$\s]|\\(?:text|mathrm)\{\s*\}")
_DECIMAL = re.compile(r"([-+]?)(\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?:\.(\d*))?(?:[eE]([-+]?\d{1,4}))?")
_LATEX_FRACTION = re.compile(r"([-+]?)(\d*)\\[dt]?frac\{([^{}]+)\}\{([^{}]+)\}")


def parse_number(text: str) -> Fraction | None:
    """The number a text is, or None when it is none or too large to be worth it."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    plain = _NOISE.sub("", text).rstrip(".").replace("\\%", "%")
    if plain.endswith("%"):
        share = _signed(plain[:-1])
        return None if share is None else share / 100
    return _signed(plain)


def _signed(text: str) -> Fraction | None:
    if latex := _LATEX_FRACTION.fullmatch(text):
        sign, whole, top, bottom = latex.groups()
        value = _quotient(_decimal(top), _decimal(bottom))
        if value is None or (whole and (value < 0 or value >= 1)):
            return None
        return (-1 if sign == "-" else 1) * (int(whole or 0) + value)
    top, slash, bottom = text.partition("/")
    return _quotient(_decimal(top), _decimal(bottom)) if slash else _decimal(text)


def _quotient(top: Fraction | None, bottom: Fraction | None) -> Fraction | None:
    return None if top is None or not bottom else top / bottom


def _decimal(text: str) -> Fraction | None:
    found = _DECIMAL.fullmatch(text)
    if not found:
        return None
    sign, whole, decimals, exponent = found.groups()
    if abs(int(exponent or 0)) > _LARGEST_EXPONENT:
        return None
    value = Fraction(f"{whole.replace(',', '') or '0'}.{decimals or '0'}")
    value *= Fraction(10) ** int(exponent or 0)
    return -value if sign == "-" else value
