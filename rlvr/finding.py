"""One line of an examination: what was looked at, how it stands, what was found, how to mend it.

`rlvr doctor` examines the machine, `rlvr check` a recipe. What is examined, and how, is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a finding stands. `FAIL` is wrong in itself, `LACKS` is what the machine does not have."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    LACKS = "lacks"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of an examination."""

    what: str
    state: State
    found: str
    mend: str = ""


def exit_code(findings: Iterable[Finding]) -> int:
    """1 when something is wrong, else 3 when something is lacking, else 0."""
    states = {finding.state for finding in findings}
    return 1 if State.FAIL in states else 3 if State.LACKS in states else 0
