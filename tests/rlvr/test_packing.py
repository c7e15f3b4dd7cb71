"""The layout of a batch: what stands where, and what each token sees."""

from __future__ import annotations

import pytest
import torch

from rlvr.batch import RolloutBatch
from rlvr.packing import common_prefix, pack
from rlvr.problem import Completion, FinishReason, Problem, Rollout, VerifierSpec
from rlvr.verdict import Verdict

CPU = torch.device("cpu")
PROBLEM = Problem("p", "", {}, "t", VerifierSpec("math"))


def make_batch(groups: list[tuple[tuple[int, ...], list[tuple[int, ...]]]]) -> RolloutBatch:
    rollouts, prompts = [], []
    for number, (prompt, completions) in enumerate(groups):
        for ids in completions:
            completion = Completion("", ids, tuple(-1.0 for _ in ids), FinishReason.EOS)
            rollouts.append(Rollout(PROBLEM, completion, number, 0, Verdict.passed("right")))
            prompts.append(prompt)
    return RolloutBatch.of(rollouts, prompts)


BATCH = make_batch([((1, 2, 3, 4), [(5, 6), (7, 8, 9)]), ((1, 2, 10), [(11, 12)])])


@pytest.mark.parametrize(
    ("prompts", "shared"),
    [
        ([(1, 2, 3), (1, 2, 4)], 2),
        ([(1, 2, 3), (1, 2, 3)], 2),
        ([(1, 2, 3)], 2),
        ([(1, 2), (1, 2, 3)], 1),
        ([(1, 2, 3, 4), (1, 5, 3, 4), (1, 2, 3, 9)], 1),
        ([(1,), (1, 2)], 0),
        ([(3, 1), (4, 1)], 0),
    ],
)
def test_the_common_prefix_leaves_each_prompt_its_last_token(prompts: list[tuple[int, ...]], shared: int) -> None:
    assert common_prefix(prompts) == shared
    assert common_prefix(prompts[::-1]) == shared


def test_groups_stand_side_by_side_behind_what_their_prompts_share() -> None:
    packed = pack(BATCH, CPU, share_prompts=True, share_prefix=True)
    assert packed.prefix.tolist() == [1, 2]
    assert packed.input_ids.tolist() == [[3, 4, 5, 7, 8], [10, 11, 0, 0, 0]]
    assert packed.position_ids.tolist() == [[2, 3, 4, 4, 5], [2, 3, 2, 2, 2]]
    assert packed.predictors.tolist() == [1, 2, 1, 3, 4, 5, 6]
    rows = packed.attention_mask[0, 0].int().tolist()
    assert rows == [
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0, 1, 0],  # the second completion does not see the first
        [1, 1, 1, 1, 0, 1, 1],
    ]


def test_rows_of_their_own_are_plain_sequences() -> None:
    packed = pack(BATCH, CPU, share_prompts=False, share_prefix=False)
    assert len(packed.prefix) == 0
    assert packed.input_ids.tolist() == [[1, 2, 3, 4, 5, 0], [1, 2, 3, 4, 7, 8], [1, 2, 10, 11, 0, 0]]
    assert packed.attention_mask[1, 0].equal(torch.ones(6, 6, dtype=torch.bool).tril())
