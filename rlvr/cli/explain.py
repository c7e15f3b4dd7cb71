"""`rlvr explain`: one rollout of a run, from its text to its verdict and its advantage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def explain(
    run: Annotated[Path, typer.Argument(help="a run folder")],
    rollout: Annotated[int, typer.Argument(help="the rollout's id in run.sqlite")],
    json: Annotated[bool, typer.Option("--json", help="print as JSON")] = False,
) -> None:
    """Show one rollout's way from its text to its verdict.

    Prompt, completion, what was extracted, the verdict with its parts, and its group.
    """
    from rlvr.cli.output import print_json
    from rlvr.explain import describe, explain_rollout
    from rlvr.recipe_file import load_recipe
    from rlvr.run_folder import RunFolder
    from rlvr.store_reader import StoreReader

    folder = RunFolder.open(run)
    settings = load_recipe(folder.path / "recipe.yaml")
    with StoreReader(folder.store_path) as reader:
        found = explain_rollout(settings, reader, rollout)
    if json:
        print_json(found)
    else:
        typer.echo(describe(found))
