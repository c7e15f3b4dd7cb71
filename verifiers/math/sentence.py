"""The answer in a sentence that announces one: "so the answer is 12 cm, because ..."."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlvr.verifiers.math.places import formulas

#: What announces an answer.
PHRASE = re.compile(
    r"(?:final answer is|answer is|(?:option|choice) is|(?:option|choice)\s(?=\(?[A-J]\)?\sis\b)|answer\s{0,3}[:：]"
    r"|答案\s{0,3}(?:是|为|：|:)|选项\s{0,3}[是为]|答\s{0,2}[:：]|故选|选择?(?=\s{0,2}[(（]?[A-J](?![A-Za-z])))\s{0,3}[:：]?",
    re.I,
)
#: A percent sign behind a box or formula belongs to it.
PERCENT = re.compile(r"\s{0,20}\$?\s{0,20}(?:\\?%|percent|pct)", re.I)
#: How much of what follows an announcement is looked at.
_REACH = 400
_SENTENCE_END = re.compile(
    r"(?<!\d)\.(?:\s|$)|(?<=\d)\.(?:\s|$)|。|, (?:since|because|so|which|as|it|he|she|we)\b| (?:since|because)\b"
)
_IS = re.compile(r"\b(?:is|are|be|equals)\b|=")
_NUMBER = re.compile(
    r"-?\$?(?:\d{1,3}(?:,\d{3})+|(?<![\d(\[{,.])\d+,\d{1,2}(?![\d,.])|\d+)?(?:\.\d+)?(?<=\d)(?:/\d+)?\s?\\?%?"
)
_STARTS_WITH_NUMBER = re.compile(r"\$?-?[\d.]")
_NUMBER_AND_WORDS = re.compile(r"\$?-?[\d.,/]+%?\s+[A-Za-z]+(?:\s+[A-Za-z]+)*")
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_REMARK = re.compile(r"\s\([^()]*[A-Za-z]{3}[^()]* [^()]*\)\s*$|(?<=\d)\s\([A-Za-z]{3,}\)\s*$")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_AND = re.compile(r"\s*(?:,|and|or|, and|, or)\s*")


def said_plainly(text: str, at: int) -> str:
    """What is said from there on, as far as it is looked at; bold print that was open before is no part of it."""
    said = text[at : at + _REACH].lstrip(" \t")
    if bold := _BOLD.match(said):
        return bold[1]
    return said.lstrip("* \t")


def answer_in(said: str) -> str:
    """The answer in what is said: a formula or several, what stands after "is", one number, or all of it."""
    lead = said.lstrip("\n ")
    if listed := _listed_formulas(lead):
        return listed
    line = (said if said.strip(" *")[:1] not in ("", "\n") else lead).partition("\n")[0].replace("**", "")
    end = _SENTENCE_END.search(line)
    line = _REMARK.sub("", line[: end.start()] if end else line)
    if len(line.split()) > 3 or _CHINESE.search(line):
        if said := _from_many_words(line):
            return said
    elif len(line.split()) > 1 and _STARTS_WITH_NUMBER.match(line) and len(found := list(numbers(line))) == 1:
        return found[0][0].strip() if _NUMBER_AND_WORDS.fullmatch(line.strip()) else line.strip()
    return line.strip(" .*,;")


def _listed_formulas(lead: str) -> str:
    """The formula that begins the text, with those that follow it in a list."""
    chosen: list[str] = []
    at = 0
    for place in formulas(lead):
        if not (place.start == 0 if not chosen else _AND.fullmatch(lead, at, place.start)):
            break
        chosen.append(place.text)
        at = place.end
    return ", ".join(chosen) + (r"\%" if chosen and PERCENT.match(lead, at) else "")


def _from_many_words(line: str) -> str:
    found = list(formulas(line))
    tail = [part for part in _IS.split(line) if part.strip()][-1:]
    if found and tail and next(formulas(tail[0]), None):
        return found[-1].text
    counted = list(numbers(tail[0] if tail else line))
    if len(counted) == 1:
        return counted[0][0].strip()
    return tail[0].strip(" .*") if tail and len(tail[0].split()) <= 3 else ""


def numbers(text: str, begin: int = 0) -> Iterator[re.Match[str]]:
    """The numbers that are written out in a text."""
    return (found for found in _NUMBER.finditer(text, begin) if any(c.isdigit() for c in found[0]))
