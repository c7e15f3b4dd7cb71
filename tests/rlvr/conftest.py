"""A run folder as training leaves it, written by the real store, without a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlvr.problem import Completion, FinishReason, Problem, Rollout, VerifierSpec
from rlvr.recipe import Recipe
from rlvr.recipe_file import parse
from rlvr.run_folder import RunFolder
from rlvr.store import RolloutRecord, SqliteStore
from rlvr.verdict import Verdict

PARTS = [{"name": "tags"}, {"name": "exact", "options": {"after": "Answer:"}}]
TASKS = [
    {"name": "words", "source": {"generator": "sums"}, "verifier": {"name": "exact"}},
    {"name": "both", "source": {"generator": "sums"}, "verifier": {"name": "gate", "options": {"parts": PARTS}}},
]


class StoredRun:
    """The folder, its recipe, and an open store to write more rows with."""

    def __init__(self, parent: Path, tasks: int = 1) -> None:
        fixed = {"name": "stored", "model": {"name": "none"}, "tasks": TASKS[:tasks], "scoring": {"workers": 1}}
        self.recipe: Recipe = parse({**fixed, "track": {"dir": str(parent)}}, "test")
        self.folder = RunFolder.create(self.recipe)
        self.store = SqliteStore(self.folder.store_path)

    def add(self, step: int, text: str, verdict: Verdict, phase: str = "train", **more: Any) -> None:
        """Append one rollout and commit it. `more`: group, task, advantage, answer, finish, prefill."""
        reference: dict[str, Any] = {"answer": more.get("answer", "Paris")}
        task = more.get("task", "words")
        problem = Problem(
            f"p{more.get('group', 0)}",
            ({"role": "user", "content": "Which city?"},),
            {"tags": {}, "exact": reference} if task == "both" else reference,
            task,
            VerifierSpec("exact"),
        )
        finish = FinishReason(more.get("finish", "eos"))
        completion = Completion(text, (5, 6), (-0.1, -0.2), finish, more.get("prefill", ""))
        rollout = Rollout(problem, completion, more.get("group", 0), step - 1, verdict)
        self.store.append([RolloutRecord(step, phase, rollout, more.get("advantage"))])
        self.store.commit(step)


@pytest.fixture
def stored_run(tmp_path: Path) -> StoredRun:
    """Two groups of step 1 (one mixed, one dead), an error, and an evaluation's rows."""
    run = StoredRun(tmp_path / "runs")
    right = Verdict.passed("the answer is the accepted text", extracted="Paris")
    wrong = Verdict.failed("wrong_answer", "the answer is not the accepted text", extracted="paris")
    run.add(1, "Paris", right, advantage=0.75)
    run.add(1, "paris", wrong, advantage=-0.25)
    run.add(1, "paris", wrong, group=1)
    run.add(1, "Rome", Verdict.failed("wrong_answer", "no", extracted="Rome"), group=1)
    run.add(2, "Paris", Verdict.error("verifier_failed", "it raised"))
    run.add(2, "Paris", right, advantage=0.0)
    run.add(9, "paris", wrong, phase="test/base/1")
    run.add(9, "Paris", right, phase="test/trained/1")
    return run
