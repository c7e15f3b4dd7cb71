"""A product and a sum: 5 * 2 + 3.

Swapped factors are one problem: factors from 2 to 9 and terms from 1 to 9 make 576 wordings of 324.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydantic import Field

from rlvr.tasks.generator import Generator
from rlvr.tasks.row import Row
from rlvr.verifier import Model


class ProductSumOptions(Model):
    """Factors run from 2 to `largest_factor`, the added number from 1 to `largest_term`."""

    largest_factor: int = Field(default=9, ge=3, le=40)
    largest_term: int = Field(default=9, ge=1, le=40)


class ProductSum(Generator):
    """Columns: `prompt`, `answer`, `solution`."""

    name = "product_sum"
    Options = ProductSumOptions

    def rows(self) -> Iterator[Row]:
        """Every wording of every problem."""
        factors = range(2, self.options.largest_factor + 1)
        terms = range(1, self.options.largest_term + 1)
        for number, (a, b, c) in enumerate(itertools.product(factors, factors, terms), 1):
            columns = {
                "prompt": f"What is {a} * {b} + {c}?",
                "answer": str(a * b + c),
                "solution": f"{a} * {b} = {a * b}, {a * b} + {c} = {a * b + c}. Answer: {a * b + c}",
            }
            yield Row(number, columns, key=f"{min(a, b)}*{max(a, b)}+{c}")
