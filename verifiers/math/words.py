"""Answers that are words: "yes", "\\text{Monday}", "no solution"."""

from __future__ import annotations

import re

_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
_EMPHASIS = re.compile(r"\\(?:textbf|textit|textrm|mathrm|mathbf|mathit|mbox|emph)(?![a-zA-Z])")
_WORDS = re.compile(r"[a-z][a-z0-9 ,.'’\-]*")
#: Letters that are words even without `\text{}` around them; other pairs of letters are products.
_SHORT = re.compile(r"no|yes")
_MATHEMATICS = re.compile(r"\b(?:sqrt|sin|cos|tan|log|exp|inf|infinity)\b")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_NOTHING = frozenset(
    ("nosolution nosolutions norealsolution norealsolutions therearenosolutions thereisnosolution nosolutionexists "
     "emptyset theemptyset none").split()
)  # fmt: skip
#: The folded words for an equation without solutions.
NO_SOLUTION = "nosolution"


def untexted(text: str) -> str:
    """The text without `\\text{}`, `\\textbf{}` and their like."""
    return _TEXT.sub(r"\1", _EMPHASIS.sub(r"\\text", text))


def words(text: str) -> str | None:
    """The text as folded words, where it is words rather than mathematics."""
    bare = untexted(text).strip(" .$()*\"'`{}").casefold()
    if not _WORDS.fullmatch(bare):
        return None
    spelled_out = "\\text" in text and re.search(r"[a-z]{2}", bare)
    if not (re.search(r"[a-z]{3}", bare) or _SHORT.fullmatch(bare) or spelled_out) or _MATHEMATICS.search(bare):
        return None
    folded = re.sub(r"[^a-z0-9]", "", _ORDINAL.sub("", bare))
    return NO_SOLUTION if folded in _NOTHING else folded
