"""Strict JSON: RFC 8259 and nothing more, found where it may stand and read without surprises.

Refused, each with a reason: text before or after, duplicate keys (also written with escapes), NaN and
infinities, numbers that overflow, lone surrogates, nesting and sizes over the caps. Nothing is ever
repaired: a reward for broken JSON teaches broken JSON.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal, NoReturn

Find = Literal["whole", "fenced", "either"]

_WHITESPACE = " \t\n\r"
_MAX_DIGITS = 4300
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_FENCE = re.compile(r"```(?:json|JSON)?[ \t]*\n(.*)\n[ \t]*```", re.DOTALL)


class NotJson(ValueError):
    """The text is not strict JSON; the message says where and why."""


def find(text: str, where: Find) -> str:
    """The text that must be JSON: all of it, or what stands inside one closed code fence around all of it."""
    bare = text.strip(_WHITESPACE)
    fence = _FENCE.fullmatch(bare)
    if where == "fenced" and not fence:
        raise NotJson("the answer is not one closed ```json fence")
    return fence[1] if fence and where != "whole" else bare


def parse(text: str, max_depth: int) -> Any:
    """The value of a JSON text. Raises NotJson."""
    check_depth(text, max_depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg}, at line {error.lineno} column {error.colno}") from None
    if not text.isascii() or _SURROGATE_ESCAPE.search(text):
        _refuse_lone_surrogates(value)
    return value


def check_depth(text: str, max_depth: int) -> None:
    """Raise NotJson when brackets nest deeper than `max_depth`, before any parser recurses into them."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > max_depth:
                raise NotJson(f"nested deeper than {max_depth} levels")
        elif token[0] in "]}":
            depth -= 1


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotJson("a string holds half of a surrogate pair") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise NotJson(f"the key {twice[:80]!r} occurs twice")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJson(f"the number {digits[:40]} is too large")
    return number


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise NotJson(f"a number has {len(digits)} digits, more than {_MAX_DIGITS}")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_int=_whole, parse_constant=_refuse_constant
)
