"""Base against trained model, problem by problem.

The same problem is as hard for both, so differences within problems are far less noisy than the
difference of two means.
"""

from __future__ import annotations

from typing import TypedDict

from rlvr.evals.interval import t_interval
from rlvr.evals.outcomes import Outcomes


class Difference(TypedDict):
    """Means of both, the paired difference with its 95 % interval, over how many problems."""

    base: float
    trained: float
    difference: float
    low: float
    high: float
    problems: int


class Solved(TypedDict):
    """Problems with at least one right sample: by both, by one only, by neither."""

    both: int
    only_base: int
    only_trained: int
    neither: int


def paired(base: Outcomes, trained: Outcomes, k: int = 1) -> Difference:
    """Paired difference of pass@k. Raises ValueError when the problems are not the same."""
    _same(base, trained)
    pairs = [(base.tallies[p].pass_at_k(k), trained.tallies[p].pass_at_k(k)) for p in sorted(base.tallies)]
    interval = t_interval([after - before for before, after in pairs])
    return Difference(
        base=base.mean(k),
        trained=trained.mean(k),
        difference=interval.mean,
        low=interval.low,
        high=interval.high,
        problems=len(pairs),
    )


def solved(base: Outcomes, trained: Outcomes) -> Solved:
    """Which problems each solved at least once."""
    _same(base, trained)
    pairs = [(base.tallies[p].right > 0, trained.tallies[p].right > 0) for p in base.tallies]
    return Solved(
        both=pairs.count((True, True)),
        only_base=pairs.count((True, False)),
        only_trained=pairs.count((False, True)),
        neither=pairs.count((False, False)),
    )


def found_and_right(base: Outcomes, trained: Outcomes) -> dict[str, dict[str, float | None]]:
    """The gain split in two: answers that could be judged at all, and right ones among those."""
    return {
        "answer_found": {"base": base.found(), "trained": trained.found()},
        "right_if_found": {"base": _right_if_found(base), "trained": _right_if_found(trained)},
    }


def _right_if_found(outcomes: Outcomes) -> float | None:
    found = outcomes.found()
    return outcomes.mean() / found if found else None


def _same(base: Outcomes, trained: Outcomes) -> None:
    if base.tallies.keys() != trained.tallies.keys():
        odd = sorted(base.tallies.keys() ^ trained.tallies.keys())
        raise ValueError(f"base and trained model were not asked the same problems, such as {odd[:3]}")
