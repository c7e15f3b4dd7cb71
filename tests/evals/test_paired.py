"""Outcomes and their paired comparison."""

from __future__ import annotations

import pytest

from rlvr.evals.outcomes import Outcomes
from rlvr.evals.paired import found_and_right, paired, solved
from rlvr.verdict import Verdict

RIGHT, WRONG = Verdict.passed("right"), Verdict.failed("wrong_answer", "wrong")
NONE, BROKEN = Verdict.failed("no_answer", "nothing"), Verdict.error("verifier_failed", "it raised")


def outcomes(**problems: list[Verdict]) -> Outcomes:
    return Outcomes.of(1.0, [(problem, verdict) for problem, found in problems.items() for verdict in found])


BASE = outcomes(a=[RIGHT, WRONG], b=[NONE, NONE], c=[WRONG, NONE])
TRAINED = outcomes(a=[RIGHT, RIGHT], b=[RIGHT, WRONG], c=[WRONG, WRONG])


def test_differences_are_taken_problem_by_problem() -> None:
    found = paired(BASE, TRAINED)
    assert found["base"] == pytest.approx(1 / 6)
    assert found["trained"] == pytest.approx(3 / 6)
    assert found["difference"] == pytest.approx(2 / 6)
    assert found["problems"] == 3
    half = 4.30265272991 * (1 / 12) ** 0.5 / 3**0.5
    assert found["high"] - found["difference"] == pytest.approx(half)


def test_pass_at_two() -> None:
    assert paired(BASE, TRAINED, k=2)["trained"] == pytest.approx(2 / 3)


def test_solved_sets() -> None:
    assert solved(BASE, TRAINED) == {"both": 1, "only_base": 0, "only_trained": 1, "neither": 1}


def test_the_gain_is_split_into_found_and_right() -> None:
    split = found_and_right(BASE, TRAINED)
    assert split["answer_found"] == {"base": pytest.approx(0.5), "trained": pytest.approx(1.0)}
    assert split["right_if_found"] == {"base": pytest.approx(1 / 3), "trained": pytest.approx(0.5)}
    nothing = outcomes(a=[NONE])
    assert found_and_right(nothing, nothing)["right_if_found"]["base"] is None


def test_errors_leave_a_bracket_with_the_lower_end_as_headline() -> None:
    found = outcomes(a=[RIGHT, BROKEN], b=[WRONG, WRONG])
    assert (found.mean(), found.mean_best(), found.errors) == (0.25, 0.5, 1)
    assert found.found() == pytest.approx(0.75)


def test_other_problems_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match=r"not asked the same problems, such as \['b', 'c', 'd'\]"):
        paired(BASE, outcomes(a=[RIGHT], d=[RIGHT]))
