"""Generalized advantages: limits of lambda, isolation of rows, and the measures of a critic."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rlvr.algorithms.gae import adaptive_lambda, brier, explained_variance, gae, group_informed, terminal_rewards

NAN = float("nan")
seeds = st.integers(0, 10_000)


def drawn(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rewards (5,), values (5, 6) and a ragged mask whose third row is empty."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 7, (5, 1), generator=generator)
    lengths[2] = 0
    rewards = torch.randint(0, 2, (5,), generator=generator).double()
    values = torch.randn(5, 6, generator=generator, dtype=torch.float64)
    return rewards, values, torch.arange(6)[None, :] < lengths


def test_the_reward_stands_at_the_last_token() -> None:
    mask = torch.tensor([[1, 1, 0], [1, 1, 1], [0, 0, 0], [1, 0, 0]], dtype=torch.bool)
    found = terminal_rewards(torch.tensor([1.0, 0.5, NAN, NAN]), mask)
    assert found[:3].tolist() == [[0, 1, 0], [0, 0, 0.5], [0, 0, 0]]
    assert found[3].isnan().tolist() == [True, False, False]


@given(seeds, st.floats(0, 1))
def test_with_lambda_1_it_is_return_minus_value(seed: int, gamma: float) -> None:
    rewards, values, mask = drawn(seed)
    found, returns = gae(terminal_rewards(rewards, mask), values, mask, gamma, 1.0)
    left = (mask.sum(1, keepdim=True) - 1 - torch.arange(6)).clamp(min=0)
    expected = rewards[:, None] * gamma**left * mask
    torch.testing.assert_close(returns, expected)
    torch.testing.assert_close(found, (expected - values) * mask)


@given(seeds)
def test_with_lambda_0_it_is_the_error_of_one_step(seed: int) -> None:
    rewards, values, mask = drawn(seed)
    token_rewards = terminal_rewards(rewards, mask)
    found, _ = gae(token_rewards, values, mask, 0.9, 0.0)
    kept = values * mask
    after = torch.cat([kept[:, 1:], torch.zeros(5, 1, dtype=torch.float64)], 1)
    torch.testing.assert_close(found, (token_rewards + 0.9 * after - kept) * mask)


@given(seeds, st.randoms(use_true_random=False))
def test_rows_stand_alone_with_a_lambda_each(seed: int, random: object) -> None:
    rewards, values, mask = drawn(seed)
    token_rewards, lam = terminal_rewards(rewards, mask), torch.linspace(0, 1, 5, dtype=torch.float64)
    whole = gae(token_rewards, values, mask, 1.0, lam)
    order = list(range(5))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = gae(token_rewards[order], values[order], mask[order], 1.0, lam[order])
    for found, expected in zip(shuffled, whole, strict=True):
        torch.testing.assert_close(found, expected[order])
    single = gae(token_rewards[1:2], values[1:2], mask[1:2], 1.0, float(lam[1]))
    torch.testing.assert_close(single[0], whole[0][1:2])


@given(seeds, st.floats(0, 1))
def test_errors_and_padding_have_no_influence(seed: int, lam: float) -> None:
    rewards, values, mask = drawn(seed)
    clean = gae(terminal_rewards(rewards, mask), values, mask, 1.0, lam)
    rewards[0] = NAN
    token_rewards = terminal_rewards(rewards, mask).masked_fill(~mask, NAN)
    found, returns = gae(token_rewards, values.masked_fill(~mask, NAN), mask, 1.0, lam)
    assert torch.equal(found[1:], clean[0][1:])
    assert torch.equal(returns[1:], clean[1][1:])
    assert not found[0].any()
    assert torch.equal(returns[0], values[0] * mask[0])


def test_lambda_grows_with_length_from_a_floor() -> None:
    found = adaptive_lambda(torch.tensor([1, 64, 400, 4000]))
    torch.testing.assert_close(found, torch.tensor([0.95, 0.95, 0.95, 0.995]).double())
    assert adaptive_lambda(torch.tensor([100]), alpha=0.001).tolist() == [0.95]


def test_the_group_moves_the_value_of_the_prompt_and_what_is_clear_stays() -> None:
    values = torch.tensor([[0.5, 0.99], [0.5, 0.5], [0.5, 0.01], [0.5, 0.5]], dtype=torch.float64)
    rewards = torch.tensor([1.0, 0.0, 0.0, NAN], dtype=torch.float64)
    mask = torch.ones(4, 2, dtype=torch.bool)
    found = group_informed(values, rewards, mask, torch.zeros(4), 2.0)
    # Beta posterior means: (passes of the others + 2 * 0.5) / (judged others + 2); the last one has three.
    torch.testing.assert_close(found[:, 0], torch.tensor([1 / 4, 2 / 4, 2 / 4, 2 / 5], dtype=torch.float64))
    assert float(found[0, 1]) == pytest.approx(1 / (1 + 3 / 99))  # odds of 99 to 1, a third of them
    assert float(found[3, 1]) == pytest.approx(2 / 5)


@given(seeds)
def test_a_completions_own_verdict_has_no_part_in_its_values(seed: int) -> None:
    rewards, values, mask = drawn(seed)
    values, groups = values.sigmoid(), torch.tensor([0, 0, 1, 1, 1])
    found = group_informed(values, rewards, mask, groups, 2.0)
    for row in range(5):
        other = rewards.clone()
        other[row] = 1 - other[row]
        assert torch.equal(group_informed(values, other, mask, groups, 2.0)[row], found[row])


@given(seeds)
def test_alone_or_without_a_weight_values_stay(seed: int) -> None:
    rewards, values, mask = drawn(seed)
    values = values.sigmoid()
    assert torch.equal(group_informed(values, rewards, mask, torch.arange(5), 2.0), values)
    assert torch.equal(group_informed(values, rewards, mask, torch.zeros(5), None), values)


def test_explained_variance_of_a_right_a_constant_and_a_wrong_critic() -> None:
    returns = torch.tensor([[0.0, 1.0], [1.0, NAN]], dtype=torch.float64)
    mask = torch.tensor([[1, 1], [1, 1]], dtype=torch.bool)
    assert explained_variance(returns, returns, mask) == 1
    assert explained_variance(torch.full_like(returns, 0.7), returns, mask) == pytest.approx(0)
    assert explained_variance(1 - returns, returns, mask) == pytest.approx(-3)
    assert math.isnan(explained_variance(returns, torch.ones_like(returns), mask))
    assert math.isnan(explained_variance(returns, returns, torch.zeros_like(mask)))


def test_brier_score_is_the_mean_squared_distance_to_the_outcome() -> None:
    probabilities = torch.tensor([[0.5, 0.9], [0.2, 0.0], [0.3, 0.3]])
    mask = torch.tensor([[1, 1], [1, 0], [1, 1]], dtype=torch.bool)
    found = brier(probabilities, torch.tensor([1.0, 0.0, NAN]), mask)
    assert found == pytest.approx((0.25 + 0.01 + 0.04) / 3)
    assert math.isnan(brier(probabilities, torch.tensor([NAN] * 3), mask))
