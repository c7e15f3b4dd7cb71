"""Advantages: means over what was judged, exact zeros without signal."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlvr.algorithms.advantages import group_advantages, has_signal

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


@pytest.mark.parametrize("group", [[1, 1, 1], [0, 0], [NAN, NAN], [1, NAN], [0.3, 0.3, 0.3]])
def test_a_group_without_signal_has_exact_zeros(group: list[float]) -> None:
    for scale in ("group", "none"):
        assert group_advantages(*tensors(group), scale).tolist() == [0.0] * len(group)  # type: ignore[arg-type]
    assert has_signal(*tensors(group)) == [False]


def test_groups_with_signal_are_those_whose_rewards_differ() -> None:
    assert has_signal(*tensors([1, 0], [1, 1], [NAN, 1, 0], [NAN, 0, 0])) == [True, False, True, False]


groups_of_rewards = st.lists(st.lists(st.sampled_from([0.0, 1.0, 0.5, NAN]), min_size=2, max_size=8), min_size=1)


@given(groups_of_rewards, st.floats(-3, 3), st.sampled_from(["group", "none"]))
def test_a_constant_added_to_all_rewards_changes_nothing(groups: list[list[float]], shift: float, scale: str) -> None:
    rewards, index = tensors(*groups)
    before = group_advantages(rewards, index, scale)  # type: ignore[arg-type]
    after = group_advantages(rewards + shift, index, scale)  # type: ignore[arg-type]
    torch.testing.assert_close(before, after, atol=1e-9, rtol=1e-7)


@given(groups_of_rewards, st.randoms(use_true_random=False), st.sampled_from(["group", "none"]))
def test_order_does_not_matter(groups: list[list[float]], random: object, scale: str) -> None:
    rewards, index = tensors(*groups)
    order = list(range(len(rewards)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found = group_advantages(rewards[order], index[order], scale)  # type: ignore[arg-type]
    expected = group_advantages(rewards, index, scale)  # type: ignore[arg-type]
    torch.testing.assert_close(found, expected[order])


@given(groups_of_rewards)
def test_advantages_of_a_group_add_up_to_zero(groups: list[list[float]]) -> None:
    rewards, index = tensors(*groups)
    found = group_advantages(rewards, index, "none")
    for group in index.unique():
        assert float(found[index == group].sum()) == pytest.approx(0, abs=1e-12)
