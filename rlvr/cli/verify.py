"""`rlvr verify`: judge a file of completions with one verifier."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer


def verify(  # noqa: PLR0913 (each is an option of the verb)
    name: Annotated[str, typer.Argument(help="a verifier: built-in, plug-in, or path/to/file.py:Class (or :function)")],
    file: Annotated[Path, typer.Argument(help='JSONL rows {"id"?, "completion", "reference", "prompt"?}')],
    more: Annotated[list[str] | None, typer.Argument(help="further options, key=value", hidden=True)] = None,
    options: Annotated[list[str] | None, typer.Option(help="options of the verifier, key=value")] = None,
    sandbox: Annotated[str, typer.Option(help="where model-written code runs, if it has to")] = "docker",
    sandbox_options: Annotated[list[str] | None, typer.Option(help="options of the sandbox, key=value")] = None,
    out: Annotated[Path | None, typer.Option(help="write verdicts to this file, not to the terminal")] = None,
    k: Annotated[list[int] | None, typer.Option(min=1, help="pass@k too: rows of equal id are its samples")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the summary alone, as JSON")] = False,
) -> None:
    """Judge each row and write its verdict, in order. Exit code 1 when some could not be judged."""
    import sys

    from rlvr.cli.output import print_json
    from rlvr.progress import Display
    from rlvr.recipe import SandboxOptions
    from rlvr.verify_file import parse_options, verify_file

    spec_options = parse_options([*(options or ()), *(more or ())])
    place = SandboxOptions(name=sandbox, options=parse_options(sandbox_options or ()))
    display = Display()
    with display.phase(f"{name} on {file}") as on_done:
        to = out or (_nowhere if json else sys.stdout.write)
        summary = verify_file(name, spec_options, file, to, on_done, place, sorted(set(k or ())))
    if json:
        print_json(summary)
    else:
        display.say(_describe(summary))
    if summary["error"]:
        sys.exit(1)


def _nowhere(_: str) -> None:
    """For verdicts that were not asked for."""


def _describe(summary: Mapping[str, Any]) -> str:
    lines = ["  ".join(f"{outcome} {summary[outcome]}" for outcome in ("pass", "fail", "error"))]
    if "problems" in summary:
        least, most = summary["samples"]["least"], summary["samples"]["most"]
        samples = f"{least}" if least == most else f"{least} to {most}"
        lines.append(f"problems {summary['problems']}  samples of each {samples}")
    for name, share in summary.items():
        if name.startswith("pass@"):
            upper = f" (if errors were right, {share['if_errors_right']:.3f})" if summary["error"] else ""
            lines.append(f"{name}: {share['mean']:.3f}{upper}")
    return "\n".join(lines)
