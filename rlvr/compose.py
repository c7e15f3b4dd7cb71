"""Several verifiers on one completion: `all_of`, `any_of`, `gate`, `weighted`.

Outcome of the whole from the outcomes of the parts:

    all_of    any FAIL -> FAIL, else any ERROR -> ERROR, else PASS
    any_of    any PASS -> PASS, else any ERROR -> ERROR, else FAIL
    gate      the first part that does not pass decides, and later parts do not run
    weighted  any ERROR -> ERROR, else the weighted mean of the rewards; PASS from `threshold`

Every part's verdict is kept under `details["parts"]`, so a report can say which constraint failed.
A composite is a combination, not a judge: the scoring layer judges the parts (each in its own place,
a worker or a sandbox) and calls `combine`. Parts may be composites themselves.

In a recipe:

    verifier: {name: gate, options: {parts: [{name: tags}, {name: math, label: answer}]}}

The row's reference holds one entry a part, under the part's label: `{"tags": {}, "answer": {...}}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field, model_validator

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier


class Part(Model):
    """One verifier of a composite: its name and options, and the label its reference stands under.

    `weight` counts in `weighted` alone; the others refuse it.
    """

    name: str
    options: dict[str, Any] = Field(default_factory=dict)
    label: str = ""
    weight: float = Field(default=1.0, gt=0)

    @property
    def key(self) -> str:
        """The label, or the name where none is given."""
        return self.label or self.name

    @property
    def spec(self) -> VerifierSpec:
        """How to build the part."""
        return VerifierSpec(self.name, self.options)


class Parts(Model):
    """Options that every composite has."""

    parts: tuple[Part, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _labels_differ(self) -> Parts:
        keys = [part.key for part in self.parts]
        if len(set(keys)) < len(keys):
            raise ValueError(f"two parts share a label, give each its own `label` ({', '.join(keys)})")
        return self


class EqualParts(Parts):
    """Options of the composites that do not weigh their parts."""

    @model_validator(mode="after")
    def _unweighted(self) -> EqualParts:
        weighty = [part.key for part in self.parts if "weight" in part.model_fields_set]
        if weighty:
            raise ValueError(f"only `weighted` reads a `weight`: remove it here ({', '.join(weighty)})")
        return self


class Composite(Verifier):
    """Common ground of the four. Subclasses say how outcomes combine and whether to stop early."""

    version = "1"
    stops_early: ClassVar[bool] = False
    Options: ClassVar[type[Parts]] = EqualParts

    def problem_of(self, part: Part, problem: Problem) -> Problem:
        """The same problem as one part sees it."""
        reference = problem.reference.get(part.key, {})
        if not isinstance(reference, dict):
            raise ValueError(f"the reference of part {part.key!r} must be a mapping, not {reference!r}")
        return Problem(problem.id, problem.prompt, reference, problem.task, part.spec)

    def check_reference(self, problem: Problem) -> None:
        """Raise ValueError when the row carries a reference that belongs to no part."""
        strangers = set(problem.reference) - {part.key for part in self.options.parts}
        if strangers:
            known = ", ".join(part.key for part in self.options.parts)
            raise ValueError(f"reference {sorted(strangers)} belongs to no part ({known})")

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """A composite does not judge by itself. Raises TypeError."""
        raise TypeError(f"{self.name} is judged part by part, through rlvr.scoring.Scorer")

    def examples(self) -> Iterable[Example]:
        """None of its own: its parts bring theirs."""
        return ()

    def combine(self, verdicts: Sequence[Verdict]) -> Verdict:
        """The verdict of the whole. `verdicts` are the parts' in order, shorter where it stopped early."""
        parts = dict(zip((part.key for part in self.options.parts), verdicts, strict=False))
        details: dict[str, Json] = {"parts": {key: v.to_json() for key, v in parts.items()}}
        return self.decide(parts, details)

    def decide(self, parts: Mapping[str, Verdict], details: Mapping[str, Json]) -> Verdict:
        """What the outcomes mean together."""
        raise TypeError(f"{type(self).__name__} does not say how its parts combine")


class AllOf(Composite):
    """Every part must pass."""

    name = "all_of"

    def decide(self, parts: Mapping[str, Verdict], details: Mapping[str, Json]) -> Verdict:
        """The first FAIL, else the first ERROR, else PASS."""
        for outcome in (Outcome.FAIL, Outcome.ERROR):
            for key, verdict in parts.items():
                if verdict.outcome is outcome:
                    return _because(key, verdict, details)
        return Verdict.passed(f"all of {', '.join(parts)} passed", details=details)


class AnyOf(Composite):
    """One part that passes is enough."""

    name = "any_of"

    def decide(self, parts: Mapping[str, Verdict], details: Mapping[str, Json]) -> Verdict:
        """The first PASS, else the first ERROR, else the last FAIL."""
        for outcome in (Outcome.PASS, Outcome.ERROR):
            for key, verdict in parts.items():
                if verdict.outcome is outcome:
                    return _because(key, verdict, details)
        key, verdict = list(parts.items())[-1]
        return _because(key, verdict, details)


class Gate(AllOf):
    """Parts in order, each run only if those before it passed: correctness behind format, say."""

    name = "gate"
    stops_early = True


class WeightedParts(Parts):
    """Options of `weighted`."""

    threshold: float = Field(default=1.0, gt=0, le=1)


class Weighted(Composite):
    """A graded reward: the weighted mean of the parts' rewards."""

    name = "weighted"
    Options = WeightedParts

    def decide(self, parts: Mapping[str, Verdict], details: Mapping[str, Json]) -> Verdict:
        """The weighted mean as score; PASS when it reaches the threshold."""
        for key, verdict in parts.items():
            if verdict.outcome is Outcome.ERROR:
                return _because(key, verdict, details)
        weights = {part.key: part.weight for part in self.options.parts}
        total = sum(weights.values())
        score = sum(weights[key] * (verdict.reward or 0.0) for key, verdict in parts.items()) / total
        score = min(1.0, score)
        reason = f"weighted score {score:.3g}, threshold {self.options.threshold:g}"
        if score >= self.options.threshold:
            return Verdict.passed(reason, score=score, details=details)
        return Verdict.failed("constraint_violated", reason, score=score, details=details)


def _because(key: str, verdict: Verdict, details: Mapping[str, Json]) -> Verdict:
    return Verdict(verdict.outcome, verdict.cause, f"{key}: {verdict.reason}", verdict.extracted, details=details)


COMPOSITES: Mapping[str, type[Composite]] = {kind.name: kind for kind in (AllOf, AnyOf, Gate, Weighted)}
