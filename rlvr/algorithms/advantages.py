"""Advantage estimators: how much better a completion was than its group.

A reward of NaN belongs to an ERROR verdict: it takes no part in any mean and its advantage is 0.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

ScaleRewards = Literal["group", "none"]

#: Added to the standard deviation, as TRL's GRPO does.
STD_EPSILON = 1e-4


def group_advantages(rewards: Tensor, groups: Tensor, scale: ScaleRewards) -> Tensor:
    """rewards (B,) with NaN for errors, groups (B,) -> advantages (B,).

    `group`: (r - mean) / (std + 1e-4) with the sample standard deviation, GRPO (Shao et al. 2024,
    arXiv 2402.03300). `none`: r - mean, which keeps hard and easy groups from being blown up, Dr. GRPO
    (Liu et al. 2025, arXiv 2503.20783). Means are over the judged completions of the group. A group
    whose rewards are all equal gets exact zeros; both estimators learn from mixed groups only.
    """
    out = torch.zeros_like(rewards)
    for group in groups.unique().tolist():
        rows = (groups == group) & ~rewards.isnan()
        judged = rewards[rows]
        if len(judged) < 2 or bool((judged == judged[0]).all()):
            continue
        centred = judged - judged.mean()
        out[rows] = centred / (judged.std() + STD_EPSILON) if scale == "group" else centred
    return out


def has_signal(rewards: Tensor, groups: Tensor) -> list[bool]:
    """For each group in order of first appearance: do its judged rewards differ?"""
    seen = dict.fromkeys(groups.tolist())
    judged = [rewards[(groups == group) & ~rewards.isnan()] for group in seen]
    return [len(r) > 1 and not bool((r == r[0]).all()) for r in judged]
