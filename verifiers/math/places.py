"""The marked places of a text: boxes, answer tags, formulas. Each is found in one pass over the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_BOX = re.compile(r"\\(?:boxed|fbox)(?![a-zA-Z])\s*")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_BARE = re.compile(r"[^\s$.,;]{1,40}")
_LINE_END = re.compile(r"[$\n]")
_OPENING, _CLOSING = re.compile("<answer>", re.I), re.compile("</answer>", re.I)
_DELIMITER = re.compile(r"\$\$|\\\$|\$|\\[()\[\]]|\\\\|\n")
_CLOSED_BY = {"$$": "$$", "$": "$", r"\(": r"\)", r"\[": r"\]"}


class Place(NamedTuple):
    """What stands there, without its marks, and where it begins and ends, with them."""

    text: str
    start: int
    end: int


def boxes(text: str, begin: int) -> Iterator[Place]:
    """What stands in boxes; one inside another is part of the outer, one never closed ends with its line."""
    first = _BOX.search(text, begin)
    if not first:
        return
    closing = _matching_braces(text, first.start())
    at = begin
    while opening := _BOX.search(text, at):
        at = inside = opening.end()
        if text[inside : inside + 1] != "{":
            if bare := _BARE.match(text, inside):
                yield Place(bare[0], opening.start(), bare.end())
            continue
        if inside in closing:
            at = closing[inside] + 1
            yield Place(text[inside + 1 : at - 1].strip(), opening.start(), at)
        else:
            line = _LINE_END.search(text, inside)
            at = line.start() if line else len(text)
            yield Place(text[inside + 1 : at].strip(), opening.start(), at)


def _matching_braces(text: str, begin: int) -> dict[int, int]:
    """Where each brace that is opened is closed."""
    opened: list[int] = []
    closing: dict[int, int] = {}
    for brace in _BRACE.finditer(text, begin):
        if brace[0] == "{":
            opened.append(brace.start())
        elif brace[0] == "}" and opened:
            closing[opened.pop()] = brace.start()
    return closing


def tags(text: str, begin: int) -> Iterator[Place]:
    """What stands between `<answer>` and `</answer>`."""
    at = begin
    while opening := _OPENING.search(text, at):
        closing = _CLOSING.search(text, opening.end())
        if not closing:
            return
        yield Place(text[opening.end() : closing.start()].strip(), opening.start(), closing.end())
        at = closing.end()


def formulas(text: str, begin: int = 0) -> Iterator[Place]:
    """What stands between dollar signs, `\\\\(` and `\\\\)`, `\\\\[` and `\\\\]`."""
    opening: re.Match[str] | None = None
    for found in _DELIMITER.finditer(text, begin):
        mark = found[0]
        if opening and mark == _CLOSED_BY[opening[0]] and found.start() > opening.end():
            yield Place(text[opening.end() : found.start()].strip(), opening.start(), found.end())
            opening = None
        elif mark == "\n":
            opening = None if opening and opening[0] == "$" else opening
        elif mark in _CLOSED_BY and (not opening or opening[0] in ("$", r"\(", r"\[")):
            opening = found
