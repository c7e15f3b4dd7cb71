"""Weights and masks on token losses for tokens that were drawn from something else than what is trained.

They multiply the losses of `losses.py`; the normaliser's counts stay those of all trained tokens. None of
them carries a gradient. What stands where the mask is false does not matter, NaN included, and no row's
result depends on another's, save that of `top_entropy_mask`, which ranks the tokens inside the mask: leave
ERROR rows out of it.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Level = Literal["token", "sequence"]
Mode = Literal["truncate", "mask"]


def importance_weights(
    trainer_logprobs: Tensor,
    sampler_logprobs: Tensor,
    mask: Tensor,
    level: Level,
    mode: Mode,
    high: float,
    low: float = 0.0,
) -> Tensor:
    """Log-probs and mask (B, T) -> w = p_trainer / p_sampler (B, T), 1 where masked at token level.

    Both log-probs are of the weights that drew the tokens: w mends the difference between two programs, not
    between two policies. `token`: each token's own; `sequence`: the product over the completion, on all of
    its tokens, unbiased but of large variance. `truncate`: w clipped to [low, high], truncated importance
    sampling (Yao et al. 2025, "Your efficient RL framework secretly brings you off-policy RL training").
    `mask`: w outside of [low, high] becomes 0, masked importance sampling.
    """
    difference = (trainer_logprobs - sampler_logprobs).detach().masked_fill(~mask, 0)
    if level == "sequence":
        difference = difference.sum(1, keepdim=True).expand(mask.shape)
    weights = difference.exp()
    if mode == "truncate":
        return weights.clamp(low, high)
    return weights.masked_fill((weights < low) | (weights > high), 0)


def off_policy_mask(
    logprobs: Tensor, sampler_logprobs: Tensor, advantages: Tensor, mask: Tensor, threshold: float
) -> Tensor:
    """All (B, T) -> keep (B, T) bool: false for tokens of negative advantage in completions that drifted off.

    A completion drifted off when the mean over its tokens of sampler - trainer log-prob, in nats, is above
    `threshold`: pushing down what the policy no longer says teaches little and destabilises (DeepSeek-V3.2,
    2025, arXiv 2512.02556).
    """
    drift = (sampler_logprobs - logprobs).detach().masked_fill(~mask, 0)
    mean = drift.sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(min=1)
    return (advantages >= 0) | (mean <= threshold)


def top_entropy_mask(entropy: Tensor, mask: Tensor, share: float) -> Tensor:
    """entropy (B, T) in nats -> (B, T) bool: the `share` of the tokens at which the policy was least sure.

    Tokens whose entropy reaches the (1 - share) quantile of those inside the mask; forking tokens carry
    most of what is learned (Wang et al. 2025, arXiv 2506.01939, share 0.2). All false for an empty mask.
    """
    inside = entropy.detach()[mask]
    if not len(inside):
        return torch.zeros_like(mask)
    return (entropy.detach() >= inside.quantile(1 - share)) & mask
