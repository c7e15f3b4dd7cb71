"""Judging one answer against one gold, for the tests of the math verifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome, Verdict

Table = list[tuple[str, str]]


def judged(text: str, gold: str | float, prompt: str = "", **options: Any) -> Verdict:
    spec = VerifierSpec("math", {"extraction": "lenient", **options})
    return build_verifier(spec).verify(Problem("p", prompt, {"answer": gold}, "t", spec), Completion(text))


@pytest.fixture
def judge() -> Callable[..., Verdict]:
    """A whole text against a gold, with lenient extraction."""
    return judged


@pytest.fixture
def boxed() -> Callable[..., Verdict]:
    """An answer in a box against a gold."""

    def judge_boxed(answer: str, gold: str | float, **options: Any) -> Verdict:
        return judged(f"The final answer is $\\boxed{{{answer}}}$.", gold, **options)

    return judge_boxed


@pytest.fixture
def table(boxed: Callable[..., Verdict]) -> Callable[[Table, Table], None]:
    """Rows of a gold and answers between bars: all of the first table equal it, none of the second."""

    def check(equal: Table, different: Table) -> None:
        wrong = []
        for rows, outcome in ((equal, Outcome.PASS), (different, Outcome.FAIL)):
            for gold, answers in rows:
                assert boxed(gold, gold).outcome is Outcome.PASS, gold
                verdicts = [(answer, boxed(answer, gold)) for answer in answers.split(" ;; ")]
                wrong += [
                    (gold, answer, verdict.reason) for answer, verdict in verdicts if verdict.outcome is not outcome
                ]
        assert wrong == []

    return check
