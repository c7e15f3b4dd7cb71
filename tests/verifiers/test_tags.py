"""`rlvr.verifiers.tags`: the shapes regular expressions let through, and the prefilled opener."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.errors import UsageError
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Verdict


def judge(text: str, prefill: str = "", **options: Any) -> Verdict:
    spec = VerifierSpec("tags", options)
    return build_verifier(spec).verify(Problem("p", "", {}, "t", spec), Completion(text, prefill=prefill))


THINK = {"tags": ["think"], "ends_with": "text"}


def test_the_answer_is_extracted() -> None:
    assert judge("<think>two and two</think>\n<answer> 4 </answer>\n").extracted == "4"
    assert judge("<think>two and two</think> 4 ", **THINK).extracted == "4"


@pytest.mark.parametrize(
    "text",
    [
        "<think>a</think><answer>4</answer> more",
        "more <think>a</think><answer>4</answer>",
        "<think>a</think> so <answer>4</answer>",
        "<think>a</think><answer>4</answer></answer>",
        "<answer>4</answer><think>a</think>",
        "<think>a <answer>5</answer></think><answer>4</answer>",
        "<think> </think><answer>4</answer>",
        "<think>a</think><answer>\u200b</answer>",
        "<think>a</think><answer>4",
        "<think><answer>a</think>4</answer>",
    ],
)
def test_broken_shapes_fail(text: str) -> None:
    assert judge(text).reward == 0.0


def test_the_prefilled_opener_counts_once() -> None:
    assert judge("a</think>4", prefill="<think>\n", **THINK).reward == 1.0
    assert judge("<think>a</think>4", prefill="<think>\n", **THINK).reward == 0.0
    assert judge("a</think>4", **THINK).reward == 0.0
    assert judge("4", prefill="<think>\n", **THINK).reward == 0.0


def test_blank_reasoning_only_where_allowed() -> None:
    assert judge("<think></think>4", **THINK).reward == 0.0
    assert judge("<think></think>4", allow_blank=True, **THINK).reward == 1.0
    assert judge("<think>a</think> ", allow_blank=True, **THINK).cause == "no_answer"


@pytest.mark.parametrize(
    ("answer", "held"),
    [
        ("```python\nx = 1\n```", True),
        ("Look:\n```python\nx = 1\n```\nDone.", True),
        ("```javascript\nx = 1\n```", False),
        ("```\nx = 1\n```", False),
        ("```python\nx = 1", False),
        ("```python\n\n```", False),
        ("x = 1", False),
    ],
)
def test_code_fences(answer: str, held: bool) -> None:
    assert (judge(f"<think>a</think><answer>{answer}</answer>", code="python").reward == 1.0) is held


@pytest.mark.parametrize("tags", [["<think>"], ["a", "a"], []])
def test_tags_are_different_bare_names(tags: list[str]) -> None:
    with pytest.raises(UsageError, match="tags"):
        judge("", tags=tags)
