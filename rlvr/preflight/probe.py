"""Can training start from this model? A short sampling answers, before a whole run does.

What a group teaches comes from the difference between its rewards, so the share of groups with both
right and wrong answers decides: from 0.25 on training starts; down to 0.05 it may be slow or fail;
below that there is next to nothing to learn from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rlvr.evals.interval import t_interval
from rlvr.evals.outcomes import Outcomes
from rlvr.preflight.golds import named_answers
from rlvr.problem import Rollout
from rlvr.progress import Display
from rlvr.recipe import Recipe
from rlvr.rollouts import Collected
from rlvr.runtime import Runtime, open_runtime
from rlvr.tasks.mix import ProblemStream
from rlvr.tasks.task import Task

#: Shares of mixed groups from which training starts, and may start.
GO, RISKY = 0.25, 0.05
_OFTEN_CUT, _ALMOST_ALL = 0.5, 0.9


def probe_model(recipe: Recipe, tasks: list[Task], problems: int, display: Display) -> dict[str, Any]:
    """Ask the first problems that training would ask, as it would ask them, and once greedily.

    One that training would ask again by then, because its task holds few, is asked once.
    The result holds a row for each task and for all together, `start` (`go`, `risky` or `no`) and
    `advice`. Raises what a run would raise for want of a model or of a sandbox.
    """
    stream = ProblemStream(tasks, recipe.seed)
    asked = list({problem.key: problem for _ in range(problems) for problem in stream.take(1)}.values())
    with open_runtime(recipe, tasks, display) as runtime:
        runtime.decoder.load(runtime.policy.model)
        sampled = _ask(runtime, asked, recipe.algorithm.num_generations, recipe.sampling.temperature)
        greedy = _ask(runtime, asked, 1, 0.0)
    names = [task.name for task in tasks if any(problem.task == task.name for problem in asked)]
    total = _row([*sampled.groups()], greedy.rollouts, _majority(tasks, names))
    rows = {name: _row(_of(name, sampled), _only(name, greedy), _majority(tasks, [name])) for name in names}
    return {
        "problems": len(asked),
        "num_generations": recipe.algorithm.num_generations,
        "temperature": recipe.sampling.temperature,
        "tasks": rows,
        "total": total,
        "start": decide(total["mixed"]),
        "advice": list(advise(total)),
    }


def decide(mixed: float) -> str:
    """`go`, `risky` or `no`, from the share of groups with both right and wrong answers."""
    return "go" if mixed >= GO else "risky" if mixed >= RISKY else "no"


def advise(row: Mapping[str, Any]) -> Iterator[str]:
    """What to do about the numbers, most telling first; nothing where they are good."""
    if row["truncated"] > _OFTEN_CUT:
        yield (
            "most completions are cut off: raise sampling.max_completion_length, set sampling.stop,"
            " or check that the chat template ends the turn"
        )
    if row["found"] < _OFTEN_CUT:
        yield (
            "few completions hold an answer that can be judged: show the form in the prompt"
            " (`examples`), or read the answer more leniently"
        )
    if row["mixed"] < GO and row["pass@1"] > _OFTEN_CUT:
        yield "nearly everything is right already: take harder problems"
    elif row["mixed"] < GO:
        yield (
            "nearly everything is wrong: take easier problems, show worked `examples`, raise"
            " algorithm.num_generations, or start from a better model or a supervised warm start"
        )
    if row["majority"] is not None and max(row["pass@1"], row["greedy"]) <= row["majority"]:
        yield (
            f"always giving the most frequent answer would earn {row['majority']:.2f}, no less than the model:"
            " balance the answers, or training may only learn to guess"
        )
    if row["greedy"] - row["pass@1"] > _OFTEN_CUT / 2:
        yield "greedy decoding is far better already: much of an early gain will be sharpening"


def describe(result: Mapping[str, Any]) -> str:
    """The result for a person."""
    size = f"{result['problems']} problems x {result['num_generations']} at T = {result['temperature']:g}"
    lines = [f"probe: {size}, and greedily"]
    rows = result["tasks"] if len(result["tasks"]) > 1 else {}
    lines += [f"  {name}: {_numbers(row)}" for name, row in rows.items()]
    lines.append(f"  {_numbers(result['total'])}")
    mixed = result["total"]["mixed"]
    said = {
        "go": f"go: {mixed:.0%} of the groups have both right and wrong answers; training can start from here",
        "risky": f"risky: only {mixed:.0%} of the groups have both right and wrong answers ({GO:.0%} are wanted)",
        "no": f"no: {mixed:.0%} of the groups have both right and wrong answers; there is too little to learn from",
    }
    return "\n".join([*lines, said[result["start"]], *(f"  {line}" for line in result["advice"])])


def _ask(runtime: Runtime, problems: Sequence[Any], n: int, temperature: float) -> Collected:
    with runtime.display.phase(f"{len(problems)} problems x {n} at temperature {temperature:g}") as on_sampled:
        params = runtime.recipe.sampling.params(temperature)
        collected = runtime.collector.collect(problems, n, params, salt="probe", on_sampled=on_sampled)
    runtime.collector.scorer.check_health()
    return collected


def _of(task: str, collected: Collected) -> list[list[Rollout]]:
    return [group for group in collected.groups() if group[0].problem.task == task]


def _only(task: str, collected: Collected) -> list[Rollout]:
    return [rollout for rollout in collected.rollouts if rollout.problem.task == task]


def _row(groups: Sequence[list[Rollout]], greedy: Sequence[Rollout], majority: float | None) -> dict[str, Any]:
    """The numbers of some groups, and of the greedy answers to the same problems."""
    rollouts = [rollout for group in groups for rollout in group]
    outcomes = _outcomes(rollouts)
    interval = t_interval([tally.pass_at_k(1) for tally in outcomes.tallies.values()])
    rewards = [{r.verdict.reward for r in group if r.verdict} - {None} for group in groups]
    return {
        "pass@1": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "greedy": _outcomes(greedy).mean(),
        "mixed": sum(len(found) > 1 for found in rewards) / len(groups),
        "all_right": sum(found == {1.0} for found in rewards) / len(groups),
        "all_wrong": sum(found == {0.0} for found in rewards) / len(groups),
        "majority": majority,
        "truncated": sum(rollout.completion.truncated for rollout in rollouts) / len(rollouts),
        "found": outcomes.found(),
        "errors": outcomes.errors,
        "mean_tokens": sum(len(rollout.completion.token_ids) for rollout in rollouts) / len(rollouts),
    }


def _outcomes(rollouts: Sequence[Rollout]) -> Outcomes:
    pairs = ((r.problem.key, r.verdict) for r in rollouts if r.verdict)
    return Outcomes.of(0.0, pairs)


def _majority(tasks: Sequence[Task], names: Sequence[str]) -> float | None:
    """What always giving each task's most frequent answer would earn in training; None without answers."""
    right = total = 0
    for task in tasks:
        answers = [set(named_answers(p.reference)) for p in task.train] if task.name in names else []
        counts = Counter(" ".join(answer.split()).casefold() for found in answers for answer in found)
        if answers and not counts:
            return None
        right += max(counts.values(), default=0)
        total += len(answers)
    return right / total if total else None


def _numbers(row: Mapping[str, Any]) -> str:
    majority = "-" if row["majority"] is None else f"{row['majority']:.3f}"
    errors = f"  errors {row['errors']}" if row["errors"] else ""
    return (
        f"pass@1 {row['pass@1']:.3f} [{row['low']:.3f}, {row['high']:.3f}]  greedy {row['greedy']:.3f}"
        f"  mixed groups {row['mixed']:.2f} (all right {row['all_right']:.2f}, all wrong {row['all_wrong']:.2f})"
        f"  most frequent answer {majority}  cut off {row['truncated']:.2f}"
        f"  tokens {row['mean_tokens']:.0f}{errors}"
    )
