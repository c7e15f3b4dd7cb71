"""`rlvr eval`: base and trained model of a run, or a bare model, on held-out problems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    source: Annotated[Path, typer.Argument(help="a run folder, or a recipe file")],
    overrides: Annotated[list[str] | None, typer.Argument(help="key=value, such as eval.samples=64")] = None,
    adapter: Annotated[Path | None, typer.Option(help="an adapter to compare with the base model")] = None,
    out: Annotated[Path | None, typer.Option(help="write the result as JSON to this file")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
) -> None:
    """Evaluate on `test`: pass@k of the base model and, where there is an adapter, of the trained one."""
    import json as jsonlib

    from rlvr.cli.output import print_json
    from rlvr.comparison import base_alone, compare_models, describe
    from rlvr.disk import write_whole
    from rlvr.progress import Display
    from rlvr.recipe_file import load_recipe
    from rlvr.run_folder import RunFolder
    from rlvr.runtime import load_tasks, open_runtime

    is_run = RunFolder.is_one(source)
    adapter = adapter or (source / "adapter" if is_run else None)
    settings = load_recipe(source / "recipe.yaml" if is_run else source, overrides or ())
    display = Display()
    tasks = load_tasks(settings, display)
    with open_runtime(settings, tasks, display, source / "start" if is_run else None) as runtime:
        if adapter:
            runtime.policy.load(adapter)
        result = compare_models(runtime) if adapter else base_alone(runtime)
    if out:
        write_whole(out, jsonlib.dumps(result, indent=2) + "\n")
    if json:
        print_json(result)
    else:
        typer.echo(describe(result))
