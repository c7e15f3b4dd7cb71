"""`rlvr.verifiers.exact`: equality, the marker, and references that would accept nothing said."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Verdict


def judge(text: str, answer: Any = "Málaga", **options: Any) -> Verdict:
    spec = VerifierSpec("exact", options)
    return build_verifier(spec).verify(Problem("p", "", {"answer": answer}, "t", spec), Completion(text))


@pytest.mark.parametrize("text", ["Málaga", " Málaga\n", "Ma\u0301laga", "<think>Rome?</think>Málaga"])
def test_the_same_text_passes(text: str) -> None:
    assert judge(text).reward == 1.0


@pytest.mark.parametrize("text", ["málaga", "Malaga", "Málaga.", "It is Málaga", "Má laga"])
def test_another_text_fails(text: str) -> None:
    assert judge(text).cause == "wrong_answer"


def test_case_and_alternatives_are_options() -> None:
    assert judge("MÁLAGA", ignore_case=True).reward == 1.0
    assert judge("Rome", ["Málaga", "Rome"]).reward == 1.0


def test_two_answers_are_two_guesses() -> None:
    assert judge("x Answer: Málaga", after="Answer:").reward == 1.0
    assert judge("Answer: Rome Answer: Málaga", after="Answer:").cause == "ambiguous_answer"


@pytest.mark.parametrize("answer", ["", " ", [], ["a", ""], ["\u200b"], None, 5])
def test_a_blank_gold_is_refused(answer: Any) -> None:
    spec = VerifierSpec("exact")
    with pytest.raises(ValueError):
        build_verifier(spec).check_reference(Problem("p", "", {"answer": answer}, "t", spec))
