"""Cuts an answer into tokens. One regular expression without backtracking, one pass, a cap on the count."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_CHARACTERS = 20_000
MAX_TOKENS = 8_000
#: A longer run of digits is no answer; it also bounds every later step.
MAX_DIGITS = 400

_TOKEN = re.compile(
    r"""(?P<repeating>[0-9]+\.[0-9]*\\(?:overline|dot|bar)\s*\{[0-9]+\})
      | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,4}(?![0-9.a-zA-Z]))?|\.[0-9]+)
      | \\text\s*\{(?P<word>[^{}]*)\}
      | (?P<command>\\(?:[a-zA-Z]+|[{}|%\\]))
      | (?P<letters>[a-zA-Z]+)
      | (?P<foreign>[^\x00-\x7f]+)
      | (?P<sign>\*\*|[^\s])""",
    re.VERBOSE,
)


class Unreadable(Exception):
    """The text is no mathematics this parser knows; the reason is the message."""


class TooLarge(Unreadable):
    """The text, or a number in it, is larger than any answer."""


class Token(NamedTuple):
    """kind: number, repeating (a decimal with a period), word, command, letters or sign; `at` is where it begins."""

    kind: str
    text: str
    at: int


#: Letters that are one name when they stand together in plain text.
FUNCTIONS = frozenset(
    (
        "sin cos tan cot sec csc arcsin arccos arctan asin acos atan sinh cosh tanh log ln lg exp sqrt "
        "abs min max gcd lcm floor ceil"
    ).split()
)
NAMES = {"pi": "pi", "inf": "inf", "infinity": "inf", "infty": "inf", "oo": "inf"}


def tokens(text: str) -> list[Token]:
    """All tokens. Raises TooLarge."""
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(f"{len(text)} characters are more than any answer has")
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        value = match[kind]
        if len(value) > MAX_DIGITS and kind == "number":
            value = _short(value)
        if len(value) > MAX_DIGITS and kind in ("number", "repeating"):
            raise TooLarge(f"a number of {len(value)} digits")
        if kind == "foreign":
            found.append(Token("word", value, match.start()))
        elif kind == "letters":
            found.extend(_split(value, match.start()))
        else:
            found.append(Token(kind, "^" if value == "**" else value, match.start()))
        if len(found) > MAX_TOKENS:
            raise TooLarge(f"more than {MAX_TOKENS} tokens")
    return found


def _short(digits: str) -> str:
    """A number without zeros that do not count."""
    digits = digits.lstrip("0") or "0"
    if "." in digits and digits.replace(".", "").isdigit():
        whole, _, decimals = digits.partition(".")
        digits = f"{whole or '0'}.{decimals.rstrip('0') or '0'}"
    return digits


def _split(letters: str, at: int) -> list[Token]:
    """A run of letters: one name if it is known, else as many variables as it has letters."""
    lower = letters.lower()
    if lower in FUNCTIONS or lower in NAMES:
        return [Token("letters", lower, at)]
    for name in ("sqrt", "sin", "cos", "tan", "log", "ln", "pi"):
        if letters.startswith(name):
            return [Token("letters", name, at), *_split(letters[len(name) :], at + len(name))]
        if len(letters) > len(name) and letters.endswith(name) and len(letters) <= len(name) + 2:
            cut = len(letters) - len(name)
            return [*_split(letters[:cut], at), Token("letters", name, at + cut)]
    return [Token("letters", letter, at + i) for i, letter in enumerate(letters)]
