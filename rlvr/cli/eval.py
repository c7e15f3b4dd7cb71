"""`rlvr eval`: base and trained model of a run, or a bare model, on held-out problems."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rlvr.recipe import Recipe
    from rlvr.run_folder import RunFolder


def evaluate(
    source: Annotated[Path, typer.Argument(help="a run folder, or a recipe file")],
    overrides: Annotated[list[str] | None, typer.Argument(help="key=value, such as eval.samples=64")] = None,
    adapter: Annotated[Path | None, typer.Option(help="an adapter to compare with the base model")] = None,
    out: Annotated[Path | None, typer.Option(help="write the result as JSON to this file")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
) -> None:
    """Evaluate on `test`: pass@k of the base model and, where there is an adapter, of the trained one."""
    import json as jsonlib
    from contextlib import nullcontext

    from rlvr.cli.output import print_json
    from rlvr.comparison import base_alone, compare_models, describe
    from rlvr.progress import Display
    from rlvr.recipe_file import load_recipe
    from rlvr.runtime import load_tasks, open_runtime
    from rlvr.verify_file import output

    run = _run_of(source)
    adapter = adapter or (run.adapter if run else None)
    settings = load_recipe(run.path / "recipe.yaml" if run else source, overrides or ())
    display = Display()
    with output(out, _inputs(run, source, settings)) if out else nullcontext() as write:
        tasks = load_tasks(settings, display)
        with open_runtime(settings, tasks, display, run.start if run else None) as runtime:
            if adapter:
                runtime.policy.load(adapter)
            result = compare_models(runtime) if adapter else base_alone(runtime)
        # Printed first: a disk that has filled up meanwhile does not take the result with it.
        if json:
            print_json(result)
        else:
            typer.echo(describe(result))
        if write:
            write(jsonlib.dumps(result, indent=2) + "\n")


def _run_of(source: Path) -> RunFolder | None:
    """The run that a folder is; None for a recipe file. Raises UsageError for what is neither."""
    from rlvr.errors import UsageError
    from rlvr.run_folder import RunFolder

    if source.is_dir():
        return RunFolder.open(source)
    if not source.exists():
        raise UsageError(f"there is no {source}.", "Give a run folder, such as runs/quickstart, or a recipe file.")
    return None


def _inputs(run: RunFolder | None, source: Path, recipe: Recipe) -> list[Path]:
    from rlvr.tasks.options import FileSource

    data = [Path(task.source.file) for task in recipe.tasks if isinstance(task.source, FileSource)]
    return [*(run.files if run else [source]), *data]
