"""`rlvr.verifiers.keywords`: each constraint on its own, and the ways around it."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.verdict import Verdict
from rlvr.verifiers.keywords import Keywords

SPEC = VerifierSpec("keywords")


def judge(reference: dict[str, Any], text: str) -> Verdict:
    return Keywords().verify(Problem("p", "", reference, "t", SPEC), Completion(text))


def passes(text: str, **reference: Any) -> bool:
    return judge(reference, text).reward == 1.0


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("cat", "the cat sat here", True),
        ("cat", "CAT: it sat here", True),
        ("cat", "we concatenate two strings", False),
        ("flower", "many flowers grow there", False),
        ("don't", "we don\u2019t go there", True),
        ("naïve", "such a nai\u0308ve idea", True),
        ("straße", "DIE STRASSE IST LANG", True),
        ("C++", "I write C++ at work", True),
        ("C++", "I write C at work", False),
        ("a.b", "say aXb or so", False),
        ("(", "an open ( in text", True),
        ("日本", "これは日本語です。", True),
        ("ice cream", "we ate ice\n cream today", True),
        ("ice cream", "we ate ice and cream", False),
        ("नमस्ते", "नमस्ते दुनिया और सब लोग", True),
        ("aa", "the word aaa is long", False),
    ],
)
def test_a_required_word_is_whole_and_folded(keyword: str, text: str, found: bool) -> None:
    assert passes(text, required=[keyword]) is found


@pytest.mark.parametrize(
    "text",
    ["it is bad here", "it is b\u200bad here", "it is b\u0430d here", "it is B\u0336A\u0336D\u0336 here"],
)
def test_a_forbidden_word_is_seen_through_disguises(text: str) -> None:
    verdict = judge({"forbidden": ["bad"]}, text)
    assert verdict.cause == "constraint_violated" and "'bad'" in verdict.reason


@pytest.mark.parametrize("text", ["it is badly done", "this is not good", "a badger sat here"])
def test_other_words_are_not_forbidden(text: str) -> None:
    assert passes(text, forbidden=["bad"])


def test_counts_have_both_ends() -> None:
    counts = {"cat": {"at_least": 2, "at_most": 2}}
    assert not passes("one cat sat over there", counts=counts)
    assert passes("one cat saw another cat", counts=counts)
    assert not passes("cat and cat and the third cat", counts=counts)


def test_order_is_that_of_first_occurrences() -> None:
    assert passes("the sun rose over the sea", required=["sun", "sea"], in_order=True)
    assert not passes("the sea lay under the sun", required=["sun", "sea"], in_order=True)


@pytest.mark.parametrize("text", ["", " ", "ok", ".", "5", "...", "\u200b", "!!! ???", "no no"])
def test_nothing_said_never_passes(text: str) -> None:
    assert not passes(text, forbidden=["bad"])


def test_a_bare_list_of_the_keywords_fails() -> None:
    assert "beside the keywords" in judge({"required": ["dog", "park", "sun"]}, "dog park sun").reason
    assert "differ" in judge({"required": ["dog"], "min_distinct_share": 0.6}, "the dog the dog the dog").reason


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("The dog ran home.", True),
        ("The dog ran 3.5 miles!", True),
        ('"The dog ran home."', True),
        ("the dog ran home.", False),
        ("The dog ran home", False),
        ("The dog ran home..", False),
        ("The dog ran. It was home.", False),
        ("The dog ran\nall the way home.", False),
        ("3 dogs ran home.", False),
    ],
)
def test_one_sentence(text: str, one: bool) -> None:
    assert passes(text, one_sentence=True) is one


@pytest.mark.parametrize(
    "reference",
    [
        {"required": [""]},
        {"forbidden": ["\u200b"]},
        {"required": ["bad dog"], "forbidden": ["bad"]},
        {"min_words": 5, "max_words": 4},
        {"min_words": 0},
        {"counts": {"a": {"at_least": 2, "at_most": 1}}},
    ],
)
def test_an_impossible_reference_is_refused(reference: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Keywords().check_reference(Problem("p", "", reference, "t", SPEC))
