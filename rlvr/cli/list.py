"""`rlvr list`: what a recipe can name."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class Kind(StrEnum):
    """What can be listed."""

    VERIFIERS = "verifiers"
    SANDBOXES = "sandboxes"
    SAMPLERS = "samplers"
    GENERATORS = "generators"
    RECIPES = "recipes"
    RUNS = "runs"


def list_names(
    kind: Annotated[Kind | None, typer.Argument(help="one kind only")] = None,
    runs: Annotated[
        Path | None,
        typer.Option(
            "--dir", exists=True, file_okay=False, help="where runs are, a recipe's track.dir  [default: runs]"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print as JSON")] = False,
) -> None:
    """List verifiers, sandboxes, samplers, generators, recipes and runs by name."""
    from rlvr.cli.output import print_json, print_table

    found = {k.value: _entries(k, runs) for k in ([kind] if kind else Kind)}
    if json:
        print_json(found)
        return
    rows = [(k, name, origin) for k, entries in found.items() for name, origin in entries.items()]
    print_table(("kind", "name", "from"), rows)


def _entries(kind: Kind, runs: Path | None) -> dict[str, str]:
    """Names and where each comes from."""
    from rlvr import registry

    if kind is Kind.RECIPES:
        import rlvr.recipes

        folders = [Path(folder) for folder in rlvr.recipes.__path__]
        return {path.stem: str(path) for folder in folders for path in sorted(folder.glob("*.yaml"))}
    if kind is Kind.RUNS:
        from rlvr.recipe import TrackOptions

        folder = runs or Path(TrackOptions().dir)
        return {path.parent.name: str(path.parent) for path in sorted(folder.glob("*/recipe.yaml"))}
    if kind is Kind.GENERATORS:
        from rlvr.tasks.generator import generators

        return _named(generators)
    known = {"verifiers": registry.verifiers, "sandboxes": registry.sandboxes, "samplers": registry.samplers}
    return _named(known[kind.value])


def _named(group: Any) -> dict[str, str]:
    """A registry's names and origins; a plug-in that cannot be used stays listed, with the reason."""
    found = {entry.name: entry.origin for entry in group.names()}
    for plugin in group.plugins():
        if plugin.fault:
            key = plugin.name if found[plugin.name] == plugin.owner else f"{plugin.name} ({plugin.owner})"
            found[key] = f"{plugin.owner}, not usable: {plugin.fault}"
    return found
