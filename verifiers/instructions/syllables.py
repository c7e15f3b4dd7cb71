"""Syllables of an English word, counted by its vowel groups.

Right for most words and wrong for some: no rule of spelling is exact. Enough to tell odd from even in
an exercise, not to scan verse.
"""

from __future__ import annotations

import re

_GROUP = re.compile(r"[aeiouy]+")
# Two vowels side by side that are spoken apart: "radio", "video", "actual", "going".
_APART = re.compile(r"(?<![ctsgx])i[aou](?!n)|eo(?!u)|uo|ua(?=l|t)|(?<=[aeiouy])ing$")
_SILENT = re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouyszxcghl])es$")
_IRREGULAR = {"the": 1, "be": 1, "he": 1, "me": 1, "we": 1, "she": 1, "every": 2, "business": 2, "being": 2}
_IRREGULAR |= {"people": 2, "area": 3, "idea": 3, "create": 2, "science": 2, "quiet": 2, "different": 2}


def syllables(word: str) -> int:
    """At least 1 for a word with a Latin letter, 0 otherwise."""
    plain = re.sub(r"[^a-z]", "", word.lower())
    if not plain or plain in _IRREGULAR:
        return _IRREGULAR.get(plain, 0)
    stem = _SILENT.sub("", plain)
    return max(1, len(_GROUP.findall(stem)) + len(_APART.findall(plain)))
