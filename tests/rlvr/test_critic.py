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
from rlvr.critic import AdapterCritic, Critic, HeadCritic, make_critic
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
    return fresh_policy(tiny_model)


def fresh_policy(tiny_model: Path) -> Policy:
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


def critic_of(policy: Policy, **options: Any) -> Critic:
    return make_critic(policy, CriticOptions(**{"learning_rate": 0.01, **options}), passes=1)


def learn(critic: Critic, policy: Policy, *batches: RolloutBatch) -> float:
    for batch in batches:
        critic.learn(batch, hidden_of(policy, batch))
    return critic.step()


@pytest.mark.parametrize("kind", ["head", "adapter"])
@pytest.mark.parametrize("loss", ["logistic", "squared"])
def test_untrained_it_says_the_success_rate(policy: Policy, kind: str, loss: str) -> None:
    critic = critic_of(policy, kind=kind, loss=loss)
    batch = make_batch([RIGHT, WRONG, WRONG, WRONG, BROKEN])
    critic.observe(torch.tensor([float("nan")]).double())
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
    critic = critic_of(policy, kind=kind, loss=loss, cliprange=10.0)
    batch = make_batch([RIGHT, WRONG] * 2)
    critic.observe(batch.rewards)
    adapter = {name: p.clone() for name, p in policy.state_dict().items()}
    returns = batch.rewards.float()[:, None].expand(batch.mask.shape)
    batch = replace(batch, values=torch.full(batch.mask.shape, 0.5), returns=returns)
    for _ in range(60 if kind == "head" else 100):
        learn(critic, policy, batch)
    values = critic.values(batch, hidden_of(policy, batch))
    # Before the first token nothing tells them apart; after it everything does.
    assert values[:, 0] == pytest.approx([0.5] * 4, abs=0.2)
    assert (values[::2, 1:] > 0.8).all()
    assert (values[1::2, 1:] < 0.2).all()
    assert all(torch.equal(adapter[name], p) for name, p in policy.state_dict().items())


def test_errors_teach_it_nothing(policy: Policy) -> None:
    losses = []
    for verdicts in ([RIGHT, WRONG], [RIGHT, WRONG, BROKEN]):
        critic, batch = critic_of(policy), make_batch(verdicts)
        critic.observe(batch.rewards)
        losses.append([learn(critic, policy, batch) for _ in range(4)])
    assert losses[1] == pytest.approx(losses[0], rel=5e-3)
    assert losses[0][-1] < 0.9 * losses[0][0]
    only = make_batch([BROKEN])
    assert learn(critic, policy, only) == 0.0


@pytest.mark.parametrize("kind", ["head", "adapter"])
def test_state_goes_on_to_the_bit(policy: Policy, tiny_model: Path, kind: str) -> None:
    first, batch = critic_of(policy, kind=kind), make_batch([RIGHT, WRONG])
    first.observe(batch.rewards)
    learn(first, policy, batch)
    other = fresh_policy(tiny_model)
    second = critic_of(other, kind=kind)
    second.load_state_dict(first.state_dict())
    for critic, its in ((first, policy), (second, other)):
        critic.observe(batch.rewards)
        learn(critic, its, batch)
    values = [critic.values(batch, hidden_of(its, batch)) for critic, its in ((first, policy), (second, other))]
    assert torch.equal(*values)
    assert first.rate == second.rate


def test_an_unlikely_token_is_remembered_to_the_end(policy: Policy) -> None:
    """The head sees an unlikely token long after it: here nothing else tells the completions apart."""
    critic = critic_of(policy)
    logprobs = torch.tensor([[-0.1, -0.1, -0.1], [-3.0, -0.1, -0.1]] * 4)
    batch = make_batch([RIGHT, WRONG] * 4)
    batch = replace(batch, sampler_logprobs=logprobs, completion_ids=torch.tensor([[5, 6, 7]] * 8))
    critic.observe(batch.rewards)
    for _ in range(10):
        learn(critic, policy, batch)
    values = critic.values(batch, hidden_of(policy, batch))
    assert values[:, 0] == pytest.approx([0.5] * 8, abs=0.2)
    assert (values[::2, 1:] > 0.7).all()
    assert (values[1::2, 1:] < 0.3).all()


def test_an_adapter_is_trained_beside_the_policys(policy: Policy) -> None:
    critic = critic_of(policy, kind="adapter")
    assert isinstance(critic, AdapterCritic)
    batch = make_batch([RIGHT, WRONG])
    critic.observe(batch.rewards)
    before = [p.clone() for p in critic.parameters]
    for _ in range(3):  # head, one half of the adapter, the other: each waits for the one before
        learn(critic, policy, batch)
    assert not any(torch.equal(old, new) for old, new in zip(before, critic.parameters, strict=True))


@pytest.mark.parametrize("kind", ["head", "adapter"])
def test_in_how_many_batches_it_comes_does_not_matter(tiny_model: Path, kind: str) -> None:
    whole = make_batch([RIGHT, WRONG, RIGHT, RIGHT])
    values, losses = [], []
    for parts in ([whole], [whole.select([0, 1, 2]), whole.select([3])]):
        policy = fresh_policy(tiny_model)
        critic = critic_of(policy, kind=kind)
        critic.observe(whole.rewards)
        losses.append([learn(critic, policy, *parts) for _ in range(3)])
        values.append(critic.values(whole, hidden_of(policy, whole)))
    torch.testing.assert_close(values[0], values[1], atol=1e-3, rtol=0)
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[0][2] < losses[0][0]


def test_a_completion_seen_again_is_no_new_evidence(policy: Policy) -> None:
    batch = make_batch([RIGHT, WRONG])
    once = HeadCritic(policy, CriticOptions(), passes=1)
    thrice = HeadCritic(policy, CriticOptions(), passes=3)
    for critic, passes in ((once, 1), (thrice, 3)):
        critic.observe(batch.rewards)
        for _ in range(passes):
            learn(critic, policy, batch)
    start = 20.0 * len(once.regression.weights)
    gained = [float(critic.regression.precision.diagonal().sum()) - start for critic in (once, thrice)]
    assert gained[1] == pytest.approx(gained[0], rel=0.1)


def test_recomputed_activations_give_the_same_gradient(tiny_model: Path) -> None:
    batch, moved = make_batch([RIGHT, WRONG]), []
    for recomputes in (False, True):
        policy = fresh_policy(tiny_model)
        if recomputes:
            policy.checkpoint_gradients()
        policy.model.train()
        critic = critic_of(policy, kind="adapter")
        assert isinstance(critic, AdapterCritic)
        critic.observe(batch.rewards)
        torch.manual_seed(1)
        with torch.no_grad():
            for p in critic.parameters:
                p.copy_(torch.randn_like(p) * 0.1)
        critic.learn(batch, None)
        moved.append([p.grad.clone() for p in critic.parameters if p.grad is not None])
    for plain, recomputed in zip(*moved, strict=True):
        torch.testing.assert_close(recomputed, plain)
