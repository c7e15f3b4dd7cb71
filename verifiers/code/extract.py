"""Finds the program in a completion.

Nothing is guessed from how the code looks: a program is where the chosen rule says, or there is none.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from rlvr.problem import Completion, Prompt

_FENCE = re.compile(r"^[ \t]{0,12}(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
#: Where Python ends a line. `splitlines` also does at a form feed, or at a separator within a string.
_LINE_END = re.compile(r"\r\n|\r|\n")
_PYTHON = {"python", "python3", "py", "py3"}
_THINKING_ENDS = "</think>"
_THINKING_BEGINS = "<think>"
#: At the left margin, these still belong to what came before.
_CLOSERS = (")", "]", "}")


class NoProgram(Exception):
    """There is no program to judge; `cause` is the verdict's."""

    def __init__(self, cause: str, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the first word after the fence, the code, and whether the fence was closed."""

    language: str
    code: str
    closed: bool


def extract(how: str, prompt: Prompt, completion: Completion) -> str:
    """The program. Raises NoProgram."""
    if how == "continuation":
        if not isinstance(prompt, str):
            raise ValueError("extract=continuation needs a prompt that is text")
        return prompt + continuation(completion.full_text)
    if how == "whole":
        source = completion.full_text
        if not source.strip():
            raise NoProgram("no_answer", "the completion is empty")
        return source
    return last_fenced(completion)


def continuation(text: str) -> str:
    """The text up to where, on a new line, something begins at the left margin.

    A model that goes on after its function writes the next one, or an example; neither was asked for.
    """
    first, *rest = text.split("\n")
    kept = [first]
    for line in rest:
        if line and not line[0].isspace() and not line.startswith(_CLOSERS):
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def last_fenced(completion: Completion) -> str:
    """The code of the last block marked as Python, or else of the last block not marked at all.

    A block that nothing closes counts if the completion ended on its own, as it does with the closing
    fence for a stop string; one that the length limit cut off does not.
    """
    found = [b for b in blocks(_after_thinking(completion.full_text)) if b.language in _PYTHON | {""}]
    marked = [block for block in found if block.language]
    if not found:
        if completion.truncated:
            raise NoProgram("truncated", "the length limit came before any code block")
        raise NoProgram("no_answer", "there is no Python code block")
    block = (marked or found)[-1]
    if not block.closed and completion.truncated:
        raise NoProgram("truncated", "the length limit came within the code block")
    if not block.code.strip():
        raise NoProgram("no_answer", "the last code block is empty")
    return block.code


def _after_thinking(text: str) -> str:
    """What follows the last thought; nothing, if one was begun and never ended."""
    tail = text.rpartition(_THINKING_ENDS)[2]
    return "" if _THINKING_BEGINS in tail else tail


def blocks(text: str) -> list[Block]:
    """All fenced blocks, in order. A fence is closed by one of its own kind, at least as long."""
    found: list[Block] = []
    opened: tuple[str, str] | None = None
    lines: list[str] = []
    for line in _lines(text):
        fence = _FENCE.match(line)
        if opened is None and fence:
            words = fence["info"].split()
            opened, lines = (fence["marks"], words[0].lower() if words else ""), []
        elif opened is not None and fence and fence["marks"].startswith(opened[0]) and not fence["info"].strip():
            found.append(Block(opened[1], _dedented(lines), True))
            opened = None
        elif opened is not None:
            lines.append(line)
    if opened is not None:
        found.append(Block(opened[1], _dedented(lines), False))
    return found


def _lines(text: str) -> list[str]:
    *lines, last = _LINE_END.split(text)
    return [*lines, last] if last else lines


def _dedented(lines: list[str]) -> str:
    """Without the indentation that all lines share, as a block within a list has."""
    text = "\n".join(lines) + "\n"
    indented = all(not line.strip() or line[0].isspace() for line in lines)
    # Only then, because it also empties lines of blanks, which a string may hold.
    return textwrap.dedent(text) if indented else text
