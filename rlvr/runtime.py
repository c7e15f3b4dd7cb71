"""Everything a recipe needs at run time, built once and used by every verb: tasks, model, sampler, scorer."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from rlvr.decoder import Decoder
from rlvr.device import choose_device, choose_dtype
from rlvr.encoder import Encoder
from rlvr.errors import UsageError
from rlvr.models import find_model, load_base, load_tokenizer
from rlvr.policy import Policy
from rlvr.progress import Display
from rlvr.recipe import LoraOptions, Recipe
from rlvr.registry import open_sandbox, samplers
from rlvr.rollouts import Collector
from rlvr.sandbox import Sandbox
from rlvr.scoring.scorer import Scorer
from rlvr.tasks.task import Task, load_task


@dataclass(slots=True)
class Runtime:
    """The parts of a run. `decoder` holds the weights that `collector` samples from."""

    recipe: Recipe
    tasks: list[Task]
    policy: Policy
    decoder: Decoder
    collector: Collector
    display: Display


@contextmanager
def open_runtime(recipe: Recipe, tasks: list[Task], display: Display, start: Path | None = None) -> Iterator[Runtime]:
    """Load the model and start the workers; end them on leaving.

    `start` is where a run keeps the adapter that it has started from, if it has; else it is the recipe's.
    Tasks are loaded before (`load_tasks`), so that a wrong row is known before a model is in memory.
    """
    sandbox = sandbox_of(recipe)
    if recipe.train.threads:
        torch.set_num_threads(recipe.train.threads)
    torch.manual_seed(recipe.seed)
    device = choose_device(recipe.model.device)
    dtype = choose_dtype(recipe.model.dtype, device)
    options = recipe.model
    name = find_model(options.name)
    tokenizer = load_tokenizer(name, options.revision, options.trust_remote_code)
    base = load_base(name, options.revision, dtype, options.trust_remote_code).to(device)
    encoder = Encoder(tokenizer, end_ids(base), options.chat_template_args)
    decoder = Decoder(base)
    policy = Policy(with_lora(base, recipe.lora), device, dtype)
    if recipe.train.gradient_checkpointing:
        policy.checkpoint_gradients()
    if (folder := _start_of(recipe, start)) is not None:
        policy.load(folder)
        policy.start_here()
    sampler = samplers.get(recipe.sampling.sampler)(decoder.model, encoder, recipe.sampling.rows)
    display.say(f"{options.name} on {device} in {str(dtype).removeprefix('torch.')}: {policy.describe()}")
    with Scorer(recipe.scoring, sandbox) as scorer:
        collector = Collector(encoder, sampler, scorer, recipe.seed)
        yield Runtime(recipe, tasks, policy, decoder, collector, display)


def _start_of(recipe: Recipe, start: Path | None) -> Path | None:
    """The folder of the adapter to start from: a run's own copy outlasts the one the recipe names."""
    if start is not None and start.is_dir():
        return start
    return Path(recipe.model.adapter).expanduser() if recipe.model.adapter else None


def load_tasks(recipe: Recipe, display: Display) -> list[Task]:
    """Every task of the recipe with its problems validated. Raises DataError that names the row."""
    tasks = [load_task(options) for options in recipe.tasks]
    for task in tasks:
        sizes = f"{len(task.train)} train, {len(task.validation)} validation, {len(task.test)} test"
        display.say(f"task {task.name}: {sizes}")
        for note in task.notes:
            display.say(note)
    return tasks


def sandbox_of(recipe: Recipe) -> Sandbox | None:
    """The recipe's sandbox if a task needs one. Raises EnvironmentLacks now if it could not run a job."""
    return open_sandbox(recipe.sandbox.name, recipe.sandbox.options, (task.verifier.spec for task in recipe.tasks))


def with_lora(base: Any, options: LoraOptions) -> Any:
    """The base with an adapter in it. Raises UsageError when the targets are no modules of this model."""
    from peft import LoraConfig, get_peft_model

    targets = options.target_modules
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=options.r,
        lora_alpha=options.lora_alpha,
        lora_dropout=options.lora_dropout,
        target_modules=targets if isinstance(targets, str) else list(targets),
    )
    with warnings.catch_warnings():
        # peft still asks for a property that transformers is about to rename.
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing`", category=FutureWarning)
        try:
            return get_peft_model(base, config)
        except ValueError as error:
            raise UsageError(f"lora: {error}", "Set lora.target_modules to names this model has.") from error


def end_ids(base: Any) -> list[int]:
    """End-of-turn ids of the generation config, which may give one, several or none."""
    ids = getattr(base.generation_config, "eos_token_id", None)
    return ids if isinstance(ids, list) else [] if ids is None else [ids]
