import json
import sys

import pytest

from rlvr.errors import EnvironmentLacks, UsageError
from rlvr.tasks import TaskOptions, load_task
from rlvr.tasks.generator import build_generator
from rlvr.tasks.options import GeneratorSource


def rows_of(dataset, **options):
    return list(build_generator(GeneratorSource(generator=f"reasoning_gym:{dataset}", options=options)).rows())


def test_rows_carry_what_its_scorer_needs():
    reasoning_gym = pytest.importorskip("reasoning_gym", reason="the package reasoning-gym is not installed")
    rows = rows_of("chain_sum", size=5, seed=3, max_terms=2)
    score = reasoning_gym.get_score_answer_fn("chain_sum")
    assert len(rows) == 5
    for row in rows:
        assert row.columns["dataset"] == "chain_sum"
        assert row.columns["entry"]["question"] == row.columns["question"]
        assert score(answer=row.columns["answer"], entry=row.columns["entry"]) == 1.0
        assert json.loads(json.dumps(row.columns)) == row.columns
        assert row.columns["entry"]["metadata"]["num_terms"] == 2


@pytest.mark.parametrize("dataset", ["chain_sum", "graph_color", "rubiks_cube"])
def test_its_rows_are_problems_of_the_verifier_of_the_same_name(dataset):
    pytest.importorskip("reasoning_gym", reason="the package reasoning-gym is not installed")
    source = {"generator": f"reasoning_gym:{dataset}", "options": {"size": 4}}
    task = load_task(
        TaskOptions(name="t", source=source, verifier={"name": "reasoning_gym"}, splits={"test": 2}, format="text")
    )
    assert [problem.reference["dataset"] for problem in task.test] == [dataset] * 2
    assert task.test[0].reference["entry"]["question"] in task.test[0].prompt


def test_problems_that_silence_would_solve_are_left_out():
    pytest.importorskip("reasoning_gym", reason="the package reasoning-gym is not installed")
    rows = rows_of("polynomial_equations", size=60)
    assert 0 < len(rows) <= 60
    assert all(row.columns["answer"].strip() for row in rows)


def test_size_and_seed():
    pytest.importorskip("reasoning_gym", reason="the package reasoning-gym is not installed")
    assert rows_of("chain_sum", size=4) == rows_of("chain_sum", size=4)
    assert rows_of("chain_sum", size=4) != rows_of("chain_sum", size=4, seed=1)


@pytest.mark.parametrize(
    ("dataset", "options", "message"),
    [
        ("chain_sums", {}, "has no data set 'chain_sums'(.|\n)*Did you mean 'chain_sum'"),
        ("chain_sum", {"max_term": 2}, "refuses its options.*max_term"),
        ("chain_sum", {"min_terms": 9, "max_terms": 2}, "refuses its options"),
        ("chain_sum", {"size": 0}, "'size'"),
    ],
)
def test_what_is_wrong_is_named(dataset, options, message):
    pytest.importorskip("reasoning_gym", reason="the package reasoning-gym is not installed")
    with pytest.raises(UsageError, match=message):
        rows_of(dataset, **options)


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(EnvironmentLacks, match=r"reasoning-gym is not installed(.|\n)*pip install"):
        rows_of("chain_sum")
