"""Advantage estimators without a critic: how much better a completion was than what it is measured against.

Not here: estimates with a critic (`gae.py`) and what is done with advantages (`losses.py`).
A reward of NaN belongs to an ERROR verdict: it takes part in no mean and its advantage is 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

ScaleRewards = Literal["group", "batch", "none"]

#: Added to the standard deviation, as TRL's GRPO does.
STD_EPSILON = 1e-4

#: Added to the variance where a batch is whitened.
VARIANCE_EPSILON = 1e-8


def group_advantages(rewards: Tensor, groups: Tensor, scale: ScaleRewards) -> Tensor:
    """rewards (B,) with NaN for errors, groups (B,) -> advantages (B,).

    `group`: (r - mean) / (std + 1e-4) with the sample standard deviation, GRPO (Shao et al. 2024,
    arXiv 2402.03300). `batch`: the same with the standard deviation over all judged rewards of the batch,
    which a nearly uniform group cannot blow up. `none`: r - mean, Dr. GRPO (Liu et al. 2025, arXiv
    2503.20783). Needs mixed groups: one whose judged rewards are all equal gets exact zeros.
    NaN rows are left out of both mean and standard deviation, and get 0.
    """
    out = torch.zeros_like(rewards)
    for rows in _mixed_groups(rewards, groups):
        judged = rewards[rows]
        centred = judged - judged.mean()
        if scale != "none":
            measured = judged if scale == "group" else rewards[~rewards.isnan()]
            centred = centred / (measured.std() + STD_EPSILON)
        out[rows] = centred
    return out


def leave_one_out(rewards: Tensor, groups: Tensor) -> Tensor:
    """rewards (B,) with NaN for errors, groups (B,) -> advantages (B,): r minus the mean of the others.

    RLOO (Ahmadian et al. 2024, arXiv 2402.14740). Unlike the group's mean, the mean of the others does not
    depend on r, so the baseline adds no bias; it equals n / (n - 1) times (r - mean) for n judged rows.
    Needs mixed groups: one whose judged rewards are all equal gets exact zeros. NaN rows are nobody's
    sibling, and get 0.
    """
    out = torch.zeros_like(rewards)
    for rows in _mixed_groups(rewards, groups):
        judged = rewards[rows]
        out[rows] = (judged - judged.mean()) * (len(judged) / (len(judged) - 1))
    return out


def whiten(values: Tensor, mask: Tensor, correction: int = 1) -> Tensor:
    """values (B, T), mask (B, T) -> (x - mean) / sqrt(var + 1e-8) over the batch's tokens, 0 elsewhere.

    `correction` is what is subtracted from the count in the variance. With fewer than two tokens there is
    no spread: zeros. NaN values count as masked: they are outside mean and variance, and get 0.
    """
    live = mask & ~values.isnan()
    out = torch.zeros_like(values)
    chosen = values[live]
    if len(chosen) > 1:
        spread = (chosen.var(correction=correction) + VARIANCE_EPSILON).sqrt()
        out[live] = (chosen - chosen.mean()) / spread
    return out


def reinforce_pp(token_rewards: Tensor, mask: Tensor) -> Tensor:
    """token_rewards (B, T), mask (B, T) -> advantages (B, T): reward-to-go, whitened over the batch's tokens.

    REINFORCE++ (Hu 2025, arXiv 2501.03262): no discount, the batch itself is the baseline, the variance is
    the population's. Needs no mixed groups, only a batch that is not uniform. Rows with a NaN among their
    tokens are left out of the whitening, and get 0.
    """
    live = mask & judged_rows(token_rewards, mask)[:, None]
    rewards = token_rewards.masked_fill(~live, 0)
    return whiten(rewards.flip(1).cumsum(1).flip(1), live, correction=0)


def reinforce_pp_baseline(rewards: Tensor, groups: Tensor, mask: Tensor) -> Tensor:
    """rewards (B,) with NaN for errors, groups (B,), mask (B, T) -> advantages (B, T).

    REINFORCE++-baseline (arXiv 2501.03262): r - mean of the group, then whitened over the batch's tokens,
    each completion counting once a token. Needs mixed groups; beside them, a uniform group gets the
    whitened zero, which is not 0 when longer completions are better or worse than shorter ones. NaN rows
    are left out of the group's mean and of the whitening, and get 0.
    """
    centred = group_advantages(rewards, groups, "none")
    return whiten(centred[:, None].expand(mask.shape), mask & ~rewards.isnan()[:, None])


def has_signal(rewards: Tensor, groups: Tensor) -> list[bool]:
    """For each group in order of first appearance: do its judged rewards (those that are not NaN) differ?"""
    seen = dict.fromkeys(groups.tolist())
    judged = [rewards[(groups == group) & ~rewards.isnan()] for group in seen]
    return [len(r) > 1 and not bool((r == r[0]).all()) for r in judged]


def judged_rows(token_rewards: Tensor, mask: Tensor) -> Tensor:
    """(B,) bool: rows without a NaN among their tokens; what stands where the mask is false does not matter."""
    return ~(token_rewards.isnan() & mask).any(1)


def _mixed_groups(rewards: Tensor, groups: Tensor) -> Iterator[Tensor]:
    """The judged rows (B,) bool of each group whose judged rewards differ."""
    for group in groups.unique().tolist():
        rows = (groups == group) & ~rewards.isnan()
        judged = rewards[rows]
        if len(judged) > 1 and not bool((judged == judged[0]).all()):
            yield rows
