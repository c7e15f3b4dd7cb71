"""Rollouts as tensors."""

from __future__ import annotations

import math

import pytest
import torch

from rlvr.batch import RolloutBatch
from rlvr.metrics import batch_metrics
from rlvr.problem import Completion, FinishReason, Problem, Rollout, VerifierSpec
from rlvr.verdict import Verdict

PROBLEM = Problem("p", "", {}, "t", VerifierSpec("math"))
RIGHT, WRONG = Verdict.passed("right"), Verdict.failed("wrong_answer", "wrong")
BROKEN = Verdict.error("verifier_failed", "it raised")


def batch_of(*rows: tuple[int, tuple[int, ...], Verdict]) -> RolloutBatch:
    """Rows of group, token ids, verdict; the last token 99 means the length limit ended it."""
    rollouts = []
    for group, ids, verdict in rows:
        reason = FinishReason.LENGTH if ids[-1] == 99 else FinishReason.EOS
        completion = Completion("", ids, tuple(-0.5 for _ in ids), reason)
        rollouts.append(Rollout(PROBLEM, completion, group, 0, verdict))
    return RolloutBatch.of(rollouts, [(7,) * (group + 1) for group, _, _ in rows])


BATCH = batch_of(
    (0, (1, 2, 3), RIGHT),
    (0, (4,), WRONG),
    (1, (5, 0), RIGHT),
    (1, (6, 99), RIGHT),
    (2, (8,), BROKEN),
    (2, (9,), WRONG),
)


def test_the_mask_comes_from_lengths_not_from_ids() -> None:
    assert BATCH.mask.sum(1).tolist() == [3, 1, 2, 2, 1, 1]
    assert BATCH.completion_ids[2].tolist() == [5, 0, 0]
    assert (BATCH.sampler_logprobs[~BATCH.mask] == 0).all()


def test_an_errors_reward_is_nan() -> None:
    assert BATCH.rewards[:4].tolist() == [1, 0, 1, 1]
    assert math.isnan(BATCH.rewards[4])


def test_groups_are_adjacent_rows_with_their_prompt() -> None:
    assert BATCH.group_rows() == [[0, 1], [2, 3], [4, 5]]
    assert list(BATCH.groups()) == [((7,), [3, 1]), ((7, 7), [2, 2]), ((7, 7, 7), [1, 1])]
    assert next(iter(BATCH.group_tokens())) == ((7,), [[1, 2, 3], [4]])


def test_selected_rows_are_trimmed_to_their_longest() -> None:
    part = BATCH.select([1, 3])
    assert part.completion_ids.tolist() == [[4, 0], [6, 99]]
    assert part.truncated.tolist() == [False, True]
    assert part.rewards.tolist() == [0, 1]
    assert len(part) == 2


def test_an_unjudged_rollout_is_refused() -> None:
    with pytest.raises(ValueError, match="must have its verdict"):
        RolloutBatch.of([Rollout(PROBLEM, Completion("", (1,), (0.0,)), 0, 0)], [(1,)])


def test_metrics_tell_errors_from_failures() -> None:
    metrics = batch_metrics(BATCH)
    assert metrics["reward"] == pytest.approx(3 / 5)
    assert metrics["outcome/error"] == pytest.approx(1 / 6)
    assert metrics["outcome/fail"] == pytest.approx(2 / 6)
    assert metrics["cause/wrong_answer"] == pytest.approx(2 / 6)
    assert metrics["groups/mixed"] == pytest.approx(1 / 3)
    assert metrics["groups/all_pass"] == pytest.approx(1 / 3)
    assert metrics["groups/all_fail"] == pytest.approx(1 / 3)
    assert metrics["completions/clipped_ratio"] == pytest.approx(1 / 6)
    assert metrics["completions/max_length"] == 3


def test_a_run_of_errors_only_does_not_look_healthy() -> None:
    metrics = batch_metrics(batch_of((0, (1,), BROKEN), (0, (2,), BROKEN)))
    assert metrics["reward"] is None
    assert metrics["reward_std"] is None
    assert metrics["outcome/error"] == 1
    assert metrics["groups/mixed"] == metrics["groups/all_pass"] == metrics["groups/all_fail"] == 0


def test_a_batch_comes_back_from_its_state() -> None:
    other = RolloutBatch.from_state(BATCH.state_dict())
    assert other.prompts == BATCH.prompts
    assert other.tasks == BATCH.tasks
    assert other.verdicts == BATCH.verdicts
    assert torch.equal(other.mask, BATCH.mask)
    assert torch.equal(other.sampler_logprobs, BATCH.sampler_logprobs)
    assert other.values is None
