"""Multiple choice: the letters an answer names, and the choices a prompt offers."""

from __future__ import annotations

import re

from rlvr.verifiers.math.words import untexted

_LETTER = re.compile(r"\(?([A-J])\)?")
_LETTERS = re.compile(r"[(\[{]?[A-J](?:[)\]}]?\s*(?:,|;|and|&)?\s*[(\[{]?[A-J])+[)\]}]?")
_LEADING_LETTER = re.compile(r"\(([A-J])\)(?![a-zA-Z^*+/=])|([A-J])(?:\s*[.:)]|\s*$)")
_OTHER_LETTER = re.compile(r"(?:\b|\()(?:and|or|&)\s*\(?[A-J]\b|\([A-J]\)")
_CALLED = re.compile(r"(?:the\s+)?(?:correct\s+)?(?:option|choice|answer)\s*(?:is\b)?\s*:?\s*", re.I)
_CHOICE = re.compile(r"\(?\b([A-J])[).:]\s*([^\n()]{1,120}?)(?=\s*\(?\b[A-J][).:]|\s*$|\n)", re.M)
_PROMPT_END = 4_000


def only_letter(text: str) -> str | None:
    """The letter that the whole text is, be it in brackets or bold."""
    found = _LETTER.fullmatch(untexted(text).strip(" .$"))
    return found[1] if found else None


def named_letter(text: str) -> str | None:
    """The letter of the choice that a text names, alone ("(C)", "option C") or before the choice ("C. 12")."""
    bare = untexted(text).strip(" .$*{}")
    bare = _CALLED.sub("", bare, count=1) if _CALLED.match(bare) else bare
    if found := _LETTER.fullmatch(bare) or re.fullmatch(r"\(([a-j])\)", bare):
        return found[1].upper()
    leading = _LEADING_LETTER.match(bare)
    if leading and not _OTHER_LETTER.search(bare, leading.end()):
        return leading[1] or leading[2]
    return None


def several_letters(text: str) -> list[str] | None:
    """The letters of several choices, in order where they are listed ("D, A"), as written in "ABD"; else None."""
    bare = untexted(text).strip(" .$*")
    if not _LETTERS.fullmatch(bare):
        return None
    letters = re.findall(r"[A-J]", bare)
    if len(set(letters)) < len(letters):
        return None
    return letters if bare.isalpha() else sorted(letters)


def choices_of(prompt: str) -> dict[str, str]:
    """The choices a prompt offers, by letter; none unless they begin with A and B."""
    found = {match[1]: match[2].strip() for match in _CHOICE.finditer(prompt[-_PROMPT_END:])}
    return found if {"A", "B"} <= found.keys() else {}
