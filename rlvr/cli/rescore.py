"""`rlvr rescore`: a run's stored rollouts judged again, and which verdicts flipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rlvr.rescore import Rescored


def rescore(  # noqa: PLR0913 (each is an option of the verb)
    run: Annotated[Path, typer.Argument(help="a run folder")],
    overrides: Annotated[list[str] | None, typer.Argument(help="key=value, laid over the run's recipe")] = None,
    options: Annotated[
        list[str] | None, typer.Option(help="an option laid over the recipe's, key=value; repeatable")
    ] = None,
    verifier: Annotated[str | None, typer.Option(help="another verifier than the recipe's")] = None,
    phase: Annotated[str | None, typer.Option(help="train, test, test/base/1, ...")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="the first so many")] = None,
    out: Annotated[Path | None, typer.Option(help="write every old and new verdict to this JSONL file")] = None,
    json: Annotated[bool, typer.Option("--json", help="print as JSON")] = False,
) -> None:
    """Judge a run's rollouts again, with today's code or other options.

    The run's rows stay as they are.

    Exit code 1 when some could not be judged.
    """
    import sys
    from contextlib import nullcontext

    from rlvr.cli.output import print_json
    from rlvr.progress import Display
    from rlvr.recipe_file import load_recipe
    from rlvr.rescore import Selection, verifiers_of
    from rlvr.rescore import rescore as judge_again
    from rlvr.run_folder import RunFolder
    from rlvr.verify_file import output, parse_options

    folder = RunFolder.open(run)
    settings = load_recipe(folder.path / "recipe.yaml", overrides or ())
    specs = verifiers_of(settings, verifier, parse_options(options or ()))
    display = Display()
    opened = output(out, folder.files) if out else nullcontext()
    with display.phase(f"judging {run} again") as on_done, opened as write:
        summary = judge_again(settings, folder.store_path, specs, Selection(phase, limit), write, on_done)
    if json:
        print_json(summary.to_json())
    else:
        _print(summary.flipped)
        counts = "  ".join(f"{key} {value}" for key, value in summary.to_json()["outcomes"].items())
        flips = ", ".join(f"{value} {key}" for key, value in sorted(summary.flips.items()))
        typer.echo(f"judged {summary.judged}  {counts}  rewards changed {summary.rewards_changed}")
        typer.echo(f"flipped {len(summary.flipped)}" + (f": {flips}" if flips else ""))
    sys.exit(1 if summary.errors else 0)


def _print(flipped: list[Rescored]) -> None:
    from rlvr.cli.output import print_table

    if not flipped:
        return
    rows = []
    for one in flipped:
        old, new = one.rollout.verdict, one.verdict
        change = f"{old.outcome.value}/{old.cause} -> {new.outcome.value}/{new.cause}"
        where = f"{one.rollout.phase} {one.rollout.step}"
        rows.append((str(one.rollout.id), where, one.rollout.problem_id, change, new.reason))
    print_table(("rollout", "phase, step", "problem", "verdict", "reason now"), rows)
