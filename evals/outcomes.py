"""What one model did on a set of problems: for each, how many samples were right, found, or errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rlvr.evals.passk import pass_at_k
from rlvr.verdict import Outcome, Verdict

#: Causes of a failure in which there was no answer to judge.
NOT_FOUND = frozenset({"no_answer", "ambiguous_answer", "malformed", "truncated"})


@dataclass(frozen=True, slots=True)
class Tally:
    """One problem's n samples: right, with an answer that could be judged, and errors of ours."""

    n: int
    right: int
    found: int
    errors: int

    def pass_at_k(self, k: int) -> float:
        """With errors counted as wrong, which is the lower end of what they leave open."""
        return pass_at_k(self.n, self.right, k)

    def best_at_k(self, k: int) -> float:
        """With errors counted as right, the upper end."""
        return pass_at_k(self.n, self.right + self.errors, k)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A model's tallies by problem id, and the temperature they were sampled at; None where that is not known."""

    temperature: float | None
    tallies: Mapping[str, Tally]

    @classmethod
    def of(cls, temperature: float | None, verdicts: Iterable[tuple[str, Verdict]]) -> Outcomes:
        """From (problem id, verdict) pairs."""
        by_problem: dict[str, list[Verdict]] = {}
        for problem, verdict in verdicts:
            by_problem.setdefault(problem, []).append(verdict)
        return cls(temperature, {problem: _tally(found) for problem, found in by_problem.items()})

    @property
    def errors(self) -> int:
        """Verdicts that were errors."""
        return sum(tally.errors for tally in self.tallies.values())

    def mean(self, k: int = 1) -> float:
        """pass@k averaged over problems, errors counted as wrong."""
        return sum(tally.pass_at_k(k) for tally in self.tallies.values()) / len(self.tallies)

    def mean_best(self, k: int = 1) -> float:
        """The same with errors counted as right."""
        return sum(tally.best_at_k(k) for tally in self.tallies.values()) / len(self.tallies)

    def found(self) -> float:
        """Share of samples with an answer that could be judged."""
        return sum(tally.found / tally.n for tally in self.tallies.values()) / len(self.tallies)


def _tally(verdicts: list[Verdict]) -> Tally:
    right = sum(v.outcome is Outcome.PASS for v in verdicts)
    errors = sum(v.outcome is Outcome.ERROR for v in verdicts)
    missing = sum(v.outcome is Outcome.FAIL and v.cause in NOT_FOUND for v in verdicts)
    return Tally(len(verdicts), right, len(verdicts) - errors - missing, errors)
