"""Where the final answer stands, leniently and strictly, and when there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rlvr.verifiers.math.extract import Ambiguous, find_answer
from rlvr.verifiers.math.places import boxes, formulas, tags

FOUND = [
    (r"\boxed{3}. Wait, that is wrong. \boxed{4}", "4", "box"),
    (r"First \boxed{3}. After a longer computation with several more steps we get \boxed{4}.", "4", "box"),
    ("<think>maybe \\boxed{3}</think> <answer>4</answer>", "4", "tag"),
    ("<ANSWER>The answer is 4</ANSWER>", "4", "tag"),
    (r"\fbox{4}", "4", "box"),
    (r"\boxed 4", "4", "box"),
    (r"\boxed{4", "4", "box"),
    (r"\boxed{\frac{1}{\boxed{2}}}", r"\frac{1}{\boxed{2}}", "box"),
    (r"\boxed{1} and \boxed{2}", "1, 2", "box"),
    (r"\boxed{20}\%", "20\\%", "box"),
    ("a = 3, b = 4. Answer: 7", "7", "phrase"),
    ("The answer is 7. I am sure of it.", "7", "phrase"),
    ("The answer is $7$, since $x = 5$.", "7", "phrase"),
    ("Answer: 7 (see above, 3 steps)", "7", "phrase"),
    ("The answer is $2$ and $3$.", "2, 3", "phrase"),
    ("Final Answer: The volume of the prism is 120. I hope it is correct.", "120", "phrase"),
    ("The answer is **Yes**, it is.", "Yes", "phrase"),
    ("The correct option is B", "B", "phrase"),
    ("blah\n#### 1,024", "1,024", "hashes"),
    ("答案是12", "12", "phrase"),
    ("答：共有12个苹果。", "12", "phrase"),
    ("故选：C．", "C．", "phrase"),
    (r"so we get $x = 4$", "x = 4", "formula"),
    (r"$n = 4$ (since $n > 0$)", "n = 4", "formula"),
    ("The solutions are $x = 2$ and $x = 3$.", "x = 2, x = 3", "formula"),
    ("it must be 5, no, 6", "6", "last number"),
    ("It costs $1,234 in all", "$1,234", "last number"),
    ("3/4", "3/4", "whole text"),
]
STRICT = [(r"\boxed{12}", "12"), ("<answer>12</answer>", "12"), (r"<think>\boxed{1}</think>\boxed{12}", "12")]
NOT_STRICT = (
    "Answer: 12",
    "12",
    "#### 12",
    "the answer is $12$",
    r"<think>so \boxed{12}",
    r"\boxed{}",
    "<answer>12",
    "",
)


@pytest.mark.parametrize(("text", "answer", "place"), FOUND)
def test_where_the_answer_stands(text: str, answer: str, place: str) -> None:
    found = find_answer(text, lenient=True)
    assert found is not None
    assert (found.text, found.place) == (answer, place)
    assert 0 <= found.start < found.end <= len(text)


def test_strict_extraction_wants_a_box_or_tags_after_the_thought() -> None:
    for text, answer in STRICT:
        found = find_answer(text, lenient=False)
        assert found is not None
        assert found.text == answer
    for text in NOT_STRICT:
        assert find_answer(text, lenient=False) is None, text


@pytest.mark.parametrize(
    "text", [r"\boxed{3} perhaps \boxed{4}", r"\boxed{3} / \boxed{4}", r"Either \boxed{3}; or else maybe \boxed{4}"]
)
def test_several_answers_without_a_correction_are_ambiguous(text: str, judge: Callable[..., Any]) -> None:
    with pytest.raises(Ambiguous):
        find_answer(text, lenient=False)
    assert judge(text, "4").cause == "ambiguous_answer"


def test_saying_everything_does_not_pass(judge: Callable[..., Any]) -> None:
    for text in (
        r"\boxed{3}, \boxed{4} maybe",
        "Answer: 3 or 4",
        r"\boxed{3 \text{ or } 4}",
        "It might be 2 or 3 or 4, who knows: 5",
    ):
        for gold in ("3", "4"):
            assert judge(text, gold).outcome == "fail", (text, gold)


def test_places() -> None:
    text = r"a $x$ b \(y\) c \[z\] d $$w$$ e \$5 and \boxed{\{1\}} <answer>q</answer> $unclosed"
    assert [place.text for place in formulas(text)] == ["x", "y", "z", "w"]
    assert [place.text for place in boxes(text, 0)] == [r"\{1\}"]
    assert [text[place.start : place.end] for place in tags(text, 0)] == ["<answer>q</answer>"]
