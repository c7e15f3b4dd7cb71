"""Any of reasoning-gym's data sets: `generator: reasoning_gym:chain_sum`.

For the verifier of the same name, which needs the whole entry: `verifier: {name: reasoning_gym}` reads
the columns `dataset` and `entry`. A problem whose right answer is an empty text is left out, since
silence would solve it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ConfigDict, Field

from rlvr.errors import EnvironmentLacks, UsageError, nearest
from rlvr.tasks.generator import Generator
from rlvr.tasks.row import Row
from rlvr.verifier import Model


class ReasoningGymOptions(Model):
    """Which data set, how many problems from which seed; further options are the data set's own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    dataset: str
    size: int = Field(default=500, ge=1)
    seed: int = 0


class ReasoningGym(Generator):
    """Columns: `question`, `answer`, `dataset`, `entry` (with the scorer's metadata)."""

    name = "reasoning_gym"
    Options = ReasoningGymOptions

    def rows(self) -> Iterator[Row]:
        """The data set's problems, as plain JSON."""
        for number, entry in enumerate(self._dataset(), 1):
            plain = json.loads(json.dumps(entry))
            answer = plain["answer"]
            if answer is not None and not answer.strip():
                continue
            columns = {"question": plain["question"], "answer": answer}
            yield Row(number, {**columns, "dataset": self.options.dataset, "entry": plain})

    def _dataset(self) -> Any:
        """Raises EnvironmentLacks without the package, UsageError when it refuses the options."""
        try:
            import reasoning_gym
            from reasoning_gym.factory import DATASETS
        except ModuleNotFoundError as error:
            mend = "Install it: pip install 'rlvr[quickstart]'"
            raise EnvironmentLacks("the package reasoning-gym is not installed.", mend) from error
        name = self.options.dataset
        if name not in DATASETS:
            raise UsageError(f"reasoning_gym has no data set {name!r}.", nearest(name, DATASETS))
        options = self.options.model_dump(exclude={"dataset"})
        try:
            return reasoning_gym.create_dataset(name, **options)
        except (TypeError, ValueError, AssertionError) as error:  # how its configurations complain
            raise UsageError(f"reasoning_gym:{name} refuses its options: {error}") from None
