"""Rollouts on their way through their updates: order, counts, and a stop in the middle."""

from __future__ import annotations

import pytest
import torch

from rlvr.batch import RolloutBatch
from rlvr.buffer import RolloutBuffer
from rlvr.problem import Completion, FinishReason, Problem, Rollout, VerifierSpec
from rlvr.verdict import Verdict


def make_batch(groups: int, size: int = 2) -> RolloutBatch:
    problem = Problem("p", "", {}, "t", VerifierSpec("math"))
    rollouts = [
        Rollout(problem, Completion("", (g, i), (-1.0, -2.0), FinishReason.EOS), g, 0, Verdict.passed("right"))
        for g in range(groups)
        for i in range(size)
    ]
    return RolloutBatch.of(rollouts, [(1, 2, r.group) for r in rollouts])


def drain(buffer: RolloutBuffer) -> list[list[int]]:
    """The groups of every update that is left."""
    found = []
    while buffer:
        found.append(sorted(set(buffer.next().group_index.tolist())))
    return found


def test_each_iteration_goes_through_all_groups_once() -> None:
    buffer = RolloutBuffer(mini_batches=2, iterations=3)
    buffer.put(make_batch(5))
    assert drain(buffer) == [[0, 1], [2, 3, 4]] * 3


def test_fewer_groups_than_mini_batches_make_fewer_updates() -> None:
    buffer = RolloutBuffer(mini_batches=4, iterations=1)
    buffer.put(make_batch(2))
    assert drain(buffer) == [[0], [1]]


def test_an_empty_buffer_says_so() -> None:
    with pytest.raises(LookupError):
        RolloutBuffer(1, 1).next()


def test_it_goes_on_where_it_stopped() -> None:
    whole, stopped, resumed = (RolloutBuffer(2, 2) for _ in range(3))
    for buffer in (whole, stopped):
        buffer.put(make_batch(4))
        buffer.next()
    resumed.load_state_dict(stopped.state_dict())
    while whole:
        mine, other = whole.next(), resumed.next()
        assert mine.prompts == other.prompts
        assert mine.verdicts == other.verdicts
        assert torch.equal(mine.completion_ids, other.completion_ids)
    assert not resumed
    resumed.load_state_dict(whole.state_dict())
    assert not resumed
