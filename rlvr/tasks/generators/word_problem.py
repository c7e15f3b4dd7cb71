"""One-sentence word problems: Mia has 6 apples, buys 6 and loses 4.

Two kinds, as many of one as of the other: what is lost is taken away, what is found is added, so the
sentence must be read. Names and things are no part of a problem, and numbers that are only added are
one problem in any order: with the default numbers there are 119 of the kind `finds` and 123 of the
kind `loses`, each in four wordings.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from rlvr.tasks.generator import Generator
from rlvr.tasks.order import digest
from rlvr.tasks.row import Row
from rlvr.verifier import Model

NAMES = (
    "Anna", "Ben", "Carla", "David", "Emma", "Felix", "Grace", "Henry", "Ida", "Jack", "Kate", "Leo", "Mia",
    "Noah", "Olga", "Paul", "Rosa", "Sam", "Tina", "Victor",
)  # fmt: skip
THINGS = ("apples", "books", "coins", "pens", "shells", "stamps")
WORDINGS = 4


class WordProblemOptions(Model):
    """What one has and buys runs from 1 to `largest`, what one finds or loses from 1 to `largest_change`.

    `kinds` are those that occur: a small model that is right about one may give the other up.
    """

    kinds: Annotated[tuple[Literal["finds", "loses"], ...], Field(min_length=1)] = ("finds", "loses")
    largest: int = Field(default=6, ge=2, le=20)
    largest_change: int = Field(default=9, ge=1, le=20)


class WordProblem(Generator):
    """Columns: `prompt`, `answer`, `solution`, `kind`."""

    name = "word_problem"
    Options = WordProblemOptions

    def rows(self) -> Iterator[Row]:
        """Four wordings of every problem; which names and things they speak of is settled by a hash."""
        problems = sorted(self._problems().items())
        wordings = ((key, orders, turn) for key, orders in problems for turn in range(WORDINGS))
        for number, (key, orders, turn) in enumerate(wordings, 1):
            kind, *_ = key.split()
            a, b, c = orders[turn % len(orders)]
            choice = int(digest(key, a, b, c), 16) + turn
            person, thing = NAMES[choice % len(NAMES)], THINGS[choice // len(NAMES) % len(THINGS)]
            yield Row(number, _columns(kind, (a, b, c), person, thing), key=key, kind=kind)

    def _problems(self) -> dict[str, list[tuple[int, int, int]]]:
        """By key, the orders in which a problem's numbers can stand."""
        problems: dict[str, list[tuple[int, int, int]]] = {}
        held = range(1, self.options.largest + 1)
        change = range(1, self.options.largest_change + 1)
        for a, b, c in itertools.product(held, held, change):
            low, middle, high = sorted((a, b, c))
            if "finds" in self.options.kinds:
                problems.setdefault(f"finds {low}+{middle}+{high}", []).append((a, b, c))
            if "loses" in self.options.kinds and c < a + b:
                problems.setdefault(f"loses {min(a, b)}+{max(a, b)}-{c}", []).append((a, b, c))
        return problems


def _columns(kind: str, numbers: tuple[int, int, int], person: str, thing: str) -> dict[str, str]:
    a, b, c = numbers
    sign, result = ("+", a + b + c) if kind == "finds" else ("-", a + b - c)
    first = thing if a > 1 else thing.removesuffix("s")
    story = f"{person} has {a} {first}, buys {b} and {kind} {c}."
    return {
        "prompt": f"{story} How many now?",
        "answer": str(result),
        "solution": f"{a} + {b} = {a + b}, {a + b} {sign} {c} = {result}. Answer: {result}",
        "kind": kind,
    }
