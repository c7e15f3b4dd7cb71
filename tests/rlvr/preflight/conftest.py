"""Tasks over the verifiers of `tests/data/judges_on_trial.py`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
from rlvr.tasks import Task, TaskOptions, load_task

JUDGES = Path(__file__).parents[2] / "data" / "judges_on_trial.py"

MakeTask = Callable[..., Task]


@pytest.fixture
def scorer() -> Iterator[Scorer]:
    with Scorer(ScoringOptions(workers=1, deadline_seconds=20)) as scorer:
        yield scorer


@pytest.fixture
def make_task(tmp_path: Path) -> MakeTask:
    """A task over rows, judged by a class of the file or by a built-in verifier."""

    def make(judge: str, rows: list[dict[str, Any]], **options: Any) -> Task:
        file = tmp_path / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        name = f"{JUDGES}:{judge}" if judge[0].isupper() else judge
        fixed = {"name": "t", "source": {"file": str(file)}, "format": "text", "verifier": {"name": name}}
        return load_task(TaskOptions.model_validate({**fixed, **options}))

    return make


@pytest.fixture
def sums() -> list[dict[str, Any]]:
    return [{"prompt": f"{n} + 1 =", "answer": str(n + 1), "solution": f"It is Answer: {n + 1}"} for n in range(1, 13)]
