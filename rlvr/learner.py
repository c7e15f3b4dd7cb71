"""The optimizer step: advantages in, better adapters out.

One call of `update` is one AdamW step on the completions it is given, in micro-batches of whole groups.
`prepare` runs before advantages are estimated, and only where something asks for it: the policy's own
log-probs (to weigh against the sampler's), the reference policy's, a critic's values. Without it the
sampler's log-probs are the old ones of the ratio: they are what the tokens were really drawn with.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor

from rlvr.algorithms.corrections import Level, Mode, importance_weights
from rlvr.algorithms.gae import brier, explained_variance, group_informed
from rlvr.algorithms.kl import k3, k3_corrected
from rlvr.algorithms.losses import POLICY_LOSSES, Clip
from rlvr.algorithms.normalisers import token_weights
from rlvr.algorithms.options import AlgorithmOptions
from rlvr.batch import RolloutBatch
from rlvr.critic import Critic
from rlvr.policy import Policy, Scored
from rlvr.ranks import Ranks
from rlvr.recipe import TrainOptions


def learning_rate(step: int, options: TrainOptions) -> float:
    """The rate of 0-based `step`: linear warm-up, then the schedule down to min_lr_ratio at max_steps."""
    if step < options.warmup_steps:
        return options.learning_rate * (step + 1) / options.warmup_steps
    if options.lr_scheduler_type == "constant":
        return options.learning_rate
    span = max(options.max_steps - options.warmup_steps, 1)
    done = min((step - options.warmup_steps) / span, 1.0)
    left = 1 - done if options.lr_scheduler_type == "linear" else (1 + math.cos(math.pi * done)) / 2
    return options.learning_rate * (options.min_lr_ratio + (1 - options.min_lr_ratio) * left)


@dataclass(slots=True)
class _Sums:
    """Running sums over the tokens that were trained on; the losses are sums already."""

    tokens: int = 0
    loss: float = 0.0
    kl: float = 0.0
    #: Tokens of which the reference's log-prob is known.
    kl_tokens: int = 0
    entropy: float = 0.0
    clipped: float = 0.0
    mismatch: float = 0.0

    def means(self) -> dict[str, float | None]:
        """Per-token means, None where no token was trained on."""
        sums = {
            "entropy": self.entropy,
            "clip_ratio": self.clipped,
            "sampler_mismatch": self.mismatch,
        }
        means = {name: value / self.tokens if self.tokens else None for name, value in sums.items()}
        return {"loss": self.loss, "kl": self.kl / self.kl_tokens if self.kl_tokens else None, **means}


class Learner:
    """Owns the optimizer. `step` counts its steps, which is the policy's version."""

    def __init__(
        self,
        policy: Policy,
        algorithm: AlgorithmOptions,
        options: TrainOptions,
        *,
        temperature: float,
        max_tokens: int,
        ranks: Ranks,
        critic: Critic | None = None,
    ) -> None:
        self.policy = policy
        self.critic = critic
        self.algorithm = algorithm
        self.options = options
        self.temperature = temperature
        self.max_tokens = max_tokens
        self.ranks = ranks
        self.step = 0
        self.clip = Clip(algorithm.epsilon, algorithm.epsilon_high, algorithm.delta)
        self.optimizer = torch.optim.AdamW(
            policy.parameters,
            lr=options.learning_rate,
            betas=(options.adam_beta1, options.adam_beta2),
            weight_decay=options.weight_decay,
        )
        self.scaler = torch.amp.GradScaler(policy.device.type, enabled=policy.dtype is torch.float16)

    @torch.no_grad()
    def prepare(self, batch: RolloutBatch) -> tuple[RolloutBatch, dict[str, float | None]]:
        """The batch with what its advantages and loss need from the model as it is now, and metrics of that."""
        reads_hidden = self.critic is not None and self.critic.reads_hidden
        own = reads_hidden or self.algorithm.sampler_correction != "none"
        columns = {"trainer_logprobs": own, "reference_logprobs": self.algorithm.beta > 0, "values": self.critic}
        found = {name: torch.zeros(batch.mask.shape) for name, wanted in columns.items() if wanted}
        if self.critic and self.critic.rate is None:
            self.critic.observe(batch.rewards)
        self.policy.model.eval()
        for rows in _micro_batches(batch, batch.mask.any(1), self.options.micro_batch_size) if found else ():
            part = batch.select(rows)
            for name, values in self._look(part, own, reads_hidden).items():
                found[name][torch.tensor(rows), : part.mask.shape[1]] = values.cpu()
        prepared = replace(batch, **cast(dict[str, Any], found))
        metrics = self._critic_metrics(prepared)
        if self.critic:
            self.critic.observe(batch.rewards)
        return prepared, metrics

    def update(self, batch: RolloutBatch) -> dict[str, float | None]:
        """One optimizer step on a batch with advantages. Returns its metrics.

        A batch in which no completion has an advantage changes nothing but the step count, unless a critic,
        a KL term or an entropy bonus has something to learn from it.
        """
        trained = self._trained_mask(batch)
        counts = torch.tensor([int(trained.any(1).sum()), int(trained.sum())])
        rows, tokens = (int(count) for count in self.ranks.sum(counts))
        weights = token_weights(trained, self.algorithm.loss_type, rows, tokens, self.max_tokens)
        rate = learning_rate(self.step, self.options)
        self.step += 1
        sums = _Sums()
        self.policy.model.train()
        for index in _micro_batches(batch, self._useful(batch, trained), self.options.micro_batch_size):
            part, width = batch.select(index), int(batch.lengths[index].max())
            self._learn(part, weights[index, :width], sums)
        moved = bool(self.ranks.sum(torch.tensor(sums.tokens)))
        norm = self._apply(rate) if moved else 0.0
        metrics = {**sums.means(), "grad_norm": norm, "learning_rate": rate}
        if self.critic:
            metrics["critic/loss"] = self.critic.step()
        return metrics

    def state_dict(self) -> Mapping[str, Any]:
        """Optimizer moments, step count, loss scale, critic."""
        return {
            "step": self.step,
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "critic": self.critic.state_dict() if self.critic else None,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.step = state["step"]
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))  # torch would share the moments
        self.scaler.load_state_dict(state["scaler"])
        if self.critic:
            self.critic.load_state_dict(state["critic"])

    def _look(self, batch: RolloutBatch, own: bool, reads_hidden: bool) -> dict[str, Tensor]:
        """What one micro-batch needs from the model, without gradient."""
        found: dict[str, Tensor] = {}
        hidden = None
        if own:
            scored = self.policy.forward(batch, self.temperature, keep_hidden=reads_hidden)
            found["trainer_logprobs"], hidden = scored.logprobs, scored.hidden
        if self.algorithm.beta:
            with self.policy.reference():
                found["reference_logprobs"] = self.policy.forward(batch, self.temperature).logprobs
        if self.critic:
            # Read as they will be learnt from: with the policy's own log-probs, where those are known.
            found["values"] = self.critic.values(replace(batch, trainer_logprobs=found.get("trainer_logprobs")), hidden)
        return found

    def _critic_metrics(self, batch: RolloutBatch) -> dict[str, float | None]:
        """How good the values are on rollouts the critic has not learnt from, beside always saying the rate.

        `critic/...` is of the values that advantages are taken against, which the rest of a group informs;
        `critic/alone/...` is of the critic's own word.
        """
        if self.critic is None or self.critic.rate is None or batch.values is None:
            return {}
        mask = batch.mask & batch.judged[:, None]
        outcomes = batch.rewards.nan_to_num(0.0)
        ahead = outcomes[:, None].expand(mask.shape)
        rate = torch.full(mask.shape, self.critic.rate, dtype=torch.float64)
        own = batch.values.double()
        informed = group_informed(own, batch.rewards, batch.mask, batch.group_index, self.critic.options.prompt_weight)
        found = {
            "critic/explained_variance": explained_variance(informed, ahead, mask),
            "critic/brier": brier(informed, outcomes, mask),
            "critic/alone/explained_variance": explained_variance(own, ahead, mask),
            "critic/alone/brier": brier(own, outcomes, mask),
            "critic/brier_of_rate": brier(rate, outcomes, mask),
        }
        return {name: None if math.isnan(value) else value for name, value in found.items()}

    def _trained_mask(self, batch: RolloutBatch) -> Tensor:
        """(B, T): judged completions, without truncated ones where the recipe masks those."""
        rows = batch.judged
        if self.algorithm.mask_truncated_completions:
            rows = rows & ~batch.truncated
        return batch.mask & rows[:, None]

    def _useful(self, batch: RolloutBatch, trained: Tensor) -> Tensor:
        """(B,) completions with a gradient: without one, a completion is not even scored."""
        rows = trained.any(1)
        always = self._kl_in_loss or self.algorithm.entropy_coef or self.critic
        return rows if always else rows & (batch.advantages != 0).any(1)

    @property
    def _kl_in_loss(self) -> bool:
        return self.algorithm.beta > 0 and self.algorithm.kl_in == "loss"

    def _learn(self, batch: RolloutBatch, weights: Tensor, sums: _Sums) -> None:
        """Accumulate the policy's gradient of one micro-batch, weights (B, T), and have the critic learn."""
        reads_hidden = self.critic is not None and self.critic.reads_hidden
        warming = self.critic is not None and self.step <= self.critic.options.warmup_steps
        with torch.set_grad_enabled(not warming):
            scored = self.policy.forward(
                batch, self.temperature, keep_hidden=reads_hidden, entropy_grad=self.algorithm.entropy_coef > 0
            )
        if not warming:
            self._backward(batch, scored, weights.to(self.policy.device), sums)
        if self.critic:
            self.critic.learn(batch, scored.hidden)

    def _backward(self, batch: RolloutBatch, scored: Scored, weights: Tensor, sums: _Sums) -> None:
        device, live = self.policy.device, weights > 0
        old, advantages = batch.old_logprobs.to(device), batch.advantages.to(device)
        policy_loss = POLICY_LOSSES[self.algorithm.policy_loss]
        losses, clipped = policy_loss(scored.logprobs, old, advantages, live, self.clip)
        if self.algorithm.sampler_correction != "none":
            losses = losses * self._correction(batch).to(device)
        if self._kl_in_loss:
            assert batch.reference_logprobs is not None
            reference = batch.reference_logprobs.to(device)
            losses = losses + self.algorithm.beta * k3_corrected(scored.logprobs, reference, old)
        losses = losses - self.algorithm.entropy_coef * scored.entropy
        loss = (losses * weights).sum()
        self.scaler.scale(loss).backward()
        logprobs = scored.logprobs.detach()
        sums.tokens += int(live.sum())
        sums.loss += float(loss.detach())
        sums.entropy += float(scored.entropy.detach()[live].sum())
        sums.clipped += float(clipped[live].sum())
        sums.mismatch += float((logprobs - batch.sampler_logprobs.to(device))[live].abs().sum())
        if batch.reference_logprobs is not None:
            sums.kl_tokens += int(live.sum())
            sums.kl += float(k3(logprobs, batch.reference_logprobs.to(device))[live].sum())

    def _correction(self, batch: RolloutBatch) -> Tensor:
        """(B, T) importance weights between the policy that trains and the one that sampled."""
        kind, cap = self.algorithm.sampler_correction, self.algorithm.sampler_correction_cap
        level: Level = "token" if kind.startswith("token") else "sequence"
        mode: Mode = "truncate" if kind.endswith("truncate") else "mask"
        return importance_weights(batch.old_logprobs, batch.sampler_logprobs, batch.mask, level, mode, cap)

    def _apply(self, rate: float) -> float:
        """Clip and step; returns the norm of the gradient before clipping."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.scaler.unscale_(self.optimizer)
        for parameter in self.policy.parameters:
            own = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            parameter.grad = self.ranks.sum(own)
        norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters, self.options.max_grad_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        return float(norm)


def _micro_batches(batch: RolloutBatch, useful: Tensor, size: int) -> Iterator[list[int]]:
    """The useful rows in micro-batches of whole groups where they fit."""
    pending = list[int]()
    for group in batch.group_rows():
        rows = [i for i in group if useful[i]]
        if pending and len(pending) + len(rows) > size:
            yield pending
            pending = []
        pending = pending + rows
        while len(pending) >= size:
            yield pending[:size]
            pending = pending[size:]
    if pending:
        yield pending
