"""What training did, on problems it never saw: base and trained model side by side.

Both answer every test problem at the training temperature; the base also at lower ones, because
sharpening alone can look like learning. Choosing the best of those on the same problems flatters the
base a little, so a gain beyond it is a gain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from typing import Any

from rlvr.errors import UsageError
from rlvr.evals.outcomes import Outcomes
from rlvr.evals.paired import found_and_right, paired, solved
from rlvr.heldout import Heldout
from rlvr.runtime import Runtime
from rlvr.store import Store


def compare_models(runtime: Runtime, store: Store | None = None) -> dict[str, Any]:
    """Sample and judge base and trained model on `test`; the store keeps every rollout, where there is one.

    Raises UsageError when no task has test problems.
    """
    ask = _asker(runtime, store)
    training = runtime.recipe.sampling.temperature
    base = _base_outcomes(runtime, ask)
    start = _start_outcomes(runtime, ask)
    runtime.decoder.load(runtime.policy.model)
    trained = ask("trained", training)
    trained_greedy = ask("trained", 0.0) if 0.0 in base else None
    best = max(base, key=lambda t: base[t].mean())
    comparison = {f"pass@{k}": _row(base[training], trained, k) for k in runtime.recipe.eval.k}
    comparison["pass@1"] |= {"base_best_temperature": best, "base_best": base[best].mean()}
    if start:
        for k in runtime.recipe.eval.k:
            comparison[f"pass@{k}"]["start"] = start.mean(k)
    return {
        "comparison": comparison,
        "from_start": paired(start, trained) if start else None,
        "beyond_sharpening": {**paired(base[best], trained), "temperature": best},
        "base_by_temperature": {f"{t:g}": outcomes.mean() for t, outcomes in sorted(base.items())},
        "trained_greedy": trained_greedy.mean() if trained_greedy else None,
        "split": found_and_right(base[training], trained),
        "solved": solved(base[training], trained),
        "tasks": _by_task(runtime, base[training], trained),
        "samples": runtime.recipe.eval.samples,
        "temperature": training,
    }


def base_alone(runtime: Runtime) -> dict[str, Any]:
    """pass@k of the bare model on `test`, at every temperature of the recipe."""
    base = _base_outcomes(runtime, _asker(runtime, None))
    training = runtime.recipe.sampling.temperature
    return {
        "base": {f"pass@{k}": base[training].mean(k) for k in runtime.recipe.eval.k},
        "base_by_temperature": {f"{t:g}": outcomes.mean() for t, outcomes in sorted(base.items())},
        "errors": sum(outcomes.errors for outcomes in base.values()),
        "problems": len(base[training].tallies),
        "samples": runtime.recipe.eval.samples,
        "temperature": training,
    }


def describe(result: Mapping[str, Any]) -> str:
    """The result for a person, most important line first."""
    lines = [f"held-out problems, {result['samples']} samples each at temperature {result['temperature']:g}"]
    if "comparison" not in result:
        lines += [f"{name}: {value:.3f}" for name, value in result["base"].items()]
    for name, row in result.get("comparison", {}).items():
        change = f"{row['difference']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"
        start = f"  start {row['start']:.3f}" if "start" in row else ""
        lines.append(f"{name}: base {row['base']:.3f}{start}  trained {row['trained']:.3f}  difference {change}")
        if row["errors"]:
            upper = row["trained_if_errors_right"]
            lines.append(f"  {row['errors']} verdicts were errors, counted as wrong; if right, trained {upper:.3f}")
    temperatures = "  ".join(f"T={t} {value:.3f}" for t, value in result["base_by_temperature"].items())
    lines.append(f"base by temperature: {temperatures}")
    if result.get("from_start"):
        gained = result["from_start"]
        interval = f"{gained['difference']:+.3f} [{gained['low']:+.3f}, {gained['high']:+.3f}]"
        lines.append(f"reinforcement learning beyond the starting adapter: {interval}")
    if "beyond_sharpening" in result:
        lines += _beyond(result)
    return "\n".join(lines)


def _beyond(result: Mapping[str, Any]) -> list[str]:
    """What training gave that a lower temperature would not have."""
    beyond, split, sets = result["beyond_sharpening"], result["split"], result["solved"]
    interval = f"{beyond['difference']:+.3f} [{beyond['low']:+.3f}, {beyond['high']:+.3f}]"
    found, right = split["answer_found"], split["right_if_found"]
    temperature = f"{beyond['temperature']:g}"
    lines = [
        f"base at its best temperature ({temperature}): {beyond['base']:.3f}; trained beyond it: {interval}",
        f"answer found: {found['base']:.3f} -> {found['trained']:.3f}; "
        f"right if found: {_share(right['base'])} -> {_share(right['trained'])}",
        f"problems solved at least once: both {sets['both']}, only base {sets['only_base']}, "
        f"only trained {sets['only_trained']}, neither {sets['neither']}",
    ]
    if beyond["low"] <= 0:
        lines.append("a lower temperature may have given this gain as well: the interval beyond it holds 0")
    return lines


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _row(base: Outcomes, trained: Outcomes, k: int) -> dict[str, Any]:
    return {
        **paired(base, trained, k),
        "errors": base.errors + trained.errors,
        "base_if_errors_right": base.mean_best(k),
        "trained_if_errors_right": trained.mean_best(k),
    }


def _base_outcomes(runtime: Runtime, ask: Callable[[str, float], Outcomes]) -> dict[float, Outcomes]:
    """The base at the training temperature and at every other of the recipe."""
    runtime.decoder.restore(runtime.policy.model)
    temperatures = dict.fromkeys([runtime.recipe.sampling.temperature, *runtime.recipe.eval.temperatures])
    return {temperature: ask("base", temperature) for temperature in temperatures}


def _start_outcomes(runtime: Runtime, ask: Callable[[str, float], Outcomes]) -> Outcomes | None:
    """The adapter that training started from, where there was one."""
    if not runtime.policy.has_start:
        return None
    with runtime.policy.reference():
        runtime.decoder.load(runtime.policy.model)
    return ask("start", runtime.recipe.sampling.temperature)


def _by_task(runtime: Runtime, base: Outcomes, trained: Outcomes) -> dict[str, Any]:
    """pass@1 of each task apart."""
    result = {}
    for task in runtime.tasks:
        ids = {problem.key for problem in task.test} & base.tallies.keys()
        if ids:
            result[task.name] = paired(_only(base, ids), _only(trained, ids))
    return result


def _only(outcomes: Outcomes, ids: Iterable[str]) -> Outcomes:
    return Outcomes(outcomes.temperature, {key: outcomes.tallies[key] for key in ids})


def _asker(runtime: Runtime, store: Store | None) -> Callable[[str, float], Outcomes]:
    """A function that has the present decoder weights answer all test problems at a temperature."""
    # In turn, so that a limit leaves some of every task.
    turns = zip_longest(*(task.test for task in runtime.tasks))
    problems = [problem for turn in turns for problem in turn if problem][: runtime.recipe.eval.limit or None]
    if not problems:
        raise UsageError("no task has test problems: there is nothing to compare on.", "Set `splits: {test: 100}`.")
    heldout = Heldout(runtime, store, "test", problems)
    steps = runtime.recipe.train.max_steps
    return lambda who, temperature: heldout.answer(who, temperature, steps if who == "trained" else 0)
