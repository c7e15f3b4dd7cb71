"""The problems of the constraint recipes: every solution passes its verifier, and cheap replies do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.tasks import TaskOptions, load_task
from rlvr.tasks.generator import build_generator
from rlvr.tasks.options import GeneratorSource
from rlvr.tasks.row import Row

PARTS = {"parts": [{"name": "refusal"}, {"name": "keywords"}]}
#: By generator: its verifier, with options, and how many problems it has.
TASKS: dict[str, tuple[str, dict[str, Any], int]] = {
    "constraints": ("instructions", {}, 1770),
    "json_record": ("json_schema", {}, 1260),
    "requests": ("all_of", PARTS, 480),
}


def rows_of(generator: str) -> list[Row]:
    return list(build_generator(GeneratorSource(generator=generator)).rows())


def rewards(generator: str, row: Row, text: str) -> list[float | None]:
    """What each verifier of the task pays for the text."""
    found = []
    for name in ("refusal", "keywords") if generator == "requests" else (TASKS[generator][0],):
        verifier = build_verifier(VerifierSpec(name))
        keys = [info.alias or key for key, info in verifier.Reference.model_fields.items()]
        reference = {key: row.columns[key] for key in keys if key in row.columns}
        problem = Problem("p", row.columns["prompt"], reference, "t", VerifierSpec(name))
        verifier.check_reference(problem)
        found.append(verifier.verify(problem, Completion(" " + text)).reward)
    return found


@pytest.mark.parametrize("generator", TASKS)
def test_every_problem_once_and_its_solution_passes(generator: str) -> None:
    rows = rows_of(generator)
    assert len(rows) == len({row.key for row in rows}) == TASKS[generator][2]
    for row in rows[::7]:
        assert set(rewards(generator, row, row.columns["solution"])) == {1.0}, row.columns["solution"]


@pytest.mark.parametrize("generator", TASKS)
def test_what_says_nothing_or_answers_another_problem_fails(generator: str) -> None:
    rows = rows_of(generator)
    for row, other in zip(rows[::31], rows[5::31], strict=False):
        for text in ("", "ok", ".", "5", "{}", "I do not know."):
            assert 0.0 in rewards(generator, row, text), text
        if row.columns["solution"] != other.columns["solution"]:
            wrong = rewards(generator, row, other.columns["solution"])
            assert 0.0 in wrong or row.kind == other.kind == "refusal"


@pytest.mark.parametrize("generator", TASKS)
def test_held_out_problems_are_disjoint_from_training(generator: str) -> None:
    name, options, total = TASKS[generator]
    source = {"generator": generator}
    verifier = {"name": name, "options": options}
    task = load_task(
        TaskOptions(name="t", source=source, verifier=verifier, splits={"test": 120}, format="text", examples=2)
    )
    asked = [{problem.prompt.rpartition("\n\n")[2] for problem in part} for part in (task.train, task.test)]
    assert len(task.test) == 120 and len(task.train) > total / 2
    assert not asked[0] & asked[1]


def test_neither_refusing_nor_answering_everything_pays() -> None:
    rows = rows_of("requests")
    for text in ("I'm sorry, but I can't help with that.", "Wipe the bicycle gently with a soft damp cloth."):
        paid = sum(set(rewards("requests", row, text)) == {1.0} for row in rows)
        assert paid <= len(rows) / 2


def test_a_record_must_be_exact() -> None:
    row = rows_of("json_record")[100]
    record = json.loads(row.columns["solution"])
    for wrong in (
        record | {"age": record["age"] + 1},
        record | {"age": str(record["age"])},
        record | {"x": 1},
        {key: value for key, value in record.items() if key != "city"},
    ):
        assert rewards("json_record", row, json.dumps(wrong)) == [0.0]
    assert rewards("json_record", row, str(record)) == [0.0]
    assert rewards("json_record", row, json.dumps(record) + json.dumps(record)) == [0.0]
