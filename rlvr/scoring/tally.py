"""What one verifier's judging cost and came to: verdicts by cause, seconds, failures, dear problems."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from rlvr.problem import Problem
from rlvr.verdict import Outcome, Verdict

#: Seconds of so many verdicts are kept for the quantiles.
_KEPT = 10_000
#: Beyond so many problems the cheaper half is forgotten.
_PROBLEMS = 20_000
_SLOWEST = 5


@dataclass(slots=True)
class Tally:
    """Counts of one verifier. `failures` are attempts that cost a worker, `late` those that missed the deadline.

    Not safe for several threads: the scorer holds its lock.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    cached: int = 0
    failures: int = 0
    late: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    costs: Counter[str] = field(default_factory=Counter)

    def add(self, problem: Problem, verdict: Verdict, seconds: float) -> None:
        """Take note of a verdict and the seconds that judging took."""
        self.verdicts[f"{verdict.outcome.value}/{verdict.cause}"] += 1
        self.seconds.append(seconds)
        self.costs[problem.key] += seconds  # type: ignore[assignment]  # seconds, not counts
        if len(self.costs) > _PROBLEMS:
            self.costs = Counter(dict(self.costs.most_common(_PROBLEMS // 2)))

    def merge(self, other: Tally) -> None:
        """Take in another's counts, such as those of the same verifier under other options."""
        self.verdicts += other.verdicts
        self.cached += other.cached
        self.failures += other.failures
        self.late += other.late
        self.seconds.extend(other.seconds)
        self.costs.update(other.costs)

    def report(self) -> dict[str, Any]:
        """Everything, for people: see the field names; `slowest` are [problem, seconds in all]."""
        return {
            "verdicts": dict(self.verdicts),
            "p50_seconds": self._quantile(0.50),
            "p99_seconds": self._quantile(0.99),
            "late": self.late,
            "failures": self.failures,
            "cached": self.cached,
            "slowest": [[problem, seconds] for problem, seconds in self.costs.most_common(_SLOWEST)],
        }

    def numbers(self) -> dict[str, float]:
        """Plain numbers, for a trainer's metrics: rates over what was judged, milliseconds, shares by cause."""
        judged = self.verdicts.total()
        rates = {f"cause/{cause.partition('/')[2]}": n / judged for cause, n in sorted(self.verdicts.items())}
        errors = sum(n for cause, n in self.verdicts.items() if cause.startswith(f"{Outcome.ERROR.value}/"))
        return {
            "judged": float(judged),
            "cached": float(self.cached),
            "error_rate": errors / judged if judged else 0.0,
            "late": float(self.late),
            "failures": float(self.failures),
            "p50_ms": 1000 * (self._quantile(0.50) or 0.0),
            "p99_ms": 1000 * (self._quantile(0.99) or 0.0),
            **rates,
        }

    def _quantile(self, share: float) -> float | None:
        ordered = sorted(self.seconds)
        return ordered[int(len(ordered) * share)] if ordered else None
