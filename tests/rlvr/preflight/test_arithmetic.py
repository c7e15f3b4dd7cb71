"""The numbers of a recipe in sentences, against the counts of the loop itself."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.preflight.arithmetic import explain_batch
from rlvr.recipe import Recipe
from rlvr.recipe_file import parse

from .conftest import JUDGES, MakeTask


def recipe(*tasks: dict[str, Any], **sections: Any) -> Recipe:
    fixed = {
        "name": "r",
        "model": {"name": "m"},
        "algorithm": {"num_generations": 4, "prompts_per_step": 6},
        "train": {"max_steps": 10, "micro_batch_size": 8},
        "sampling": {"max_completion_length": 5, "rows": 16},
        "curriculum": {"refill": 0.5},
        "eval": {"samples": 3, "k": [1], "temperatures": [0.0, 0.5]},
    }
    return parse({**fixed, "tasks": list(tasks), **sections}, "test")


def test_every_product_is_written_out(make_task: MakeTask, sums: list[dict[str, Any]]) -> None:
    task = make_task("Sound", sums, splits={"test": 2})
    lines = explain_batch(recipe(task.options.model_dump()), [task])
    assert lines[0].startswith("a rollout: 6 prompts x 4 completions each = 24 completions, 16 of them")
    assert "up to 9 prompts = 36 completions" in lines[0]
    assert "up to 24 completions in 3 micro-batches of 8, then" in lines[1]
    assert "10 steps ask 60 prompts of 10 training problems = 6.00 epochs" in lines[2]
    assert "240 completions in all, up to 360" in lines[3]
    assert "at most 1,200 tokens" in lines[3]
    # base at T = 1 and 0.5 with 3 samples and 1, at 0 with 1; trained at 1 with 3 and at 0 with 1
    assert "2 test problems, base at T = 0, 0.5, 1 and trained model: 18 completions" in lines[4]


def test_an_update_holds_one_mini_batch_of_the_rollout(make_task: MakeTask, sums: list[dict[str, Any]]) -> None:
    task = make_task("Sound", sums)
    algorithm = {"num_generations": 4, "prompts_per_step": 7, "num_mini_batches": 3, "num_iterations": 2}
    lines = explain_batch(recipe(task.options.model_dump(), algorithm=algorithm), [task])
    assert "an update: up to 12 completions in 2 micro-batches of 8, then one optimizer step" in lines[1]
    assert "one rollout serves 6 of them (3 mini-batches, 2 times)" in lines[1]


@pytest.mark.parametrize("start", [{"model": {"name": "m", "adapter": "a"}}, {"warm_start": {"problems": 4}}])
def test_the_adapter_that_training_starts_from_is_evaluated_too(
    make_task: MakeTask, sums: list[dict[str, Any]], start: dict[str, Any]
) -> None:
    task = make_task("Sound", sums, splits={"test": 2})
    lines = explain_batch(recipe(task.options.model_dump(), **start), [task])
    # 18 as without it, and 3 samples of it for each of the two problems
    assert "the adapter that training starts from and trained model: 24 completions" in lines[4]


def test_tasks_share_by_weight_and_cut_groups_are_named(make_task: MakeTask, sums: list[dict[str, Any]]) -> None:
    one = make_task("Sound", sums, name="one", weight=3)
    two = make_task("Sound", sums, name="two", weight=1)
    off = make_task("Sound", sums, name="off", weight=0)
    judged = {"name": f"{JUDGES}:Sound"}
    options = [{"name": n, "source": {"file": "f"}, "verifier": judged} for n in ("one", "two", "off")]
    plain = recipe(*options, train={"max_steps": 10, "micro_batch_size": 6}, curriculum={"refill": 0})
    lines = explain_batch(plain, [one, two, off])
    assert "replaced" not in lines[0]
    assert "4 micro-batches of 6, which cuts groups apart" in lines[1]
    assert "ask 45 prompts of 12 training problems = 3.75 epochs" in lines[2]
    assert "ask 15 prompts of 12 training problems = 1.25 epochs" in lines[3]
    assert lines[4] == "task off: not trained on (weight 0)"
