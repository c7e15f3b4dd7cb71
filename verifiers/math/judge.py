"""One answer against one gold: as choices, as words, as mathematics."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rlvr.verifiers.math.choices import named_letter, only_letter, several_letters
from rlvr.verifiers.math.clean import clean, spelled
from rlvr.verifiers.math.compare import Comparer
from rlvr.verifiers.math.lexer import TooLarge, Unreadable
from rlvr.verifiers.math.numeric import shared_effort
from rlvr.verifiers.math.parse import parse
from rlvr.verifiers.math.policy import MathOptions
from rlvr.verifiers.math.sums import worked_out
from rlvr.verifiers.math.symbolic import Undecided
from rlvr.verifiers.math.tree import Group, Node, Word, walk
from rlvr.verifiers.math.units import unit
from rlvr.verifiers.math.words import NO_SOLUTION, words

#: Of longer texts no readings are kept.
_LONGEST_KEPT = 300
_READINGS_KEPT = 4_096
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
_DECIMAL_POINT = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it was read: without spaces, as words where it is words, as a tree where it is mathematics.

    `trouble` says why there is no tree; `too_large` is set when the text is beyond what is read at all.
    """

    text: str
    plain: str
    words: str | None
    node: Node | None
    trouble: str = ""
    too_large: bool = False


def read(text: str) -> Reading:
    """Read an answer. Never raises. Golds and common answers are read once."""
    return kept_reading(text) if len(text) <= _LONGEST_KEPT else _read(text)


@lru_cache(maxsize=_READINGS_KEPT)
def kept_reading(text: str) -> Reading:
    """The reading of a short text."""
    return _read(text)


def _read(text: str) -> Reading:
    try:
        cleaned = clean(text)
    except TooLarge as error:
        return Reading(text, text, None, None, str(error), True)
    plain = "".join(cleaned.split()).removeprefix("+")
    folded = words(text)
    try:
        node = parse(cleaned)
    except (Unreadable, ValueError) as error:
        return Reading(text, plain, folded, None, str(error), isinstance(error, TooLarge))
    return Reading(text, plain, folded, worked_out(node) if r"\sum" in plain or r"\prod" in plain else node)


def same_answer(gold: Reading, found: Reading, options: MathOptions, choices: dict[str, str]) -> bool:
    """Whether the found answer is right. Raises Undecided, TooLarge, Unreadable (of the found answer)."""
    with shared_effort():
        return _same(gold, found, options, choices)


def _same(gold: Reading, found: Reading, options: MathOptions, choices: dict[str, str]) -> bool:
    if options.units == "required" and _unit(gold) != _unit(found):
        return False
    if letter := only_letter(gold.text):
        return _same_choice(letter, found, options, choices)
    if (letters := several_letters(gold.text)) and several_letters(found.text) == letters:
        return True
    if gold.plain == found.plain and gold.plain:
        return True
    if _same_with_decimal_comma(gold.plain, found.plain):
        return True
    if gold.words is not None:
        return _same_words(gold.words, found) or _is_choice_of(gold, found, options, choices)
    if gold.node is None:
        raise Undecided(f"the right answer cannot be read: {gold.trouble}")
    if found.node is None:
        if found.words == NO_SOLUTION:
            return _is_empty(gold.node)
        raise TooLarge(found.trouble) if found.too_large else Unreadable(found.trouble)
    return _same_mathematics(gold, found, options) or _is_choice_of(gold, found, options, choices)


def _same_mathematics(gold: Reading, found: Reading, options: MathOptions) -> bool:
    assert gold.node is not None
    assert found.node is not None
    if found.words == NO_SOLUTION:
        return _is_empty(gold.node)
    if Comparer(options).same(gold.node, found.node):
        return True
    bare = _without_letters_of_unit(gold, found)
    return bare is not None and bare.node is not None and Comparer(options).same(gold.node, bare.node)


def _without_letters_of_unit(gold: Reading, found: Reading) -> Reading | None:
    """Of "20 N" the 20, where the gold answer is in `\\text{N}`: alone, N might be a variable."""
    if "\\" not in gold.text or not found.text[-1:].isalpha():
        return None
    name = _unit(gold)
    rest = found.text.rstrip(" .").removesuffix(name.upper()).removesuffix(name)
    return read(rest) if name and rest != found.text and rest[-1:] in "0123456789 }" else None


def _unit(reading: Reading) -> str:
    return "" if reading.too_large else unit(spelled(reading.text))


def _same_with_decimal_comma(a: str, b: str) -> bool:
    """3,14 is 3.14 where the other side writes a point."""
    for comma, point in ((a, b), (b, a)):
        if _DECIMAL_COMMA.fullmatch(comma) and _DECIMAL_POINT.fullmatch(point):
            return comma.replace(",", ".") == point
    return False


def _same_words(gold: str, found: Reading) -> bool:
    if gold == found.words:
        return True
    return gold == NO_SOLUTION and found.node is not None and _is_empty(found.node)


def _is_empty(node: Node) -> bool:
    return node == Group((), braced=True)


def _same_choice(letter: str, found: Reading, options: MathOptions, choices: dict[str, str]) -> bool:
    """A letter is met by itself, by itself with the choice's text, or by that text."""
    if found.too_large:
        raise TooLarge(found.trouble)
    if named := named_letter(clean(found.text)) or named_letter(found.text):
        return named == letter
    return letter in choices and _same_text(read(choices[letter]), found, options)


def _is_choice_of(gold: Reading, found: Reading, options: MathOptions, choices: dict[str, str]) -> bool:
    """A letter was answered where the gold is the text of that choice."""
    letter = only_letter(found.text)
    return bool(letter and letter in choices and _same_text(gold, read(choices[letter]), options))


def _same_text(gold: Reading, found: Reading, options: MathOptions) -> bool:
    if gold.plain == found.plain or (gold.words is not None and gold.words == found.words):
        return True
    if gold.node is None or found.node is None or any(isinstance(n, Word) for n in walk(gold.node)):
        return False
    return Comparer(options).same(gold.node, found.node)
