"""Sentences and tokens, without models or downloads.

`sentences` is how a reader counts: every sentence holds a word, list markers and abbreviations end
none, and 。！？ end one. `published_sentences` and `published_tokens` imitate the tokenizers behind the
published scorers (Punkt and the Treebank rules) closely enough that verdicts agree; they are used where
a published number is to be reproduced.
"""

from __future__ import annotations

import re

from rlvr.verifiers._words import words
from rlvr.verifiers.instructions.lexicon import ABBREVIATIONS, SENTENCE_STARTERS

_END = re.compile(
    r"(?<![.!?…])(?P<mark>[.!?…]++)[\"'”’)\]*_]*+(?=\s|$)"
    r"|(?P<wide>[。！？]+)[\"'”’」』）]*"
    r"|(?P<gap>\n\s*\n)"
)
_LAST_TOKEN = re.compile(r"[^\s(\[{\"'“‘]{0,40}$")
_VISIBLE = re.compile(r"\S")
_LIST_NUMBER = re.compile(r"(?:\d{1,3}|[a-zA-Z])")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with at least one word."""
    found, start, read, last = [], 0, 0, len(text.rstrip())
    for end in _END.finditer(text):
        if end["mark"] and not _ends_here(text, end, last):
            continue
        # Only what no earlier look has read: a run of bare marks would otherwise be read again at each of them.
        if words(text[read : end.end()]):
            found.append(text[start : end.end()].strip())
            start = end.end()
        read = end.end()
    return [*found, text[start:].strip()] if words(text[read:]) else found


def _ends_here(text: str, end: re.Match[str], last: int) -> bool:
    """Whether a mark ends its sentence: not after an abbreviation, a list number, or inside a thought.

    `last` is where the text ends but for whitespace.
    """
    if end["mark"] != ".":
        return bool({"!", "?"} & set(end["mark"])) or not _continues(text, end.end())
    before = _LAST_TOKEN.search(text[max(0, end.start() - 40) : end.start()])
    token = before[0] if before else ""
    more = end.end() < last
    if token.lower() in ABBREVIATIONS or re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", token):
        return not more
    return not (more and _LIST_NUMBER.fullmatch(token) and _is_marker(text, end, token))


def _is_marker(text: str, end: re.Match[str], token: str) -> bool:
    """Whether the number or letter before the mark stands where a list item begins, or is an initial."""
    at = end.start() - len(token)
    before = text[max(0, at - 200) : at].rstrip(" \t*_(")
    starts_item = not before or before[-1] in "\n.!?:;"
    return starts_item or (token.isalpha() and token.isupper() and token != "I") or _continues(text, end.end())


def _continues(text: str, at: int) -> bool:
    """Whether the text goes on in lower case, as after an ellipsis."""
    following = _VISIBLE.search(text, at)
    return following is not None and following[0].islower()


# --- as the published scorers split -------------------------------------------------------------------

_CHUNK = re.compile(r"\S+")
_CANDIDATE = re.compile(r"[.?!](?=[?!)\";}\]*:@'({\[]|$)")
_CLOSERS = re.compile(r"[\"')\]}]*")
_WORD_BEFORE = re.compile(r"[^\s?!)\";}\]*:@'({\[]*$")


def published_sentences(text: str) -> list[str]:
    """Sentences as the published scorers see them: only . ? ! end one, whatever it holds."""
    found, start = [], 0
    for chunk in _CHUNK.finditer(text):
        ends = list(_CANDIDATE.finditer(chunk[0]))
        if not ends:
            continue
        at = chunk.start() + ends[-1].start()
        following = _CHUNK.search(text, chunk.end())
        if following is None and ends[-1].end() == len(chunk[0]):
            continue
        if text[at] == "." and following and not _published_break(chunk[0][: ends[-1].end()], following[0]):
            continue
        closers = _CLOSERS.match(text, at + 1)
        end = closers.end() if closers and closers.end() == chunk.end() else at + 1
        found.append(text[start:end].strip())
        start = end
    rest = text[start:].strip()
    return [sentence for sentence in [*found, rest] if sentence]


def _published_break(token: str, following: str) -> bool:
    """Whether a final period ends the sentence before the next token."""
    bare = following.lstrip("\"'([{*_“‘")
    starter = bare[:1].isupper() and re.split(r"\W", bare)[0].lower() in SENTENCE_STARTERS
    before = _WORD_BEFORE.search(token[-80:-1])
    word = before[0] if before else ""
    if token.endswith("..") or word.lower() in ABBREVIATIONS or word.lower().split("-")[-1] in ABBREVIATIONS:
        return starter
    if len(word) == 1 and word.isalpha():
        return starter or (bare[:1].islower() and bare[:1].isalpha() and word == "I")
    return not (word.isdigit() and bare[:1].islower())


_SPLITS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\.\.\.", " ... "),
        (r"--", " -- "),
        (r"([\"“”«»;@#$%&?!\[\](){}<>])", r" \1 "),
        (r"([:,])(?=\D|$)", r" \1 "),
        (r"(?<!\.)(\.)([\])}>\"'»”’ ]*)\s*$", r" \1 \2"),
        (r"(?<=[^'\s])'(?=\s|$)", " '"),
        (r"(?<=[^'\s])('(?:[sSmMdD]|ll|LL|re|RE|ve|VE))(?=\s|$)", r" \1"),
        (r"(?<=[^'\s])(n't|N'T)(?=\s|$)", r" \1"),
        (r"(?i)\b(can)(not)\b|\b(gon|wan)(na)\b|\b(got)(ta)\b", r"\1\3\5 \2\4\6"),
    )
)


def published_tokens(text: str) -> list[str]:
    """Words and marks apart, by the rules of the Penn Treebank: "don't" is "do" and "n't"."""
    tokens: list[str] = []
    for sentence in published_sentences(text):
        for pattern, replacement in _SPLITS:
            sentence = pattern.sub(replacement, sentence)
        tokens += sentence.split()
    return tokens
