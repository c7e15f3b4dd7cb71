"""What scoring costs a run: a verdict's way through a worker, and what a slow verifier adds to sampling.

    python tests/benchmarks/bench_scoring.py [--steps N] [--only verdicts|overlap]

The first part judges with a verifier that returns at once, so that all the time is the way there and
back. The second collects the quickstart's rollouts (its model, prompts, sampler and sizes) with a
verifier that returns at once and with one that waits 50 ms, in turn; a loop that scores after sampling
and one completion at a time would add 50 ms for each.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from pathlib import Path

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "data" / "waiting.py"
WAIT = 0.05


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--only", choices=["verdicts", "overlap"])
    words = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    if words.only != "overlap":
        verdicts()
    if words.only != "verdicts":
        overlap(words.steps)


def verdicts(count: int = 3000) -> None:
    """One at a time through one warm worker, then all at once."""
    spec = VerifierSpec(f"{FILE}:at_once")
    problem = Problem("p", "How many?", {"answer": "12"}, "bench", spec)
    ids = tuple(range(256))
    texts = [Completion(f"{'word ' * 40}{i}", ids) for i in range(count)]
    with Scorer(ScoringOptions(workers=1, cache_size=0)) as scorer:
        for text in texts[:200]:
            scorer.submit(problem, text).result()
        alone, before = [], time.process_time()
        for text in texts:
            started = time.perf_counter()
            scorer.submit(problem, text).result()
            alone.append(time.perf_counter() - started)
        used = time.process_time() - before
        started = time.perf_counter()
        scorer.score((problem, text) for text in texts)
        together = (time.perf_counter() - started) / count
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    alone.sort()
    print(f"a verdict through a warm worker: median {1e3 * statistics.median(alone):.3f} ms, ", end="")
    print(f"fastest tenth {1e3 * alone[count // 10]:.3f} ms, p99 {1e3 * alone[int(count * 0.99)]:.3f} ms")
    print(f"of {count} at once: {1e3 * together:.3f} ms each")
    print(f"CPU of this process {1e3 * used / count:.3f} ms a verdict; ", end="")
    print(f"of the worker, its start included, {child.ru_utime + child.ru_stime:.2f} s for {2 * count + 200}")


def overlap(steps: int) -> None:
    """Rollouts of the quickstart with either verifier, in turn."""
    from dataclasses import replace

    from rlvr.progress import Display
    from rlvr.recipe_file import load_recipe
    from rlvr.runtime import load_tasks, open_runtime

    overrides = ["train.threads=1", "track.dir=/nonexistent"]
    recipe = load_recipe(ROOT / "recipes" / "quickstart.yaml", overrides)
    display = Display()
    tasks = load_tasks(recipe, display)
    size = recipe.algorithm.prompts_per_step
    kinds = {"at once": VerifierSpec(f"{FILE}:at_once"), "waits 50 ms": VerifierSpec(f"{FILE}:waits")}
    seconds: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    with open_runtime(recipe, tasks, display) as runtime:
        runtime.decoder.load(runtime.policy.model)
        warm = [replace(tasks[0].train[0], verifier=spec) for spec in kinds.values()]
        runtime.collector.scorer.score((p, Completion(f"warm {i}")) for p in warm for i in range(20))
        for step in range(steps):
            for kind, spec in kinds.items():
                drawn = [replace(p, verifier=spec) for p in tasks[0].train[step * size : (step + 1) * size]]
                # The same seeds for both: the same tokens are sampled.
                found = runtime.collector.collect(
                    drawn, recipe.algorithm.num_generations, recipe.sampling.params(), salt=f"bench/{step}"
                )
                seconds[kind].append(found.seconds)
                print(f"step {step + 1}, {kind:>11}: sampling {found.seconds['sample']:.2f} s, ", end="")
                print(f"waiting for verdicts afterwards {found.seconds['score']:.3f} s", flush=True)
    whole = {kind: statistics.median(sum(s.values()) for s in found) for kind, found in seconds.items()}
    after = statistics.median(s["score"] / sum(s.values()) for s in seconds["waits 50 ms"])
    count = size * recipe.algorithm.num_generations
    print(f"whole step, medians: {whole['at once']:.2f} s at once, {whole['waits 50 ms']:.2f} s waiting: ", end="")
    print(f"{100 * (whole['waits 50 ms'] / whole['at once'] - 1):+.1f} %")
    print(f"waiting after the last token is {100 * after:.1f} % of a step; ", end="")
    print(f"one after another it would be {count * WAIT:.1f} s, {100 * count * WAIT / whole['at once']:.0f} %")


if __name__ == "__main__":
    main()
