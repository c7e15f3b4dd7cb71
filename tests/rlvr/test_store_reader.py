"""Reading a run's SQLite file, also while it is being written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rlvr.errors import DataError, UsageError
from rlvr.problem import FinishReason, VerifierSpec
from rlvr.store_reader import PhaseRows, StoreReader
from rlvr.verdict import Outcome, Verdict

from .conftest import StoredRun

RIGHT = Verdict.passed("right", extracted="Paris", details={"n": 1})


def test_a_rollout_comes_back_as_it_was(stored_run: StoredRun) -> None:
    stored_run.add(3, "text", RIGHT, prefill="<think>", finish="length", advantage=0.5, group=4)
    with StoreReader(stored_run.folder.store_path) as reader:
        found = reader.rollout(9)
    assert (found.step, found.phase, found.group, found.task, found.problem_id) == (3, "train", 4, "words", "p4")
    assert found.verdict == RIGHT
    assert found.completion.full_text == "<think>text"
    assert found.completion.finish_reason is FinishReason.LENGTH
    assert (found.completion.token_ids, found.completion.logprobs) == ((5, 6), (-0.1, -0.2))
    assert (found.advantage, found.policy_version) == (0.5, 2)
    problem = found.problem(VerifierSpec("exact"))
    assert problem.prompt == ({"role": "user", "content": "Which city?"},)
    assert problem.reference == {"answer": "Paris"}


def test_phases_and_what_lies_below_them(stored_run: StoredRun) -> None:
    with StoreReader(stored_run.folder.store_path) as reader:
        assert reader.phases()[0] == PhaseRows("train", 6, 1, 6)
        assert [row.id for row in reader.rollouts("test")] == [7, 8]
        assert [row.id for row in reader.rollouts("test/base/1")] == [7]
        assert [row.id for row in reader.rollouts("tes")] == []
        assert [row.id for row in reader.rollouts(limit=3)] == [1, 2, 3]
        assert len(list(reader.rollouts())) == 8


def test_pages_join_without_gap_or_repetition(stored_run: StoredRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlvr.store_reader._PAGE", 3)
    with StoreReader(stored_run.folder.store_path) as reader:
        assert [row.id for row in reader.rollouts()] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert [row.id for row in reader.rollouts(limit=5)] == [1, 2, 3, 4, 5]


def test_a_group_is_one_sampling_of_one_problem(stored_run: StoredRun) -> None:
    with StoreReader(stored_run.folder.store_path) as reader:
        assert [row.id for row in reader.group(reader.rollout(4))] == [3, 4]
        assert [row.id for row in reader.group(reader.rollout(5))] == [5, 6]
        assert [row.id for row in reader.group(reader.rollout(7))] == [7]


def test_what_is_written_meanwhile_is_neither_held_up_nor_seen_before_it_is_committed(stored_run: StoredRun) -> None:
    with StoreReader(stored_run.folder.store_path) as reader:
        rows = reader.rollouts()
        next(rows)
        stored_run.add(10, "late", RIGHT)
        assert [row.id for row in rows][-1] == 8  # the end is fixed when reading begins
        assert reader.rollout(9).completion.text == "late"


def test_nothing_can_be_written(stored_run: StoredRun) -> None:
    with StoreReader(stored_run.folder.store_path) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._db.execute("DELETE FROM rollouts")


def test_an_unknown_id_names_those_there_are(stored_run: StoredRun) -> None:
    with StoreReader(stored_run.folder.store_path) as reader, pytest.raises(UsageError) as caught:
        reader.rollout(99)
    assert "no rollout 99" in caught.value.what
    assert caught.value.mend == "There are 1 to 6 (train), 7 to 7 (test/base/1), 8 to 8 (test/trained/1)."


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    run = StoredRun(tmp_path)
    with StoreReader(run.folder.store_path) as reader, pytest.raises(UsageError, match="none at all yet"):
        reader.rollout(1)


def test_a_missing_file_and_one_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has not begun"):
        StoreReader(tmp_path / "run.sqlite")
    (tmp_path / "run.sqlite").write_text("this is no database, whatever its name says" * 50)
    with StoreReader(tmp_path / "run.sqlite") as reader, pytest.raises(DataError, match="cannot be read"):
        reader.phases()


def test_a_name_with_question_mark_and_percent(tmp_path: Path) -> None:
    run = StoredRun(tmp_path / "what? 100%20")
    run.add(1, "Paris", RIGHT)
    with StoreReader(run.folder.store_path) as reader:
        assert reader.rollout(1).verdict.outcome is Outcome.PASS
