"""A recipe before any training: what is examined, in which order, and what stops a run.

The recipe and its rows have been read by then: a wrong key, and a row that cannot be judged, are
errors of their own. Nothing here changes anything but for a folder that is made and removed, and no weight
is loaded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlvr.encoder import Encoder
from rlvr.errors import CheckFailed, EnvironmentLacks
from rlvr.finding import Finding, State, exit_code
from rlvr.models import find_model, load_config, load_tokenizer
from rlvr.preflight.arithmetic import explain_batch
from rlvr.preflight.memory import Estimate, estimate_memory
from rlvr.preflight.trials import spread, try_task
from rlvr.preflight.verdicts import judge_task, summed, wrong_trials
from rlvr.recipe import Recipe
from rlvr.registry import samplers
from rlvr.run_folder import RunFolder, parent_of
from rlvr.runtime import sandbox_of
from rlvr.scoring.scorer import Scorer
from rlvr.tasks.mix import ProblemStream
from rlvr.tasks.task import Task

#: Rows of each task that the quick form tries.
_QUICK_ROWS = 4
_ENOUGH = 0.9
_ADAPTER = ("adapter_config.json", "adapter_model.safetensors")


@dataclass(slots=True)
class Report:
    """What a check found: findings, the sentences on the batch, memory, and every trial that went wrong."""

    findings: list[Finding] = field(default_factory=list)
    batch: list[str] = field(default_factory=list)
    memory: Estimate | None = None
    wrong: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """1 when a check failed, 3 when the environment lacks something."""
        return exit_code(self.findings)


def check_recipe(recipe: Recipe, tasks: Sequence[Task], rows: int, say: Callable[[str], None]) -> Report:
    """The whole examination; `rows` of each task are tried, 0 for all.

    Raises UsageError when there is no such sampler, the batch is larger than the data, or the adapter does not fit
    the model.
    """
    samplers.get(recipe.sampling.sampler)
    stream = ProblemStream(tasks, recipe.seed, recipe.curriculum.rest)
    stream.check(recipe.algorithm.prompts_per_step)
    report = Report(batch=explain_batch(recipe, tasks))
    for task in tasks:
        count = sum(map(len, task.splits.values()))
        report.findings.append(Finding(f"{task.name}: references", State.OK, f"all {count} are fit to be judged by"))
    report.findings += _folders(recipe)
    _try_tasks(report, recipe, tasks, rows, say)
    report.findings += _model(report, recipe, tasks, rows)
    return report


def check_quickly(recipe: Recipe, tasks: Sequence[Task], *, new: bool = False) -> None:
    """A few rows of each task: right answers pass, blank ones do not. Raises CheckFailed that says how to look.

    Raises UsageError when there is no such sampler, and, for a new run, EnvironmentLacks without a place for it or
    the adapter it starts from: a run that goes on has both in its folder.
    """
    samplers.get(recipe.sampling.sampler)
    for finding in _folders(recipe) if new else ():
        if finding.state is State.LACKS:
            raise EnvironmentLacks(f"{finding.what}: {finding.found}", finding.mend)
    findings: list[Finding] = []
    with Scorer(_lone(recipe), sandbox_of(recipe)) as scorer:
        for task in tasks:
            trials = try_task(task, scorer, recipe.sampling.stop, _QUICK_ROWS, quick=True)
            findings += judge_task(trials)
    if exit_code(findings):
        mend = "Look at all rows with `rlvr check`, which takes the same recipe; train regardless with --no-check."
        raise CheckFailed(
            f"verifiers do not judge as they should, so training did not begin.\n  {summed(findings)}", mend
        )


def _lone(recipe: Recipe) -> Any:
    """The recipe's limits of a verdict, with one worker: a few verdicts are not worth more."""
    return recipe.scoring.model_copy(update={"workers": 1})


def _folders(recipe: Recipe) -> Iterator[Finding]:
    """Where the run would be, and the adapter that it would start from."""
    yield _run_folder(recipe)
    if recipe.model.adapter:
        folder = Path(recipe.model.adapter).expanduser()
        missing = [name for name in _ADAPTER if not (folder / name).is_file()]
        if missing:
            found = f"there is no adapter in {folder}: it holds no {' and no '.join(missing)}"
            yield Finding("adapter", State.LACKS, found, "Set model.adapter to a folder that holds one.")
        else:
            yield Finding("adapter", State.OK, f"lies in {folder}")


def _run_folder(recipe: Recipe) -> Finding:
    parent = parent_of(recipe)
    try:
        RunFolder.check(recipe)
        existing = next(path for path in (parent, *parent.absolute().parents) if path.exists())
        # Rights do not tell: root has all of them, and can still make no folder in /proc.
        tempfile.TemporaryDirectory(prefix=".rlvr-check-", dir=existing).cleanup()
    except EnvironmentLacks as error:
        return Finding("run folder", State.LACKS, error.what, error.mend)
    except OSError as error:
        found = f"none can be made in {parent}: {error.strerror}"
        return Finding("run folder", State.LACKS, found, "Set track.dir to a folder you can write to.")
    return Finding("run folder", State.OK, f"can be made in {parent}")


def _try_tasks(report: Report, recipe: Recipe, tasks: Sequence[Task], rows: int, say: Callable[[str], None]) -> None:
    """The verifiers, in the processes and the sandbox that the run will use."""
    try:
        sandbox = sandbox_of(recipe)
    except EnvironmentLacks as error:
        report.findings.append(Finding("sandbox", State.LACKS, error.what, error.mend))
        return
    if sandbox is not None:
        report.findings.append(Finding("sandbox", State.OK, f"{recipe.sandbox.name} runs jobs"))
    with Scorer(recipe.scoring, sandbox) as scorer:
        for task in tasks:
            say(f"task {task.name}: trying its verifier")
            trials = try_task(task, scorer, recipe.sampling.stop, rows)
            report.findings += judge_task(trials)
            report.wrong += [(task.name, trial) for trial in wrong_trials(trials)]


def _model(report: Report, recipe: Recipe, tasks: Sequence[Task], rows: int) -> Iterator[Finding]:
    """Model, tokenizer, lengths, memory."""
    options = recipe.model
    try:
        name = find_model(options.name)
        config = load_config(name, options.revision, options.trust_remote_code)
        encoder = Encoder(
            load_tokenizer(name, options.revision, options.trust_remote_code), (), options.chat_template_args
        )
    except EnvironmentLacks as error:
        yield Finding("model", State.LACKS, error.what, error.mend)
        return
    yield Finding("model", State.OK, f"{options.name} ({config.model_type})")
    longest = max(len(encoder.encode(problem.prompt).ids) for task in tasks for problem in spread(task, rows).values())
    yield _lengths(recipe, config, longest)
    yield from _solutions(recipe, tasks, encoder, rows)
    report.memory = estimate_memory(recipe, config, longest)
    yield _memory(report.memory)


def _lengths(recipe: Recipe, config: Any, longest: int) -> Finding:
    completion = recipe.sampling.max_completion_length
    room = getattr(config.get_text_config(), "max_position_embeddings", None)
    found = f"prompts of up to {longest} tokens and completions of up to {completion}"
    if room is not None and longest + completion > room:
        mend = "Lower sampling.max_completion_length, or shorten the prompts."
        return Finding("lengths", State.FAIL, f"{found} are more than the model's {room} positions", mend)
    return Finding("lengths", State.OK, found + (f", of the model's {room} positions" if room else ""))


def _solutions(recipe: Recipe, tasks: Sequence[Task], encoder: Encoder, rows: int) -> Iterator[Finding]:
    """Whether a completion has room for the rows' own solutions."""
    room = recipe.sampling.max_completion_length
    for task in tasks:
        texts = [task.solutions[row] for row in spread(task, rows) if row in task.solutions]
        counts = [len(encoder.tokenizer(text, add_special_tokens=False)["input_ids"]) + 1 for text in texts]
        long = sum(count > room for count in counts)
        if long:
            found = f"{long} of {len(counts)} solutions are longer than {room} tokens, the longest {max(counts)}"
            yield Finding(f"{task.name}: room", State.WARN, found, "Raise sampling.max_completion_length.")


def _memory(estimate: Estimate) -> Finding:
    found = f"about {_gib(estimate.total)} of {_gib(estimate.available)} free on {estimate.device}"
    if estimate.total > _ENOUGH * estimate.available:
        mend = "Lower train.micro_batch_size or sampling.rows, or set train.gradient_checkpointing=true."
        return Finding("memory", State.WARN, found, mend)
    return Finding("memory", State.OK, found)


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"


def to_json(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    from dataclasses import asdict

    wrong = [{"task": task, **asdict(trial), "verdict": trial.verdict.to_json()} for task, trial in report.wrong]
    memory = report.memory and {**asdict(report.memory), "total": report.memory.total}
    return {
        "exit_code": report.exit_code,
        "findings": [asdict(finding) for finding in report.findings],
        "batch": report.batch,
        "memory": memory,
        "wrong": wrong,
    }
