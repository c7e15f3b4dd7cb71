"""Weights on token losses for tokens that were drawn from something else than what is trained.

They multiply the losses of `losses.py`; the normaliser's counts stay those of all trained tokens. They carry no
gradient. What stands where the mask is false does not matter, NaN included, and no row's result depends on
another's.
"""

from __future__ import annotations

from typing import Literal

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
) -> Tensor:
    """Log-probs and mask (B, T) -> w = p_trainer / p_sampler (B, T), 1 where masked at token level.

    Both log-probs are of the weights that drew the tokens: w mends the difference between two programs, not
    between two policies. `token`: each token's own; `sequence`: the product over the completion, on all of
    its tokens, unbiased but of large variance. `truncate`: w is at most `high`, truncated importance sampling
    (Yao et al. 2025, "Your efficient RL framework secretly brings you off-policy RL training"). `mask`: w above
    `high` becomes 0, masked importance sampling.
    """
    difference = (trainer_logprobs - sampler_logprobs).detach().masked_fill(~mask, 0)
    if level == "sequence":
        difference = difference.sum(1, keepdim=True).expand(mask.shape)
    weights = difference.exp()
    if mode == "truncate":
        return weights.clamp(max=high)
    return weights.masked_fill(weights > high, 0)
