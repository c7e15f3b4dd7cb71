import json
from pathlib import Path

import pytest

from rlvr.tasks import Task, TaskOptions, load_task

JUDGES = Path(__file__).parents[2] / "data" / "tasks" / "judges.py"


@pytest.fixture
def ends():
    """Options of the verifier that reads `answer`."""
    return {"name": f"{JUDGES}:Ends"}


@pytest.fixture
def uses():
    """Options of the verifier that reads `required` and `max_words`."""
    return {"name": f"{JUDGES}:Uses"}


@pytest.fixture
def write(tmp_path):
    """Write rows as .jsonl and return the path."""

    def write(rows, name="rows.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def load(write, ends):
    """Load a task over given rows, with further options."""

    def load(rows, **options) -> Task:
        options = {"name": "t", "source": {"file": write(rows)}, "verifier": ends, **options}
        return load_task(TaskOptions(**options))

    return load


@pytest.fixture
def sums():
    """Rows with distinct questions."""

    def sums(count, start=0):
        return [{"question": f"{n} + 1?", "answer": str(n + 1)} for n in range(start, start + count)]

    return sums
