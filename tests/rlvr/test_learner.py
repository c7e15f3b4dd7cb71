"""The optimizer step: schedule, what is trained on, what is left out, exact state."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from rlvr.algorithms.advantages import group_advantages
from rlvr.algorithms.options import AlgorithmOptions
from rlvr.batch import RolloutBatch
from rlvr.learner import Learner, learning_rate
from rlvr.models import load_base
from rlvr.policy import Policy
from rlvr.problem import Completion, FinishReason, Problem, Rollout, VerifierSpec
from rlvr.ranks import Ranks
from rlvr.recipe import LoraOptions, TrainOptions
from rlvr.runtime import with_lora
from rlvr.verdict import Verdict

PROBLEM = Problem("p", "", {}, "t", VerifierSpec("math"))
RIGHT, WRONG = Verdict.passed("right"), Verdict.failed("wrong_answer", "wrong")
BROKEN = Verdict.error("verifier_failed", "it raised")


@pytest.fixture
def model_folder(tiny_model: Path) -> Path:
    return tiny_model


def make_learner(folder: Path, **options: Any) -> Learner:
    torch.manual_seed(0)
    policy = Policy(with_lora(load_base(str(folder), None, torch.float32), LoraOptions(r=4)), torch.device("cpu"),
                    torch.float32)  # fmt: skip
    algorithm = {key: options.pop(key) for key in list(options) if key in AlgorithmOptions.model_fields}
    train = TrainOptions(**{"learning_rate": 1e-2, "warmup_steps": 0, **options})
    return Learner(policy, AlgorithmOptions(**algorithm), train, temperature=1.0, max_tokens=8, ranks=Ranks())


def make_batch(learner: Learner, *groups: list[tuple[tuple[int, ...], Verdict]]) -> RolloutBatch:
    """Groups of (ids, verdict), with the policy's present log-probs as the sampler's and GRPO advantages."""
    rollouts, prompts = [], []
    for number, group in enumerate(groups):
        for ids, verdict in group:
            reason = FinishReason.LENGTH if len(ids) == 8 else FinishReason.EOS
            completion = Completion("", ids, (0.0,) * len(ids), reason)
            rollouts.append(Rollout(PROBLEM, completion, number, 0, verdict))
            prompts.append((1, 2, 3, 4 + number))
    batch = RolloutBatch.of(rollouts, prompts)
    with torch.no_grad():
        batch = replace(batch, sampler_logprobs=learner.policy.forward(batch, 1.0).logprobs)
    advantages = group_advantages(batch.rewards, batch.group_index, learner.algorithm.scale_rewards)
    return replace(batch, advantages=advantages.float()[:, None] * batch.mask)


MIXED = [((5, 6, 7), RIGHT), ((8, 9), WRONG), ((10,), WRONG)]
SAME = [((11, 12), WRONG), ((13,), WRONG)]


def weights(learner: Learner) -> torch.Tensor:
    return torch.cat([p.detach().flatten().clone() for p in learner.policy.parameters])


def test_a_step_makes_the_right_answer_likelier(model_folder: Path) -> None:
    learner = make_learner(model_folder)
    batch = make_batch(learner, MIXED)
    before = learner.policy.forward(batch, 1.0).logprobs.sum(1).tolist()
    for _ in range(3):
        learner.update(batch)
    after = learner.policy.forward(batch, 1.0).logprobs.sum(1).tolist()
    assert after[0] > before[0]
    assert after[1] < before[1]


@pytest.mark.parametrize("loss_type", ["grpo", "dapo", "dr_grpo"])
def test_micro_batches_give_the_gradient_of_the_whole(model_folder: Path, loss_type: str) -> None:
    found = []
    for size in (1, 2, 16):
        learner = make_learner(model_folder, loss_type=loss_type, micro_batch_size=size)
        metrics = learner.update(make_batch(learner, MIXED, MIXED[::-1]))
        found.append((metrics["grad_norm"], metrics["loss"], metrics["entropy"]))
    for other in found[1:]:
        assert other == pytest.approx(found[0], rel=1e-4, abs=1e-6)


def test_groups_without_signal_change_nothing_but_the_normaliser(model_folder: Path) -> None:
    alone, beside = (make_learner(model_folder, loss_type="dr_grpo", scale_rewards="none") for _ in range(2))
    norm_alone = alone.update(make_batch(alone, MIXED))["grad_norm"]
    norm_beside = beside.update(make_batch(beside, MIXED, SAME))["grad_norm"]
    assert norm_alone is not None
    assert norm_beside == pytest.approx(norm_alone * 3 / 5, rel=1e-4)


def test_a_batch_without_signal_moves_nothing(model_folder: Path) -> None:
    learner = make_learner(model_folder)
    before = weights(learner)
    metrics = learner.update(make_batch(learner, SAME))
    assert torch.equal(before, weights(learner))
    assert (metrics["grad_norm"], metrics["entropy"], learner.step) == (0.0, None, 1)


def test_an_error_is_outside_the_loss(model_folder: Path) -> None:
    clean, broken = (make_learner(model_folder, loss_type="grpo") for _ in range(2))
    norm_clean = clean.update(make_batch(clean, MIXED))["grad_norm"]
    norm_broken = broken.update(make_batch(broken, [*MIXED, ((14, 15), BROKEN)]))["grad_norm"]
    assert norm_broken == pytest.approx(norm_clean, rel=1e-5)


def test_truncated_completions_can_be_left_out(model_folder: Path) -> None:
    long = [((5, 6, 7), RIGHT), (tuple(range(20, 28)), WRONG), ((10,), WRONG)]
    kept = make_learner(model_folder, loss_type="dapo")
    masked = make_learner(model_folder, loss_type="dapo", mask_truncated_completions=True)
    norm_kept = kept.update(make_batch(kept, long))["grad_norm"]
    norm_masked = masked.update(make_batch(masked, long))["grad_norm"]
    assert norm_kept != pytest.approx(norm_masked, rel=1e-3)


def test_the_kl_term_pulls_towards_the_reference(model_folder: Path) -> None:
    learner = make_learner(model_folder, beta=0.5)
    batch, _ = learner.prepare(make_batch(learner, SAME))
    assert learner.update(batch)["kl"] == pytest.approx(0, abs=1e-6)
    with torch.no_grad():
        for parameter in learner.policy.parameters:
            parameter.add_(torch.randn_like(parameter) * 0.1)
    first = learner.update(batch)["kl"]
    for _ in range(20):
        last = learner.update(batch)["kl"]
    assert first is not None
    assert last is not None
    assert 0 < last < first


def test_entropy_bonus_keeps_the_distribution_wide(model_folder: Path) -> None:
    found = []
    for coefficient in (0.0, 1.0):
        learner = make_learner(model_folder, entropy_coef=coefficient)
        batch = make_batch(learner, MIXED)
        for _ in range(8):
            entropy = learner.update(batch)["entropy"]
        found.append(entropy)
    assert found[1] > found[0] + 0.01


def test_the_correction_weighs_what_the_sampler_drew_otherwise(model_folder: Path) -> None:
    """A token that the sampler thought twice as likely as the trainer does counts half."""
    learner = make_learner(model_folder, sampler_correction="token_truncate", policy_loss="reinforce")
    batch = make_batch(learner, MIXED)
    same, _ = learner.prepare(batch)
    assert same.trainer_logprobs is not None
    torch.testing.assert_close(same.trainer_logprobs, batch.sampler_logprobs)
    norm = learner.update(same)["grad_norm"]
    other = make_learner(model_folder, sampler_correction="token_truncate", policy_loss="reinforce")
    doubled = replace(batch, sampler_logprobs=(batch.sampler_logprobs + math.log(2)) * batch.mask)
    half = other.update(other.prepare(doubled)[0])["grad_norm"]
    assert half == pytest.approx(norm / 2, rel=1e-4)


def test_several_updates_take_the_ratio_to_where_they_began(model_folder: Path) -> None:
    learner = make_learner(model_folder, learning_rate=5e-2, num_iterations=4)
    batch = make_batch(learner, MIXED)
    clipped = [learner.update(batch)["clip_ratio"] for _ in range(4)]
    assert clipped[0] == 0
    assert clipped[-1] > 0


def test_state_goes_on_to_the_bit(model_folder: Path) -> None:
    learner = make_learner(model_folder)
    batch = make_batch(learner, MIXED)
    learner.update(batch)
    state, adapter = learner.state_dict(), {k: v.clone() for k, v in learner.policy.state_dict().items()}
    other = make_learner(model_folder)
    other.policy.load_state_dict(adapter)
    other.load_state_dict(state)
    for each in (learner, other):
        each.update(batch)
    assert torch.equal(weights(learner), weights(other))


@pytest.mark.parametrize(
    ("kind", "step", "expected"),
    [
        ("constant", 0, 0.25),
        ("constant", 3, 1.0),
        ("constant", 9, 1.0),
        ("linear", 4, 1.0),
        ("linear", 7, 0.55),
        ("linear", 10, 0.1),
        ("cosine", 7, 0.55),
        ("cosine", 10, 0.1),
    ],
)
def test_learning_rate_schedule(kind: Any, step: int, expected: float) -> None:
    options = TrainOptions(learning_rate=1.0, warmup_steps=4, max_steps=10, lr_scheduler_type=kind)
    assert learning_rate(step, options) == pytest.approx(expected)
