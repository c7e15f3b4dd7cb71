"""From judged rollouts to advantages (B, T): which estimator, on which reward.

The reward of a completion is its verdict's, less a soft penalty for length and a KL term where the recipe
puts them into the reward. Statistics over a whole batch (a standard deviation, whitening) are taken task
by task, so that in a mixture an easy task does not set the scale of a hard one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from rlvr.algorithms.advantages import (
    group_advantages,
    leave_one_out,
    reinforce_pp,
    reinforce_pp_baseline,
    whiten,
)
from rlvr.algorithms.gae import adaptive_lambda, gae, group_informed, terminal_rewards
from rlvr.algorithms.kl import k1
from rlvr.algorithms.options import AlgorithmOptions, CriticOptions
from rlvr.algorithms.shaping import overlong_penalty
from rlvr.batch import RolloutBatch


class AdvantageEstimator:
    """Fills in `advantages`, and `returns` where there is a critic."""

    def __init__(self, algorithm: AlgorithmOptions, critic: CriticOptions, max_tokens: int) -> None:
        self.algorithm = algorithm
        self.critic = critic
        self.max_tokens = max_tokens
        self._estimate: Callable[[RolloutBatch, Tensor, Tensor], Tensor] = {
            "group": self._group,
            "leave_one_out": self._leave_one_out,
            "reinforce_pp": self._reinforce_pp,
            "reinforce_pp_baseline": self._reinforce_pp_baseline,
            "gae": self._gae,
        }[algorithm.advantage]

    def estimate(self, batch: RolloutBatch) -> RolloutBatch:
        """The batch with advantages. ERROR rows take part in no statistic, and get 0."""
        rewards = self._shaped(batch)
        penalty = self._token_penalty(batch)
        advantages = torch.zeros(batch.mask.shape)
        for rows in _rows_by_task(batch):
            part = batch.select(rows)
            width = part.mask.shape[1]
            found = self._estimate(part, rewards[rows], penalty[rows, :width])
            live = part.mask & part.judged[:, None]
            advantages[torch.tensor(rows), :width] = torch.where(live, found, 0.0).float()
        returns = self._returns(batch, rewards, penalty) if batch.values is not None else None
        return replace(batch, advantages=advantages, returns=returns)

    def _shaped(self, batch: RolloutBatch) -> Tensor:
        """(B,) verdict's reward and length penalty, NaN for errors."""
        if not self.algorithm.overlong_cache:
            return batch.rewards
        return batch.rewards + overlong_penalty(batch.lengths, self.max_tokens, self.algorithm.overlong_cache)

    def _token_penalty(self, batch: RolloutBatch) -> Tensor:
        """(B, T) what each token pays for leaving the reference, where the KL term is in the reward."""
        if self.algorithm.kl_in == "loss" or batch.reference_logprobs is None:
            return torch.zeros(batch.mask.shape, dtype=torch.float64)
        kl = k1(batch.old_logprobs, batch.reference_logprobs).double()
        return self.algorithm.beta * kl * batch.mask

    def _group(self, batch: RolloutBatch, rewards: Tensor, penalty: Tensor) -> Tensor:
        total = rewards - penalty.sum(1)
        return group_advantages(total, batch.group_index, self.algorithm.scale_rewards)[:, None]

    def _leave_one_out(self, batch: RolloutBatch, rewards: Tensor, penalty: Tensor) -> Tensor:
        return leave_one_out(rewards - penalty.sum(1), batch.group_index)[:, None]

    def _reinforce_pp(self, batch: RolloutBatch, rewards: Tensor, penalty: Tensor) -> Tensor:
        live = batch.mask & batch.judged[:, None]
        return reinforce_pp(terminal_rewards(rewards, batch.mask) - penalty, live)

    def _reinforce_pp_baseline(self, batch: RolloutBatch, rewards: Tensor, penalty: Tensor) -> Tensor:
        return reinforce_pp_baseline(rewards - penalty.sum(1), batch.group_index, batch.mask)

    def _gae(self, batch: RolloutBatch, rewards: Tensor, penalty: Tensor) -> Tensor:
        assert batch.values is not None
        token_rewards = terminal_rewards(rewards, batch.mask) - penalty
        lam = adaptive_lambda(batch.lengths) if self.critic.lam == "adaptive" else float(self.critic.lam)
        values = group_informed(
            batch.values.double(), batch.rewards, batch.mask, batch.group_index, self.critic.prompt_weight
        )
        advantages, _ = gae(token_rewards, values, batch.mask, self.critic.gamma, lam)
        if self.algorithm.scale_rewards == "none":
            return advantages
        return whiten(advantages, batch.mask & batch.judged[:, None])

    def _returns(self, batch: RolloutBatch, rewards: Tensor, penalty: Tensor) -> Tensor:
        """(B, T) float32: what a critic under a squared loss is trained towards, with its own lambda."""
        assert batch.values is not None
        token_rewards = terminal_rewards(rewards, batch.mask) - penalty
        values = batch.values.double()
        _, returns = gae(token_rewards, values, batch.mask, self.critic.gamma, self.critic.lam_critic)
        return returns.nan_to_num(0.0).float()  # an ERROR row has no reward, and no part in the loss


def _rows_by_task(batch: RolloutBatch) -> list[list[int]]:
    """The rows of each task, in order of first appearance."""
    rows: dict[str, list[int]] = {}
    for row, task in enumerate(batch.tasks):
        rows.setdefault(task, []).append(row)
    return list(rows.values())
