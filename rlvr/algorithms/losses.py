"""Policy losses, token by token. How tokens add up to one number is in `normalisers.py`.

All have the shape of `PolicyLoss`: log-probs (B, T) with gradient, log-probs the tokens were drawn with
(B, T), advantages (B, T), mask (B, T) bool, bounds -> losses (B, T), clipped (B, T) bool. `clipped` is true
where a bound acted. Where the mask is false losses and gradients are exact zeros whatever stands there, NaN
included: leaving ERROR rows out of the mask is enough. Losses with one value a completion repeat it on each
of its tokens, so that the normaliser `grpo` gives its mean over completions and `luspo` its sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Clip:
    """Bounds on how far one update may go. Each loss says which of them it reads.

    epsilon, epsilon_high: below and above 1; in units of log-ratio for `gmpo`.
    delta: largest ratio where the advantage is negative (two-sided clip, INTELLECT-2, arXiv 2505.07291);
        above 1 + epsilon_high.
    """

    epsilon: float = 0.2
    epsilon_high: float = 0.2
    delta: float | None = None


PolicyLoss = Callable[[Tensor, Tensor, Tensor, Tensor, Clip], tuple[Tensor, Tensor]]

#: Temperatures of `sapo` where the advantage is positive and where it is not (arXiv 2511.20347).
_TAU_POSITIVE, _TAU_NEGATIVE = 1.0, 1.05
#: Shape k and rate lambda of `vespo`'s weight for the two signs of the advantage (arXiv 2602.10693, as in TRL).
_K_POSITIVE, _LAMBDA_POSITIVE = 2.0, 3.0
_K_NEGATIVE, _LAMBDA_NEGATIVE = 3.0, 2.0
#: VESPO's sequence weight stays within these, as logarithms; tokens contribute within +-20.
_LOG_WEIGHT = (-18.420680743952367, 20.0)  # log(1e-8)


def clipped(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip
) -> tuple[Tensor, Tensor]:
    """PPO's surrogate, negated (Schulman et al. 2017, arXiv 1707.06347): -min(r A, clip(r) A), r by token.

    r = exp(logprobs - old_logprobs), clip(r) in [1 - epsilon, 1 + epsilon_high]; separate bounds are DAPO's
    clip-higher (Yu et al. 2025, arXiv 2503.14476). Reads delta. In units of advantage.
    """
    return _surrogate(_log_ratio(logprobs, old_logprobs, mask).exp(), advantages.masked_fill(~mask, 0), clip)


def gspo(logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip) -> tuple[Tensor, Tensor]:
    """`clipped` with one ratio a completion, the geometric mean of its tokens' ratios.

    Zheng et al. 2025, arXiv 2507.18071. The paper's bounds are of another order: 3e-4 and 4e-4. With the
    normaliser `luspo` it is LUSPO. Reads delta.
    """
    ratio = _row_mean(_log_ratio(logprobs, old_logprobs, mask), mask).exp()
    return _surrogate(ratio.expand(mask.shape), advantages.masked_fill(~mask, 0), clip)


def gspo_token(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip
) -> tuple[Tensor, Tensor]:
    """GSPO whose gradient flows through each token alone: ratio sg[s] p / sg[p], s as in `gspo`.

    Same value as `gspo`, and under the normaliser `grpo` the same gradient where a completion's tokens
    share one advantage; for advantages that differ by token (arXiv 2507.18071, section 4.3).
    """
    log_ratio = _log_ratio(logprobs, old_logprobs, mask)
    ratio = _row_mean(log_ratio, mask).exp().detach() * (log_ratio - log_ratio.detach()).exp()
    return _surrogate(ratio, advantages.masked_fill(~mask, 0), clip)


def sequence_clipped(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip
) -> tuple[Tensor, Tensor]:
    """`clipped` with one ratio a completion, the product of its tokens' ratios.

    The completion as one action, RLOO (Ahmadian et al. 2024, arXiv 2402.14740): the exact importance
    weight, which long completions push out of any bounds. Reads delta.
    """
    ratio = _log_ratio(logprobs, old_logprobs, mask).sum(1, keepdim=True).exp()
    return _surrogate(ratio.expand(mask.shape), advantages.masked_fill(~mask, 0), clip)


def cispo(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip
) -> tuple[Tensor, Tensor]:
    """-sg[min(r, 1 + epsilon_high)] A logprob: a bounded weight instead of a bounded ratio.

    MiniMax-M1 (2025, arXiv 2506.13585): every token keeps a gradient, `clipped` ones a smaller one. No
    lower bound. ScaleRL's bound of 5 is an epsilon_high of 4.
    """
    bound = 1 + clip.epsilon_high
    ratio = _log_ratio(logprobs, old_logprobs, mask).detach().exp()
    weight = ratio.clamp(max=bound) * advantages.masked_fill(~mask, 0)
    return -weight * logprobs.masked_fill(~mask, 0), ratio > bound


def sapo(logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip) -> tuple[Tensor, Tensor]:
    """-f(r) A with f = 4 / tau sigmoid(tau (r - 1)): the gradient fades with the distance from 1.

    Soft adaptive policy optimization (Gao et al. 2025, arXiv 2511.20347). tau is larger for negative A, so
    that what is pushed down fades sooner. Nothing is `clipped`. At r = 1 the slope of f is 1.
    """
    live = advantages.masked_fill(~mask, 0)
    ratio = _log_ratio(logprobs, old_logprobs, mask).exp()
    positive = torch.full_like(ratio, _TAU_POSITIVE)
    tau = torch.where(live > 0, positive, torch.full_like(ratio, _TAU_NEGATIVE))
    return -(tau * (ratio - 1)).sigmoid() * 4 / tau * live, torch.zeros_like(mask)


def gmpo(logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip) -> tuple[Tensor, Tensor]:
    """-A exp(mean of the clipped log-ratios): the geometric mean of a completion's tokens.

    Zhao et al. 2025, arXiv 2507.20673. Bounds are on log r, [-epsilon, epsilon_high], each on the side that
    the advantage pushes to; the paper's are 0.4.
    """
    live = advantages.masked_fill(~mask, 0)
    log_ratio = _log_ratio(logprobs, old_logprobs, mask)
    low, high = log_ratio.clamp(min=-clip.epsilon), log_ratio.clamp(max=clip.epsilon_high)
    bounded = torch.where(live > 0, high, low)
    return -_row_mean(bounded, mask).exp() * live, (bounded != log_ratio) & (live != 0)


def vespo(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip
) -> tuple[Tensor, Tensor]:
    """-sg[phi(w)] A logprob with phi(w) = e^lambda w^k e^(-lambda w), w the product of a completion's ratios.

    Variational sequence-level soft policy optimization (2026, arXiv 2602.10693). phi is 1 on-policy and
    falls towards 0 on both sides; k and lambda depend on the advantage's sign. Nothing is `clipped`.
    """
    live = advantages.masked_fill(~mask, 0)
    log_ratio = _log_ratio(logprobs, old_logprobs, mask).detach().clamp(-20, 20)
    log_weight = log_ratio.sum(1, keepdim=True).clamp(*_LOG_WEIGHT)
    positive = _LAMBDA_POSITIVE + _K_POSITIVE * log_weight - _LAMBDA_POSITIVE * log_weight.exp()
    negative = _LAMBDA_NEGATIVE + _K_NEGATIVE * log_weight - _LAMBDA_NEGATIVE * log_weight.exp()
    phi = torch.where(live >= 0, positive, negative).exp()
    return -phi * live * logprobs.masked_fill(~mask, 0), torch.zeros_like(mask)


def reinforce(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip
) -> tuple[Tensor, Tensor]:
    """-A logprob: the policy gradient itself (Williams 1992). No ratio, so right for on-policy tokens only."""
    return -advantages.masked_fill(~mask, 0) * logprobs.masked_fill(~mask, 0), torch.zeros_like(mask)


POLICY_LOSSES: Mapping[str, PolicyLoss] = MappingProxyType(
    {loss.__name__: loss for loss in (clipped, gspo, gspo_token, cispo, sapo, gmpo, vespo, sequence_clipped, reinforce)}
)


def _log_ratio(logprobs: Tensor, old_logprobs: Tensor, mask: Tensor) -> Tensor:
    """(B, T), 0 where masked: masked before anything is done with it, so that no NaN has a gradient."""
    return (logprobs - old_logprobs).masked_fill(~mask, 0)


def _row_mean(values: Tensor, mask: Tensor) -> Tensor:
    """values (B, T), 0 where masked -> (B, 1): mean over a completion's tokens, 0 for none."""
    return values.sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(min=1)


def _surrogate(ratio: Tensor, advantages: Tensor, clip: Clip) -> tuple[Tensor, Tensor]:
    """-min(r A, clip(r) A) with the further bound, all (B, T), and where a bound took the gradient away."""
    plain = ratio * advantages
    bounded = ratio.clamp(1 - clip.epsilon, 1 + clip.epsilon_high) * advantages
    capped = plain if clip.delta is None else ratio.clamp(max=clip.delta) * advantages
    surrogate = torch.minimum(capped, bounded)
    return -surrogate, surrogate != plain
