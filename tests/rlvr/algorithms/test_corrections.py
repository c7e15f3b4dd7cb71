"""Importance weights and masks: bounds, levels, and isolation from what is masked."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlvr.algorithms.corrections import importance_weights, off_policy_mask, top_entropy_mask

NAN = float("nan")
MASK = torch.tensor([[1, 1, 0], [1, 1, 1]], dtype=torch.bool)
SAMPLER = torch.zeros(2, 3, dtype=torch.float64)
TRAINER = torch.tensor([[4.0, 0.1, NAN], [1.0, 0.5, 1.0]], dtype=torch.float64).log()


@pytest.mark.parametrize(
    ("level", "mode", "expected"),
    [
        ("token", "truncate", [[2, 0.25, 1], [1, 0.5, 1]]),
        ("token", "mask", [[0, 0, 1], [1, 0.5, 1]]),
        ("sequence", "truncate", [[0.4] * 3, [0.5] * 3]),
        ("sequence", "mask", [[0.4] * 3, [0.5] * 3]),
    ],
)
def test_weights_by_level_and_mode(level: str, mode: str, expected: list[list[float]]) -> None:
    trainer = TRAINER.clone().requires_grad_()
    found = importance_weights(trainer, SAMPLER, MASK, level, mode, 2.0, 0.25)  # type: ignore[arg-type]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))
    assert not found.requires_grad


@pytest.mark.parametrize("level", ["token", "sequence"])
@pytest.mark.parametrize("mode", ["truncate", "mask"])
def test_without_mismatch_all_weights_are_1(level: str, mode: str) -> None:
    found = importance_weights(TRAINER, TRAINER, MASK, level, mode, 2.0)  # type: ignore[arg-type]
    assert found.tolist() == torch.ones(2, 3).tolist()


def test_only_bad_answers_that_drifted_off_are_dropped() -> None:
    drifted, near = [math.log(0.5)] * 3, [-0.01] * 3
    logprobs = torch.tensor([drifted, drifted, near], dtype=torch.float64)
    advantages = torch.tensor([[-1.0], [1.0], [-1.0]], dtype=torch.float64).expand(3, 3)
    mask = torch.tensor([[1, 1, 0]] * 3, dtype=torch.bool)
    keep = off_policy_mask(logprobs.masked_fill(~mask, NAN), torch.zeros(3, 3), advantages, mask, 0.1)
    assert keep.tolist() == [[False] * 3, [True] * 3, [True] * 3]


@given(st.integers(0, 1000), st.floats(0.05, 1))
def test_the_share_of_most_uncertain_tokens(seed: int, share: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    entropy = torch.rand(4, 10, generator=generator, dtype=torch.float64)
    mask = torch.rand(4, 10, generator=generator) < 0.7
    chosen = top_entropy_mask(entropy.masked_fill(~mask, NAN), mask, share)
    count = int(mask.sum())
    assert not (chosen & ~mask).any()
    assert int(chosen.sum()) == pytest.approx(share * count, abs=1)
    assert entropy[chosen].min() >= max(entropy[mask & ~chosen].tolist(), default=0)
    assert not top_entropy_mask(entropy, torch.zeros_like(mask), share).any()
