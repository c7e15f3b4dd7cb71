"""The whole loop on a tiny model: files, exact repetition, exact resumption, errors that stop it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from rlvr.checkpoint import list_checkpoints
from rlvr.errors import Interrupted, TooManyErrors
from rlvr.progress import Display
from rlvr.recipe import Recipe
from rlvr.recipe_file import parse
from rlvr.run_folder import RunFolder
from rlvr.runtime import load_tasks, open_runtime
from rlvr.store import SqliteStore
from rlvr.tasks.mix import ProblemStream
from rlvr.trainer import Trainer

VERIFIERS = """
from pathlib import Path

from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier


class Reference(Model):
    answer: str


class Vowels(Verifier):
    '''Passes what holds more bytes of the first half of the alphabet than of the second.'''

    name, version = "vowels", "1"
    Reference = Reference

    def verify(self, problem, completion):
        low = sum(byte < 0x60 for byte in completion.text.encode())
        if 2 * low > len(completion.text.encode()):
            return Verdict.passed("low")
        return Verdict.failed("wrong_answer", "high")

    def examples(self):
        return [Example.of({"answer": ""}, "AAA", Outcome.PASS), Example.of({"answer": ""}, "zzz", Outcome.FAIL)]


class Broken(Vowels):
    name = "broken"

    def verify(self, problem, completion):
        raise RuntimeError("this verifier never works")


class Mendable(Vowels):
    name = "mendable"

    def verify(self, problem, completion):
        if Path(__file__).with_name("broken").exists():
            raise RuntimeError("this verifier does not work yet")
        return super().verify(problem, completion)
"""


@pytest.fixture
def make_recipe(tiny_model: Path, tmp_path: Path) -> Any:
    file = tmp_path / "verifiers.py"
    file.write_text(VERIFIERS)

    def make(kind: str = "Vowels", train_size: int | str = "rest", **sections: Any) -> Recipe:
        data: dict[str, Any] = {
            "name": "tiny",
            "model": {"name": str(tiny_model), "dtype": "float32", "device": "cpu"},
            "lora": {"r": 4},
            "tasks": [
                {
                    "name": "sums",
                    "source": {"generator": "sums"},
                    "format": "text",
                    "verifier": {"name": f"{file}:{kind}"},
                    "splits": {"train": train_size, "validation": 6, "test": 8},
                }
            ],
            "algorithm": {"num_generations": 4, "prompts_per_step": 3},
            "curriculum": {"refill": 0, "rest": 0},
            "sampling": {"max_completion_length": 8, "rows": 7},
            "train": {"max_steps": 6, "save_steps": 2, "learning_rate": 1e-2, "warmup_steps": 1, "threads": 1},
            "eval": {"samples": 2, "k": [1, 2], "temperatures": [0.0]},
            "track": {"dir": str(tmp_path / "runs")},
        }
        for section, values in sections.items():
            data[section] = {**data.get(section, {}), **values}
        return parse(data, "test")

    return make


def run_training(
    recipe: Recipe,
    *,
    steps: int | None = None,
    resume: RunFolder | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> RunFolder:
    """Train to the end, or stop after `steps` as a kill would: without saving anything more."""
    display = Display()
    tasks = load_tasks(recipe, display)
    run = resume or RunFolder.create(recipe)
    with open_runtime(recipe, tasks, display) as runtime:
        store = SqliteStore(run.store_path)
        trainer = Trainer(runtime, run, ProblemStream(tasks, recipe.seed, recipe.curriculum.rest), store)
        if resume:
            assert trainer.resume() == bool(list_checkpoints(run.checkpoints))
        if steps is None:
            trainer.train(stop)
        else:
            for number in range(1, steps + 1):
                trainer.step()
                if number % recipe.train.save_steps == 0:
                    trainer.save()
        store.close()
    return run


def adapter_bytes(run: RunFolder) -> bytes:
    return (run.adapter / "adapter_model.safetensors").read_bytes()


def test_a_run_leaves_what_it_promises(make_recipe: Any) -> None:
    run = run_training(make_recipe())
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    for name in ("reward", "outcome/error", "groups/mixed", "grad_norm", "seconds/sample", "learning_rate"):
        assert name in lines[0]
    with sqlite3.connect(run.store_path) as db:
        assert db.execute("SELECT COUNT(*), COUNT(DISTINCT step) FROM rollouts").fetchone() == (72, 6)
    assert {path.name for path in list_checkpoints(run.checkpoints)} == {"step-000004", "step-000006"}
    assert (run.path / "recipe.yaml").is_file()
    environment = json.loads((run.path / "environment.json").read_text())
    assert environment["packages"]["torch"]
    assert environment["verifiers"]["sums"]["version"] == "1" and environment["verifiers"]["sums"]["source"]
    assert json.loads((run.adapter / "adapter_config.json").read_text())["r"] == 4


@pytest.mark.parametrize(("name", "gain"), [("dapo", 0.3), ("ppo", 0.1)])
def test_it_learns(make_recipe: Any, name: str, gain: float) -> None:
    algorithm = {"name": name, "prompts_per_step": 16}
    recipe = make_recipe(train={"max_steps": 25, "save_steps": 25}, algorithm=algorithm)
    run = run_training(recipe)
    rewards = [json.loads(line)["reward"] for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert sum(rewards[-5:]) / 5 > sum(rewards[:5]) / 5 + gain


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(make_recipe: Any) -> None:
    first, second = run_training(make_recipe()), run_training(make_recipe())
    assert first.path != second.path
    assert adapter_bytes(first) == adapter_bytes(second)
    assert (first.adapter / "adapter_config.json").read_bytes() == (second.adapter / "adapter_config.json").read_bytes()
    other = parse({**make_recipe().model_dump(mode="json"), "seed": 1}, "test")
    assert adapter_bytes(run_training(other)) != adapter_bytes(first)


#: Recipes whose state lies in different places: dropout and curriculum, a critic of either kind inside a
#: rollout that makes four updates, validation that selects.
KINDS: dict[str, dict[str, Any]] = {
    "plain": {"lora": {"lora_dropout": 0.1}, "curriculum": {"refill": 2.0, "rest": 3}},
    "ppo": {"algorithm": {"name": "ppo", "num_mini_batches": 2, "num_iterations": 2}},
    "adapter": {
        "algorithm": {"name": "ppo", "num_iterations": 3, "beta": 0.1},
        "critic": {"kind": "adapter", "loss": "squared", "learning_rate": 1e-3, "warmup_steps": 1},
    },
    "validation": {"eval": {"every": 2}, "algorithm": {"name": "gspo", "beta": 0.01}},
}


@pytest.mark.parametrize(("kind", "steps"), [("plain", 2), ("plain", 5), ("ppo", 3), ("adapter", 2), ("validation", 5)])
def test_a_resumed_run_ends_as_if_it_had_not_stopped(make_recipe: Any, kind: str, steps: int) -> None:
    recipe = make_recipe(**KINDS[kind])
    whole = run_training(recipe)
    stopped = run_training(recipe, steps=steps)
    resumed = run_training(recipe, resume=stopped)
    assert adapter_bytes(resumed) == adapter_bytes(whole)
    query = "SELECT step, problem, completion, outcome FROM rollouts ORDER BY id"
    rows = []
    for run in (whole, resumed):
        with sqlite3.connect(run.store_path) as db:
            rows.append(db.execute(query).fetchall())
    assert rows[0] == rows[1]
    metrics = [(run.path / "metrics.jsonl").read_text().splitlines() for run in (whole, resumed)]
    assert [json.loads(line)["step"] for line in metrics[1]] == [json.loads(line)["step"] for line in metrics[0]]


def test_stopped_in_its_second_epoch_and_inside_a_buffer_it_goes_on_with_the_same_prompts(
    make_recipe: Any, tmp_path: Path
) -> None:
    (tmp_path / "rows.jsonl").write_text("".join(f'{{"prompt": "{i} + 1 =", "answer": "{i + 1}"}}\n' for i in range(5)))
    data = make_recipe(algorithm={"name": "ppo", "num_mini_batches": 2}).model_dump(mode="json")
    data["tasks"][0] |= {"source": {"file": str(tmp_path / "rows.jsonl")}, "splits": {"validation": 0, "test": 0}}
    data["train"] |= {"max_steps": 10, "save_steps": 1}
    recipe = parse(data, "test")
    whole = run_training(recipe)
    # A rollout of three prompts serves two steps: at step 5 nine prompts are drawn, four of them of the second
    # epoch, and the third rollout is half used.
    resumed = run_training(recipe, resume=run_training(recipe, steps=5))
    asked = []
    for run in (whole, resumed):
        with sqlite3.connect(run.store_path) as db:
            asked.append(db.execute('SELECT step, "group", problem FROM rollouts GROUP BY 1, 2 ORDER BY id').fetchall())
    assert [step for step, _, _ in asked[0]] == [step for step in (1, 3, 5, 7, 9) for _ in range(3)]
    order = [problem for _, _, problem in asked[0]]
    assert sorted(order[:5]) == sorted(order[5:10]) == sorted(set(order))  # epochs hold each problem once
    assert order[:5] != order[5:10]  # and are shuffled apart
    assert asked[1] == asked[0]
    assert adapter_bytes(resumed) == adapter_bytes(whole)
    first = json.loads((whole.path / "metrics.jsonl").read_text().splitlines()[0])
    # Before it has learnt, the critic says the rate of the first rollout; the rest of a group adds to that.
    assert first["critic/alone/brier"] == pytest.approx(first["critic/brier_of_rate"], abs=1e-3)
    assert first["critic/brier"] != first["critic/alone/brier"]
    assert first["kl"] is None  # there is no reference to be far from


def test_groups_without_signal_are_replaced_up_to_a_bound(make_recipe: Any) -> None:
    run = run_training(make_recipe(curriculum={"refill": 2.0}, train={"max_steps": 12, "save_steps": 12}))
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    with sqlite3.connect(run.store_path) as db:
        query = 'SELECT step, "group", COUNT(*), COUNT(advantage), COUNT(DISTINCT reward) FROM rollouts GROUP BY 1, 2'
        groups = db.execute(query).fetchall()
    asked = {line["step"]: [g for g in groups if g[0] == line["step"]] for line in lines}
    assert any(3 < len(found) < 9 for found in asked.values())
    for line in lines:
        found = asked[line["step"]]
        assert [g[1] for g in found] == list(range(len(found)))
        mixed = [g for g in found if g[4] == 2]
        assert line["groups/mixed"] == pytest.approx(len(mixed) / len(found))
        # Fewer groups with signal than wanted only at the bound; only they are trained on.
        assert len(mixed) >= 3 or len(found) == 9
        if mixed:
            assert {g[1] for g in found if g[3]} == {g[1] for g in mixed}


def test_one_rollout_makes_several_updates(make_recipe: Any) -> None:
    algorithm = {"num_generations": 4, "prompts_per_step": 4, "num_mini_batches": 2, "num_iterations": 2}
    run = run_training(make_recipe(algorithm=algorithm))
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert ["reward" in line for line in lines] == [True, False, False, False, True, False]
    with sqlite3.connect(run.store_path) as db:
        assert db.execute("SELECT step, COUNT(*) FROM rollouts GROUP BY 1").fetchall() == [(1, 16), (5, 16)]


def test_a_run_killed_before_its_first_checkpoint_begins_anew(make_recipe: Any) -> None:
    recipe = make_recipe()
    whole = run_training(recipe)
    stopped = run_training(recipe, steps=1)
    assert adapter_bytes(run_training(recipe, resume=stopped)) == adapter_bytes(whole)
    with sqlite3.connect(stopped.store_path) as db:
        assert db.execute("SELECT COUNT(*) FROM rollouts WHERE step = 1").fetchone() == (12,)


def test_validation_chooses_the_adapter_the_run_ends_with(make_recipe: Any) -> None:
    best, last = (run_training(make_recipe(eval={"every": 2, "adapter": which})) for which in ("best", "last"))
    lines = [json.loads(line) for line in (best.path / "metrics.jsonl").read_text().splitlines()]
    scores = {line["step"]: line["validation/pass@1"] for line in lines if "validation/pass@1" in line}
    assert list(scores) == [2, 4, 6]
    chosen = max(scores, key=lambda step: (scores[step], -step))
    folders = sorted(path.name for path in best.path.glob("best-*"))
    assert folders == [f"best-{chosen:06d}"]
    assert adapter_bytes(best) == (best.path / folders[0] / "adapter_model.safetensors").read_bytes()
    assert (adapter_bytes(last) == adapter_bytes(best)) == (chosen == 6)
    with sqlite3.connect(best.store_path) as db:
        assert db.execute("SELECT COUNT(*) FROM events WHERE kind = 'chosen'").fetchone() == (1,)
        assert db.execute("SELECT COUNT(*) FROM rollouts WHERE phase LIKE 'test%'").fetchone() == (0,)


def test_a_request_to_stop_ends_the_step_and_saves(make_recipe: Any) -> None:
    recipe = make_recipe()
    whole = run_training(recipe)
    asked = iter([False, False, True])
    with pytest.raises(Interrupted, match=r"(?s)after step 3 of 6.*--resume") as caught:
        run_training(recipe, stop=lambda: next(asked))
    assert caught.value.exit_code == 130
    run = RunFolder(Path(recipe.track.dir) / "tiny-2")
    assert list_checkpoints(run.checkpoints)[-1].name == "step-000003"
    assert adapter_bytes(run_training(recipe, resume=run)) == adapter_bytes(whole)


def test_a_broken_verifier_stops_the_run_with_a_checkpoint(make_recipe: Any) -> None:
    recipe = make_recipe("Broken")
    with pytest.raises(TooManyErrors):
        run_training(recipe)
    run = RunFolder(Path(recipe.track.dir) / "tiny")
    assert list_checkpoints(run.checkpoints)
    with sqlite3.connect(run.store_path) as db:
        assert db.execute("SELECT kind FROM events").fetchall() == [("stopped",)]


def test_what_erred_is_kept_until_the_step_is_made_again(make_recipe: Any, tmp_path: Path) -> None:
    recipe = make_recipe("Mendable")
    whole = run_training(recipe)
    (tmp_path / "broken").touch()
    with pytest.raises(TooManyErrors):
        run_training(recipe)
    run = RunFolder(Path(recipe.track.dir) / "tiny-2")
    outcomes = "SELECT step, outcome, COUNT(*) FROM rollouts WHERE phase = 'train' GROUP BY 1, 2"
    with sqlite3.connect(run.store_path) as db:
        assert db.execute(outcomes).fetchall() == [(1, "error", 12)]
    (tmp_path / "broken").unlink()
    assert adapter_bytes(run_training(recipe, resume=run)) == adapter_bytes(whole)
    with sqlite3.connect(run.store_path) as db:
        assert {outcome for _, outcome, _ in db.execute(outcomes)} == {"pass", "fail"}


def test_a_validation_that_errs_leaves_its_step_made(make_recipe: Any, tmp_path: Path) -> None:
    recipe = make_recipe("Mendable", eval={"every": 2})
    run = RunFolder.create(recipe)
    display = Display()
    tasks = load_tasks(recipe, display)
    with open_runtime(recipe, tasks, display) as runtime:
        store = SqliteStore(run.store_path)
        trainer = Trainer(runtime, run, ProblemStream(tasks, recipe.seed), store)
        trainer.step()
        look = trainer.validation.look
        trainer.validation.look = lambda step: ((tmp_path / "broken").touch(), look(step))[1]  # type: ignore[method-assign]
        with pytest.raises(TooManyErrors):
            trainer.train()
        store.close()
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert [path.name for path in list_checkpoints(run.checkpoints)] == ["step-000002"]


def test_a_problem_asked_once_a_visit_never_rests(make_recipe: Any) -> None:
    recipe = make_recipe(train_size=6, algorithm={"name": "ppo", "num_generations": 1}, curriculum={"rest": 7})
    run = run_training(recipe, steps=4)
    with sqlite3.connect(run.store_path) as db:
        asked = db.execute(
            "SELECT COUNT(DISTINCT problem) FROM rollouts WHERE step <= 2 UNION ALL "
            "SELECT COUNT(DISTINCT problem) FROM rollouts WHERE step > 2"
        ).fetchall()
    assert asked == [(6,), (6,)]  # each epoch asks all of them


def test_refills_never_ask_for_more_than_the_data_holds(make_recipe: Any) -> None:
    sizes = {"algorithm": {"num_generations": 2, "prompts_per_step": 4}, "sampling": {"max_completion_length": 1}}
    run = run_training(make_recipe(train_size=5, curriculum={"refill": 3.0}, **sizes), steps=3)
    with sqlite3.connect(run.store_path) as db:
        asked = db.execute('SELECT COUNT(DISTINCT "group") FROM rollouts GROUP BY step').fetchall()
    assert max(count for (count,) in asked) > 5


def test_gradient_checkpointing_changes_memory_not_results(make_recipe: Any) -> None:
    plain = run_training(make_recipe(), steps=2)
    checkpointed = run_training(make_recipe(train={"gradient_checkpointing": True}), steps=2)
    metrics = [json.loads((run.path / "metrics.jsonl").read_text().splitlines()[1]) for run in (plain, checkpointed)]
    assert metrics[0]["grad_norm"] == pytest.approx(metrics[1]["grad_norm"], rel=1e-3)
    assert torch.isfinite(torch.tensor(metrics[0]["grad_norm"]))
