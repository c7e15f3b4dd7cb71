"""What leaving out groups without signal saves, and what resting problems saves beyond that.

    python tests/benchmarks/bench_signal.py [skipping] [curriculum]

`skipping`: the update of one rollout of eight groups of the quickstart's length, of which five have no
signal, once as it is and once with those five scored all the same; CPU seconds of sampling and update
per group with signal. `curriculum`: a data set of short sums in which half the problems are hopeless (a
reference nothing matches), trained on with and without rest; CPU seconds per group with signal. One
thread.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rlvr.batch import RolloutBatch
from rlvr.learner import Learner
from rlvr.problem import Rollout
from rlvr.progress import Display
from rlvr.ranks import Ranks
from rlvr.recipe import Recipe
from rlvr.recipe_file import load_recipe, parse
from rlvr.run_folder import RunFolder
from rlvr.runtime import Runtime, load_tasks, open_runtime
from rlvr.store import SqliteStore
from rlvr.tasks.mix import ProblemStream
from rlvr.trainer import Trainer

ROOT = Path(__file__).parents[2]
GROUPS, DEAD, SIZE = 8, 5, 8


@contextmanager
def opened(recipe: Recipe) -> Iterator[Runtime]:
    display = Display()
    with open_runtime(recipe, load_tasks(recipe, display), display) as runtime:
        yield runtime


def skipping() -> None:
    """One rollout, two updates."""
    recipe = load_recipe(ROOT / "recipes" / "quickstart.yaml", ["train.threads=1"])
    with opened(recipe) as runtime:
        problems = runtime.tasks[0].train[:GROUPS]
        runtime.collector.collect(problems[:1], 1, recipe.sampling.params(), salt="warm")
        started = time.process_time()
        collected = runtime.collector.collect(problems, SIZE, recipe.sampling.params(), salt="bench")
        sampling = time.process_time() - started
        batch = with_signal(RolloutBatch.of(collected.rollouts, collected.prompts), collected.rollouts)
        learner = Learner(runtime.policy, recipe.algorithm, recipe.train, temperature=1.0, max_tokens=44, ranks=Ranks())
        live = (batch.advantages != 0).any(1)
        everything = replace(batch, advantages=batch.advantages + 1e-30 * batch.mask * ~live[:, None])
        costs: dict[str, list[float]] = {"skipped": [], "scored": []}
        for _ in range(3):
            for name, each in (("skipped", batch), ("scored", everything)):
                started = time.process_time()
                learner.update(each)
                costs[name].append(time.process_time() - started)
    skipped, scored = (sampling + sorted(costs[name])[1] for name in ("skipped", "scored"))
    print(f"sampling {sampling:.1f} s; {GROUPS} groups, {DEAD} without signal ({DEAD / GROUPS:.0%})")
    print(f"CPU seconds per group with signal: {scored / (GROUPS - DEAD):.2f} scored, ", end="")
    print(f"{skipped / (GROUPS - DEAD):.2f} skipped: {scored / skipped:.2f} times better")


def with_signal(batch: RolloutBatch, rollouts: list[Rollout]) -> RolloutBatch:
    """The batch with advantages for the first groups only, whatever the model really answered."""
    advantages = batch.mask.float() * 0.5
    for row in range(len(rollouts)):
        advantages[row] *= 0 if row // SIZE >= GROUPS - DEAD else (-1) ** row
    return replace(batch, advantages=advantages)


def curriculum() -> None:
    """The same data and steps, with and without rest."""
    found = {rest: signal_cost(rest) for rest in (0, 7)}
    for rest, (cost, share) in found.items():
        print(f"rest {rest}: {cost:.2f} CPU seconds per group with signal, {share:.0%} of the sampled groups had some")
    print(f"{found[0][0] / found[7][0]:.2f} times better with rest")


def signal_cost(rest: int) -> tuple[float, float]:
    """CPU seconds per group with signal, and the share of sampled groups that had some."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        recipe = sums(folder, rest)
        display = Display()
        tasks = load_tasks(recipe, display)
        with open_runtime(recipe, tasks, display) as runtime:
            store = SqliteStore(folder / "run.sqlite")
            run = RunFolder.create(recipe)
            trainer = Trainer(runtime, run, ProblemStream(tasks, recipe.seed, rest), store)
            started = time.process_time()
            trainer.train()
            seconds = time.process_time() - started
            store.close()
        lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    mixed = sum(line["groups/mixed"] * line["groups/count"] for line in lines)
    return seconds / mixed, mixed / sum(line["groups/count"] for line in lines)


def sums(folder: Path, rest: int) -> Recipe:
    """24 sums of which every second has a reference that no answer matches."""
    rows: list[dict[str, Any]] = []
    for i in range(24):
        a, b = 1 + i % 6, 2 + i // 6
        rows.append({"prompt": f"{a} + {b} =", "answer": "-1" if i % 2 else str(a + b)})
    (folder / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    quickstart = load_recipe(ROOT / "recipes" / "quickstart.yaml")
    task = {
        "name": "sums",
        "source": {"file": str(folder / "sums.jsonl")},
        "prompt": "4 + 1 = 5\n7 + 2 = 9\n{{ prompt }}",
        "format": "text",
        "verifier": {"name": "math", "options": {"extraction": "lenient"}},
    }
    return parse(
        {
            "name": "signal",
            "model": {"name": quickstart.model.name},
            "tasks": [task],
            "algorithm": {"name": "dr_grpo", "num_generations": 8, "prompts_per_step": 4},
            "sampling": {"max_completion_length": 4, "stop": ["\n"]},
            "curriculum": {"refill": 2.0, "rest": rest},
            "train": {"max_steps": 16, "save_steps": 100, "learning_rate": 1e-5, "threads": 1},
            "track": {"dir": str(folder / "runs")},
        },
        "bench",
    )


if __name__ == "__main__":
    for kind in sys.argv[1:] or ["skipping", "curriculum"]:
        {"skipping": skipping, "curriculum": curriculum}[kind]()
