"""The critic of PPO: how likely is it, before each token, that the answer will turn out right?

For a reward that comes at the end and is 0 or 1, undiscounted, the value of a prefix is the probability
of success. The critic starts at the running success rate and learns only what sets a prefix apart from
it: with an untrained head, PPO is REINFORCE with that rate as baseline. Its gradient never reaches the
policy's adapter.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rlvr.algorithms.options import CriticOptions
from rlvr.algorithms.value_losses import clipped_squared, logistic
from rlvr.batch import RolloutBatch
from rlvr.policy import Policy

#: peft's name of the critic's own adapter.
_VALUE_ADAPTER = "value"
#: How much of the running success rate the newest rollout is.
_NEWEST = 0.3


class Critic:
    """Values for a batch of completions, and the optimizer that learns them."""

    def __init__(self, policy: Policy, options: CriticOptions, weight_decay: float = 0.0) -> None:
        self.policy = policy
        self.options = options
        size = policy.base.config.hidden_size
        self.head = nn.Linear(size, 1, device=policy.device)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        adapter = policy.add_adapter(_VALUE_ADAPTER) if options.kind == "adapter" else []
        self._adapter = adapter
        self.parameters = [*self.head.parameters(), *adapter]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=options.learning_rate, weight_decay=weight_decay)
        #: The running success rate; None before the first rollout.
        self.rate: float | None = None

    @property
    def own_adapter(self) -> bool:
        """Whether the critic runs the model itself rather than reading the policy's hidden states."""
        return self.options.kind == "adapter"

    def observe(self, rewards: Tensor) -> None:
        """Follow the success rate: rewards (B,) of a new rollout, NaN for errors."""
        judged = rewards[~rewards.isnan()]
        if not len(judged):
            return
        mean = float(judged.mean())
        self.rate = mean if self.rate is None else (1 - _NEWEST) * self.rate + _NEWEST * mean

    @torch.no_grad()
    def values(self, batch: RolloutBatch, hidden: Tensor | None) -> Tensor:
        """(B, T) on the CPU: expected reward before each token, 0 where masked.

        hidden (B, T, H) are the policy's states, which a critic with an adapter of its own does without.
        """
        out = self._raw(batch, hidden)
        values = out.sigmoid() if self.options.loss == "logistic" else out
        return values.cpu() * batch.mask

    def learn(self, batch: RolloutBatch, hidden: Tensor | None) -> float:
        """Learn from judged completions with `values` and `returns`; the mean loss a token before it.

        A head alone takes `passes` optimizer steps on the same hidden states, which cost next to
        nothing; an adapter takes one.
        """
        mask = (batch.mask & batch.judged[:, None]).to(self.policy.device)
        if not bool(mask.any()):
            return 0.0
        first = 0.0
        for step in range(1 if self.own_adapter else self.options.passes):
            loss = self._losses(batch, self._raw(batch, hidden))[mask].mean()
            first = float(loss.detach()) if step == 0 else first
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimizer.step()
        return first

    def state_dict(self) -> Mapping[str, Any]:
        """Head, adapter, optimizer and success rate."""
        return {
            "parameters": [p.detach() for p in self.parameters],
            "optimizer": self.optimizer.state_dict(),
            "rate": self.rate,
        }

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        for p, saved in zip(self.parameters, state["parameters"], strict=True):
            p.copy_(saved)
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))  # torch would share the moments
        self.rate = state["rate"]

    def _raw(self, batch: RolloutBatch, hidden: Tensor | None) -> Tensor:
        """(B, T): logits of success, or values themselves under a squared loss."""
        if self.own_adapter:
            hidden = self.policy.hidden(batch, _VALUE_ADAPTER)
        assert hidden is not None
        scaled = nn.functional.rms_norm(hidden, hidden.shape[-1:])
        return self.head(scaled)[..., 0] + self._offset()  # type: ignore[no-any-return]

    def _offset(self) -> float:
        """The running success rate, as a logit where values are probabilities."""
        rate = 0.5 if self.rate is None else min(max(self.rate, 0.02), 0.98)
        return math.log(rate / (1 - rate)) if self.options.loss == "logistic" else rate

    def _losses(self, batch: RolloutBatch, out: Tensor) -> Tensor:
        device = out.device
        if self.options.loss == "logistic":
            return logistic(out, batch.rewards.nan_to_num(0.0).to(device, out.dtype))
        assert batch.values is not None
        assert batch.returns is not None
        old, returns = batch.values.to(device), batch.returns.to(device)
        return clipped_squared(out, old, returns, self.options.cliprange)
