"""One answer against one gold: as choices, as words, as mathematics."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rlvr.verifiers.math.clean import clean, unit
from rlvr.verifiers.math.compare import Comparer
from rlvr.verifiers.math.lexer import MAX_CHARACTERS, TooLarge, Unreadable
from rlvr.verifiers.math.parse import parse
from rlvr.verifiers.math.policy import MathOptions
from rlvr.verifiers.math.symbolic import Undecided
from rlvr.verifiers.math.tree import Node, Word, walk

#: Longer texts are not even cleaned.
_LONGEST = 200_000
_LETTER = re.compile(r"\(?([A-J])\)?")
_LEADING_LETTER = re.compile(r"\(([A-J])\)(?![a-zA-Z^*+/=])|([A-J])(?:\s*[.:)]|\s*$)")
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+ -?\d+\.\d+|-?\d+\.\d+ -?\d+,\d+")
_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
_WORDS = re.compile(r"[a-z][a-z0-9 ,.'’\-]*")
_CHOICE = re.compile(r"\(?\b([A-J])[).:]\s*([^\n()]{1,120}?)(?=\s*\(?\b[A-J][).:]|\s*$|\n)", re.M)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it was read: folded, as words where it is words, as a tree where it is mathematics."""

    text: str
    plain: str
    words: str | None
    node: Node | None
    trouble: str = ""


@lru_cache(maxsize=20_000)
def read(text: str) -> Reading:
    """Read an answer. Never raises; `trouble` says why there is no tree."""
    cleaned = clean(text) if len(text) <= _LONGEST else text
    if len(cleaned) > MAX_CHARACTERS:
        return Reading(text, text, None, None, f"{len(text)} characters are more than any answer has")
    plain = "".join(cleaned.split()).removeprefix("+")
    words = _words(text)
    try:
        return Reading(text, plain, words, parse(cleaned))
    except (Unreadable, ValueError) as error:
        return Reading(text, plain, words, None, str(error))


def _words(text: str) -> str | None:
    """The text as folded words, where it is words rather than mathematics."""
    bare = _TEXT.sub(r"\1", text.replace("\\textbf", "\\text").replace("\\mathrm", "\\text")).strip(" .$()*").casefold()
    if not _WORDS.fullmatch(bare) or not re.search(r"[a-z]{3}", bare):
        return None
    if re.search(r"\b(?:sqrt|sin|cos|tan|log|exp|inf|infinity)\b", bare):
        return None
    return re.sub(r"[^a-z0-9]", "", bare)


def same_answer(gold: Reading, found: Reading, options: MathOptions, choices: dict[str, str]) -> bool:
    """Whether the found answer is right. Raises Undecided, TooLarge, Unreadable (of the found answer)."""
    if options.units == "required" and unit(gold.text) != unit(found.text):
        return False
    letter = _LETTER.fullmatch(_TEXT.sub(r"\1", gold.text).strip(" .$"))
    if letter:
        return _same_choice(letter[1], found, options, choices)
    if gold.plain == found.plain and gold.plain:
        return True
    if _DECIMAL_COMMA.fullmatch(gold.plain + " " + found.plain) and gold.plain.replace(",", ".") == found.plain.replace(
        ",", "."
    ):
        return True
    if gold.words is not None:
        return gold.words == found.words or _is_choice_of(gold, found, options, choices)
    if gold.node is None:
        raise Undecided(f"the right answer cannot be read: {gold.trouble}")
    if found.node is None:
        if "more than any" in found.trouble or "deeper" in found.trouble:
            raise TooLarge(found.trouble)
        raise Unreadable(found.trouble)
    return Comparer(options).same(gold.node, found.node) or _is_choice_of(gold, found, options, choices)


def _same_choice(letter: str, found: Reading, options: MathOptions, choices: dict[str, str]) -> bool:
    """A letter is met by itself, by itself with the choice's text, or by that text."""
    bare = _TEXT.sub(r"\1", clean(found.text.replace(r"\textbf", r"\text"))).strip(" .$*{}")
    if full := _LETTER.fullmatch(bare):
        return full[1] == letter
    if leading := _LEADING_LETTER.match(bare):
        return (leading[1] or leading[2]) == letter
    return letter in choices and _same_text(read(choices[letter]), found, options)


def _is_choice_of(gold: Reading, found: Reading, options: MathOptions, choices: dict[str, str]) -> bool:
    """A letter was answered where the gold is the text of that choice."""
    letter = _LETTER.fullmatch(_TEXT.sub(r"\1", found.text).strip(" .$"))
    return bool(letter and letter[1] in choices and _same_text(gold, read(choices[letter[1]]), options))


def _same_text(gold: Reading, found: Reading, options: MathOptions) -> bool:
    if gold.plain == found.plain or (gold.words is not None and gold.words == found.words):
        return True
    if gold.node is None or found.node is None or any(isinstance(n, Word) for n in walk(gold.node)):
        return False
    return Comparer(options).same(gold.node, found.node)


def choices_of(prompt: str) -> dict[str, str]:
    """The choices a prompt offers, by letter; none unless they begin with A and B."""
    found = {match[1]: match[2].strip() for match in _CHOICE.finditer(prompt[-4_000:])}
    return found if {"A", "B"} <= found.keys() else {}
