"""`rlvr new`: the folder of a new plug-in."""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import Annotated

import typer

new = typer.Typer(help="Write a new plug-in.", no_args_is_help=True, rich_markup_mode=None)


@new.callback()
def _new() -> None:
    """Write a new plug-in."""


@new.command("verifier")
def verifier(
    name: Annotated[str, typer.Argument(help="what recipes will call it, such as unit_price")],
    into: Annotated[Path, typer.Option(help="the folder to make it in")] = Path(),
) -> None:
    """Write an installable package: verifier, options, examples, tests, a recipe. It passes its tests as it is."""
    from rlvr.errors import UsageError
    from rlvr.scaffold import new_verifier

    if keyword.iskeyword(name):
        what = f"{name!r} is a Python keyword and cannot be a verifier's name."
        raise UsageError(what, f"Choose another, such as `{name}_answer`.")
    folder = new_verifier(name, into)
    typer.echo(f"wrote {folder}")
    typer.echo(f"next: pip install -e '{folder}[dev]' && pytest {folder} && rlvr verify {name} {folder / 'rows.jsonl'}")
