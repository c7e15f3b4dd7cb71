"""`rlvr verify`: judge a file of completions with one verifier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify(  # noqa: PLR0913 (each is an option of the verb)
    name: Annotated[str, typer.Argument(help="a verifier: built-in, plug-in, or path/to/file.py:Class (or :function)")],
    file: Annotated[Path, typer.Argument(help='JSONL rows {"id", "completion", "reference", "prompt"?}')],
    more: Annotated[list[str] | None, typer.Argument(help="further options, key=value", hidden=True)] = None,
    options: Annotated[list[str] | None, typer.Option(help="options of the verifier, key=value")] = None,
    sandbox: Annotated[str, typer.Option(help="where model-written code runs, if it has to")] = "docker",
    sandbox_options: Annotated[list[str] | None, typer.Option(help="options of the sandbox, key=value")] = None,
    out: Annotated[Path | None, typer.Option(help="write verdicts to this file, not to the terminal")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the summary as JSON")] = False,
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
        counts = verify_file(name, spec_options, file, out, on_done, place)
    if json and out:
        print_json(counts)
    else:
        display.say("  ".join(f"{key} {value}" for key, value in counts.items()))
    if counts.get("error"):
        sys.exit(1)
