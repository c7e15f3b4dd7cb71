"""The math verifier as a whole: what it refuses, what its verdicts say, and that it may run anywhere."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Outcome

CASES = Path(__file__).parents[4] / "shared" / "cases" / "math_cases.jsonl"
DATA = Path(__file__).parents[2] / "data" / "math_cases.jsonl"
STRICT = VerifierSpec("math", {})


def verdict_of(text: str) -> str:
    """For processes: the outcome against 2 sqrt 2."""
    problem = Problem("p", "", {"answer": r"2\sqrt2"}, "t", STRICT)
    return build_verifier(STRICT).verify(problem, Completion(text)).outcome.value


@pytest.mark.parametrize("gold", ["", "  ", r"\frac{1}{", "(((", "9^{9^{9^9}}{", r"\unknown{3}", "9" * 500])
def test_a_gold_that_cannot_be_read_is_refused(gold: str) -> None:
    with pytest.raises(ValueError):
        build_verifier(STRICT).check_reference(Problem("p", "", {"answer": gold}, "t", STRICT))


@pytest.mark.parametrize("gold", ["7", 7, 0.5, r"\text{yes}", "C", "x>2", r"\begin{pmatrix}1\\2\end{pmatrix}", "12 cm"])
def test_a_gold_that_can_be_read_is_not(gold: str | float) -> None:
    build_verifier(STRICT).check_reference(Problem("p", "", {"answer": gold}, "t", STRICT))


@pytest.mark.parametrize("extraction", ["strict", "lenient"])
def test_examples_are_as_they_say(extraction: str) -> None:
    spec = VerifierSpec("math", {"extraction": extraction})
    for example in build_verifier(spec).examples():
        verdict = build_verifier(spec).verify(example.problem(spec), example.completion)
        assert verdict.outcome is example.outcome, (example, verdict)


def test_a_cut_text_without_an_answer_was_truncated() -> None:
    problem = Problem("p", "", {"answer": "12"}, "t", STRICT)
    completion = Completion("so we", finish_reason=FinishReason.LENGTH)
    assert build_verifier(STRICT).verify(problem, completion).cause == "truncated"


def test_a_verdict_says_what_was_judged_and_why(boxed: Callable[..., Any]) -> None:
    verdict = boxed(r"\frac12", "0.6")
    assert (verdict.cause, verdict.extracted) == ("wrong_answer", r"\frac12")
    assert verdict.details["place"] == "box"
    assert boxed(r"\int_0^1 x^{x^x}dx", "7").cause == "undecidable"
    assert boxed(r"9^{9^{9^9}}", "7").cause == "undecidable"
    assert boxed(r"\frac{1}{", "7").cause == "malformed"


def accuracy(cases: list[dict[str, Any]], judge: Callable[..., Any]) -> tuple[float, list[str]]:
    """Share judged right, and the wrong answers that passed."""
    outcomes = [(case, judge(case["prediction"], case["gold"]).outcome is Outcome.PASS) for case in cases]
    right = sum(passed == case["equivalent"] for case, passed in outcomes)
    return right / len(cases), [case["prediction"] for case, passed in outcomes if passed and not case["equivalent"]]


@pytest.mark.skipif(not CASES.is_file(), reason="the labelled cases lie beside the developers' checkout")
def test_labelled_cases(judge: Callable[..., Any]) -> None:
    share, accepted = accuracy([json.loads(line) for line in CASES.read_text().splitlines()], judge)
    assert share >= 0.99
    assert len(accepted) <= 1


def test_own_labelled_cases(judge: Callable[..., Any]) -> None:
    share, accepted = accuracy([json.loads(line) for line in DATA.read_text().splitlines()], judge)
    assert share >= 0.99
    assert not accepted


def test_it_works_from_threads_processes_and_asyncio_and_leaves_signals_alone() -> None:
    fired: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: fired.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 30)
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(verdict_of(r"\boxed{\sqrt{8}}")))
        thread.start()
        thread.join()

        async def ask() -> list[str]:
            inside = verdict_of(r"\boxed{9^{9^{9}}}")
            return [inside, await asyncio.to_thread(verdict_of, r"\boxed{\sqrt{8}}")]

        found += asyncio.run(ask())
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found += pool.map(verdict_of, [r"\boxed{\sqrt 8}", r"\boxed{3}"])
        assert found == ["pass", "fail", "pass", "pass", "fail"]
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0  # the caller's timer runs on
        handler = signal.getsignal(signal.SIGALRM)
        assert callable(handler)
        handler(signal.SIGALRM, None)
        assert fired == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_through_the_scorer_what_is_hard_fails_and_what_is_right_passes() -> None:
    problem = Problem("p", "", {"answer": "7"}, "t", STRICT)
    texts = [
        r"\boxed{7}",
        r"\boxed{9^{9^{9^9}}}",
        r"\boxed{" + "(" * 100_000,
        r"\boxed{\sum_{n=1}^{10^{12}}\frac1n}",
        r"\boxed{14/2}",
    ]
    with Scorer() as scorer:
        verdicts = [future.result() for future in [scorer.submit(problem, Completion(text)) for text in texts]]
    assert [verdict.outcome.value for verdict in verdicts] == ["pass", "fail", "fail", "fail", "pass"]
