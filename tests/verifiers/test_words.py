"""`rlvr.verifiers._words`: folding and word counts, on their own."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.verifiers._words import contains, fold, fold_disguises, occurrences, words


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("--- *** ### $%", 0),
        ("don't", 1),
        ("well-known", 1),
        ("3.14 and 1,000", 3),
        ("end.Next", 2),
        ("a\u00a0b\u2003c", 3),
        ("rock 'n' roll - loud", 4),
        ("日本語", 3),
        ("नमस्ते दुनिया", 2),
        ("snake_case", 2),
    ],
)
def test_words_are_counted_as_a_reader_counts(text: str, number: int) -> None:
    assert len(words(text)) == number


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text())
def test_a_text_contains_itself_as_a_phrase(before: str, keyword: str) -> None:
    folded = fold(keyword)
    assert contains(folded, fold(f"{before} | {keyword} | end")) is bool(folded)


@given(st.text(alphabet="ab ", min_size=1), st.text(alphabet="ab "))
def test_occurrences_do_not_overlap(keyword: str, text: str) -> None:
    places = list(occurrences(keyword, text))
    assert all(later - earlier >= len(keyword) for earlier, later in itertools.pairwise(places))


def test_disguises_are_for_what_is_forbidden_only() -> None:
    assert fold_disguises("р\u0430ypal") == "paypal" != fold("р\u0430ypal")
