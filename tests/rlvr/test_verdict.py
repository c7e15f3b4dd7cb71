"""Verdicts: rewards, causes, JSON."""

from __future__ import annotations

import pytest

from rlvr.verdict import CAUSES, Outcome, Verdict


def test_an_error_has_no_reward() -> None:
    assert Verdict.passed("right").reward == 1.0
    assert Verdict.failed("wrong_answer", "4 is not 5").reward == 0.0
    assert Verdict.error("verifier_failed", "it raised").reward is None


def test_a_score_is_the_reward_of_a_graded_verdict() -> None:
    assert Verdict.failed("constraint_violated", "half", score=0.5).reward == 0.5


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_cause_belongs_to_its_outcome(outcome: Outcome) -> None:
    for other, causes in CAUSES.items():
        for cause in causes:
            if other is outcome:
                assert Verdict(outcome, cause, "").cause == cause
            else:
                with pytest.raises(ValueError, match="is no cause of"):
                    Verdict(outcome, cause, "")


def test_a_plugin_brings_causes_under_its_name() -> None:
    assert Verdict.failed("poetry:no_rhyme", "line 2").cause == "poetry:no_rhyme"
    with pytest.raises(ValueError, match="no cause"):
        Verdict.failed("no_rhyme", "line 2")


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_outside_the_unit_interval_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        Verdict.failed("wrong_answer", "", score=score)


def test_json_round_trip() -> None:
    verdict = Verdict.failed("wrong_answer", "4 is not 5", extracted="4", details={"method": "exact", "n": [1, 2]})
    assert Verdict.from_json(verdict.to_json()) == verdict
