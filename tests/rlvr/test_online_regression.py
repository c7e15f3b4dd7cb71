"""Regression batch by batch: against a batch fit, its safety, and its state."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from rlvr.online_regression import OnlineRegression


def data(rows: int = 200, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Features, outcomes that depend on the first two, weights of 1."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 5, generator=generator, dtype=torch.float64)
    p = (2 * x[:, 0] - x[:, 1] + 0.5).sigmoid()
    return x, (torch.rand(rows, generator=generator) < p).double(), torch.ones(rows, dtype=torch.float64)


def test_squares_in_parts_are_ridge_regression_on_the_whole() -> None:
    x, y, ones = data()
    model = OnlineRegression(5, logistic=False)
    for rows in (slice(0, 30), slice(30, 110), slice(110, 200)):
        model.learn(x[rows], y[rows], ones[rows])
    full = torch.cat([x, torch.ones(200, 1, dtype=torch.float64)], 1)
    ridge = torch.linalg.solve(full.T @ full + 20 * torch.eye(6), full.T @ y)
    torch.testing.assert_close(model.weights, ridge, rtol=1e-9, atol=1e-9)


def test_logistic_on_the_same_rows_over_and_over_reaches_the_optimum() -> None:
    x, y, ones = data()
    model = OnlineRegression(5, logistic=True)
    for _ in range(50):  # the same evidence, each time from where it was and with the first precision
        model.precision = 20 * torch.eye(6, dtype=torch.float64)
        model.learn(x, y, ones)
    raw = model.predict(x)
    full = torch.cat([x, torch.ones(200, 1, dtype=torch.float64)], 1)
    slope = full.T @ (raw.sigmoid() - y)
    assert float(slope.abs().max()) < 0.05  # where it no longer moves, the likelihood is at its best
    assert float(model.weights[0]) == pytest.approx(2.0, abs=0.6)
    assert float(model.weights[1]) == pytest.approx(-1.0, abs=0.5)


def test_sure_and_wrong_it_recovers_without_overshooting() -> None:
    x, y, ones = data()
    model = OnlineRegression(5, logistic=True)
    model.start(-12.0)
    losses = [model.learn(x, torch.ones_like(y), ones) for _ in range(5)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.05 * losses[0]
    assert bool(torch.isfinite(model.weights).all())


def test_the_loss_is_that_of_before_learning() -> None:
    x, y, ones = data()
    model = OnlineRegression(5, logistic=True)
    expected = binary_cross_entropy_with_logits(torch.zeros(200, dtype=torch.float64), y)
    assert model.learn(x, y, ones) == pytest.approx(float(expected))
    assert model.learn(x, y, ones) < float(expected)


def test_forgetting_goes_part_of_the_way_back_to_the_first_precision() -> None:
    x, y, ones = data()
    model = OnlineRegression(5, logistic=True)
    start = model.precision.clone()
    model.learn(x, y, ones)
    learnt, weights = model.precision.clone(), model.weights.clone()
    model.forget()
    torch.testing.assert_close(model.precision - start, 0.9 * (learnt - start))
    assert torch.equal(model.weights, weights)


def test_state_is_a_copy() -> None:
    x, y, ones = data()
    first, second = OnlineRegression(5, logistic=True), OnlineRegression(5, logistic=True)
    first.learn(x, y, ones)
    second.load_state_dict(first.state_dict())
    first.learn(x, y, ones)
    assert not torch.equal(first.weights, second.weights)
    second.learn(x, y, ones)
    assert torch.equal(first.weights, second.weights)
