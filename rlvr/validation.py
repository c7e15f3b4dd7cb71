"""What the policy does on `validation` while it trains, and which of its adapters did best there.

Validation may select; `test` reports once, after everything has been chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlvr.disk import remove_folder
from rlvr.heldout import Heldout
from rlvr.run_folder import RunFolder
from rlvr.runtime import Runtime
from rlvr.store import Store


class Validation:
    """Evaluates every `eval.every` optimizer steps; does nothing where the recipe leaves that at 0."""

    def __init__(self, runtime: Runtime, run: RunFolder, store: Store) -> None:
        self.runtime = runtime
        self.run = run
        self.options = runtime.recipe.eval
        problems = [problem for task in runtime.tasks for problem in task.validation]
        self.heldout = Heldout(runtime, store, "validation", problems, quiet=True)
        #: Optimizer steps and validation pass@1 of the best adapter so far.
        self.best: tuple[int, float] | None = None
        #: The base's pass@1 on validation at the best of the recipe's temperatures.
        self.base_best: float | None = None

    def due(self, step: int) -> bool:
        """Whether to evaluate after this optimizer step."""
        return bool(self.options.every and self.heldout.problems) and step % self.options.every == 0

    def look(self, step: int) -> dict[str, float | None]:
        """Evaluate the policy as it is after `step`, keep its adapter if it is the best; metrics."""
        if self.base_best is None:
            self.base_best = self._base()
        self.runtime.decoder.load(self.runtime.policy.model)
        score = self.heldout.answer("trained", self.runtime.recipe.sampling.temperature, step).mean()
        if self.best is None or score > self.best[1]:
            self.best = (step, score)
            self.runtime.policy.save(self._folder(step))
        return {"validation/pass@1": score, "validation/base_best": self.base_best}

    def finish(self) -> str:
        """Give the policy the adapter the recipe wants to end with, and say which that is."""
        if self.best is None or self.options.adapter == "last":
            return ""
        step, score = self.best
        self.runtime.policy.load(self._folder(step))
        return f"the adapter of step {step} did best on validation, pass@1 {score:.3f}: the run ends with it"

    def prune(self) -> None:
        """Remove adapters that are not the best. Called after a checkpoint, which knows of the newest best."""
        for folder in self.run.path.glob("best-*"):
            if self.best is None or folder != self._folder(self.best[0]):
                remove_folder(folder)

    def state_dict(self) -> Mapping[str, Any]:
        """The best so far, and the base's score."""
        return {"best": self.best, "base_best": self.base_best}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.best = (int(state["best"][0]), float(state["best"][1])) if state["best"] else None
        self.base_best = state["base_best"]

    def _folder(self, step: int) -> Path:
        return self.run.path / f"best-{step:06d}"

    def _base(self) -> float:
        """Sharpening alone, for comparison: the bare model at whatever temperature suits it best."""
        recipe = self.runtime.recipe
        self.runtime.decoder.restore(self.runtime.policy.model)
        temperatures = dict.fromkeys([recipe.sampling.temperature, *recipe.eval.temperatures])
        return max(self.heldout.answer("base", temperature, 0).mean() for temperature in temperatures)
