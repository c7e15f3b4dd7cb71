"""The rows of a source, before they become problems; and those that cannot become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlvr.errors import DataError


@dataclass(frozen=True, slots=True)
class Row:
    """Columns with where they stood.

    `number` counts from 1 (in a .jsonl file: the line). `key` is equal for rows that are one problem
    in other words, such as 3 + 4 and 4 + 3, so that they never straddle two splits; without one the
    prompt is the key. Splits and few-shot examples are balanced over `kind`.
    """

    number: int
    columns: Mapping[str, Any]
    key: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a source; for a hub's dataset the commit they were read at, where that is known."""

    rows: Sequence[Row]
    revision: str | None = None


@dataclass
class BadRows:
    """Collects what is wrong with single rows, so that one message tells of the first few and of how many."""

    what: str
    mend: str
    shown: int = 5
    found: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, where: str, number: int, why: str) -> None:
        """Note what is wrong with a row of that source."""
        self.found.append((where, number, why))

    def check(self) -> None:
        """Raise DataError if there was any."""
        if not self.found:
            return
        count = "1 row" if len(self.found) == 1 else f"{len(self.found)} rows"
        first = sorted(self.found)[: self.shown]
        lines = [f"    {where}, row {number}: {why}" for where, number, why in first]
        if len(self.found) > len(first):
            lines.append(f"    and {len(self.found) - len(first)} more")
        raise DataError("\n".join([f"{self.what}: {count}", *lines]), self.mend)
