"""`rlvr.verifiers.choice`: what counts as choosing, and what as hedging."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Verdict

CITIES = {"options": {"A": "Paris", "B": "Rome", "C": "New Rome"}, "answer": "B"}


def judge(text: str, reference: dict[str, Any] = CITIES, **options: Any) -> Verdict:
    spec = VerifierSpec("choice", options)
    return build_verifier(spec).verify(Problem("p", "", reference, "t", spec), Completion(text))


@pytest.mark.parametrize("text", ["B", "b", "(B)", "B.", "**B**", "Rome", "rome.", "B) Rome", "B: Rome", "(B) Rome!"])
def test_ways_to_spell_the_whole_answer(text: str) -> None:
    assert judge(text).reward == 1.0


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("A", "wrong_answer"),
        ("C) New Rome", "wrong_answer"),
        ("B) Paris", "no_answer"),
        ("B or C", "no_answer"),
        ("I think B", "no_answer"),
        ("", "no_answer"),
        ("()", "no_answer"),
    ],
)
def test_other_whole_answers_fail(text: str, cause: str) -> None:
    assert judge(text).cause == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("I believe the answer is B", "correct"),
        ("It is Rome.", "correct"),
        ("A good guess would be Rome", "ambiguous_answer"),
        ("a good guess would be Rome", "correct"),
        ("It is New Rome.", "wrong_answer"),
        ("It is not Rome.", "ambiguous_answer"),
        ("It isn't B", "ambiguous_answer"),
        ("Paris or Rome", "ambiguous_answer"),
        ("It is Romeo", "no_answer"),
    ],
)
def test_mentions(text: str, cause: str) -> None:
    assert judge(text, find="mention").cause == cause


def test_a_marker_must_occur_once() -> None:
    assert judge("A is tempting. Answer: B", after="Answer:").reward == 1.0
    assert judge("Answer: A. Answer: B", after="Answer:").cause == "ambiguous_answer"
    assert judge("B", after="Answer:").cause == "no_answer"


def test_without_an_answer_any_clear_choice_passes() -> None:
    colours = {"options": ["red", "blue"]}
    assert judge("I choose red", colours, find="mention").reward == 1.0
    assert judge("I choose green", colours, find="mention").reward == 0.0


@pytest.mark.parametrize(
    "reference",
    [
        {"options": ["a"], "answer": "a"},
        {"options": ["a", "A"], "answer": "a"},
        {"options": ["a", " "], "answer": "a"},
        {"options": ["a", "b"], "answer": "c"},
        {"options": {"A": "Paris", "B": "Rome"}, "answer": "Rome"},
    ],
)
def test_an_impossible_reference_is_refused(reference: dict[str, Any]) -> None:
    spec = VerifierSpec("choice")
    with pytest.raises(ValueError):
        build_verifier(spec).check_reference(Problem("p", "", reference, "t", spec))


def test_an_answer_by_the_text_of_a_labelled_option_is_told_the_labels() -> None:
    spec = VerifierSpec("choice")
    problem = Problem("p", "", {**CITIES, "answer": "Rome"}, "t", spec)
    with pytest.raises(ValueError, match="'Rome' is none of A, B, C"):
        build_verifier(spec).check_reference(problem)
