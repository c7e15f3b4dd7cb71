"""What a recipe may say about the objective, and the named algorithms as presets of it.

An algorithm is an advantage estimator, a policy loss and a normaliser, with a critic where the estimator
needs one. A name fills in the values that make the algorithm what it is; whatever the recipe states
besides wins, and the run's copy of the recipe spells everything out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from rlvr.verifier import Model

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]

Name: TypeAlias = Literal[
    "grpo", "dr_grpo", "dapo", "gspo", "cispo", "rloo", "reinforce_pp", "reinforce_pp_baseline", "ppo"
]
Estimator: TypeAlias = Literal["group", "leave_one_out", "reinforce_pp", "reinforce_pp_baseline", "gae"]
LossName: TypeAlias = Literal[
    "clipped", "gspo", "gspo_token", "cispo", "sapo", "gmpo", "vespo", "sequence_clipped", "reinforce"
]
Correction: TypeAlias = Literal["none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"]

#: Estimators that learn nothing from a group whose rewards are all the same.
MIXED_GROUPS_ONLY = frozenset({"group", "leave_one_out", "reinforce_pp_baseline"})

#: Losses that `delta` bounds.
_TWO_SIDED = frozenset({"clipped", "gspo", "gspo_token", "sequence_clipped"})

#: What each name stands for, beyond the defaults of `AlgorithmOptions`. Sources are in `rlvr.algorithms`.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "grpo": {},
    "dr_grpo": {"scale_rewards": "none", "loss_type": "dr_grpo"},
    "dapo": {"loss_type": "dapo", "epsilon_high": 0.28},
    # Bounds this narrow are about the policy's own change: ratios are taken to the trainer's log-probs.
    "gspo": {
        "policy_loss": "gspo",
        "epsilon": 3e-4,
        "epsilon_high": 4e-4,
        "sampler_correction": "sequence_truncate",
    },
    "cispo": {"policy_loss": "cispo", "loss_type": "dapo", "epsilon_high": 0.28},
    "rloo": {"advantage": "leave_one_out", "policy_loss": "reinforce", "loss_type": "luspo", "kl_in": "reward"},
    "reinforce_pp": {"advantage": "reinforce_pp", "loss_type": "dapo", "kl_in": "reward"},
    "reinforce_pp_baseline": {"advantage": "reinforce_pp_baseline", "loss_type": "dapo"},
    # No whitening: in a rollout without a right answer it would turn the differences between tokens that
    # lambda and critic leave, which are noise, into advantages as large as any.
    "ppo": {"advantage": "gae", "scale_rewards": "none", "loss_type": "dr_grpo", "kl_in": "reward"},
}


class AlgorithmOptions(Model):
    """The objective.

    prompts_per_step: problems of one rollout, each answered num_generations times.
    advantage, scale_rewards: the estimator, and what group-centred rewards are divided by; with `gae`,
    whether advantages are whitened over the batch, anything but `none`.
    policy_loss, loss_type: the loss of a token, and how tokens are averaged (`rlvr.algorithms.normalisers`).
    epsilon, epsilon_high, delta: bounds of the ratio; delta, above 1 + epsilon_high, where advantages are negative.
    beta, kl_in: weight and place of the KL term against the reference: in the loss (k3_corrected) or the reward (k1).
    entropy_coef: weight of an entropy bonus.
    num_iterations, num_mini_batches: a rollout gives num_iterations * num_mini_batches optimizer steps.
    sampler_correction, sampler_correction_cap: importance weights between the trainer's log-probs and
    the sampler's, by token or sequence, truncated at the cap or masked beyond it.
    mask_truncated_completions: leave cut-off completions out of the loss. overlong_cache: DAPO's soft
    penalty over the last so many tokens before the length limit, 0 for none.
    """

    name: Name = "grpo"
    num_generations: Count = 8
    prompts_per_step: Count = 8
    advantage: Estimator = "group"
    scale_rewards: Literal["group", "batch", "none"] = "group"
    policy_loss: LossName = "clipped"
    loss_type: Literal["grpo", "dapo", "dr_grpo", "luspo"] = "grpo"
    epsilon: Positive = 0.2
    epsilon_high: Positive = 0.2
    delta: Positive | None = None
    beta: NotNegative = 0.0
    kl_in: Literal["loss", "reward"] = "loss"
    entropy_coef: NotNegative = 0.0
    num_iterations: Count = 1
    num_mini_batches: Count = 1
    sampler_correction: Correction = "none"
    sampler_correction_cap: Positive = 2.0
    mask_truncated_completions: bool = False
    overlong_cache: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, data: Any) -> Any:
        """The preset's values under those that were given."""
        if not isinstance(data, Mapping):
            return data
        return {**PRESETS.get(str(data.get("name", "grpo")), {}), **data}

    @model_validator(mode="after")
    def _fits(self) -> AlgorithmOptions:
        if self.num_generations == 1 and self.needs_mixed_groups:
            raise ValueError(
                f"algorithm.num_generations=1 leaves advantage={self.advantage} without a group to compare with; "
                "take 2 or more, or algorithm.name=ppo"
            )
        if self.num_mini_batches > self.prompts_per_step:
            raise ValueError(
                f"num_mini_batches={self.num_mini_batches} is more than prompts_per_step={self.prompts_per_step}: "
                "a mini-batch holds at least one group"
            )
        if self.policy_loss == "reinforce" and self.updates_per_rollout > 1:
            raise ValueError(
                "policy_loss=reinforce has no ratio, so it is right for one update a rollout only; "
                "take policy_loss=sequence_clipped, or num_iterations=1 and num_mini_batches=1"
            )
        if self.epsilon >= 1 and self.policy_loss in ("clipped", "sequence_clipped"):
            raise ValueError(f"epsilon={self.epsilon:g} must be below 1: the ratio's lower bound is 1 - epsilon")
        if self.delta is not None and self.policy_loss in _TWO_SIDED and self.delta <= 1 + self.epsilon_high:
            raise ValueError(
                f"delta={self.delta:g} must be above 1 + epsilon_high={1 + self.epsilon_high:g}: "
                "it bounds the ratios that epsilon_high leaves alone, where the advantage is negative"
            )
        return self

    @property
    def needs_mixed_groups(self) -> bool:
        """Whether the estimator compares completions of one prompt, and learns nothing where all fared the same."""
        return self.advantage in MIXED_GROUPS_ONLY

    @property
    def updates_per_rollout(self) -> int:
        """Optimizer steps that one rollout gives."""
        return self.num_iterations * self.num_mini_batches


class CriticOptions(Model):
    """The critic of `advantage: gae`, which estimates the chance that an answer will be right.

    kind: a linear head on what the policy's forward pass says, or a second LoRA adapter with a head of its
    own. loss: `logistic` against the verdict, for binary rewards, or `squared` against the return. gamma:
    what a reward is worth one token earlier, 1 for no discount. lam: the policy's lambda, 1 for return minus
    value, which no error of the critic biases, `adaptive` for one that grows with length; lam_critic: that
    of the critic's returns. prompt_weight: how many verdicts the critic's word on a prompt is worth beside
    those of the group's other completions, null for PPO that does not look at groups. learning_rate,
    cliprange: of an adapter, the optimizer's rate and how far a squared loss lets values move; a head has
    nothing to tune. warmup_steps: optimizer steps at the start that train the critic alone.
    """

    kind: Literal["head", "adapter"] = "head"
    loss: Literal["logistic", "squared"] = "logistic"
    learning_rate: Positive = 1e-3
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    gamma: Share = 1.0
    lam: Share | Literal["adaptive"] = 1.0
    lam_critic: Share = 1.0
    prompt_weight: Positive | None = 2.0
    cliprange: Positive = 0.2
