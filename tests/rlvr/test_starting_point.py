"""Where training starts: an adapter that is given, or one made from right answers."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import torch

from rlvr.comparison import compare_models, describe
from rlvr.errors import UsageError
from rlvr.progress import Display
from rlvr.recipe import Recipe
from rlvr.recipe_file import parse
from rlvr.run_folder import RunFolder
from rlvr.runtime import load_tasks, open_runtime
from rlvr.starting_point import set_start
from rlvr.store import SqliteStore
from rlvr.tasks.mix import ProblemStream
from rlvr.trainer import Trainer

VERIFIER = """
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier


class Reference(Model):
    answer: str


class Early(Verifier):
    '''Passes completions that begin with one of the letters A to P, one in sixteen of random ones.'''

    name, version = "early", "1"
    Reference = Reference

    def verify(self, problem, completion):
        if "A" <= completion.text[:1] <= "P":
            return Verdict.passed("early")
        return Verdict.failed("wrong_answer", "late")

    def examples(self):
        return [Example.of({"answer": ""}, "B", Outcome.PASS), Example.of({"answer": ""}, "z", Outcome.FAIL)]


class Never(Early):
    name = "never"

    def verify(self, problem, completion):
        return Verdict.failed("wrong_answer", "never")
"""


def make_recipe(tiny_model: Path, folder: Path, kind: str = "Early", **sections: Any) -> Recipe:
    file = folder / "verifiers.py"
    file.write_text(VERIFIER)
    task = {
        "name": "sums",
        "source": {"generator": "sums"},
        "format": "text",
        "verifier": {"name": f"{file}:{kind}"},
        "splits": {"test": 6},
    }
    data: dict[str, Any] = {
        "name": "tiny",
        "model": {"name": str(tiny_model), "dtype": "float32", "device": "cpu"},
        "lora": {"r": 4},
        "tasks": [task],
        "sampling": {"max_completion_length": 4},
        "train": {"threads": 1},
        "eval": {"samples": 4, "k": [1], "temperatures": []},
        "track": {"dir": str(folder / "runs")},
    }
    for section, values in sections.items():
        data[section] = {**data.get(section, {}), **values}
    return parse(data, "test")


def start(recipe: Recipe, run: RunFolder | None = None) -> tuple[RunFolder, dict[str, torch.Tensor], dict[str, Any]]:
    """The run's folder, the adapter it starts with, and what a comparison says right then."""
    display = Display()
    tasks = load_tasks(recipe, display)
    run = run or RunFolder.create(recipe)
    with open_runtime(recipe, tasks, display, run.start) as runtime:
        store = SqliteStore(run.store_path)
        set_start(runtime, run, store)
        adapter = {name: p.clone() for name, p in runtime.policy.state_dict().items()}
        result = compare_models(runtime, store)
        store.close()
    return run, adapter, result


WARM = {"problems": 30, "samples": 8, "keep": 2, "epochs": 12, "learning_rate": 1e-2}


def test_right_answers_are_learnt_before_the_first_step(tiny_model: Path, tmp_path: Path) -> None:
    recipe = make_recipe(tiny_model, tmp_path, warm_start=WARM)
    run, adapter, result = start(recipe)
    row = result["comparison"]["pass@1"]
    assert row["start"] > row["base"] + 0.15
    assert row["trained"] == row["start"]
    assert result["from_start"]["difference"] == 0
    assert "beyond the starting adapter" in describe(result)
    with sqlite3.connect(run.store_path) as db:
        assert db.execute("SELECT COUNT(*) FROM rollouts WHERE phase = 'warm-start'").fetchone() == (240,)
    # A resumed run starts from what was written, without sampling or training again.
    again, same, _ = start(recipe, run)
    assert all(torch.equal(adapter[name], same[name]) for name in adapter)
    with sqlite3.connect(again.store_path) as db:
        assert db.execute("SELECT COUNT(*) FROM rollouts WHERE phase = 'warm-start'").fetchone() == (240,)


def test_a_run_killed_before_its_first_step_keeps_its_start(tiny_model: Path, tmp_path: Path) -> None:
    recipe = make_recipe(tiny_model, tmp_path, warm_start=WARM, train={"max_steps": 1, "save_steps": 1})
    display = Display()
    tasks = load_tasks(recipe, display)
    run = RunFolder.create(recipe)

    def begin() -> Trainer:
        set_start(runtime, run, store)
        return Trainer(runtime, run, ProblemStream(tasks, recipe.seed, recipe.curriculum.rest), store)

    with open_runtime(recipe, tasks, display) as runtime:
        store = SqliteStore(run.store_path)
        trainer = begin()
        trainer.step = lambda: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            trainer.train()
        store.close()
    with open_runtime(recipe, tasks, display, run.start) as runtime:
        store = SqliteStore(run.store_path)
        trainer = begin()
        assert trainer.resume()
        trainer.train()
        store.close()
    with sqlite3.connect(run.store_path) as db:
        assert db.execute("SELECT COUNT(*) FROM rollouts WHERE phase = 'warm-start'").fetchone() == (240,)
        assert db.execute("SELECT COUNT(*) FROM events WHERE kind = 'warm-start'").fetchone() == (1,)


def test_a_given_adapter_is_the_start_and_the_reference(tiny_model: Path, tmp_path: Path) -> None:
    warm, adapter, _ = start(make_recipe(tiny_model, tmp_path, warm_start=WARM))
    run, given, result = start(make_recipe(tiny_model, tmp_path, model={"adapter": str(warm.start)}))
    assert all(torch.equal(adapter[name], given[name]) for name in adapter)
    assert "start" in result["comparison"]["pass@1"]
    assert json.loads((run.start / "adapter_config.json").read_text())["r"] == 4
    # The run's own copy is what it goes on from.
    shutil.rmtree(warm.path)
    _, again, _ = start(make_recipe(tiny_model, tmp_path, model={"adapter": str(warm.start)}), run)
    assert all(torch.equal(adapter[name], again[name]) for name in adapter)


def test_a_limit_leaves_some_problems_of_every_task(tiny_model: Path, tmp_path: Path) -> None:
    recipe = make_recipe(tiny_model, tmp_path, eval={"limit": 5})
    (first,) = recipe.tasks
    recipe = recipe.model_copy(update={"tasks": (first, first.model_copy(update={"name": "more"}))})
    run, _, result = start(recipe)
    assert set(result["tasks"]) == {"sums", "more"}
    with sqlite3.connect(run.store_path) as db:
        asked = db.execute("SELECT task, COUNT(DISTINCT problem), MAX(step) FROM rollouts GROUP BY 1").fetchall()
    # The base is what no step has trained; here the trained one is asked before any step, too.
    assert sorted(asked) == [("more", 2, recipe.train.max_steps), ("sums", 3, recipe.train.max_steps)]


def test_without_a_right_answer_there_is_nothing_to_learn_from(tiny_model: Path, tmp_path: Path) -> None:
    recipe = make_recipe(tiny_model, tmp_path, "Never", warm_start={"problems": 2, "samples": 2})
    with pytest.raises(UsageError, match=r"none of the 4 answers"):
        start(recipe)


def test_an_adapter_that_is_not_there_is_named(tiny_model: Path, tmp_path: Path) -> None:
    recipe = make_recipe(tiny_model, tmp_path, model={"adapter": str(tmp_path / "nowhere")})
    with pytest.raises(UsageError, match="nowhere"), open_runtime(recipe, [], Display()):
        pass
