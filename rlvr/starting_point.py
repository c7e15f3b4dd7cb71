"""Where training starts: the bare model, a given adapter, or one made by supervised fine-tuning.

The fine-tuning learns from the model's own answers that a verifier passed (rejection sampling), for
tasks at which the model succeeds too rarely for a group to hold both right and wrong answers. The start
is written into the run's folder, because it is the reference policy and part of every comparison.
"""

from __future__ import annotations

import tempfile
import warnings
from typing import Any

from rlvr.errors import UsageError
from rlvr.problem import Problem, Rollout
from rlvr.run_folder import RunFolder
from rlvr.runtime import Runtime
from rlvr.store import EventRecord, RolloutRecord, Store
from rlvr.tasks.order import digest
from rlvr.verdict import Outcome


def set_start(runtime: Runtime, run: RunFolder, store: Store) -> None:
    """Put the policy where the run starts; one that has started before was opened there.

    Raises UsageError when no answer of the warm start was right, TooManyErrors when too few could be judged.
    """
    if run.start.is_dir():
        return
    if runtime.recipe.warm_start.problems:
        _warm_start(runtime, store)
        runtime.policy.start_here()
    if runtime.policy.has_start:
        runtime.policy.save(run.start)


def _warm_start(runtime: Runtime, store: Store) -> None:
    """Sample, keep what passes, fine-tune on it."""
    options = runtime.recipe.warm_start
    problems = _problems(runtime)[: options.problems]
    runtime.decoder.load(runtime.policy.model)
    with runtime.display.phase(f"warm start, {len(problems)} problems x {options.samples}") as on_sampled:
        collected = runtime.collector.collect(
            problems, options.samples, runtime.recipe.sampling.params(), salt="warm-start", on_sampled=on_sampled
        )
    store.append(RolloutRecord(0, "warm-start", rollout) for rollout in collected.rollouts)
    runtime.collector.scorer.check_health()
    kept = _kept(collected.rollouts, options.keep)
    rows = [_row(collected.prompts[i], collected.rollouts[i]) for i in kept]
    if not rows:
        what = f"none of the {len(collected.rollouts)} answers of the warm start was right."
        raise UsageError(what, "Show worked examples in the prompt, or take easier problems for it.")
    text = f"warm start: fine-tuning on {len(rows)} right answers"
    runtime.display.say(text)
    store.append([EventRecord(0, "warm-start", text)])
    _fine_tune(runtime, rows)


def _problems(runtime: Runtime) -> list[Problem]:
    """All training problems in an order that depends on the seed alone."""
    problems = [problem for task in runtime.tasks for problem in task.train]
    return sorted(problems, key=lambda problem: digest(runtime.recipe.seed, "warm-start", problem.task, problem.id))


def _kept(rollouts: list[Rollout], keep: int) -> list[int]:
    """The places of at most `keep` different right answers to each problem."""
    texts: dict[tuple[str, str], set[str]] = {}
    kept = []
    for i, rollout in enumerate(rollouts):
        assert rollout.verdict is not None
        seen = texts.setdefault((rollout.problem.task, rollout.problem.id), set())
        if rollout.verdict.outcome is Outcome.PASS and len(seen) < keep and rollout.completion.text not in seen:
            seen.add(rollout.completion.text)
            kept.append(i)
    return kept


def _row(prompt: tuple[int, ...], rollout: Rollout) -> dict[str, list[int]]:
    """The sampled ids themselves, of which only the completion's are learnt."""
    ids = rollout.completion.token_ids
    return {"input_ids": [*prompt, *ids], "completion_mask": [0] * len(prompt) + [1] * len(ids)}


def _fine_tune(runtime: Runtime, rows: list[dict[str, list[int]]]) -> None:
    """TRL's SFTTrainer on the policy's adapter."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    options = runtime.recipe.warm_start
    policy = runtime.policy
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        # Both libraries still call parts of each other that are about to be renamed.
        warnings.filterwarnings("ignore", category=FutureWarning)
        config = SFTConfig(
            output_dir=scratch,
            num_train_epochs=options.epochs,
            learning_rate=options.learning_rate,
            per_device_train_batch_size=options.batch_size,
            lr_scheduler_type="linear",
            warmup_steps=0,
            weight_decay=0.0,
            seed=runtime.recipe.seed,
            data_seed=runtime.recipe.seed,
            use_cpu=policy.device.type == "cpu",
            bf16=False,
            gradient_checkpointing=runtime.recipe.train.gradient_checkpointing,
            completion_only_loss=True,
            max_length=None,
            packing=False,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer: Any = SFTTrainer(
            model=policy.model,
            args=config,
            train_dataset=Dataset.from_list(rows),
            processing_class=runtime.collector.encoder.tokenizer,
        )
        trainer.train()
