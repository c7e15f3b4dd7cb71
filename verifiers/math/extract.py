"""Where in a text the final answer stands.

Answers are looked for after the reasoning, in order of how clearly they are marked: boxes, answer tags,
and, leniently, "the answer is" and its like, the last formula, the last number. Several answers of one
kind: neighbours joined by "and" or a comma are one list; a later one after more text replaces an earlier
one; others are ambiguous. Every scan is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rlvr.verifiers.math.places import Place, boxes, formulas, tags
from rlvr.verifiers.math.sentence import PERCENT, PHRASE, answer_in, numbers, said_plainly

_THOUGHT_BEGIN, _THOUGHT_END = "<think>", "</think>"
_JOINT = re.compile(
    r"(?:[\s$,;&*()\[\]]|\\[()\[\],;: ]|\\q?quad|\\text\s*\{\s*(?:and|or|,)*\s*\}|\band\b|\bor\b|\\\\)*"
)
_HEDGE = re.compile(r"\b(?:alternatively|either|perhaps|maybe|possibly|another (?:option|possibility|answer))\b", re.I)
_REPLACED = re.compile(
    r"\b(?:wait|actually|no|not|sorry|mistake|correct(?:ed|ion|ing)?|wrong|instead|rather|hmm|let me|recheck|should be"
    r"|so|thus|hence|therefore|then|finally|final|final answer)\b",
    re.I,
)
_HASHES = re.compile(r"####\s{0,20}:?[ \t]*([^\n]{1,200})")
_SEVERAL = re.compile(r"\b(?:are|solutions?|roots?|values|zeros|answers)\b", re.I)
_EXPLAINED = re.compile(r"[\s,(]*\b(?:since|because|where|for which|provided)\b", re.I)
_COMMAND = re.compile(r"\\text\s*\{[^{}]*\}|\\[a-zA-Z]+")
_WORD = re.compile(r"[A-Za-z]{3}|\b(?:[Ss]o|[Ii]s|[Ww]e|[Ii]t)\b|[\u4e00-\u9fff]")
_POINT = re.compile(r"[\s=](\([^()A-Za-z\n]{1,60},[^()A-Za-z\n]{1,60}\))[.\s]*$")
_LONGEST_POINT = 200
#: As much of a long text is searched for words, and for an answer that nothing announces.
_BEGINNING = 4_000
_ENDING = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's text, the kind of place it stood in, and where that begins and ends."""

    text: str
    place: str
    start: int
    end: int


class Ambiguous(Exception):
    """The text gives several different answers; they are the message."""


def find_answer(text: str, *, lenient: bool) -> Answer | None:
    """The final answer, or None. Raises Ambiguous."""
    begin = text.rfind(_THOUGHT_END)
    begin = 0 if begin < 0 else begin + len(_THOUGHT_END)
    if not lenient and text.find(_THOUGHT_BEGIN, begin) >= 0:
        return None  # an unfinished thought has not answered yet
    kinds: list[Callable[[str, int], Answer | None]] = [_boxed, _tagged]
    if lenient:
        kinds += [_hashes, _phrased, _formula_alone, _last_formula_or_number, _whole]
    return next((found for kind in kinds if (found := kind(text, begin))), None)


def _boxed(text: str, begin: int) -> Answer | None:
    found = _settled(text, "box", [box for box in boxes(text, begin) if box.text])
    if found and (percent := PERCENT.match(text, found.end)):
        return Answer(found.text + r"\%", found.place, found.start, percent.end())
    return found


def _tagged(text: str, begin: int) -> Answer | None:
    found = _settled(text, "tag", [tag for tag in tags(text, begin) if tag.text])
    if found and (phrase := PHRASE.match(found.text.removeprefix("The ").removeprefix("the "))):
        inside = answer_in(phrase.string[phrase.end() :].lstrip(" *\t"))
        return Answer(inside or found.text, found.place, found.start, found.end)
    return found


def _settled(text: str, place: str, answers: list[Place]) -> Answer | None:
    """The one that counts: the last, with neighbours that it forms a list with."""
    if not answers:
        return None
    chosen = [answers[-1]]
    for earlier in reversed(answers[:-1]):
        gap = text[earlier.end : chosen[-1].start]
        if len(gap) < 80 and _JOINT.fullmatch(gap):
            chosen.append(earlier)
            continue
        _check_replaced(gap, earlier, chosen[0])
        break
    chosen.reverse()
    if len({answer.text for answer in chosen}) == 1:
        return Answer(chosen[-1].text, place, chosen[-1].start, chosen[-1].end)
    joined = ", ".join(answer.text for answer in chosen)
    return Answer(joined, place, chosen[0].start, chosen[-1].end)


def _check_replaced(gap: str, earlier: Place, later: Place) -> None:
    """Raise Ambiguous when a later answer does not replace an earlier, different one."""
    if earlier.text.replace(" ", "") == later.text.replace(" ", ""):
        return
    if _HEDGE.search(gap[:200]) or not (len(gap) > 60 or "\n" in gap or ". " in gap or _REPLACED.search(gap)):
        raise Ambiguous(f"{earlier.text!r} and {later.text!r}")


def _hashes(text: str, begin: int) -> Answer | None:
    """GSM8K's `#### 42`."""
    found = _last(_HASHES, text, begin)
    return Answer(found[1].strip(), "hashes", found.start(), found.end()) if found else None


def _phrased(text: str, begin: int) -> Answer | None:
    """What follows the last "the answer is" or its like."""
    found = _last(PHRASE, text, begin)
    if not found:
        return None
    said = said_plainly(text, found.end())
    answer = answer_in(said)
    return Answer(answer, "phrase", found.start(), found.end() + len(said)) if answer else None


def _formula_alone(text: str, begin: int) -> Answer | None:
    """A short text without words is its own answer."""
    bare = text[begin : begin + 1_000].strip()
    if 0 < len(bare) <= 120 and "$" not in bare and not _has_words(bare):
        return Answer(bare, "whole text", begin, len(text))
    return None


def _last_formula_or_number(text: str, begin: int) -> Answer | None:
    """Of the last formula and the last number in a text with words, the later one."""
    end = max(begin, len(text) - _ENDING)
    begin = begin if end == begin else max(end, text.find("\n", end) + 1)
    number = None
    for number in numbers(text, begin):  # noqa: B007 (the last one counts)
        pass
    found = list(formulas(text, begin))
    if found and not (number and number.start() >= found[-1].end and _WORD.search(text, found[-1].end)):
        return _last_formula(text, found)
    point = _POINT.search(text, max(begin, len(text) - _LONGEST_POINT))
    if point and (not found or found[-1].end <= point.start()) and _has_words(text[begin : begin + _BEGINNING]):
        return Answer(point[1], "last number", point.start(1), point.end(1))
    if number and _has_words(text[begin : begin + _BEGINNING]):
        return Answer(number[0].strip(), "last number", number.start(), number.end())
    return None


def _last_formula(text: str, found: list[Place]) -> Answer:
    """The last formula that does not explain the one before it, with those that it forms a list with."""
    while len(found) > 1 and _EXPLAINED.fullmatch(text[found[-2].end : found[-1].start].rstrip()):
        found = found[:-1]
    chosen = [found[-1]]
    for earlier in reversed(found[:-1]):
        gap = text[earlier.end : chosen[0].start]
        line = text[max(text.rfind("\n", 0, earlier.start) + 1, earlier.start - 200) : earlier.start]
        if not (gap.strip() and len(gap) < 20 and _JOINT.fullmatch(gap) and _SEVERAL.search(line)):
            break
        chosen.insert(0, earlier)
    percent = PERCENT.match(text, found[-1].end)
    joined = ", ".join(place.text for place in chosen)
    return Answer(joined + (r"\%" if percent else ""), "formula", chosen[0].start, chosen[-1].end)


def _whole(text: str, begin: int) -> Answer | None:
    """A short text is its own answer."""
    bare = text[begin : begin + 1_000].strip()
    return Answer(bare, "whole text", begin, len(text)) if 0 < len(bare) <= 200 else None


def _has_words(text: str) -> bool:
    return _WORD.search(_COMMAND.sub("", text)) is not None


def _last(pattern: re.Pattern[str], text: str, begin: int) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text, begin):  # noqa: B007 (the last one counts)
        pass
    return found
