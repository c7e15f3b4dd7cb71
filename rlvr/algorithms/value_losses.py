"""The critic's losses, token by token. How tokens add up is in `normalisers.py`, as for the policy."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def clipped_squared(values: Tensor, old_values: Tensor, returns: Tensor, cliprange: float) -> Tensor:
    """All (B, T): 1/2 max((V - R)^2, (clip(V, V_old - cliprange, V_old + cliprange) - R)^2).

    PPO's value loss (Schulman et al. 2017, as in OpenAI baselines). `cliprange` is in units of reward; an
    infinite one gives the plain squared error. Where the return is NaN, loss and gradient are 0.
    """
    live = ~returns.isnan()
    target = returns.masked_fill(~live, 0)
    near = torch.clamp(values, old_values - cliprange, old_values + cliprange)
    worst = torch.maximum((values - target).square(), (near - target).square())
    return torch.where(live, 0.5 * worst, torch.zeros_like(worst))


def logistic(logits: Tensor, outcomes: Tensor) -> Tensor:
    """logits (B, T), outcomes (B,) in [0, 1] -> (B, T): cross-entropy between sigmoid(logit) and the outcome.

    With a reward of 0 or 1 at the end and no discount, the value of a prefix is the probability that it
    ends in success, and the outcome itself is the lambda = 1 target at every token. Rows with a NaN
    outcome have loss and gradient 0.
    """
    live = ~outcomes.isnan()[:, None].expand_as(logits)
    target = outcomes.to(logits.dtype)[:, None].expand_as(logits).masked_fill(~live, 0)
    losses = binary_cross_entropy_with_logits(logits, target, reduction="none")
    return torch.where(live, losses, torch.zeros_like(losses))
