"""The critic: where it begins, that it learns, that it stays out of the policy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rlvr.algorithms.options import CriticOptions
from rlvr.batch import RolloutBatch
from rlvr.critic import Critic
from rlvr.models import load_base
from rlvr.policy import Policy
from rlvr.problem import Completion, FinishReason, Problem, Rollout, VerifierSpec
from rlvr.recipe import LoraOptions
from rlvr.runtime import with_lora
from rlvr.verdict import Verdict

PROBLEM = Problem("p", "", {}, "t", VerifierSpec("math"))
RIGHT, WRONG = Verdict.passed("right"), Verdict.failed("wrong_answer", "wrong")
BROKEN = Verdict.error("verifier_failed", "it raised")


@pytest.fixture
def policy(tiny_model: Path) -> Policy:
    torch.manual_seed(0)
    base = load_base(str(tiny_model), None, torch.float32)
    return Policy(with_lora(base, LoraOptions(r=4)), torch.device("cpu"), torch.float32)


def make_batch(verdicts: list[Verdict]) -> RolloutBatch:
    """Completions that begin with 5 and others that begin with 9, in turn."""
    rollouts = [
        Rollout(PROBLEM, Completion("", (5 if i % 2 == 0 else 9, 6, 7), (-1.0,) * 3, FinishReason.EOS), 0, 0, verdict)
        for i, verdict in enumerate(verdicts)
    ]
    return RolloutBatch.of(rollouts, [(1, 2, 3)] * len(rollouts))


def hidden_of(policy: Policy, batch: RolloutBatch) -> Tensor:
    with torch.no_grad():
        hidden = policy.forward(batch, 1.0, keep_hidden=True).hidden
    assert hidden is not None
    return hidden


def make_critic(policy: Policy, **options: Any) -> Critic:
    return Critic(policy, CriticOptions(**{"learning_rate": 0.05, **options}))


@pytest.mark.parametrize("loss", ["logistic", "squared"])
def test_untrained_it_says_the_running_rate(policy: Policy, loss: str) -> None:
    critic = make_critic(policy, loss=loss)
    batch = make_batch([RIGHT, WRONG, WRONG, WRONG, BROKEN])
    critic.observe(batch.rewards)
    values = critic.values(batch, hidden_of(policy, batch))
    torch.testing.assert_close(values, torch.full((5, 3), 0.25))
    critic.observe(torch.tensor([1.0, 1.0]).double())
    assert critic.rate == pytest.approx(0.7 * 0.25 + 0.3)
    critic.observe(torch.tensor([float("nan")]).double())
    assert critic.rate == pytest.approx(0.7 * 0.25 + 0.3)


@pytest.mark.parametrize("kind", ["head", "adapter"])
@pytest.mark.parametrize("loss", ["logistic", "squared"])
def test_it_learns_what_tells_right_from_wrong(policy: Policy, kind: str, loss: str) -> None:
    rate = 0.05 if kind == "head" else 0.01  # a rate that suits a head throws an adapter's features about
    critic = make_critic(policy, kind=kind, loss=loss, cliprange=10.0, learning_rate=rate)
    batch = make_batch([RIGHT, WRONG] * 2)
    critic.observe(batch.rewards)
    adapter = {name: p.clone() for name, p in policy.state_dict().items()}
    returns = batch.rewards.float()[:, None].expand(batch.mask.shape)
    batch = replace(batch, values=torch.full(batch.mask.shape, 0.5), returns=returns)
    for _ in range(60 if kind == "head" else 100):
        critic.learn(batch, hidden_of(policy, batch))
    values = critic.values(batch, hidden_of(policy, batch))
    # Before the first token nothing tells them apart; after it everything does.
    assert values[:, 0] == pytest.approx([0.5] * 4, abs=0.2)
    assert (values[::2, 1:] > 0.8).all()
    assert (values[1::2, 1:] < 0.2).all()
    assert all(torch.equal(adapter[name], p) for name, p in policy.state_dict().items())


def test_errors_teach_it_nothing(policy: Policy) -> None:
    losses = []
    for verdicts in ([RIGHT, WRONG], [RIGHT, WRONG, BROKEN]):
        critic, batch = make_critic(policy), make_batch(verdicts)
        critic.observe(batch.rewards)
        losses.append([critic.learn(batch, hidden_of(policy, batch)) for _ in range(4)])
    assert losses[1] == pytest.approx(losses[0], rel=5e-3)
    assert losses[0][-1] < 0.9 * losses[0][0]
    only = make_batch([BROKEN])
    assert critic.learn(only, hidden_of(policy, only)) == 0.0


def test_state_goes_on_to_the_bit(policy: Policy) -> None:
    first, second = make_critic(policy), make_critic(policy)
    batch = make_batch([RIGHT, WRONG])
    first.observe(batch.rewards)
    first.learn(batch, hidden_of(policy, batch))
    second.load_state_dict(first.state_dict())
    for critic in (first, second):
        critic.learn(batch, hidden_of(policy, batch))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters, second.parameters, strict=True))
