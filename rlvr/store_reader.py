"""Reads the run's SQLite file: rollouts one by one, in pages, by group, and which there are.

The connection is read-only. Nothing here holds a transaction open between two calls, so that a run
which is still being written is neither held up nor seen half: what was committed is what is read.
The writer is `rlvr.store`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rlvr.errors import DataError, UsageError
from rlvr.problem import Completion, FinishReason, Problem, Prompt, VerifierSpec
from rlvr.verdict import Json, Verdict

_PAGE = 500


@dataclass(frozen=True, slots=True)
class StoredRollout:
    """One row of `rollouts`. `advantage` is None where the rollout was not trained on."""

    id: int
    step: int
    phase: str
    group: int
    task: str
    problem_id: str
    prompt: Prompt
    reference: Mapping[str, Json]
    completion: Completion
    policy_version: int
    advantage: float | None
    verdict: Verdict

    def problem(self, verifier: VerifierSpec) -> Problem:
        """What was asked, to be judged by that verifier: the store does not name the one of then."""
        return Problem(self.problem_id, self.prompt, self.reference, self.task, verifier)


@dataclass(frozen=True, slots=True)
class PhaseRows:
    """The rollouts of a phase: how many, and the first and last of their ids."""

    phase: str
    count: int
    first: int
    last: int


class StoreReader:
    """Use as a context manager. Raises UsageError when there is no such file, DataError when it is none of ours."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UsageError(f"there is no {path}: the run has not begun to write.", "Give a folder under runs/.")
        self.path = path
        self._db = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)
        self._db.row_factory = sqlite3.Row

    def __enter__(self) -> StoreReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def phases(self) -> list[PhaseRows]:
        """The phases in the order they came."""
        query = "SELECT phase, COUNT(*) AS n, MIN(id) AS a, MAX(id) AS b FROM rollouts GROUP BY phase ORDER BY a"
        return [PhaseRows(row["phase"], row["n"], row["a"], row["b"]) for row in self._rows(query)]

    def rollouts(self, phase: str | None = None, limit: int | None = None) -> Iterator[StoredRollout]:
        """Rollouts in order of id, up to the last there is now.

        `phase` takes those of that name and below it: `test` takes `test/base/1`.
        """
        ends = [rows.last for rows in self.phases()]
        query = "SELECT * FROM rollouts WHERE id > ? AND id <= ?"
        given: list[Any] = [0, max(ends, default=0)]
        if phase is not None:
            query += " AND (phase = ? OR substr(phase, 1, ?) = ?)"
            given += [phase, len(phase) + 1, f"{phase}/"]
        left = limit
        while left is None or left > 0:
            page = self._rows(f"{query} ORDER BY id LIMIT {_PAGE if left is None else min(_PAGE, left)}", *given)
            if not page:
                return
            yield from map(_stored, page)
            given[0] = page[-1]["id"]
            left = None if left is None else left - len(page)

    def rollout(self, identity: int) -> StoredRollout:
        """One rollout. Raises UsageError that says which ids there are."""
        rows = self._rows("SELECT * FROM rollouts WHERE id = ?", identity)
        if not rows:
            raise UsageError(f"{self.path} holds no rollout {identity}.", self._known())
        return _stored(rows[0])

    def group(self, member: StoredRollout) -> list[StoredRollout]:
        """All completions of the sampling a rollout is one of, itself included."""
        query = 'SELECT * FROM rollouts WHERE step = ? AND phase = ? AND "group" = ? ORDER BY id'
        return [_stored(row) for row in self._rows(query, member.step, member.phase, member.group)]

    def _known(self) -> str:
        phases = self.phases()
        if not phases:
            return "It holds none at all yet: the first step has not ended."
        return "There are " + ", ".join(f"{p.first} to {p.last} ({p.phase})" for p in phases) + "."

    def _rows(self, query: str, *given: Any) -> list[sqlite3.Row]:
        try:
            return self._db.execute(query, given).fetchall()
        except sqlite3.DatabaseError as error:
            raise DataError(f"{self.path} cannot be read: {error}.", "Give the folder of a run.") from error


def _stored(row: sqlite3.Row) -> StoredRollout:
    prompt = json.loads(row["prompt"])
    completion = Completion(
        row["completion"],
        tuple(json.loads(row["token_ids"])),
        tuple(json.loads(row["logprobs"])),
        FinishReason(row["finish_reason"]),
        row["prefill"],
    )
    return StoredRollout(
        id=row["id"],
        step=row["step"],
        phase=row["phase"],
        group=row["group"],
        task=row["task"],
        problem_id=row["problem"],
        prompt=prompt if isinstance(prompt, str) else tuple(prompt),
        reference=json.loads(row["reference"]),
        completion=completion,
        policy_version=row["policy_version"],
        advantage=row["advantage"],
        verdict=Verdict.from_json(json.loads(row["verdict"])),
    )
