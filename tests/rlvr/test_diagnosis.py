"""Diagnoses: each on a run that has the fault and not on one that is well."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rlvr.diagnosis import Diagnosis

Metrics = dict[str, float | None]

WELL: Metrics = {
    "reward": 0.5,
    "groups/mixed": 0.6,
    "groups/all_pass": 0.2,
    "groups/all_fail": 0.2,
    "entropy": 0.5,
    "kl": 0.01,
    "sampler_mismatch": 0.02,
    "completions/mean_length": 100.0,
    "completions/clipped_ratio": 0.05,
    "critic/alone/brier": 0.1,
    "critic/brier_of_rate": 0.2,
    "cause/correct": 0.5,
    "cause/wrong_answer": 0.5,
}


def findings(steps: int, change: Callable[[int], Metrics]) -> list[str]:
    diagnosis = Diagnosis(steps)
    return [text for step in range(1, steps + 1) for text in diagnosis.look(step, {**WELL, **change(step)})]


DEAD: Metrics = {"groups/mixed": 0.0, "groups/all_fail": 1.0, "groups/all_pass": 0.0, "cause/correct": 0.0}
FAULTS: dict[str, tuple[str, Callable[[int], Metrics]]] = {
    "dead": ("wrong, most often for no_answer", lambda _: DEAD | {"cause/no_answer": 0.9, "cause/wrong_answer": 0.1}),
    "solved": ("nearly everything right", lambda _: {"groups/mixed": 0.0, "groups/all_pass": 1.0}),
    "entropy": ("entropy has collapsed", lambda step: {"entropy": 0.8 if step < 8 else 0.01}),
    "length": (
        "completions grow",
        lambda step: {"completions/mean_length": 100.0 * step, "completions/clipped_ratio": 0.6},
    ),
    "kl": ("nats a token from its reference", lambda _: {"kl": 3.0}),
    "sampler": ("sampler and trainer disagree", lambda _: {"sampler_mismatch": 0.5}),
    "critic": ("the critic is worse than a constant", lambda _: {"critic/alone/brier": 0.3}),
    "overfitting": (
        "validation falls",
        lambda step: (
            {"reward": step / 40, "validation/base_best": 0.0}
            | ({"validation/pass@1": 0.9 - step / 40} if step % 5 == 0 else {})
        ),
    ),
    "sharpening": (
        "the gain is sharpening",
        lambda step: {"validation/pass@1": 0.5, "validation/base_best": 0.5} if step % 5 == 0 else {},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_once(name: str) -> None:
    words, change = FAULTS[name]
    found = findings(20, change)
    assert [text for text in found if words in text] == found[:1]
    assert len(found) == 1


def test_a_run_that_is_well_hears_nothing() -> None:
    def rising(step: int) -> Metrics:
        score = {"validation/pass@1": 0.3 + step / 60, "validation/base_best": 0.3} if step % 5 == 0 else {}
        return {"reward": 0.2 + step / 40, "entropy": 0.8 / step, **score}

    assert findings(20, rising) == []


def test_steps_without_new_rollouts_are_no_fault() -> None:
    diagnosis = Diagnosis(40)
    assert [text for step in range(1, 41) for text in diagnosis.look(step, {"entropy": 0.5, "kl": None})] == []


def test_dead_rollouts_that_make_many_steps_each_are_told() -> None:
    diagnosis, update = Diagnosis(100), {"entropy": 0.5}
    found = []
    for step in range(48):
        metrics: Metrics = {**WELL, **DEAD} if step % 8 == 0 else {**update}
        found += diagnosis.look(step + 1, metrics)
    assert ["no group has signal" in text for text in found] == [True]


def test_it_remembers_what_it_said() -> None:
    first, second = Diagnosis(100), Diagnosis(100)
    said = [text for step in range(1, 8) for text in first.look(step, {**WELL, "kl": 3.0})]
    assert len(said) == 1
    second.load_state_dict(first.state_dict())
    assert second.look(8, {**WELL, "kl": 3.0}) == []
    assert len(second.look(40, {**WELL, "kl": 3.0})) == 1
