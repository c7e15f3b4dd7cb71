"""Has the decoder's present weights answer held-out problems, and counts what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rlvr.evals.outcomes import Outcomes
from rlvr.problem import Problem
from rlvr.runtime import Runtime
from rlvr.store import RolloutRecord, Store


@dataclass(frozen=True, slots=True)
class Heldout:
    """The problems of a split. The store keeps every answer, where there is one.

    Each problem gets the same random numbers every time, so that two evaluations of a split differ by the
    weights alone.
    """

    runtime: Runtime
    store: Store | None
    split: str
    problems: Sequence[Problem]
    quiet: bool = False

    def answer(self, who: str, temperature: float, step: int) -> Outcomes:
        """Sample and judge as often as the recipe's `eval` says for this temperature.

        `who` names the weights in the display and the store, `step` says how far training is. Raises
        TooManyErrors.
        """
        recipe = self.runtime.recipe
        n = recipe.eval.samples_at(temperature, recipe.sampling.temperature)
        title = f"{self.split}: {who} model, {len(self.problems)} problems x {n} at temperature {temperature:g}"
        with self.runtime.display.phase(title, quiet=self.quiet) as on_sampled:
            collected = self.runtime.collector.collect(
                self.problems,
                n,
                recipe.sampling.params(temperature),
                salt=self.split,
                version=step,
                on_sampled=on_sampled,
            )
        if self.store:
            phase = f"{self.split}/{who}/{temperature:g}"
            self.store.append(RolloutRecord(step, phase, rollout) for rollout in collected.rollouts)
        self.runtime.collector.scorer.check_health()
        return Outcomes.of(temperature, ((r.problem.key, r.verdict) for r in collected.rollouts if r.verdict))
