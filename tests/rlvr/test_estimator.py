"""Advantages of a batch: which estimator, which reward, and what stays apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from rlvr.algorithms.options import AlgorithmOptions, CriticOptions
from rlvr.batch import RolloutBatch
from rlvr.estimator import AdvantageEstimator
from rlvr.problem import Completion, FinishReason, Problem, Rollout, VerifierSpec
from rlvr.verdict import Verdict

RIGHT, WRONG = Verdict.passed("right"), Verdict.failed("wrong_answer", "wrong")
BROKEN = Verdict.error("verifier_failed", "it raised")
ESTIMATORS = ("group", "leave_one_out", "reinforce_pp", "reinforce_pp_baseline", "gae")


def make_batch(*groups: tuple[str, list[Verdict]]) -> RolloutBatch:
    """Groups of (task, verdicts); completion i of a group has i + 1 tokens."""
    rollouts = []
    for number, (task, verdicts) in enumerate(groups):
        problem = Problem(f"p{number}", "", {}, task, VerifierSpec("math"))
        for i, verdict in enumerate(verdicts):
            completion = Completion("", (7,) * (i + 1), (-1.0,) * (i + 1), FinishReason.EOS)
            rollouts.append(Rollout(problem, completion, number, 0, verdict))
    batch = RolloutBatch.of(rollouts, [(1, 2, 3)] * len(rollouts))
    return replace(batch, values=torch.full(batch.mask.shape, 0.4) * batch.mask)


def estimate(batch: RolloutBatch, critic: CriticOptions | None = None, **options: Any) -> RolloutBatch:
    algorithm = AlgorithmOptions(**options)
    return AdvantageEstimator(algorithm, critic or CriticOptions(), max_tokens=4).estimate(batch)


MIXED = [RIGHT, WRONG, WRONG]


@pytest.mark.parametrize("advantage", ESTIMATORS)
def test_an_error_gets_nothing_and_changes_nothing(advantage: str) -> None:
    clean = estimate(make_batch(("a", MIXED), ("a", MIXED)), advantage=advantage)
    broken = estimate(make_batch(("a", [*MIXED, BROKEN]), ("a", MIXED)), advantage=advantage)
    assert not broken.advantages[3].any()
    rows = [0, 1, 2, 4, 5, 6]
    torch.testing.assert_close(broken.advantages[rows, :3], clean.advantages)
    assert broken.returns is not None
    assert bool(broken.returns.isfinite().all())


@pytest.mark.parametrize("advantage", ESTIMATORS)
def test_right_is_above_wrong_and_padding_is_zero(advantage: str) -> None:
    batch = estimate(make_batch(("a", MIXED)), advantage=advantage)
    assert batch.advantages[0, 0] > 0
    assert (batch.advantages[1:][batch.mask[1:]] < 0).all()
    assert not batch.advantages[~batch.mask].any()


def test_a_rollout_without_a_right_answer_is_not_blown_up() -> None:
    batch = make_batch(("a", [WRONG, WRONG]))
    plain = estimate(batch, CriticOptions(lam=0.9), name="ppo").advantages[batch.mask]
    assert (plain < 0).all()
    assert plain.abs().max() < 0.5
    whitened = estimate(batch, CriticOptions(lam=0.9), name="ppo", scale_rewards="batch").advantages[batch.mask]
    assert whitened.abs().max() > 1  # what the recipe asks for then, and why it is not the default


@pytest.mark.parametrize("options", [{"advantage": "gae"}, {"advantage": "reinforce_pp"}, {"scale_rewards": "batch"}])
def test_a_batch_is_normalised_task_by_task(options: dict[str, Any]) -> None:
    alone = estimate(make_batch(("a", MIXED)), **options)
    beside = estimate(make_batch(("a", MIXED), ("b", [RIGHT] * 5 + [WRONG])), **options)
    torch.testing.assert_close(beside.advantages[:3, :3], alone.advantages)


def test_the_kl_term_in_the_reward_lowers_what_left_the_reference() -> None:
    batch = make_batch(("a", [RIGHT, RIGHT, WRONG]))
    far = torch.full(batch.mask.shape, -1.0)
    far[0, 0] = -3.0  # the reference finds the first completion much less likely than the policy did
    batch = replace(batch, reference_logprobs=far * batch.mask)
    plain = estimate(batch, scale_rewards="none")
    torch.testing.assert_close(plain.advantages[0, 0], plain.advantages[1, 0])
    paid = estimate(batch, scale_rewards="none", beta=0.1, kl_in="reward")
    assert paid.advantages[0, 0] - paid.advantages[1, 0] == pytest.approx(-0.2, abs=1e-6)
    in_loss = estimate(batch, scale_rewards="none", beta=0.1)
    torch.testing.assert_close(in_loss.advantages, plain.advantages)


def test_long_answers_pay_in_the_last_tokens_before_the_limit() -> None:
    batch = make_batch(("a", [RIGHT, RIGHT, RIGHT, RIGHT, WRONG]))
    found = estimate(batch.select([0, 2, 3, 4]), scale_rewards="none", overlong_cache=2).advantages[:, 0]
    assert found[0] > found[1] > found[2]


def test_the_policy_and_the_critic_may_look_ahead_differently() -> None:
    batch = make_batch(("a", MIXED))
    critic = CriticOptions(lam=0.0, lam_critic=1.0)
    found = estimate(batch, critic, advantage="gae")
    assert found.returns is not None
    # lambda 1: the return is the reward; lambda 0: only the last token of a completion hears of it.
    torch.testing.assert_close(found.returns[batch.mask], torch.tensor([1.0, 0, 0, 0, 0, 0]))
    assert found.advantages[1, 0] > found.advantages[1, 1]
