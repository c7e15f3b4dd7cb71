"""Rows from wherever a task's data are: a file, the hub, a generator."""

from __future__ import annotations

from rlvr.errors import UsageError
from rlvr.tasks.files import read_file
from rlvr.tasks.generator import build_generator
from rlvr.tasks.hub import read_hub
from rlvr.tasks.options import FileSource, GeneratorSource, HubSource
from rlvr.tasks.row import Table


def read_rows(source: HubSource | FileSource | GeneratorSource, part: str | None = None) -> Table:
    """All rows of a source, or of another named part of it (a split of the hub's dataset, a file).

    Raises DataError or EnvironmentLacks when they cannot be had.
    """
    if isinstance(source, HubSource):
        return read_hub(source, part or source.split)
    if isinstance(source, FileSource):
        return Table(read_file(part or source.file))
    if part is not None:
        what = f"a split cannot be {part!r}: a generator has no named parts."
        raise UsageError(what, "Give a number of problems, a share, or `rest`.")
    return Table(list(build_generator(source).rows()))
