"""Cuts a reference's value out of the text a data set keeps it in, such as the answer of a worked solution.

Not a judge of model answers: this text is written by the data set's author, so anything that does not
match is an error to be mended, never a guess.
"""

from __future__ import annotations

import json
import re
from typing import cast

from rlvr.verdict import Json

_GSM8K = re.compile(r"####[ \t]*(.+?)[ \t]*$", re.MULTILINE)


def extract(text: str, how: str) -> Json:
    """The value in the text, or None.

    `how` is `gsm8k` (what follows the last `####`, without `$` and thousands commas), `boxed` (inside
    the last `\\boxed{}`), `json` (the whole text as data), or a regular expression whose last match
    counts: its first group, or all of it.
    """
    if how == "json":
        return _json(text)
    if how == "gsm8k":
        found = _GSM8K.findall(text)
        return re.sub(r"\$|,(?=\d{3})", "", found[-1]) if found else None
    if how == "boxed":
        return _last_boxed(text)
    return _last_match(text, how)


def _json(text: str) -> Json:
    try:
        return cast(Json, json.loads(text))
    except (ValueError, RecursionError):
        return None


def _last_match(text: str, pattern: str) -> str | None:
    matches = list(re.finditer(pattern, text))
    if not matches:
        return None
    return matches[-1].group(1 if matches[-1].re.groups else 0)


def _last_boxed(text: str) -> str | None:
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    begin, depth = start + len("\\boxed{"), 1
    for position in range(begin, len(text)):
        escaped = text[position - 1] == "\\"
        depth += 0 if escaped else {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[begin:position].strip()
    return None
