"""Whether training can start: the rule, what is said about it, and the numbers of a real sampling."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rlvr.preflight.probe import advise, decide, describe, probe_model
from rlvr.progress import Display
from rlvr.recipe import Recipe
from rlvr.recipe_file import parse
from rlvr.tasks import load_task

GOOD = {"pass@1": 0.3, "greedy": 0.4, "mixed": 0.6, "majority": 0.1, "truncated": 0.0, "found": 0.9}

LOW = """
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier


class Reference(Model):
    answer: str


class Low(Verifier):
    '''Passes what begins with a byte of the lower half of ASCII.'''

    name, version = "low", "1"
    Reference = Reference

    def verify(self, problem, completion):
        if completion.text[:1] < "`":
            return Verdict.passed("low")
        return Verdict.failed("wrong_answer", "high")

    def examples(self):
        return [Example.of({"answer": "x"}, "AAA", Outcome.PASS)]
"""


@pytest.mark.parametrize(
    ("mixed", "start"), [(1.0, "go"), (0.25, "go"), (0.24, "risky"), (0.05, "risky"), (0.04, "no"), (0.0, "no")]
)
def test_the_rule(mixed: float, start: str) -> None:
    assert decide(mixed) == start


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"truncated": 0.9}, "max_completion_length"),
        ({"found": 0.1}, "examples"),
        ({"mixed": 0.1, "pass@1": 0.95}, "harder problems"),
        ({"mixed": 0.1, "pass@1": 0.02}, "easier problems"),
        ({"majority": 0.5}, "guess"),
        ({"greedy": 0.9}, "sharpening"),
    ],
)
def test_each_weakness_has_its_advice(changes: dict[str, float], part: str) -> None:
    assert part in " ".join(advise({**GOOD, **changes}))


def test_good_numbers_need_no_advice() -> None:
    assert list(advise(GOOD)) == []


@pytest.fixture
def recipe(tiny_model: Path, tmp_path: Path) -> Recipe:
    (tmp_path / "low.py").write_text(LOW)
    rows = [{"prompt": f"{n}?", "answer": "even" if n % 4 else "odd"} for n in range(16)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = {
        "name": "t",
        "source": {"file": str(tmp_path / "rows.jsonl")},
        "format": "text",
        "verifier": {"name": f"{tmp_path / 'low.py'}:Low"},
    }
    model = {"name": str(tiny_model), "device": "cpu", "dtype": "float32"}
    sections = {
        "algorithm": {"num_generations": 4, "prompts_per_step": 2},
        "sampling": {"max_completion_length": 6},
        "train": {"threads": 1},
        "scoring": {"workers": 1},
    }
    return parse({"name": "r", "model": model, "tasks": [task], **sections}, "test")


@pytest.fixture
def two_tasks(recipe: Recipe, tmp_path: Path) -> Recipe:
    """A second task of the same weight that has three problems."""
    rows = [{"prompt": f"{n}!", "answer": "odd"} for n in range(3)]
    (tmp_path / "few.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    few = {**recipe.tasks[0].model_dump(), "name": "few", "source": {"file": str(tmp_path / "few.jsonl")}}
    return parse({**recipe.model_dump(), "tasks": [recipe.tasks[0].model_dump(), few]}, "test")


def test_a_sampling_of_the_model(recipe: Recipe) -> None:
    display = Display(Console(file=io.StringIO()))
    result = probe_model(recipe, [load_task(options) for options in recipe.tasks], 10, display)
    total: dict[str, Any] = result["total"]
    assert (result["problems"], result["num_generations"]) == (10, 4)
    assert result["tasks"]["t"] == total
    assert total["mixed"] + total["all_right"] + total["all_wrong"] == pytest.approx(1)
    assert 0 < total["pass@1"] < 1
    assert total["low"] < total["pass@1"] < total["high"]
    assert total["majority"] == pytest.approx(12 / 16)
    assert 0 < total["mean_tokens"] <= 6
    assert total["errors"] == 0
    assert result["start"] == decide(total["mixed"])
    text = describe(result)
    assert f"pass@1 {total['pass@1']:.3f}" in text
    assert "10 problems x 4 at T = 1" in text
    assert f"{result['start']}: " in text


def test_more_problems_than_there_are_is_all_of_them(recipe: Recipe) -> None:
    display = Display(Console(file=io.StringIO()))
    assert probe_model(recipe, [load_task(options) for options in recipe.tasks], 99, display)["problems"] == 16


def test_a_task_with_few_problems_is_asked_what_it_has(two_tasks: Recipe) -> None:
    display = Display(Console(file=io.StringIO()))
    result = probe_model(two_tasks, [load_task(options) for options in two_tasks.tasks], 12, display)
    assert result["problems"] == 6 + 3
    assert set(result["tasks"]) == {"t", "few"}
