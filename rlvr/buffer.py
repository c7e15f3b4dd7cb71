"""Rollouts on their way through the updates they are used for.

A rollout batch is cut into mini-batches of whole groups and gone through once or several times; each
piece makes one optimizer step. What is left of it is part of a checkpoint, so that a run may stop
between two updates of the same rollouts.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from rlvr.batch import RolloutBatch


class RolloutBuffer:
    """One batch, and how many of its updates are done. Empty until `put`, and again after the last `next`."""

    def __init__(self, mini_batches: int, iterations: int) -> None:
        self.mini_batches = mini_batches
        self.iterations = iterations
        self._batch: RolloutBatch | None = None
        self._used = 0

    def __bool__(self) -> bool:
        return self._batch is not None

    def put(self, batch: RolloutBatch) -> None:
        """Replace what is there."""
        self._batch, self._used = batch, 0

    def next(self) -> RolloutBatch:
        """The rows of the next update. Raises LookupError when the buffer is empty."""
        if self._batch is None:
            raise LookupError("the rollout buffer is empty")
        batch = self._batch
        pieces = _pieces(batch.group_rows(), self.mini_batches)
        rows = pieces[self._used % len(pieces)]
        self._used += 1
        if self._used == len(pieces) * self.iterations:
            self._batch = None
        return batch.select(rows)

    def state_dict(self) -> Mapping[str, Any]:
        """The batch and the count of its updates that are done."""
        return {"batch": self._batch.state_dict() if self._batch else None, "used": self._used}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._batch = RolloutBatch.from_state(state["batch"]) if state["batch"] else None
        self._used = state["used"]


def _pieces(groups: list[list[int]], count: int) -> list[list[int]]:
    """Groups in at most `count` pieces of nearly equal numbers of groups, in order."""
    count = min(count, len(groups))
    edges = [len(groups) * i // count for i in range(count + 1)]
    return [[row for group in groups[a:b] for row in group] for a, b in pairwise(edges)]
