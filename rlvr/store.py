"""The run's SQLite file: rollouts with their verdicts, metrics by step, events.

One writer, any number of readers at any time (write-ahead log). What was appended is on disk after
`commit`; `rewind` removes everything that came after a position, so that a run resumed from an older
checkpoint does not carry rows of a future it then trains differently. Every method that writes raises
EnvironmentLacks when it cannot, for example on a full disk.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

from rlvr.disk import writing
from rlvr.errors import DataError
from rlvr.problem import Rollout

_TABLES = """
CREATE TABLE IF NOT EXISTS rollouts (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL, phase TEXT NOT NULL, "group" INTEGER NOT NULL,
    task TEXT NOT NULL, problem TEXT NOT NULL, prompt TEXT NOT NULL, reference TEXT NOT NULL,
    prefill TEXT NOT NULL, completion TEXT NOT NULL, token_ids TEXT NOT NULL, logprobs TEXT NOT NULL,
    finish_reason TEXT NOT NULL, policy_version INTEGER NOT NULL, advantage REAL,
    outcome TEXT NOT NULL, cause TEXT NOT NULL, reason TEXT NOT NULL, reward REAL, verdict TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS rollouts_by_step ON rollouts (step, outcome);
CREATE TABLE IF NOT EXISTS metrics (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL, name TEXT NOT NULL, value REAL
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL, time REAL NOT NULL,
    kind TEXT NOT NULL, message TEXT NOT NULL
);
"""
#: No database, a damaged one, and one whose tables are others than those above.
_NOT_OURS = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)
_NAMES = ("rollouts", "metrics", "events")

#: The step, and the last row id of each table.
Position: TypeAlias = dict[str, int]


@dataclass(frozen=True, slots=True)
class RolloutRecord:
    """A judged rollout of training or evaluation; `phase` is `train` or the evaluation's name."""

    step: int
    phase: str
    rollout: Rollout
    advantage: float | None = None


@dataclass(frozen=True, slots=True)
class MetricsRecord:
    """All metrics of one step."""

    step: int
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something a person should know of, such as a stop or a diagnosis."""

    step: int
    kind: str
    message: str


Record: TypeAlias = RolloutRecord | MetricsRecord | EventRecord


class Store(Protocol):
    """Where a run keeps what happened. `origin` is the position before everything."""

    origin: ClassVar[Position]

    def append(self, records: Iterable[Record]) -> None:
        """Add records; they are certain to last only after `commit`."""

    def commit(self, step: int) -> Position:
        """Put everything on disk and say how far that is."""

    def rewind(self, position: Position) -> None:
        """Remove all that came after a position."""


class SqliteStore:
    """The store of a run folder.

    Raises EnvironmentLacks when the file cannot be written, DataError when it is one of something else.
    """

    origin: ClassVar[Position] = {"step": 0, **dict.fromkeys(_NAMES, 0)}

    def __init__(self, path: Path) -> None:
        self.path = path
        with writing(path, "Check the disk and its rights."):
            self._db = sqlite3.connect(path)
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._db.executescript(_TABLES)
            except sqlite3.Error as error:
                self._db.close()
                if error.sqlite_errorcode in _NOT_OURS:
                    what = f"{path} is no database of a run: {error}."
                    raise DataError(what, "Put the run's own file back, or start a new run.") from error
                raise

    def append(self, records: Iterable[Record]) -> None:
        """Add records to the open transaction."""
        with writing(self.path):
            for record in records:
                for table, row in _rows(record):
                    self._insert(table, row)

    def commit(self, step: int) -> Position:
        """Put everything on disk and say how far that is."""
        with writing(self.path):
            self._db.commit()
        query = "SELECT COALESCE(MAX(id), 0) FROM {}"
        rows = {name: int(self._db.execute(query.format(name)).fetchone()[0]) for name in _NAMES}
        return {"step": step, **rows}

    def rewind(self, position: Position) -> None:
        """Remove all rows after a position."""
        with writing(self.path):
            for name in _NAMES:
                self._db.execute(f"DELETE FROM {name} WHERE id > ?", (position[name],))
            self._db.commit()

    def close(self) -> None:
        """Commit and let go of the file."""
        with writing(self.path):
            self._db.commit()
            self._db.close()

    def _insert(self, table: str, row: Mapping[str, Any]) -> None:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))


def _rows(record: Record) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The table rows of a record."""
    if isinstance(record, RolloutRecord):
        yield "rollouts", _rollout_row(record)
    elif isinstance(record, MetricsRecord):
        for name, value in record.values.items():
            yield "metrics", {"step": record.step, "name": name, "value": value}
    else:
        row = {"step": record.step, "time": time.time(), "kind": record.kind, "message": record.message}
        yield "events", row


def _rollout_row(record: RolloutRecord) -> dict[str, Any]:
    rollout = record.rollout
    problem, completion, verdict = rollout.problem, rollout.completion, rollout.verdict
    if verdict is None:
        raise ValueError(f"rollout of problem {problem.id!r} has no verdict yet")
    return {
        "step": record.step,
        "phase": record.phase,
        "group": rollout.group,
        "task": problem.task,
        "problem": problem.id,
        "prompt": json.dumps(problem.prompt, ensure_ascii=False),
        "reference": json.dumps(dict(problem.reference), ensure_ascii=False),
        "prefill": completion.prefill,
        "completion": completion.text,
        "token_ids": json.dumps(completion.token_ids),
        "logprobs": json.dumps(completion.logprobs),
        "finish_reason": completion.finish_reason.value,
        "policy_version": rollout.policy_version,
        "advantage": record.advantage,
        "outcome": verdict.outcome.value,
        "cause": verdict.cause,
        "reason": verdict.reason,
        "reward": verdict.reward,
        "verdict": json.dumps(verdict.to_json(), ensure_ascii=False),
    }
