"""Sums of several terms, added up from the left: 3 + 4 + 5.

The same terms in another order are one problem: three terms up to 12 make 1728 wordings of 364.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydantic import Field

from rlvr.tasks.generator import Generator
from rlvr.tasks.row import Row
from rlvr.verifier import Model


class SumsOptions(Model):
    """`terms` numbers from 1 to `largest` are added."""

    terms: int = Field(default=3, ge=2, le=4)
    largest: int = Field(default=12, ge=2, le=20)


class Sums(Generator):
    """Columns: `prompt`, `answer`, `solution`."""

    name = "sums"
    Options = SumsOptions

    def rows(self) -> Iterator[Row]:
        """Every wording of every problem."""
        numbers = range(1, self.options.largest + 1)
        for number, terms in enumerate(itertools.product(numbers, repeat=self.options.terms), 1):
            totals = list(itertools.accumulate(terms))
            steps = [f"{a} + {b} = {c}" for a, b, c in zip(totals, terms[1:], totals[1:], strict=False)]
            columns = {
                "prompt": f"What is {' + '.join(map(str, terms))}?",
                "answer": str(totals[-1]),
                "solution": f"{', '.join(steps)}. Answer: {totals[-1]}",
            }
            yield Row(number, columns, key="+".join(map(str, sorted(terms))))
