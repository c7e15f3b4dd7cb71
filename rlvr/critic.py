"""The critic of PPO: how likely is it, before each token, that the answer will turn out right?

For a reward that comes at the end and is 0 or 1, undiscounted, the value of a prefix is the probability
of success. A critic starts at the success rate of the first rollout: before it has learnt anything, PPO is
REINFORCE with that rate as baseline. Its gradient never reaches the policy's adapter.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rlvr.algorithms.options import CriticOptions
from rlvr.algorithms.value_losses import clipped_squared, logistic
from rlvr.batch import RolloutBatch
from rlvr.online_regression import OnlineRegression
from rlvr.policy import Policy

#: peft's name of the critic's own adapter.
_VALUE_ADAPTER = "value"
#: How much of the running success rate the newest rollout is.
_NEWEST = 0.3
#: Log-probs of what has been written are as telling as hundreds of hidden units, and weighted like those.
_TELLING = 10.0
#: Features of a head beside the hidden state: sum, its exponential, least.
HEAD_FEATURES = 3


def make_critic(policy: Policy, options: CriticOptions, passes: int) -> Critic:
    """The kind of critic that the options name, which will learn `passes` times from each rollout."""
    return HeadCritic(policy, options, passes) if options.kind == "head" else AdapterCritic(policy, options)


class Critic(ABC):
    """Values for a batch of completions, and what learns them."""

    #: Whether it reads the policy's hidden states rather than running the model itself.
    reads_hidden: bool

    def __init__(self, options: CriticOptions) -> None:
        self.options = options
        #: The running success rate; None before the first rollout.
        self.rate: float | None = None

    def observe(self, rewards: Tensor) -> None:
        """Follow the success rate: rewards (B,) of a new rollout, NaN for errors."""
        judged = rewards[~rewards.isnan()]
        if not len(judged):
            return
        mean = float(judged.mean())
        self.rate = mean if self.rate is None else (1 - _NEWEST) * self.rate + _NEWEST * mean

    @abstractmethod
    def values(self, batch: RolloutBatch, hidden: Tensor | None) -> Tensor:
        """(B, T) on the CPU: expected reward before each token, 0 where masked.

        hidden (B, T, H) are the policy's states that predict each token, for a critic that reads them.
        """

    @abstractmethod
    def learn(self, batch: RolloutBatch, hidden: Tensor | None) -> None:
        """Take in judged completions with `values` and `returns`; `step` learns from all that were taken in."""

    @abstractmethod
    def step(self) -> float:
        """Learn, however many batches it came in. Returns the mean loss a token before it, 0 if nothing came."""

    @abstractmethod
    def state_dict(self) -> Mapping[str, Any]:
        """What it has learnt, and the success rate."""

    @abstractmethod
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""

    def _start(self) -> float:
        """The running success rate, as a logit where values are probabilities."""
        rate = 0.5 if self.rate is None else min(max(self.rate, 0.02), 0.98)
        return math.log(rate / (1 - rate)) if self.options.loss == "logistic" else rate

    def _as_values(self, raw: Tensor) -> Tensor:
        return raw.sigmoid() if self.options.loss == "logistic" else raw


class HeadCritic(Critic):
    """A linear head on what the policy's own forward pass says of the tokens so far.

    It reads the mean of the hidden states up to a token, and how likely the tokens before it were: their
    summed log-prob, its exponential, and the probability of the least likely one. A wrong step was mostly
    an unlikely token, and the last hidden state alone has often forgotten it. A rollout brings a few dozen
    verdicts, on which gradient steps learn hundreds of weights too slowly; regression learns them at once.
    """

    reads_hidden = True

    def __init__(self, policy: Policy, options: CriticOptions, passes: int = 1) -> None:
        super().__init__(options)
        #: Seen again, a completion is no new evidence: in all its passes together it counts once.
        self.passes = passes
        self._seen: list[tuple[Tensor, Tensor, Tensor]] = []
        self.regression = OnlineRegression(
            policy.base.config.hidden_size + HEAD_FEATURES, logistic=options.loss == "logistic"
        )

    def observe(self, rewards: Tensor) -> None:
        """Follow the success rate; the first one is where the head begins."""
        fresh = self.rate is None
        super().observe(rewards)
        if fresh:
            self.regression.start(self._start())
        else:
            self.regression.forget()

    def values(self, batch: RolloutBatch, hidden: Tensor | None) -> Tensor:
        """See `Critic.values`."""
        return self._as_values(self.regression.predict(_features(batch, hidden))).cpu() * batch.mask

    def learn(self, batch: RolloutBatch, hidden: Tensor | None) -> None:
        """See `Critic.learn`. Each completion counts as much as any other, however long it is."""
        live = batch.mask & batch.judged[:, None]
        targets = batch.rewards[:, None].expand(live.shape)
        if self.options.loss == "squared":
            assert batch.returns is not None
            targets = batch.returns
        weights = (1 / (batch.lengths * self.passes))[:, None].expand(live.shape)
        features = _features(batch, hidden)
        self._seen.append((features[live.to(features.device)], targets[live], weights[live]))

    def step(self) -> float:
        """See `Critic.step`."""
        seen, self._seen = self._seen, []
        if not sum(len(features) for features, _, _ in seen):
            return 0.0
        features, targets, weights = map(torch.cat, zip(*seen, strict=True))
        return self.regression.learn(features, targets, weights)

    def state_dict(self) -> Mapping[str, Any]:
        """Regression and success rate."""
        return {"regression": self.regression.state_dict(), "rate": self.rate}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.regression.load_state_dict(state["regression"])
        self.rate = state["rate"]


class AdapterCritic(Critic):
    """A second LoRA adapter of the model with a head of its own: twice the work, and its own features."""

    reads_hidden = False

    def __init__(self, policy: Policy, options: CriticOptions) -> None:
        super().__init__(options)
        self.policy = policy
        self.head = nn.Linear(policy.base.config.hidden_size, 1, device=policy.device)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.parameters = [*self.head.parameters(), *policy.add_adapter(_VALUE_ADAPTER)]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=options.learning_rate, weight_decay=0.0)
        #: Of what was taken in since the last step.
        self._loss, self._tokens = 0.0, 0

    @torch.no_grad()
    def values(self, batch: RolloutBatch, hidden: Tensor | None) -> Tensor:
        """See `Critic.values`."""
        with self.policy.under(_VALUE_ADAPTER):
            return self._as_values(self._raw(batch)).cpu() * batch.mask

    def learn(self, batch: RolloutBatch, hidden: Tensor | None) -> None:
        """See `Critic.learn`."""
        mask = (batch.mask & batch.judged[:, None]).to(self.policy.device)
        if not bool(mask.any()):
            return
        with self.policy.under(_VALUE_ADAPTER):
            loss = self._losses(batch, self._raw(batch))[mask].sum()
            loss.backward()
        self._loss += float(loss.detach())
        self._tokens += int(mask.sum())

    def step(self) -> float:
        """See `Critic.step`. One optimizer step."""
        loss, tokens, self._loss, self._tokens = self._loss, self._tokens, 0.0, 0
        if not tokens:
            return 0.0
        for p in self.parameters:
            if p.grad is not None:
                p.grad /= tokens
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss / tokens

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

    def _raw(self, batch: RolloutBatch) -> Tensor:
        """(B, T): logits of success, or values themselves under a squared loss, from the running rate on."""
        hidden = self.policy.hidden(batch)
        scaled = nn.functional.rms_norm(hidden, hidden.shape[-1:])
        return self.head(scaled)[..., 0] + self._start()  # type: ignore[no-any-return]

    def _losses(self, batch: RolloutBatch, out: Tensor) -> Tensor:
        device = out.device
        if self.options.loss == "logistic":
            return logistic(out, batch.rewards.nan_to_num(0.0).to(device, out.dtype))
        assert batch.values is not None
        assert batch.returns is not None
        old, returns = batch.values.to(device), batch.returns.to(device)
        return clipped_squared(out, old, returns, self.options.cliprange)


def _features(batch: RolloutBatch, hidden: Tensor | None) -> Tensor:
    """(B, T, H + 3) float32, where the hidden states are: what is known before each token is drawn."""
    assert hidden is not None
    states = nn.functional.rms_norm(hidden, hidden.shape[-1:])
    count = torch.arange(1, states.shape[1] + 1, device=states.device)
    means = states.cumsum(1) / count[:, None]
    drawn = batch.old_logprobs * batch.mask
    before = drawn.cumsum(1) - drawn
    least = nn.functional.pad(drawn.cummin(1).values[:, :-1], (1, 0))
    told = torch.stack([before, before.exp(), least.exp()], dim=-1)
    return torch.cat([means, _TELLING * told.to(means)], dim=-1)
