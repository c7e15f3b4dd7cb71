"""Words as constraints see them: folded text, word counts, and whole-word matching.

No word lists, no tokenizer models, no downloads: Unicode properties only, so a verdict is the same on
every machine. Scripts written without spaces have no word edges: there a keyword matches anywhere,
and each ideograph counts as a word. This module is no verifier.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_PUNCTUATION = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "‐": "-", "‑": "-"})

# Letters of other scripts that look like a Latin letter, each case on its own because
# "В" resembles "B" while "в" resembles nothing.
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһԛԝӏɑɡıΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιορνυ",
    "ABESIJKMHOPCTYXaesijopcyxdhqwlagiABEZHIKMNOPTYXaiopvu",
)

# Han, kana, Thai, Lao, Myanmar, Khmer; and Hangul, where particles attach to the word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"(?![{_IDEOGRAPH}])[^\W_]"
_WORD = re.compile(rf"[{_IDEOGRAPH}]|(?:{_LETTER}|(?<=[^\W_])['\-](?={_LETTER})|(?<=\d)[.,](?=\d))+")
_OVERLAYS = re.compile("[\u0300-\u036f\u20d0-\u20ff]")


def fold(text: str) -> str:
    """The text as matching sees it: compatibility forms and case folded, invisible characters gone.

    Whitespace runs become one space; curly apostrophes, quotes and hyphens become the plain ones.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    visible = "".join(c for c in folded if c.isspace() or unicodedata.category(c) not in ("Cf", "Cc"))
    return " ".join(visible.translate(_PUNCTUATION).split())


def fold_disguises(text: str) -> str:
    """`fold`, and look-alike letters and struck-through letters as the Latin ones they pass for.

    For what is forbidden: a word that reads as the forbidden one is the forbidden one.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    return _OVERLAYS.sub("", fold(plain))


def words(text: str) -> list[str]:
    """The folded words: "don't", "well-known" and "3.14" are one each, symbols are none."""
    bare = "".join(c for c in fold(text) if not unicodedata.category(c).startswith("M"))
    return _WORD.findall(bare)


def occurrences(keyword: str, text: str) -> Iterator[int]:
    """Where the keyword stands in the text as a whole word or phrase, without overlaps.

    Both must have been folded the same way. An edge of the keyword that is a letter or digit of a
    spaced script must not touch another one.
    """
    if not keyword:
        return
    at = text.find(keyword)
    while at >= 0:
        end = at + len(keyword)
        if _is_edge(text, at) and _is_edge(text, end):
            yield at
            at = text.find(keyword, end)
        else:
            at = text.find(keyword, at + 1)


def contains(keyword: str, text: str) -> bool:
    """Whether the keyword occurs at all; both folded the same way."""
    return next(occurrences(keyword, text), -1) >= 0


def _is_edge(text: str, at: int) -> bool:
    """Whether a word may begin or end between the characters before and at this place."""
    if at == 0 or at == len(text):
        return True
    before, after = text[at - 1], text[at]
    if _UNSPACED.match(before) or _UNSPACED.match(after):
        return True
    return not (_is_word(before) and _is_word(after))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")
