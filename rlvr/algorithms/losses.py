"""Policy losses by token, and how tokens add up to one number.

A loss here is a sum over one micro-batch, divided by a constant that is known before the first
micro-batch of an optimizer step: gradients then add up to the same, however the batch is cut.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

LossType = Literal["grpo", "dapo", "dr_grpo"]


def clipped_loss(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, epsilon: float, epsilon_high: float
) -> tuple[Tensor, Tensor]:
    """The clipped surrogate of PPO (Schulman et al. 2017, arXiv 1707.06347), negated, token by token.

    All (B, T). With r = exp(logprobs - old_logprobs): -min(r A, clip(r, 1 - epsilon, 1 + epsilon_high) A).
    Returns the losses and where the clip took the gradient away (bool). Separate bounds are DAPO's
    clip-higher (Yu et al. 2025, arXiv 2503.14476).
    """
    ratio = (logprobs - old_logprobs).exp()
    plain = ratio * advantages
    clipped = ratio.clamp(1 - epsilon, 1 + epsilon_high) * advantages
    return -torch.minimum(plain, clipped), clipped < plain


def k3(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """exp(-d) - 1 + d with d = logprobs - reference, (B, T): an unbiased, never negative estimate of
    KL(policy || reference) for tokens drawn from the policy (Schulman, "Approximating KL divergence", 2020).

    As a loss its gradient is that of the forward KL, which is what GRPO's authors use.
    """
    d = logprobs - reference_logprobs
    return torch.expm1(-d) + d


def token_weights(mask: Tensor, loss_type: LossType, rows: int, tokens: int, max_tokens: int) -> Tensor:
    """How much each token counts, (B, T), zero where masked; `mask` excludes rows that are not trained on.

    rows, tokens: completions and tokens of the whole optimizer batch, over all micro-batches and ranks.
    grpo:    mean over a completion's tokens, then over completions (favours short right answers).
    dapo:    mean over all tokens of the batch.
    dr_grpo: sum over tokens / (rows * max_tokens), a constant: no bias by length (arXiv 2503.20783).
    """
    weights = mask.float()
    if loss_type == "grpo":
        return weights / mask.sum(1, keepdim=True).clamp(min=1) / max(rows, 1)
    return weights / (max(tokens, 1) if loss_type == "dapo" else max(rows * max_tokens, 1))
