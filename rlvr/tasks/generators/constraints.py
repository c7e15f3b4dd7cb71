"""Sentences under several constraints at once: two given words, a question or an exclamation, its length.

For the verifier `instructions`, which asks for all of them together. The word pairs are those of
`keywords`; half of the rows ask for a question, half for an exclamation. The solutions show the form.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydantic import Field

from rlvr.tasks.generator import Generator
from rlvr.tasks.generators.keywords import WORDS
from rlvr.tasks.order import digest
from rlvr.tasks.row import Row
from rlvr.verdict import Json
from rlvr.verifier import Model

#: By final mark: what the sentence is called, and patterns of solutions.
FORMS = {
    "?": ("Question", ("Where are the {} and the {}?", "Did you see the {} near the {}?", "Is the {} behind the {}?")),
    "!": ("Exclamation", ("Look at the {} and the {}!", "Take the {} to the {} now!", "I love the {} and the {}!")),
}


class ConstraintsOptions(Model):
    """A sentence has at least 5 and at most `max_words` words."""

    max_words: int = Field(default=10, ge=7)


class Constraints(Generator):
    """Columns: `prompt`, `instructions` (the verifier's reference), `solution`; the kind is the final mark."""

    name = "constraints"
    Options = ConstraintsOptions

    def rows(self) -> Iterator[Row]:
        """Every pair of words once; order, mark and solution are settled by a hash."""
        most = self.options.max_words
        for number, pair in enumerate(itertools.combinations(WORDS, 2), 1):
            choice = int(digest(*pair), 16)
            first, second = pair if choice % 2 else pair[::-1]
            mark = "?!"[choice // 2 % 2]
            form, patterns = FORMS[mark]
            columns = {
                "prompt": f"Rules: 5 to {most} words, no comma.\n{form} with {first} and {second}:",
                "instructions": asked(first, second, mark, most),
                "solution": patterns[choice // 4 % len(patterns)].format(first, second),
            }
            yield Row(number, columns, key=" ".join(pair), kind=mark)


def asked(first: str, second: str, mark: str, most: int) -> list[Json]:
    """The six constraints of one row."""
    return [
        {"id": "keywords:existence", "kwargs": {"keywords": [first, second]}},
        {"id": "startend:end_checker", "kwargs": {"end_phrase": mark}},
        {"id": "length_constraints:number_sentences", "kwargs": {"num_sentences": 1, "relation": "at most"}},
        {"id": "length_constraints:number_words", "kwargs": {"num_words": 5, "relation": "at least"}},
        {"id": "length_constraints:number_words", "kwargs": {"num_words": most, "relation": "at most"}},
        {"id": "punctuation:no_comma", "kwargs": {}},
    ]
