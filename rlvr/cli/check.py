"""`rlvr check`: a recipe before any training, and with --probe whether training can start from this model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rlvr.preflight.check import Report


def check(
    recipe: Annotated[Path, typer.Argument(help="a recipe file")],
    overrides: Annotated[list[str] | None, typer.Argument(help="key=value, such as sampling.temperature=0.8")] = None,
    rows: Annotated[int, typer.Option(min=0, help="rows of each task to try, 0 for all")] = 200,
    probe: Annotated[bool, typer.Option("--probe", help="sample the model as well")] = False,
    problems: Annotated[int, typer.Option(min=2, help="problems that --probe asks")] = 32,
    json: Annotated[bool, typer.Option("--json", help="print as JSON")] = False,
) -> None:
    """Look at a recipe before compute is spent: verifiers, model, memory, batches.

    Right answers must pass their own verifier; junk and other rows' answers must not.

    Exit code 1 when a check failed, 2 for a wrong recipe, 3 when the environment lacks something.
    """
    import sys

    from rlvr.cli.output import print_json
    from rlvr.preflight.check import check_recipe, to_json
    from rlvr.progress import Display
    from rlvr.recipe_file import load_recipe
    from rlvr.runtime import load_tasks

    display = Display()
    settings = load_recipe(recipe, overrides or ())
    tasks = load_tasks(settings, display)
    report = check_recipe(settings, tasks, rows, display.say)
    result = to_json(report)
    if not json:
        _print(report)
    code = report.exit_code
    if probe and not code:
        from rlvr.preflight.probe import describe, probe_model

        result["probe"] = found = probe_model(settings, tasks, problems, display)
        code = 0 if found["start"] != "no" else 1
        if not json:
            typer.echo(describe(found))
    elif probe:
        display.say("the model was not sampled: mend the above first")
    if json:
        print_json({**result, "exit_code": code})
    sys.exit(code)


def _print(report: Report) -> None:
    from rlvr.cli.output import print_table

    found = [(f.state.value, f.what, f"{f.found}\n  {f.mend}" if f.mend else f.found) for f in report.findings]
    print_table(("", "what", "found"), found)
    if report.memory:
        parts = [(part.what, f"{part.bytes / 2**20:,.0f} MiB", part.formula) for part in report.memory.parts]
        print_table(("memory", "", "formula"), parts)
    typer.echo("\n".join(report.batch))
