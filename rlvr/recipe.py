"""The recipe: everything a run is made of, typed. Unknown keys are errors.

A recipe file (see `rlvr.recipe_file`) states what differs from the defaults here; the run's own copy
states every value. Names are TRL's where TRL has one.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from rlvr.algorithms.options import AlgorithmOptions, CriticOptions
from rlvr.sampler import SamplingParams
from rlvr.scoring.options import ScoringOptions
from rlvr.tasks.options import TaskOptions
from rlvr.verifier import Model

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class ModelOptions(Model):
    """Which model, and how it is loaded.

    name: a hub id, a local folder, or `package:NAME/FILE.gguf`. dtype `auto` is bfloat16 where the
    device computes in it, else float32. adapter: a folder with a PEFT adapter to start from, whose frozen
    copy is then the reference policy. chat_template_args go to the chat template (`enable_thinking`).
    """

    name: str
    revision: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: str = "auto"
    adapter: str | None = None
    chat_template_args: dict[str, Any] = Field(default_factory=dict)
    trust_remote_code: bool = False


class LoraOptions(Model):
    """The adapter, in peft's terms. `target_modules` is `all-linear` or a list of module names."""

    r: Count = 16
    lora_alpha: Annotated[int, Field(ge=1)] = 32
    lora_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    target_modules: str | tuple[str, ...] = "all-linear"


class SamplingOptions(Model):
    """How completions are drawn in training.

    sampler: one that `rlvr list samplers` names. stop: texts before which a completion is cut off. rows: how
    many completions are sampled side by side.
    """

    sampler: str = "native"
    max_completion_length: Count = 512
    temperature: Annotated[float, Field(gt=0)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    stop: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    rows: Count = 64

    def params(self, temperature: float | None = None) -> SamplingParams:
        """As a sampler takes them, at the training temperature unless another is given."""
        chosen = self.temperature if temperature is None else temperature
        return SamplingParams(self.max_completion_length, chosen, self.top_p, self.stop)


class WarmStartOptions(Model):
    """Supervised fine-tuning before the first step, on the model's own answers that a verifier passed.

    The model answers `problems` training problems `samples` times each; at most `keep` right answers of
    each problem are learnt for `epochs` epochs. 0 problems leaves it out.
    """

    problems: Annotated[int, Field(ge=0)] = 0
    samples: Count = 8
    keep: Count = 2
    epochs: Count = 2
    learning_rate: Annotated[float, Field(gt=0)] = 1e-4
    batch_size: Count = 8


class TrainOptions(Model):
    """The optimizer (AdamW) and its schedule, batches, checkpoints.

    micro_batch_size counts completions that are scored in one forward pass; gradients accumulate over
    as many passes as a step needs. warmup_steps of linear rise, then lr_scheduler_type down to
    min_lr_ratio of learning_rate at max_steps. threads: 0 leaves the choice to torch.
    """

    max_steps: Count = 100
    learning_rate: Annotated[float, Field(gt=0)] = 1e-5
    lr_scheduler_type: Literal["constant", "linear", "cosine"] = "constant"
    min_lr_ratio: Share = 0.1
    warmup_steps: Annotated[int, Field(ge=0)] = 5
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    adam_beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    adam_beta2: Annotated[float, Field(ge=0, lt=1)] = 0.999
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    micro_batch_size: Count = 16
    gradient_checkpointing: bool = False
    save_steps: Count = 50
    save_total_limit: Count = 2
    threads: Annotated[int, Field(ge=0)] = 0


class CurriculumOptions(Model):
    """Which problems are worth asking.

    refill, where the advantages need groups with different rewards: groups without signal are left out of
    the step and replaced by others, at most this many times prompts_per_step of them; 0 leaves a step as it
    was drawn. rest, where groups hold several answers: a problem whose group had no signal is passed over on
    the next visit, then on three, seven, ... up to this many; 0 for never.
    """

    refill: Annotated[float, Field(ge=0)] = 1.0
    rest: Annotated[int, Field(ge=0)] = 7


class EvalOptions(Model):
    """The held-out comparison of base and trained model on `test` when training has ended.

    every: optimizer steps between evaluations on `validation`, 0 for none; adapter: which one the run
    ends with, the best by validation pass@1 or the last. On `test`, both answer every problem `samples`
    times at the training temperature; the base also greedily and, half as often, at each of
    `temperatures`, so that a gain which sharpening alone gives is seen. pass@k is reported for 1 and every
    other k of `k`, none of which may be above `samples`. limit: the first so many test problems, 0 for all.
    """

    every: Annotated[int, Field(ge=0)] = 0
    adapter: Literal["best", "last"] = "best"
    samples: Count = 8
    k: tuple[Count, ...] = (1, 2, 4, 8)
    temperatures: tuple[Annotated[float, Field(ge=0)], ...] = (0.0, 0.3, 0.7)
    limit: Annotated[int, Field(ge=0)] = 0

    def samples_at(self, temperature: float, training: float) -> int:
        """Answers to each problem at a temperature: pass@k is wanted at the training one only."""
        if temperature == 0:
            return 1
        return self.samples if temperature == training else max(self.samples // 2, 1)

    @field_validator("k")
    @classmethod
    def _with_1(cls, k: tuple[int, ...]) -> tuple[int, ...]:
        """pass@1 is what base and trained model are compared by."""
        return tuple(sorted({1, *k}))

    @model_validator(mode="after")
    def _k_fits(self) -> EvalOptions:
        if max(self.k) > self.samples:
            raise ValueError(f"pass@{max(self.k)} needs at least {max(self.k)} samples, not {self.samples}")
        return self


class SandboxOptions(Model):
    """Where model-written code runs, for tasks that are judged by running it; `options` are the sandbox's own."""

    name: str = "docker"
    options: dict[str, Any] = Field(default_factory=dict)


class TrackOptions(Model):
    """Where run folders are made."""

    dir: str = "runs"


class Recipe(Model):
    """A whole run. `name` names its folder."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    model: ModelOptions
    lora: LoraOptions = LoraOptions()
    tasks: Annotated[tuple[TaskOptions, ...], Field(min_length=1)]
    algorithm: AlgorithmOptions = AlgorithmOptions()
    critic: CriticOptions = CriticOptions()
    warm_start: WarmStartOptions = WarmStartOptions()
    sampling: SamplingOptions = SamplingOptions()
    train: TrainOptions = TrainOptions()
    curriculum: CurriculumOptions = CurriculumOptions()
    scoring: ScoringOptions = ScoringOptions()
    sandbox: SandboxOptions = SandboxOptions()
    eval: EvalOptions = EvalOptions()
    track: TrackOptions = TrackOptions()

    @model_validator(mode="after")
    def _sampler_is_accounted_for(self) -> Recipe:
        """Tokens drawn by top-p come from another distribution than the one that is trained."""
        if self.sampling.top_p < 1 and self.algorithm.sampler_correction == "none":
            raise ValueError(
                f"sampling.top_p={self.sampling.top_p:g} draws from a cut-off distribution; "
                "set algorithm.sampler_correction=token_truncate, or sampling.top_p=1"
            )
        return self

    @model_validator(mode="after")
    def _overlong_zone_fits(self) -> Recipe:
        cache, longest = self.algorithm.overlong_cache, self.sampling.max_completion_length
        if cache > longest:
            raise ValueError(
                f"algorithm.overlong_cache={cache} is more than sampling.max_completion_length={longest}: "
                "the penalty falls over the last tokens of a completion"
            )
        return self

    @model_validator(mode="after")
    def _validation_has_problems(self) -> Recipe:
        if self.eval.every and all(task.splits.validation == 0 for task in self.tasks):
            raise ValueError(
                f"eval.every={self.eval.every} evaluates on `validation`, of which no task has any; "
                "give one `splits: {validation: 50}`, or set eval.every=0"
            )
        return self

    @model_validator(mode="after")
    def _tasks_differ(self) -> Recipe:
        names = [task.name for task in self.tasks]
        if len(set(names)) < len(names):
            raise ValueError(f"two tasks share a name ({', '.join(names)}), give each its own")
        return self
