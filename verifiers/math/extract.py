"""Where in a text the final answer stands.

Answers are looked for after the reasoning, in order of how clearly they are marked: boxes, answer tags,
and, leniently, "the answer is" and its like, the last formula, the last number. Several answers of one
kind: neighbours joined by "and" or a comma are one list; a later one after more text replaces an earlier
one; others are ambiguous. Every scan is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_THOUGHT_END = "</think>"
_BOX = re.compile(r"\\(?:boxed|fbox)(?![a-zA-Z])\s*")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_BARE = re.compile(r"[^\s$.,;]{1,40}")
_LINE_END = re.compile(r"[$\n]")
_OPEN, _CLOSE = "<answer>", "</answer>"
_JOINT = re.compile(
    r"(?:[\s$,;&*()\[\]]|\\[()\[\],;: ]|\\q?quad|\\text\s*\{\s*(?:and|or|,)*\s*\}|\band\b|\bor\b|\\\\)*"
)
_HEDGE = re.compile(r"\b(?:alternatively|either|perhaps|maybe|possibly|another (?:option|possibility|answer))\b", re.I)
_REPLACED = re.compile(
    r"\b(?:wait|actually|no|not|sorry|mistake|correct(?:ed|ion|ing)?|wrong|instead|rather|hmm|let me|recheck|should be"
    r"|so|thus|hence|therefore|then|finally|final|final answer)\b",
    re.I,
)
_PERCENT = re.compile(r"\s*\$?\s*(?:\\?%|percent|pct)", re.I)
_HASHES = re.compile(r"####\s*:?[ \t]*([^\n]{1,200})")
_PHRASE = re.compile(
    r"(?:final answer is|answer is|answer\s{0,3}[:：]|答案\s{0,3}(?:是|为|：|:)|答\s{0,2}[:：]|故选)\s{0,3}[:：]?", re.I
)
_FORMULA = re.compile(r"\$\$([^$]+)\$\$|\$([^$\n]+)\$|\\\(((?:[^\\]|\\(?!\)))*)\\\)|\\\[((?:[^\\]|\\(?!\]))*)\\\]")
_SENTENCE_END = re.compile(r"(?<!\d)\.(?:\s|$)|(?<=\d)\.(?:\s|$)|。|, (?:since|because|so|which)\b")
_IS = re.compile(r"\b(?:is|are|be|equals)\b|=")
_NUMBER = re.compile(r"-?\$?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?<=\d)(?:/\d+)?\s?\\?%?")
#: How much of a sentence after "the answer is" is looked at.
_REACH = 400
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_COMMAND = re.compile(r"\\text\s*\{[^{}]*\}|\\[a-zA-Z]+")
_WORD = re.compile(r"[A-Za-z]{3}|[\u4e00-\u9fff]")


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
    kinds: list[Callable[[str, int], Answer | None]] = [_boxed, _tagged]
    if lenient:
        kinds += [_hashes, _phrased, _formula_alone, _last_formula_or_number, _whole]
    return next((found for kind in kinds if (found := kind(text, begin))), None)


def _boxed(text: str, begin: int) -> Answer | None:
    found = _settled(text, [box for box in _boxes(text, begin) if box.text])
    if found and (percent := _PERCENT.match(text, found.end)):
        return Answer(found.text + r"\%", found.place, found.start, percent.end())
    return found


def _tagged(text: str, begin: int) -> Answer | None:
    return _settled(text, [tag for tag in _tags(text, begin) if tag.text])


def _settled(text: str, answers: list[Answer]) -> Answer | None:
    """The one that counts: the last, with neighbours that it forms a list with."""
    if not answers:
        return None
    chosen = [answers[-1]]
    for earlier in reversed(answers[:-1]):
        gap = text[earlier.end : chosen[0].start]
        if len(gap) < 80 and _JOINT.fullmatch(gap):
            chosen.insert(0, earlier)
            continue
        _check_replaced(gap, earlier, chosen[-1])
        break
    if len({answer.text for answer in chosen}) == 1:
        return chosen[-1]
    joined = ", ".join(answer.text for answer in chosen)
    return Answer(joined, chosen[0].place, chosen[0].start, chosen[-1].end)


def _check_replaced(gap: str, earlier: Answer, later: Answer) -> None:
    """Raise Ambiguous when a later answer does not replace an earlier, different one."""
    if earlier.text.replace(" ", "") == later.text.replace(" ", ""):
        return
    if _HEDGE.search(gap[:200]) or not (len(gap) > 60 or "\n" in gap or ". " in gap or _REPLACED.search(gap)):
        raise Ambiguous(f"{earlier.text!r} and {later.text!r}")


def _boxes(text: str, begin: int) -> Iterator[Answer]:
    """What stands in boxes; one inside another is part of the outer, one never closed ends with its line."""
    at = begin
    while opening := _BOX.search(text, at):
        inside = opening.end()
        if text[inside : inside + 1] == "{":
            end = _closing(text, inside + 1)
            if end is None:
                line = _LINE_END.search(text, inside)
                end = line.start() if line else len(text)
                yield Answer(text[inside + 1 : end].strip(), "box", opening.start(), end)
                at = end
                continue
            yield Answer(text[inside + 1 : end].strip(), "box", opening.start(), end + 1)
            at = end
        else:
            bare = _BARE.match(text, inside)
            if bare:
                yield Answer(bare[0], "box", opening.start(), bare.end())
            at = inside


def _closing(text: str, at: int) -> int | None:
    """Where the brace that is open at `at` is closed."""
    depth = 1
    for brace in _BRACE.finditer(text, at):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.start()
    return None


def _tags(text: str, begin: int) -> Iterator[Answer]:
    at = begin
    while (opening := text.find(_OPEN, at)) >= 0:
        inside = opening + len(_OPEN)
        end = text.find(_CLOSE, inside)
        if end < 0:
            return
        yield Answer(text[inside:end].strip(), "tag", opening, end + len(_CLOSE))
        at = end


def _hashes(text: str, begin: int) -> Answer | None:
    """GSM8K's `#### 42`."""
    found = _last(_HASHES, text, begin)
    return Answer(found[1].strip(), "hashes", found.start(), found.end()) if found else None


def _phrased(text: str, begin: int) -> Answer | None:
    """What follows the last "the answer is" or its like."""
    found = _last(_PHRASE, text, begin)
    if not found:
        return None
    said = text[found.end() : found.end() + _REACH].lstrip(" *\t")
    answer = _from_sentence(said)
    return Answer(answer, "phrase", found.start(), found.end() + len(said)) if answer else None


def _from_sentence(said: str) -> str:
    """The answer in the sentence that follows: a formula, what stands after "is", one number, or all of it."""
    lead = said.lstrip("\n ")
    formula = _FORMULA.match(lead)
    if formula:
        inside = next(group for group in formula.groups() if group is not None)
        percent = _PERCENT.match(lead, formula.end())
        return inside.strip() + (r"\%" if percent else "")
    line = (said if said.strip(" *")[:1] not in ("", "\n") else lead).partition("\n")[0].replace("**", "")
    end = _SENTENCE_END.search(line)
    line = line[: end.start()] if end else line
    if len(line.split()) > 3 or _CHINESE.search(line):
        formulas = [next(g for g in f.groups() if g is not None) for f in _FORMULA.finditer(line)]
        tail = [part for part in _IS.split(line) if part.strip()][-1:]
        if formulas and tail and _FORMULA.search(tail[0]):
            return formulas[-1].strip()
        numbers = list(_numbers(tail[0] if tail else line))
        if len(numbers) == 1:
            return numbers[0]
        if tail and len(tail[0].split()) <= 3:
            return tail[0].strip(" .*")
    elif len(line.split()) > 1 and len(found := list(_numbers(line))) == 1 and re.match(r"\$?-?[\d.]", line):
        return found[0] if re.fullmatch(r"\$?-?[\d.,/]+%?\s+[A-Za-z]+(?:\s+[A-Za-z]+)*", line.strip()) else line.strip()
    return line.strip(" .*,;")


def _numbers(text: str) -> Iterator[str]:
    for found in _NUMBER.finditer(text):
        if any(c.isdigit() for c in found[0]):
            yield found[0].strip()


def _formula_alone(text: str, begin: int) -> Answer | None:
    """A short text without words is its own answer."""
    bare = text[begin:].strip()
    if 0 < len(bare) <= 120 and "$" not in bare and not _WORD.search(_COMMAND.sub("", bare)):
        return Answer(bare, "whole text", begin, len(text))
    return None


def _last_formula_or_number(text: str, begin: int) -> Answer | None:
    """Of the last formula and the last number in a text with words, the later one."""
    number = None
    for found in _NUMBER.finditer(text, begin):
        number = found if any(c.isdigit() for c in found[0]) else number
    formula = _last(_FORMULA, text, begin)
    if formula and not (number and number.start() >= formula.end() and _WORD.search(text, formula.end())):
        inside = next(group for group in formula.groups() if group is not None)
        percent = _PERCENT.match(text, formula.end())
        return Answer(inside.strip() + (r"\%" if percent else ""), "formula", formula.start(), formula.end())
    if number and _WORD.search(_COMMAND.sub("", text[begin : begin + 4_000])):
        return Answer(number[0].strip(), "last number", number.start(), number.end())
    return None


def _whole(text: str, begin: int) -> Answer | None:
    """A short text is its own answer."""
    bare = text[begin:].strip()
    return Answer(bare, "whole text", begin, len(text)) if 0 < len(bare) <= 200 else None


def _last(pattern: re.Pattern[str], text: str, begin: int) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(text, begin):
        found = match
    return found
