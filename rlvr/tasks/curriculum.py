"""Which problems are left out for a while, by each problem's own record.

A group without signal (all rewards equal) teaches nothing and costs as much as any other. The
problem then rests for one visit of the stream, for three if its next group is dead too, for seven, and
so on up to a bound: solved problems are retired and looked at again, hopeless ones wait for a better
policy. One group with signal wipes the record clean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rlvr.problem import Problem
from rlvr.verdict import Verdict


class Curriculum:
    """Records by problem. `longest` is the most visits a problem rests, 0 for no rest at all."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        #: Dead groups in a row, and visits still to rest, for problems that have any.
        self._dead: dict[str, int] = {}
        self._rest: Counter[str] = Counter()

    def lets_rest(self, problem: Problem) -> bool:
        """Whether to pass over the problem on this visit, which then counts as one of its rest."""
        key = problem.key
        if not self._rest[key]:
            del self._rest[key]
            return False
        self._rest[key] -= 1
        return True

    def learn(self, problem: Problem, verdicts: Sequence[Verdict]) -> None:
        """Take note of a group, by its rewards. One in which nothing could be judged says nothing."""
        rewards = {verdict.reward for verdict in verdicts} - {None}
        key = problem.key
        if len(rewards) == 1:
            self._dead[key] = self._dead.get(key, 0) + 1
            self._rest[key] = min(2 ** min(self._dead[key], 30) - 1, self.longest)
        elif rewards:
            self._dead.pop(key, None)

    def state_dict(self) -> Mapping[str, Any]:
        """All records."""
        return {"dead": dict(self._dead), "rest": {key: n for key, n in self._rest.items() if n}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._dead = dict(state["dead"])
        self._rest = Counter(state["rest"])
