"""Chained assignments: x = 7, y = x + 1, z = y + 5. What is z?

Two additions, each to be written out before the answer. All three numbers are only ever added, so the
same three in another order are one problem: with numbers up to 9 there are 729 wordings of 165.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydantic import Field

from rlvr.tasks.generator import Generator
from rlvr.tasks.row import Row
from rlvr.verifier import Model


class VarsOptions(Model):
    """`largest`: the numbers run from 1 to this."""

    largest: int = Field(default=9, ge=2, le=40)


class Vars(Generator):
    """Columns: `prompt`, `answer`, `solution`."""

    name = "vars"
    Options = VarsOptions

    def rows(self) -> Iterator[Row]:
        """Every wording of every problem."""
        numbers = range(1, self.options.largest + 1)
        for number, (x, b, c) in enumerate(itertools.product(numbers, repeat=3), 1):
            y, z = x + b, x + b + c
            columns = {
                "prompt": f"x = {x}, y = x + {b}, z = y + {c}. What is z?",
                "answer": str(z),
                "solution": f"y = {x} + {b} = {y}, z = {y} + {c} = {z}. Answer: {z}",
            }
            yield Row(number, columns, key="+".join(map(str, sorted((x, b, c)))))
