"""The math verifier: where the answer stands, what equals what, what must not pass."""

from __future__ import annotations

import pytest

from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome, Verdict


def judge(text: str, gold: str | int | float, extraction: str = "lenient", **rest: FinishReason) -> Verdict:
    spec = VerifierSpec("math", {"extraction": extraction})
    return build_verifier(spec).verify(Problem("p", "", {"answer": gold}, "t", spec), Completion(text, **rest))


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        (r"\boxed{12}", "12"),
        (r"\boxed{12}", 12),
        (r"\boxed{\frac{3}{4}}", "0.75"),
        (r"\boxed{\dfrac{3}{4}}", "75%"),
        (r"\boxed{1\frac{1}{2}}", 1.5),
        (r"\boxed{-1,234.50}", "-1234.5"),
        (r"$\boxed{ 1e3 }$", "1000"),
        ("<think>maybe \\boxed{3}</think> <answer>4</answer>", "4"),
        ("a = 3, b = 4. Answer: 7", "7"),
        ("a = 3, b = 4. Answer: 7.", "7"),
        ("The answer is 7. I am sure of it.", "7"),
        ("blah\n#### 1,024", "1024"),
        ("答案是12", "12"),
        ("it must be 5, no, 6", "6"),
        (r"\boxed{x + 1}", "x+1"),
        (r"\boxed{12} and again \boxed{12.0}", "12"),
    ],
)
def test_right_answers(text: str, gold: str | int | float) -> None:
    verdict = judge(text, gold)
    assert verdict.outcome is Outcome.PASS, verdict.reason


@pytest.mark.parametrize(
    ("text", "gold", "cause"),
    [
        ("", "12", "no_answer"),
        ("no number here", "12", "no_answer"),
        (r"\boxed{12", "13", "wrong_answer"),
        (r"\boxed{12} or \boxed{13}", "12", "ambiguous_answer"),
        (r"\boxed{1.0000001}", "1", "wrong_answer"),
        (r"\boxed{12}", "twelve", "wrong_answer"),
        (r"\boxed{7/0}", "7", "wrong_answer"),
        (r"\boxed{1e999999}", "1", "wrong_answer"),
        ("Answer: 7 or 8", "7", "wrong_answer"),
        ("Answer: 17", "7", "wrong_answer"),
    ],
)
def test_wrong_answers(text: str, gold: str, cause: str) -> None:
    verdict = judge(text, gold)
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, cause)


def test_strict_extraction_wants_a_box_or_tags() -> None:
    for text in ("Answer: 12", "12", "#### 12"):
        assert judge(text, "12", "strict").cause == "no_answer"
    assert judge(r"\boxed{12}", "12", "strict").outcome is Outcome.PASS
    assert judge("<answer>12</answer>", "12", "strict").outcome is Outcome.PASS


def test_the_verdict_says_what_was_judged_and_where_it_stood() -> None:
    verdict = judge("so Answer: 13", "12")
    assert (verdict.extracted, verdict.details["place"], verdict.details["start"]) == ("13", "phrase", 11)


def test_a_cut_text_without_an_answer_was_truncated() -> None:
    assert judge("so we", "12", finish_reason=FinishReason.LENGTH).cause == "truncated"


def test_examples_are_as_they_say() -> None:
    for extraction in ("strict", "lenient"):
        spec = VerifierSpec("math", {"extraction": extraction})
        verifier = build_verifier(spec)
        for example in verifier.examples():
            verdict = verifier.verify(example.problem(spec), example.completion)
            assert verdict.outcome is example.outcome, (example, verdict)


def test_long_and_hostile_texts_are_judged_at_once() -> None:
    for text in ("{" * 200_000, r"\boxed{" * 20_000, "answer " * 30_000, "9" * 200_000, "<answer>" * 20_000):
        assert judge(text, "12").outcome is Outcome.FAIL


@pytest.mark.parametrize("gold", ["", "  "])
def test_a_blank_gold_is_refused(gold: str) -> None:
    spec = VerifierSpec("math")
    with pytest.raises(ValueError, match="blank"):
        build_verifier(spec).check_reference(Problem("p", "", {"answer": gold}, "t", spec))
