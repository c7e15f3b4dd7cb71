"""`rlvr train`: from a recipe to a better model, and the proof of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rlvr.recipe import Recipe
    from rlvr.run_folder import RunFolder
    from rlvr.tasks.task import Task


def train(
    recipe: Annotated[Path, typer.Argument(help="a recipe file, or with --resume a run folder")],
    overrides: Annotated[list[str] | None, typer.Argument(help="key=value, such as train.max_steps=20")] = None,
    resume: Annotated[bool, typer.Option(help="go on with a run from its newest checkpoint")] = False,
    check: Annotated[bool, typer.Option(help="try a few rows on their verifiers first, see `rlvr check`")] = True,
    json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
) -> None:
    """Train on a recipe, then compare base and trained model on held-out problems."""
    from contextlib import closing

    from rlvr.cli.output import print_json
    from rlvr.comparison import compare_models, describe
    from rlvr.interrupts import listening
    from rlvr.progress import Display
    from rlvr.recipe_file import load_recipe
    from rlvr.run_folder import RunFolder
    from rlvr.runtime import load_tasks, open_runtime
    from rlvr.starting_point import set_start
    from rlvr.store import SqliteStore
    from rlvr.tasks.mix import ProblemStream
    from rlvr.trainer import Trainer

    display = Display()
    run = _run_of(recipe, overrides or (), resume=resume)
    settings = load_recipe(run.path / "recipe.yaml" if run else recipe, overrides or ())
    tasks = load_tasks(settings, display)
    # With the hub's revisions resolved, so that the run's copy names the very rows that it was trained on.
    settings = settings.model_copy(update={"tasks": tuple(task.options for task in tasks)})
    stream = ProblemStream(tasks, settings.seed, settings.curriculum.rest)
    stream.check(settings.algorithm.prompts_per_step)
    _look_first(settings, tasks, new=run is None, check=check)
    with open_runtime(settings, tasks, display, run.start if run else None) as runtime:
        run = run or RunFolder.create(settings)
        with run.claimed(), closing(SqliteStore(run.store_path)) as store:
            set_start(runtime, run, store)
            trainer = Trainer(runtime, run, stream, store)
            if resume:
                trainer.resume()
            with listening(display.say) as stop:
                trainer.train(stop)
            result = compare_models(runtime, store) if any(task.test for task in tasks) else {}
            run.write_result(result)
    if json:
        print_json({"run": str(run.path), **result})
    else:
        typer.echo(describe(result) if result else "no task has test problems: nothing was compared")
        typer.echo(f"run: {run.path}")


def _run_of(path: Path, overrides: Sequence[str], *, resume: bool) -> RunFolder | None:
    """The run to go on with; None where a new one is to begin. Raises UsageError."""
    from rlvr.errors import UsageError
    from rlvr.run_folder import RunFolder

    if not resume:
        if RunFolder.is_one(path):
            raise UsageError(f"{path} is a run folder, no recipe file.", "To go on with that run, add --resume.")
        return None
    if overrides:
        raise UsageError("a resumed run keeps its recipe.", "Leave the overrides out, or start a new run.")
    return RunFolder.open(path)


def _look_first(recipe: Recipe, tasks: list[Task], *, new: bool, check: bool) -> None:
    """What would stop the run and can be known without a model: the run's folder, and the verifiers."""
    from rlvr.preflight.check import check_quickly
    from rlvr.run_folder import RunFolder

    if new:
        RunFolder.check(recipe)
    if check:
        check_quickly(recipe, tasks, new=new)
