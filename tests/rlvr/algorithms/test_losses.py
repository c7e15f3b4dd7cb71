"""Token losses and their weights, by closed forms and by what must not change them."""

from __future__ import annotations

import pytest
import torch

from rlvr.algorithms.losses import LossType, clipped_loss, k3, token_weights


def test_on_policy_the_gradient_is_minus_advantage() -> None:
    logprobs = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    advantages = torch.randn(3, 4, dtype=torch.float64)
    losses, clipped = clipped_loss(logprobs, logprobs.detach(), advantages, 0.2, 0.28)
    losses.sum().backward()
    assert logprobs.grad is not None
    torch.testing.assert_close(logprobs.grad, -advantages)
    assert not clipped.any()


@pytest.mark.parametrize(
    ("ratio", "advantage", "expected", "gradient"),
    [
        (1.5, 1.0, -1.28, False),  # already likelier than the upper bound allows: no more push
        (1.5, -1.0, 1.5, True),
        (0.5, 1.0, -0.5, True),
        (0.5, -1.0, 0.8, False),  # already less likely than the lower bound allows
        (1.1, 1.0, -1.1, True),
    ],
)
def test_the_clip_takes_the_gradient_beyond_its_bounds(
    ratio: float, advantage: float, expected: float, gradient: bool
) -> None:
    logprobs = torch.tensor([[ratio]], dtype=torch.float64).log().requires_grad_()
    old = torch.zeros(1, 1, dtype=torch.float64)
    losses, clipped = clipped_loss(logprobs, old, torch.tensor([[advantage]], dtype=torch.float64), 0.2, 0.28)
    losses.sum().backward()
    assert losses.item() == pytest.approx(expected)
    assert logprobs.grad is not None
    assert bool(logprobs.grad.abs().sum() > 0) is gradient
    assert bool(clipped) is not gradient


def test_k3_is_unbiased_for_the_kl_and_never_negative() -> None:
    torch.manual_seed(0)
    p, q = (torch.log_softmax(torch.randn(6, dtype=torch.float64), 0) for _ in range(2))
    exact = float((p.exp() * (p - q)).sum())
    estimate = k3(p, q)
    assert (estimate >= 0).all()
    assert float((p.exp() * estimate).sum()) == pytest.approx(exact)


MASK = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]], dtype=torch.bool)


def test_weights_by_their_definitions() -> None:
    per_row = token_weights(MASK, "grpo", rows=3, tokens=7, max_tokens=10)
    assert per_row.sum(1).tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert token_weights(MASK, "dapo", 3, 7, 10)[MASK].tolist() == pytest.approx([1 / 7] * 7)
    assert token_weights(MASK, "dr_grpo", 3, 7, 10)[MASK].tolist() == pytest.approx([1 / 30] * 7)


@pytest.mark.parametrize("loss_type", ["grpo", "dapo", "dr_grpo"])
def test_micro_batches_add_up_to_the_whole(loss_type: LossType) -> None:
    losses = torch.randn(4, 4)
    whole = (losses * token_weights(MASK, loss_type, 3, 7, 10)).sum()
    parts = [(losses[i] * token_weights(MASK[i : i + 1], loss_type, 3, 7, 10)).sum() for i in range(4)]
    torch.testing.assert_close(torch.stack(parts).sum(), whole)
