"""The run's SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rlvr.errors import DataError, EnvironmentLacks
from rlvr.problem import Completion, Problem, Rollout, VerifierSpec
from rlvr.store import EventRecord, MetricsRecord, RolloutRecord, SqliteStore
from rlvr.verdict import Verdict

PROBLEM = Problem("p1", ({"role": "user", "content": "1+1?"},), {"answer": "2"}, "sums", VerifierSpec("math"))


def record(step: int, verdict: Verdict | None) -> RolloutRecord:
    completion = Completion("two", (5, 6), (-0.1, -0.2), prefill="<think>")
    return RolloutRecord(step, "train", Rollout(PROBLEM, completion, 0, step, verdict), 0.5)


def count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as db:
        return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def test_everything_a_reader_needs_is_in_a_rollouts_row(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "run.sqlite")
    store.append([record(3, Verdict.failed("no_answer", "nothing found"))])
    store.commit(3)
    with sqlite3.connect(tmp_path / "run.sqlite") as db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM rollouts").fetchone())
    assert (row["step"], row["problem"], row["completion"], row["prefill"]) == (3, "p1", "two", "<think>")
    assert (row["outcome"], row["cause"], row["reason"], row["reward"]) == ("fail", "no_answer", "nothing found", 0.0)
    assert (row["token_ids"], row["logprobs"], row["advantage"]) == ("[5, 6]", "[-0.1, -0.2]", 0.5)


def test_an_error_has_no_reward_in_the_store(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "run.sqlite")
    store.append([record(1, Verdict.error("verifier_failed", "it raised"))])
    store.commit(1)
    with sqlite3.connect(tmp_path / "run.sqlite") as db:
        assert db.execute("SELECT reward FROM rollouts").fetchone() == (None,)


def test_rewind_removes_what_came_after_a_position(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    store = SqliteStore(path)
    store.append([record(1, Verdict.passed("right")), MetricsRecord(1, {"reward": 1.0, "kl": None})])
    position = store.commit(1)
    store.append([record(2, Verdict.passed("right")), EventRecord(2, "stopped", "too many errors")])
    store.commit(2)
    assert (count(path, "rollouts"), count(path, "metrics"), count(path, "events")) == (2, 2, 1)
    store.rewind(position)
    assert (count(path, "rollouts"), count(path, "metrics"), count(path, "events")) == (1, 2, 0)
    assert position["step"] == 1


def test_what_was_not_committed_is_not_seen_by_readers(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    store = SqliteStore(path)
    store.append([record(1, Verdict.passed("right"))])
    assert count(path, "rollouts") == 0
    store.commit(1)
    assert count(path, "rollouts") == 1


def test_an_unjudged_rollout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no verdict"):
        SqliteStore(tmp_path / "run.sqlite").append([record(1, None)])


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacks, match="cannot be written"):
        SqliteStore(tmp_path / "nowhere" / "run.sqlite")


def test_a_file_of_something_else_is_no_store(tmp_path: Path) -> None:
    text, other = tmp_path / "text", tmp_path / "other.sqlite"
    text.write_text("a text and no database at all\n" * 100)
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE rollouts (name TEXT)")
    db.close()
    for path in (text, other):
        with pytest.raises(DataError, match="is no database of a run"):
            SqliteStore(path)
