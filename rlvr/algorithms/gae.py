"""Estimates with a critic: generalized advantages, their lambda, and how good the critic is.

Not here: the critic (`rlvr/critic.py`) and its losses (`value_losses.py`). The critic's value of token t is
its estimate before that token was drawn; after the last token it is 0, because a completion ends there.
Masks have no holes: a completion's tokens come first, then padding.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rlvr.algorithms.advantages import judged_rows

#: The least lambda that `adaptive_lambda` gives: for short completions 1 - 1 / (alpha l) is far too low, or negative.
SHORT_LAMBDA = 0.95


def terminal_rewards(rewards: Tensor, mask: Tensor) -> Tensor:
    """rewards (B,), mask (B, T) -> (B, T): each completion's reward at its last token, 0 elsewhere.

    A NaN reward stays NaN at the last token, for `gae` and `reinforce_pp` to leave the row out; a row
    whose mask is empty is all zeros whatever its reward.
    """
    out = rewards.new_zeros(mask.shape)
    rows = mask.any(1).nonzero().squeeze(1)
    out[rows, mask.sum(1)[rows] - 1] = rewards[rows]
    return out


def gae(
    token_rewards: Tensor, values: Tensor, mask: Tensor, gamma: float, lam: float | Tensor
) -> tuple[Tensor, Tensor]:
    """token_rewards, values, mask (B, T), lam a number or (B,) -> (advantages, returns), both (B, T).

    delta_t = r_t + gamma V_{t+1} - V_t and A_t = delta_t + gamma lam A_{t+1} (Schulman et al. 2015, arXiv
    1506.02438); returns = A + V. With gamma and lam of 1, A_t is the reward still to come minus V_t. For a
    decoupled critic target (VC-PPO, arXiv 2503.01491) call it again with the critic's own lam.
    Needs no mixed groups. Masked tokens get 0 in both. Rows with a NaN among their rewards get advantages
    of 0 and their own values as returns, and touch no other row: leave them out of the masks of `whiten`
    and of the critic's loss, as all ERROR rows.
    """
    judged = judged_rows(token_rewards, mask)
    rewards = token_rewards.masked_fill(~mask, 0)
    values = values.masked_fill(~mask, 0)
    after = torch.cat([values[:, 1:], torch.zeros_like(values[:, :1])], dim=1)
    deltas = (rewards + gamma * after - values).masked_fill(~judged[:, None], 0)
    advantages = torch.zeros_like(deltas)
    running = torch.zeros_like(deltas[:, 0])
    for t in reversed(range(mask.shape[1])):
        running = deltas[:, t] + gamma * lam * running
        advantages[:, t] = running
    return advantages, advantages + values


def group_informed(values: Tensor, rewards: Tensor, mask: Tensor, group_index: Tensor, weight: float | None) -> Tensor:
    """values, mask (B, T); rewards (B,) in [0, 1], NaN for errors; group_index (B,) -> values (B, T).

    A critic that has learnt from a few rollouts tells the tokens of a completion apart better than it tells
    prompts apart; how the rest of the group fared says more of a prompt. Its value of the prompt is taken as
    worth `weight` verdicts and those of the group's other completions are added (the mean of a Beta
    posterior); the completion's later values move by as much in logits, so that a value near 0 or 1 stays
    there; all come to lie between 0.01 and 0.99. A completion's own verdict has no part in its values: as a
    baseline they are as unbiased as before. In groups of one, or where `weight` is None, nothing changes.
    """
    if weight is None:
        return values
    judged = ~rewards.isnan()
    others = (group_index[:, None] == group_index[None, :]) & judged[None, :]
    others &= ~torch.eye(len(rewards), dtype=torch.bool)
    count = others.sum(1)
    passed = others.to(values.dtype) @ rewards.nan_to_num(0.0).to(values.dtype)
    start = values[:, 0]
    informed = start + (passed / count.clamp(min=1) - start) * (count / (count + weight))
    shift = _logit(informed) - _logit(start)
    moved = (_logit(values) + shift[:, None]).sigmoid()
    return torch.where(mask & (count > 0)[:, None], moved, values)


def _logit(value: Tensor) -> Tensor:
    return value.logit(eps=0.01)


def adaptive_lambda(lengths: Tensor, alpha: float = 0.05) -> Tensor:
    """lengths (B,) in tokens -> lam (B,): 1 - 1 / (alpha l), but at least 0.95.

    VAPO (Yue et al. 2025, arXiv 2504.05118): the sum of the TD errors' weights stays proportional to the
    length, so that a reward at the end of a long completion still reaches its beginning. The floor, the
    usual constant, holds up to 400 tokens with the paper's alpha: below that the formula would look less
    far ahead than the constant does.
    """
    return (1 - 1 / (alpha * lengths.double())).clamp(min=SHORT_LAMBDA)


def explained_variance(values: Tensor, returns: Tensor, mask: Tensor) -> float:
    """values, returns, mask (B, T) -> 1 - var(returns - values) / var(returns) over the tokens.

    1: the critic is right; 0: as good as a constant; below: worse. NaN where returns do not vary, for
    there is nothing to explain then. NaN returns or values count as masked.
    """
    live = mask & ~returns.isnan() & ~values.isnan()
    target, residual = returns[live], (returns - values)[live]
    if len(target) < 2 or bool((target == target[0]).all()):
        return float("nan")
    return float(1 - residual.var() / target.var())


def brier(probabilities: Tensor, outcomes: Tensor, mask: Tensor) -> float:
    """probabilities (B, T), outcomes (B,) of 0 or 1 -> mean over the tokens of (p - outcome)^2.

    Brier 1950. 0 is perfect; a constant p that equals the pass rate q scores q (1 - q). Rows with a NaN
    outcome count as masked; NaN when no token is left.
    """
    live = mask & ~outcomes.isnan()[:, None]
    return float((probabilities - outcomes[:, None])[live].square().mean())
