"""The order in which training meets its problems, over all tasks; it can be saved and resumed exactly.

The task that is furthest behind its weight comes next, so any stretch of the stream holds the tasks
in their proportions. Within a task each epoch is a fresh permutation, in which the curriculum may
pass over problems. All of it is a function of the seed, of two counts by task and of the curriculum's
records, which are the whole state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlvr.errors import UsageError
from rlvr.problem import Problem
from rlvr.tasks.curriculum import Curriculum
from rlvr.tasks.order import digest
from rlvr.tasks.task import Task


class ProblemStream:
    """An endless stream of training problems.

    Raises UsageError when no task has a weight above 0, or one that has holds no training problem.
    """

    def __init__(self, tasks: Sequence[Task], seed: int, longest_rest: int = 0) -> None:
        self.tasks = {task.name: task for task in tasks if task.options.weight > 0}
        names = [task.name for task in tasks]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UsageError(f"two tasks are named {twice!r}.", "Give each its own `name`.")
        self.seed = seed
        if not self.tasks:
            raise UsageError("no task has a `weight` above 0: there is nothing to train on.")
        for name, task in self.tasks.items():
            if not task.train:
                what = f"task {name!r} has `weight` {task.options.weight:g} but no training problems."
                raise UsageError(what, "Give it some in `splits`, or set its weight to 0.")
        self.curriculum = Curriculum(longest_rest)
        #: Places of each task's stream that were passed, and problems that were really taken from it.
        self._passed = dict.fromkeys(self.tasks, 0)
        self._taken = dict.fromkeys(self.tasks, 0)
        self._epochs: dict[str, tuple[int, list[Problem]]] = {}

    @property
    def most(self) -> int:
        """The largest batch in which no problem comes twice."""
        weights = sum(task.options.weight for task in self.tasks.values())
        return min(int(len(task.train) * weights / task.options.weight + 1e-9) for task in self.tasks.values())

    def take(self, count: int) -> list[Problem]:
        """The next problems. Raises UsageError as `check` does."""
        self.check(count)
        problems = []
        for _ in range(count):
            name = self._furthest_behind()
            problems.append(self._next(name))
            self._taken[name] += 1
        return problems

    def _next(self, name: str) -> Problem:
        """The task's next problem that does not rest."""
        while True:
            problem = self._problem(name, self._passed[name])
            self._passed[name] += 1
            if not self.curriculum.lets_rest(problem):
                return problem

    def check(self, count: int) -> None:
        """Raise UsageError when a batch of so many, or one task's share of it, is larger than the data."""
        weights = sum(task.options.weight for task in self.tasks.values())
        for name, task in self.tasks.items():
            share = count * (task.options.weight / weights)
            if share > len(task.train) + 1e-9:
                part = f" ({share:.3g} of them from task {name!r})" if len(self.tasks) > 1 else ""
                what = f"a batch of {count} problems{part} is larger than the data: "
                what += f"task {name!r} has {len(task.train)} training problems."
                raise UsageError(what, "Take fewer problems a step, or give the task more in `splits`.")

    def _furthest_behind(self) -> str:
        weights = {name: task.options.weight for name, task in self.tasks.items()}
        due = (sum(self._taken.values()) + 1) / sum(weights.values())
        return max(self.tasks, key=lambda name: weights[name] * due - self._taken[name])

    def _problem(self, name: str, place: int) -> Problem:
        epoch, position = divmod(place, len(self.tasks[name].train))
        if self._epochs.get(name, (-1, []))[0] != epoch:
            salt = (self.seed, name, epoch)
            shuffled = sorted(self.tasks[name].train, key=lambda problem: digest(*salt, problem.id))
            self._epochs[name] = (epoch, shuffled)
        return self._epochs[name][1][position]

    def state_dict(self) -> Mapping[str, Any]:
        """Where each task's stream stands, of which data, and the curriculum's records."""
        counts = {"passed": dict(self._passed), "taken": dict(self._taken)}
        return {"seed": self.seed, **counts, "data": self._data(), "curriculum": self.curriculum.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of the same seed and tasks. Raises UsageError when they are others."""
        for what, saved, now in (
            ("seed", state["seed"], self.seed),
            ("tasks", sorted(state["taken"]), sorted(self.tasks)),
            ("training data", state["data"], self._data()),
        ):
            if saved != now:
                what = f"the checkpoint's {what} ({saved}) differ from the recipe's ({now})."
                raise UsageError(what, "Resume with the recipe the run was started with, or start a new run.")
        self._passed = {name: int(state["passed"][name]) for name in self.tasks}
        self._taken = {name: int(state["taken"][name]) for name in self.tasks}
        self.curriculum.load_state_dict(state["curriculum"])

    def _data(self) -> dict[str, str]:
        return {name: task.digest for name, task in sorted(self.tasks.items())}
