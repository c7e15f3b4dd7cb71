"""Advantages: means over what was judged, exact zeros without signal."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rlvr.algorithms.advantages import (
    group_advantages,
    has_signal,
    leave_one_out,
    reinforce_pp,
    reinforce_pp_baseline,
    whiten,
)
from rlvr.algorithms.gae import terminal_rewards

NAN = float("nan")


def tensors(*groups: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
    rewards = torch.tensor([r for group in groups for r in group], dtype=torch.float64)
    index = torch.tensor([i for i, group in enumerate(groups) for _ in group])
    return rewards, index


def test_with_std_it_is_the_z_score_of_the_group() -> None:
    found = group_advantages(*tensors([1, 0, 0, 0], [1, 1, 0, 0]), "group")
    std = math.sqrt(0.25)  # sample variance of 1, 0, 0, 0
    expected = [0.75 / (std + 1e-4), *[-0.25 / (std + 1e-4)] * 3]
    assert found[:4].tolist() == pytest.approx(expected)
    std = math.sqrt(1 / 3)
    assert found[4:].tolist() == pytest.approx([0.5 / (std + 1e-4)] * 2 + [-0.5 / (std + 1e-4)] * 2)


def test_without_std_it_is_the_distance_to_the_mean() -> None:
    assert group_advantages(*tensors([1, 0, 0, 0]), "none").tolist() == [0.75, -0.25, -0.25, -0.25]


def test_errors_are_outside_the_baseline_and_have_no_advantage() -> None:
    rewards, groups = tensors([1, 0, NAN, 0])
    found = group_advantages(rewards, groups, "none")
    assert found.tolist() == pytest.approx([2 / 3, -1 / 3, 0, -1 / 3])


#: Every estimator of one advantage a completion.
BY_ROW: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "group": partial(group_advantages, scale="group"),
    "batch": partial(group_advantages, scale="batch"),
    "none": partial(group_advantages, scale="none"),
    "leave_one_out": leave_one_out,
}
estimators = st.sampled_from(sorted(BY_ROW))


def test_by_batch_the_deviation_is_that_of_all_judged_rewards() -> None:
    rewards, groups = tensors([1, 0, 0, 0], [1, 1, 1, NAN])
    std = float(torch.tensor([1.0, 0, 0, 0, 1, 1, 1]).std())
    expected = [0.75 / (std + 1e-4), *[-0.25 / (std + 1e-4)] * 3, 0, 0, 0, 0]
    assert group_advantages(rewards, groups, "batch").tolist() == pytest.approx(expected)


def test_leave_one_out_is_the_distance_to_the_mean_of_the_others() -> None:
    found = leave_one_out(*tensors([1, 0, NAN, 0.5]))
    assert found.tolist() == pytest.approx([1 - 0.25, -0.75, 0, 0])


@pytest.mark.parametrize("group", [[1, 1, 1], [0, 0], [NAN, NAN], [1, NAN], [0.3, 0.3, 0.3]])
@pytest.mark.parametrize("name", BY_ROW)
def test_a_group_without_signal_has_exact_zeros(name: str, group: list[float]) -> None:
    assert BY_ROW[name](*tensors(group)).tolist() == [0.0] * len(group)
    assert BY_ROW[name](*tensors(group, [1, 0])).tolist()[: len(group)] == [0.0] * len(group)
    assert has_signal(*tensors(group)) == [False]


def test_groups_with_signal_are_those_whose_rewards_differ() -> None:
    assert has_signal(*tensors([1, 0], [1, 1], [NAN, 1, 0], [NAN, 0, 0])) == [True, False, True, False]


groups_of_rewards = st.lists(st.lists(st.sampled_from([0.0, 1.0, 0.5, NAN]), min_size=2, max_size=8), min_size=1)


@given(groups_of_rewards, st.floats(-3, 3), estimators)
def test_a_constant_added_to_all_rewards_changes_nothing(groups: list[list[float]], shift: float, name: str) -> None:
    rewards, index = tensors(*groups)
    torch.testing.assert_close(BY_ROW[name](rewards, index), BY_ROW[name](rewards + shift, index), atol=1e-9, rtol=1e-7)


@given(groups_of_rewards, st.randoms(use_true_random=False), estimators)
def test_order_does_not_matter(groups: list[list[float]], random: object, name: str) -> None:
    rewards, index = tensors(*groups)
    order = list(range(len(rewards)))
    random.shuffle(order)  # type: ignore[attr-defined]
    torch.testing.assert_close(BY_ROW[name](rewards[order], index[order]), BY_ROW[name](rewards, index)[order])


@given(groups_of_rewards, estimators)
def test_an_error_is_as_good_as_absent(groups: list[list[float]], name: str) -> None:
    rewards, index = tensors(*groups)
    judged = ~rewards.isnan()
    found = BY_ROW[name](rewards, index)
    torch.testing.assert_close(found[judged], BY_ROW[name](rewards[judged], index[judged]))
    assert not found[~judged].any()


@given(groups_of_rewards, estimators)
def test_advantages_of_a_group_add_up_to_zero(groups: list[list[float]], name: str) -> None:
    rewards, index = tensors(*groups)
    found = BY_ROW[name](rewards, index)
    for group in index.unique():
        assert float(found[index == group].sum()) == pytest.approx(0, abs=1e-9)


def ragged(rows: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.arange(5)[None, :] < torch.randint(1, 6, (rows, 1), generator=generator)


def by_token(name: str, rewards: Tensor, index: Tensor, mask: Tensor) -> Tensor:
    if name == "baseline":
        return reinforce_pp_baseline(rewards, index, mask)
    return reinforce_pp(terminal_rewards(rewards, mask), mask)


by_token_names = st.sampled_from(["reinforce_pp", "baseline"])


@given(groups_of_rewards, st.integers(0, 1000), by_token_names)
def test_whitened_estimators_have_mean_0_and_leave_errors_out(groups: list[list[float]], seed: int, name: str) -> None:
    rewards, index = tensors(*groups)
    mask = ragged(len(rewards), seed)
    found = by_token(name, rewards, index, mask)
    judged = ~rewards.isnan()
    live = mask & judged[:, None]
    assert not found[~live].any()
    assert float(found[live].sum()) == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(found[judged], by_token(name, rewards[judged], index[judged], mask[judged]))
    longer = mask | ~judged[:, None]  # an error's own tokens are nobody's business
    assert torch.equal(by_token(name, rewards, index, longer), found)


@given(groups_of_rewards, st.floats(-3, 3), st.integers(0, 1000), by_token_names)
def test_whitened_estimators_ignore_a_constant(groups: list[list[float]], shift: float, seed: int, name: str) -> None:
    rewards, index = tensors(*groups)
    mask = ragged(len(rewards), seed)
    found = by_token(name, rewards + shift, index, mask)
    torch.testing.assert_close(found, by_token(name, rewards, index, mask), atol=1e-7, rtol=1e-6)


def test_whitening_needs_two_tokens() -> None:
    values = torch.tensor([[3.0, 5.0, NAN]])
    for mask in ([[0, 0, 0]], [[1, 0, 0]], [[1, 0, 1]]):
        assert whiten(values, torch.tensor(mask, dtype=torch.bool)).tolist() == [[0, 0, 0]]
    both = whiten(values, torch.ones(1, 3, dtype=torch.bool))
    assert both[0].tolist() == pytest.approx([-math.sqrt(0.5), math.sqrt(0.5), 0])


def test_a_uniform_batch_has_no_whitened_advantage() -> None:
    rewards, index = tensors([1, 1], [1, NAN])
    for name in ("reinforce_pp", "baseline"):
        assert not by_token(name, rewards, index, ragged(4, 0)).any()
