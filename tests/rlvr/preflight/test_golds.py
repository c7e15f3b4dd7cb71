"""The forms of a right answer."""

from __future__ import annotations

import pytest

from rlvr.preflight.golds import as_sampled, golds, named_answers, same_answer
from rlvr.problem import FinishReason, Problem, Prompt, VerifierSpec


def problem(reference: dict[str, object], prompt: Prompt = "What?\nA:", **options: object) -> Problem:
    return Problem("p", prompt, reference, "t", VerifierSpec("exact", options))  # type: ignore[arg-type]


def test_the_solution_comes_first_as_examples_show_it_and_then_the_answer_in_many_forms() -> None:
    forms = golds(problem({"answer": "7"}), "3 + 4 = 7")
    assert [gold.text for gold in forms[:2]] == [" 3 + 4 = 7", "3 + 4 = 7"]
    texts = {gold.text for gold in forms}
    assert {"7", "\\boxed{7}", "Answer: 7", "#### 7", "<answer>7</answer>"} <= texts
    assert any(text.startswith("<think>") and "<answer>\n\\boxed{7}" in text for text in texts)


def test_solutions_that_are_shown_as_examples_allow_no_other_form() -> None:
    assert {gold.form for gold in golds(problem({"answer": "7"}), "seven", shown=True)} == {"solution"}
    assert golds(problem({"answer": "7"}), None, shown=True)


def test_a_chat_is_not_continued_with_a_space() -> None:
    chat = ({"role": "user", "content": "3 + 4?"},)
    assert golds(problem({}, chat), "7")[0].text == "7"  # type: ignore[arg-type]


def test_the_marker_that_the_options_want_is_written() -> None:
    assert "Final: 7" in [gold.text for gold in golds(problem({"answer": "7"}, after="Final:"), None)]
    part = {"name": "exact", "options": {"after": "{x}:"}}
    nested = golds(problem({"exact": {"answer": "7"}}, parts=[part]), None)
    assert "{x}: 7" in [gold.text for gold in nested]


def test_answers_are_found_wherever_they_stand() -> None:
    assert named_answers({"answer": ["a", "b"]}) == ["a", "b"]
    assert named_answers({"tags": {}, "answer": {"answer": 4}, "entry": {"answer": "x", "n": 1}}) == ["4", "x"]
    assert named_answers({"required": ["dog"], "pattern": "a+"}) == []
    assert golds(problem({"required": ["dog"]}), None) == []


@pytest.mark.parametrize(("one", "other"), [("Paris", " paris "), ("0.5", "1/2"), ("1,000", "$1000"), ("7", "7.0")])
def test_the_same_answer_in_other_words(one: str, other: str) -> None:
    assert same_answer(one, other)


@pytest.mark.parametrize(("one", "other"), [("7", "8"), ("Paris", "Rome"), ("", "0"), ("1/0", "2/0")])
def test_other_answers(one: str, other: str) -> None:
    assert not same_answer(one, other)


def test_a_text_ends_where_a_stop_string_would_have_ended_it() -> None:
    cut = as_sampled("7\nQ: next", ("\n", "Q"))
    assert (cut.text, cut.finish_reason) == ("7", FinishReason.STOP)
    assert as_sampled("7", ("\n",)).finish_reason is FinishReason.EOS
