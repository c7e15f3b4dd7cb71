"""Regular expressions in linear time: RE2 behind two functions, so no pattern can hang a verdict.

RE2 has no look-around and no back-references; a pattern that needs them is refused when the data is
loaded. `\\d`, `\\w` and `\\s` are ASCII, `$` is the end of the text. This module is no verifier.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

# ECMA 262 writes code points and control characters in ways that RE2 does not read.
_CODE_POINT = re.compile(r"\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|c([A-Za-z])|(.))", re.DOTALL)
_LONG_LETTER = re.compile(r"\\([pP])\{(?:General_Category=|gc=|Script=|sc=)?(\w+)\}")
_CATEGORIES = {
    "Letter": "L",
    "Lowercase_Letter": "Ll",
    "Uppercase_Letter": "Lu",
    "Number": "N",
    "digit": "Nd",
}
_CATEGORIES |= {"Decimal_Number": "Nd", "Punctuation": "P", "Symbol": "S", "Mark": "M", "Separator": "Z"}


@lru_cache(maxsize=1024)
def compiled(pattern: str, ignore_case: bool = False, dot_all: bool = False) -> Any:
    """The pattern, ready for `search` and `fullmatch`. Raises ValueError for what RE2 does not know."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.dot_nl = dot_all
    try:
        return re2.compile(_from_ecma(pattern), options)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        hint = "look-around and back-references are not supported, because they cannot run in linear time"
        raise ValueError(f"pattern {pattern!r}: {why} ({hint})") from None


def searchable(text: str) -> str:
    """The text as RE2 can read it: a lone surrogate becomes the replacement character."""
    return text.encode("utf-8", "replace").decode() if _LONE.search(text) else text


_LONE = re.compile("[\ud800-\udfff]")


def _from_ecma(pattern: str) -> str:
    plain = _LONG_LETTER.sub(lambda m: f"\\{m[1]}{{{_CATEGORIES.get(m[2], m[2])}}}", pattern)
    return _CODE_POINT.sub(_code_point, plain)


def _code_point(match: re.Match[str]) -> str:
    braced, four, control, other = match.groups()
    if braced or four:
        return rf"\x{{{braced or four}}}"
    if control:
        return rf"\x{{{ord(control.upper()) - 64:x}}}"
    return rf"\{other}"
