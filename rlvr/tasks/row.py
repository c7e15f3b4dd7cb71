"""One row of a source, before it becomes a problem; and the rows that cannot become one."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass
class BadRows:
    """Collects what is wrong with single rows, so that one message tells of the first few and of how many."""

    what: str
    mend: str
    shown: int = 5
    lines: list[str] = field(default_factory=list)

    def add(self, where: str, number: int, why: str) -> None:
        """Note what is wrong with a row of that source."""
        self.lines.append(f"    {where}, row {number}: {why}")

    def check(self) -> None:
        """Raise DataError if there was any."""
        if not self.lines:
            return
        count = "1 row" if len(self.lines) == 1 else f"{len(self.lines)} rows"
        hidden = len(self.lines) - self.shown
        rest = [f"    and {hidden} more"] if hidden > 0 else []
        raise DataError("\n".join([f"{self.what}: {count}", *self.lines[: self.shown], *rest]), self.mend)
