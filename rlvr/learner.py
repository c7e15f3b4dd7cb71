"""The optimizer step: advantages in, better adapters out.

GRPO's surrogate on the rollouts of one step, in micro-batches of whole groups, one AdamW step a call.
The sampler's own log-probs are the old ones: they are what the tokens were really drawn with.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rlvr.algorithms.kl import k3
from rlvr.algorithms.losses import Clip, clipped
from rlvr.algorithms.normalisers import token_weights
from rlvr.batch import RolloutBatch
from rlvr.policy import Policy
from rlvr.ranks import Ranks
from rlvr.recipe import AlgorithmOptions, TrainOptions


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
    """Running sums over the tokens that were trained on."""

    tokens: int = 0
    loss: float = 0.0
    kl: float = 0.0
    entropy: float = 0.0
    clipped: float = 0.0
    mismatch: float = 0.0

    def means(self) -> dict[str, float | None]:
        """Per-token means, None where no token was trained on; the loss is a sum already."""
        if not self.tokens:
            return dict.fromkeys(("kl", "entropy", "clip_ratio", "sampler_mismatch")) | {"loss": self.loss}
        return {
            "loss": self.loss,
            "kl": self.kl / self.tokens,
            "entropy": self.entropy / self.tokens,
            "clip_ratio": self.clipped / self.tokens,
            "sampler_mismatch": self.mismatch / self.tokens,
        }


class Learner:
    """Owns the optimizer. `step` counts optimizer steps, which is the policy's version."""

    def __init__(
        self,
        policy: Policy,
        algorithm: AlgorithmOptions,
        options: TrainOptions,
        *,
        temperature: float,
        max_tokens: int,
        ranks: Ranks,
    ) -> None:
        self.policy = policy
        self.algorithm = algorithm
        self.options = options
        self.temperature = temperature
        self.max_tokens = max_tokens
        self.ranks = ranks
        self.step = 0
        self.optimizer = torch.optim.AdamW(
            policy.parameters,
            lr=options.learning_rate,
            betas=(options.adam_beta1, options.adam_beta2),
            weight_decay=options.weight_decay,
        )
        self.scaler = torch.amp.GradScaler(policy.device.type, enabled=policy.dtype is torch.float16)

    def update(self, batch: RolloutBatch) -> dict[str, float | None]:
        """One optimizer step on a batch with advantages. Returns its metrics.

        A batch in which no completion has an advantage changes nothing but the step count.
        """
        trained = self._trained_mask(batch)
        counts = torch.tensor([int(trained.any(1).sum()), int(trained.sum())])
        rows, tokens = (int(count) for count in self.ranks.sum(counts))
        weights = token_weights(trained, self.algorithm.loss_type, rows, tokens, self.max_tokens)
        rate = learning_rate(self.step, self.options)
        self.step += 1
        sums = _Sums()
        self.policy.model.train()
        for index in self._micro_batches(batch, trained):
            part = batch.select(index)
            self._backward(part, weights[index, : part.mask.shape[1]], sums)
        moved = bool(self.ranks.sum(torch.tensor(sums.tokens)))
        norm = self._apply(rate) if moved else 0.0
        return {**sums.means(), "grad_norm": norm, "learning_rate": rate}

    def state_dict(self) -> Mapping[str, Any]:
        """Optimizer moments, step count and loss scale."""
        return {"step": self.step, "optimizer": self.optimizer.state_dict(), "scaler": self.scaler.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.step = state["step"]
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))  # torch would share the moments
        self.scaler.load_state_dict(state["scaler"])

    def _trained_mask(self, batch: RolloutBatch) -> Tensor:
        """(B, T): judged completions, without truncated ones where the recipe masks those."""
        rows = ~batch.rewards.isnan()
        if self.algorithm.mask_truncated_completions:
            rows &= ~batch.truncated
        return batch.mask & rows[:, None]

    def _micro_batches(self, batch: RolloutBatch, trained: Tensor) -> Iterator[list[int]]:
        """Rows in micro-batches of whole groups where they fit.

        Without a KL term a completion without advantage has no gradient: it is not even scored.
        """
        useful = trained.any(1)
        if self.algorithm.beta == 0:
            useful &= (batch.advantages != 0).any(1)
        size, pending = self.options.micro_batch_size, list[int]()
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

    def _backward(self, batch: RolloutBatch, weights: Tensor, sums: _Sums) -> None:
        """Accumulate the gradient of one micro-batch; weights (B, T)."""
        device = self.policy.device
        reference = self._reference_logprobs(batch) if self.algorithm.beta else None
        scored = self.policy.forward(batch, self.temperature)
        old, advantages, weights = (t.to(device) for t in (batch.sampler_logprobs, batch.advantages, weights))
        live = weights > 0
        bounds = Clip(self.algorithm.epsilon, self.algorithm.epsilon_high)
        losses, cut = clipped(scored.logprobs, old, advantages, live, bounds)
        if reference is not None:
            kl = k3(scored.logprobs, reference)
            losses = losses + self.algorithm.beta * kl
            sums.kl += float(kl.detach()[live].sum())
        loss = (losses * weights).sum()
        self.scaler.scale(loss).backward()
        sums.tokens += int(live.sum())
        sums.loss += float(loss.detach())
        sums.entropy += float(scored.entropy[live].sum())
        sums.clipped += float(cut[live].sum())
        sums.mismatch += float((scored.logprobs.detach() - old)[live].abs().sum())

    def _reference_logprobs(self, batch: RolloutBatch) -> Tensor:
        with self.policy.reference():
            return self.policy.forward(batch, self.temperature).logprobs

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
