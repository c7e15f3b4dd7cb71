"""The critic's losses: where they clip, where they rest, and that errors leave no trace."""

from __future__ import annotations

import pytest
import torch

from rlvr.algorithms.value_losses import clipped_squared, logistic

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "target", "expected", "gradient"),
    [
        (0.1, 1.0, 0.405, -0.9),
        (0.5, 1.0, 0.32, 0.0),  # moved further than the range towards the target: no more pull
        (-0.5, 1.0, 1.125, -1.5),  # moved away: all of the pull
    ],
)
def test_the_squared_error_stops_pulling_beyond_the_range(
    value: float, target: float, expected: float, gradient: float
) -> None:
    values = torch.tensor([[value]], dtype=torch.float64, requires_grad=True)
    old, returns = torch.zeros(1, 1, dtype=torch.float64), torch.tensor([[target]], dtype=torch.float64)
    loss = clipped_squared(values, old, returns, 0.2)
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None
    assert (loss.item(), values.grad.item()) == pytest.approx((expected, gradient))


def test_the_logistic_loss_rests_at_the_outcome() -> None:
    logits = torch.tensor([[0.0, 2.0], [0.0, 2.0]], dtype=torch.float64, requires_grad=True)
    logistic(logits, torch.tensor([1.0, 0.0])).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    outcomes = torch.tensor([[1.0], [0.0]], dtype=torch.float64)
    torch.testing.assert_close(logits.grad, logits.detach().sigmoid() - outcomes)


def test_errors_have_neither_loss_nor_gradient() -> None:
    outcomes = torch.tensor([1.0, NAN], dtype=torch.float64)
    for loss in (
        lambda v: logistic(v, outcomes),
        lambda v: clipped_squared(v, torch.zeros(2, 3), outcomes[:, None].expand(2, 3), 0.2),
    ):
        values = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
        found = loss(values)  # type: ignore[no-untyped-call]
        found.sum().backward()
        assert values.grad is not None
        assert not found[1].any()
        assert not values.grad[1].any()
        assert values.grad[0].isfinite().all()
        assert found[0].min() > 0
