"""Trains variants of a recipe one after another and puts what came of each into one table.

    python tests/benchmarks/bench_training.py algorithms [recipes/quickstart.yaml] [key=value ...]
    python tests/benchmarks/bench_training.py seeds      [recipes/quickstart.yaml] [key=value ...]
    python tests/benchmarks/bench_training.py collapse   [recipes/quickstart.yaml] [key=value ...]

`algorithms`: the same recipe under each named algorithm. `seeds`: seeds 0, 1, 2. `collapse`: a constant
learning rate and a loss averaged over the tokens of whatever groups have signal, beside the recipe's own
rate and loss; both with four groups a step, of which late in a run one or two have signal. One thread
each; figures in brackets are paired 95 % intervals; CPU seconds are of the whole process, evaluation
included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

ALGORITHMS = ("grpo", "dr_grpo", "dapo", "rloo", "reinforce_pp", "ppo")
_FEW = ["algorithm.prompts_per_step=4", "train.max_steps=40"]
VARIANTS: dict[str, dict[str, list[str]]] = {
    "algorithms": {name: [f"algorithm.name={name}"] for name in ALGORITHMS},
    "seeds": {f"seed {seed}": [f"seed={seed}"] for seed in range(3)},
    "collapse": {
        "the recipe's rate and loss": _FEW,
        "constant rate, mean over kept tokens": [
            *_FEW,
            "algorithm.loss_type=dapo",
            "curriculum.refill=0.1",  # groups without signal are left out, and none is asked for in their place
            "train.lr_scheduler_type=constant",
        ],
    },
}


def train(recipe: str, overrides: list[str], folder: str) -> tuple[dict[str, Any], list[dict[str, Any]], float]:
    """Result, metrics by step and CPU seconds of one run. Raises CalledProcessError when it fails."""
    command = [sys.executable, "-m", "rlvr", "train", recipe, "train.threads=1", f"track.dir={folder}", *overrides]
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    result = json.loads(out)
    lines = (Path(result["run"]) / "metrics.jsonl").read_text().splitlines()
    return result, [json.loads(line) for line in lines], usage.ru_utime + usage.ru_stime


def row(name: str, result: dict[str, Any], metrics: list[dict[str, Any]], seconds: float) -> str:
    """One line of the table."""
    one, beyond = result["comparison"]["pass@1"], result["beyond_sharpening"]
    rewards = [step["reward"] for step in metrics if step.get("reward") is not None]
    late = rewards[len(rewards) // 2 :]
    cells = [
        name,
        f"{one['base']:.3f} -> {one['trained']:.3f}",
        f"{one['difference']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]",
        f"{beyond['difference']:+.3f} [{beyond['low']:+.3f}, {beyond['high']:+.3f}]",
        f"{min(late):.2f} / {fmean(late):.2f}",
        critic(metrics),
        f"{seconds:.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def critic(metrics: list[dict[str, Any]]) -> str:
    """Explained variance over the steps with a pass rate of 0.2 to 0.8, and Brier scores, each of three.

    The values that advantages are taken against, the critic's own word, and always saying the running rate.
    """
    steps = [step for step in metrics if step.get("critic/alone/brier") is not None]
    if not steps:
        return "-"
    middle = [step for step in steps if 0.2 <= step["reward"] <= 0.8]
    values, own = (mean(middle, f"{who}/explained_variance") for who in ("critic", "critic/alone"))
    scores = (mean(steps, f"critic/{name}") for name in ("brier", "alone/brier", "brier_of_rate"))
    return f"{values:.2f} / {own:.2f} / 0, " + " / ".join(f"{score:.3f}" for score in scores)


def mean(steps: list[dict[str, Any]], name: str) -> float:
    return fmean(step[name] for step in steps) if steps else float("nan")


def main() -> None:
    kind, *rest = sys.argv[1:] or ["algorithms"]
    recipe = next((word for word in rest if "=" not in word), "recipes/quickstart.yaml")
    overrides = [word for word in rest if "=" in word]
    print(f"{kind}, {recipe} {' '.join(overrides)}")
    print(
        "| variant | pass@1 | gain | beyond the base's best temperature | late reward, least / mean | critic | CPU s |"
    )
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, own in VARIANTS[kind].items():
            print(row(name, *train(recipe, [*own, *overrides], folder)), flush=True)


if __name__ == "__main__":
    main()
