"""Judges a run's stored rollouts again, with today's code or other options, and says what changed.

The store is only read. Which verifier judged then is what the run's recipe says; the options given are
laid over the recipe's, and another verifier starts from its own defaults.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlvr.errors import UsageError
from rlvr.problem import VerifierSpec
from rlvr.recipe import Recipe
from rlvr.registry import build_verifier, open_sandbox
from rlvr.rollouts import OnSampled
from rlvr.scoring.scorer import Scorer
from rlvr.store_reader import StoredRollout, StoreReader
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verify_file import Write, judged


@dataclass(frozen=True, slots=True)
class Rescored:
    """A stored rollout and the verdict of today."""

    rollout: StoredRollout
    verdict: Verdict

    @property
    def flipped(self) -> bool:
        """Whether the outcome is another one."""
        return self.verdict.outcome is not self.rollout.verdict.outcome

    def to_json(self) -> dict[str, Any]:
        """Old and new verdict, for a file."""
        old, new = self.rollout.verdict, self.verdict
        return {
            "id": self.rollout.id,
            "step": self.rollout.step,
            "phase": self.rollout.phase,
            "task": self.rollout.task,
            "problem": self.rollout.problem_id,
            "flipped": self.flipped,
            "old": {"outcome": old.outcome.value, "cause": old.cause, "reason": old.reason, "reward": old.reward},
            "new": {"outcome": new.outcome.value, "cause": new.cause, "reason": new.reason, "reward": new.reward},
            "extracted": new.extracted,
            "completion": self.rollout.completion.full_text,
        }


@dataclass(slots=True)
class Summary:
    """How many were judged, how many changed, from what to what, and which flipped."""

    judged: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    flips: Counter[str] = field(default_factory=Counter)
    rewards_changed: int = 0
    flipped: list[Rescored] = field(default_factory=list)

    def add(self, one: Rescored) -> None:
        """Count a verdict."""
        self.judged += 1
        self.outcomes[one.verdict.outcome.value] += 1
        self.rewards_changed += one.verdict.reward != one.rollout.verdict.reward
        if one.flipped:
            self.flips[f"{one.rollout.verdict.outcome.value} -> {one.verdict.outcome.value}"] += 1
            self.flipped.append(one)

    @property
    def errors(self) -> int:
        """Verdicts of today that are errors of ours."""
        return self.outcomes[Outcome.ERROR.value]

    def to_json(self) -> dict[str, Any]:
        """The counts, and every flipped verdict."""
        return {
            "judged": self.judged,
            "outcomes": {outcome.value: self.outcomes[outcome.value] for outcome in Outcome},
            "flipped": len(self.flipped),
            "flips": dict(self.flips),
            "rewards_changed": self.rewards_changed,
            "rollouts": [one.to_json() for one in self.flipped],
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rollouts: of a phase and those below it, at most so many; None takes all."""

    phase: str | None = None
    limit: int | None = None


def verifiers_of(recipe: Recipe, name: str | None, options: Mapping[str, Json]) -> dict[str, VerifierSpec]:
    """By task, the verifier that is to judge. Raises UsageError that names a wrong option."""
    specs = {}
    for task in recipe.tasks:
        own = task.verifier.spec if name in (None, task.verifier.name) else VerifierSpec(str(name))
        specs[task.name] = VerifierSpec(own.name, {**own.options, **options})
        try:
            build_verifier(specs[task.name])
        except UsageError as error:
            mend = (
                "Where tasks differ, name one: tasks.0.verifier.options.KEY=VALUE."
                if options and len(recipe.tasks) > 1
                else ""
            )
            raise UsageError(error.what, error.mend or mend) from None
    return specs


def rescore(
    recipe: Recipe,
    store: Path,
    specs: Mapping[str, VerifierSpec],
    selection: Selection,
    write: Write | None,
    on_done: OnSampled,
) -> Summary:
    """Judge the selected rollouts in order; `write` gets a line for each.

    Raises UsageError when the store holds none of that phase.
    """
    summary = Summary()
    sandbox = open_sandbox(recipe.sandbox.name, recipe.sandbox.options, specs.values())
    with StoreReader(store) as reader, Scorer(recipe.scoring, sandbox) as scorer:
        total = _count(reader, selection)
        rollouts = reader.rollouts(selection.phase, selection.limit)
        asked = ((rollout, rollout.problem(specs[rollout.task]), rollout.completion) for rollout in rollouts)
        for rollout, judgement in judged(scorer, asked):
            one = Rescored(rollout, judgement.result())
            summary.add(one)
            if write is not None:
                write(json.dumps(one.to_json(), ensure_ascii=False) + "\n")
            on_done(summary.judged, total)
    return summary


def _count(reader: StoreReader, selection: Selection) -> int:
    """How many rollouts that is at most."""
    phases, wanted = reader.phases(), selection.phase
    matching = [p.count for p in phases if wanted is None or p.phase == wanted or p.phase.startswith(f"{wanted}/")]
    if not matching:
        known = ", ".join(p.phase for p in phases) or "none yet"
        what = f"{reader.path} holds no rollouts" + (f" of phase {wanted!r}." if wanted else ".")
        raise UsageError(what, f"Its phases: {known}.")
    return min(sum(matching), selection.limit or sum(matching))
