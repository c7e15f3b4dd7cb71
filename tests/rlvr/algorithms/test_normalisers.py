"""Token weights by their definitions."""

from __future__ import annotations

import pytest
import torch

from rlvr.algorithms.normalisers import token_weights

MASK = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]], dtype=torch.bool)


def test_weights_by_their_definitions() -> None:
    per_row = token_weights(MASK, "grpo", rows=3, tokens=7, max_tokens=10)
    assert per_row.sum(1).tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert token_weights(MASK, "dapo", 3, 7, 10)[MASK].tolist() == pytest.approx([1 / 7] * 7)
    assert token_weights(MASK, "dr_grpo", 3, 7, 10)[MASK].tolist() == pytest.approx([1 / 30] * 7)
    assert token_weights(MASK, "luspo", 3, 7, 10)[MASK].tolist() == pytest.approx([1 / 3] * 7)


@pytest.mark.parametrize("loss_type", ["grpo", "dapo", "dr_grpo", "luspo"])
def test_masked_tokens_weigh_nothing_and_nothing_is_divided_by_zero(loss_type: str) -> None:
    weights = token_weights(MASK, loss_type, 3, 7, 10)  # type: ignore[arg-type]
    assert not weights[~MASK].any()
    assert weights.dtype is torch.float32
    none = token_weights(torch.zeros_like(MASK), loss_type, 0, 0, 10)  # type: ignore[arg-type]
    assert none.tolist() == torch.zeros(4, 4).tolist()


def test_counts_of_a_micro_batch_would_depend_on_the_cut() -> None:
    """Why weights take whole-batch counts: BNPO's mean of micro-batch means is another number."""
    losses = torch.arange(16.0).view(4, 4)
    whole = (losses * token_weights(MASK, "dapo", 3, 7, 10)).sum()
    means = [
        (losses[rows] * token_weights(MASK[rows], "dapo", 0, int(MASK[rows].sum()), 10)).sum()
        for rows in (slice(0, 1), slice(1, 4))
    ]
    assert float(sum(means)) / 2 != pytest.approx(float(whole))
