"""Where in a text the final answer stands.

Every place that is marked as the answer counts, so that a text cannot box several and be right with
one; only a neighbouring mark of a weaker kind is not looked at once there is a stronger one. All scans
are linear in the text's length.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

_THOUGHT_END = "</think>"
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_OPEN, _CLOSE = "<answer>", "</answer>"
_PHRASE = re.compile(r"(?:\banswer(?:\s+is)?\s*:?|答案[是为]?[::]?|####)[ \t]*([^\n]*)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\.(?:\s|$)")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's text, the kind of place it stood in, and where its text begins."""

    text: str
    place: str
    start: int


def find_answers(text: str, *, lenient: bool) -> list[Answer]:
    """All answers of the strongest kind that occurs after the reasoning, in order; empty when there is none."""
    start = text.rfind(_THOUGHT_END)
    start = 0 if start < 0 else start + len(_THOUGHT_END)
    for kind in (_boxes, _tags, _phrases, _last_number) if lenient else (_boxes, _tags):
        found = [answer for answer in kind(text, start) if answer.text]
        if found:
            return found
    return []


def _boxes(text: str, start: int) -> Iterator[Answer]:
    """What stands in \\boxed{...}, braces balanced; a box inside a box is part of the outer one."""
    at = start
    while opening := _BOX.search(text, at):
        end = _closing(text, opening.end())
        if end is None:
            return
        yield Answer(text[opening.end() : end].strip(), "box", opening.end())
        at = end


def _closing(text: str, at: int) -> int | None:
    """Where the brace that is open at `at` is closed."""
    depth = 1
    for brace in _BRACE.finditer(text, at):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.start()
    return None


def _tags(text: str, start: int) -> Iterator[Answer]:
    at = start
    while (opening := text.find(_OPEN, at)) >= 0:
        inside = opening + len(_OPEN)
        end = text.find(_CLOSE, inside)
        if end < 0:
            return
        yield Answer(text[inside:end].strip(), "tag", inside)
        at = end


def _phrases(text: str, start: int) -> Iterator[Answer]:
    """What follows the last "answer is" or its like, to the end of the sentence."""
    for found in deque(_PHRASE.finditer(text, start), maxlen=1):
        line = found[1]
        end = _SENTENCE_END.search(line)
        yield Answer(line[: end.start() if end else None].strip(" *$"), "phrase", found.start(1))


def _last_number(text: str, start: int) -> Iterator[Answer]:
    for found in deque(_NUMBER.finditer(text, start), maxlen=1):
        yield Answer(found[0].rstrip(","), "last number", found.start())
