"""Sentences with given words: a short sentence that uses "dog" and "park".

For the verifier `keywords`. Two words in either order are one problem; all pairs of the 60 words make
1770. The solutions are plain sentences from a few patterns: they show the form, not good style.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydantic import Field, model_validator

from rlvr.tasks.generator import Generator
from rlvr.tasks.order import digest
from rlvr.tasks.row import Row
from rlvr.verifier import Model

WORDS = (
    "apple", "baby", "ball", "bed", "bird", "boat", "book", "bottle", "box", "bread",
    "bridge", "bus", "cake", "car", "cat", "chair", "child", "clock", "coat", "cup",
    "doctor", "dog", "door", "farm", "fish", "flower", "garden", "girl", "hat", "hill",
    "horse", "house", "key", "kitchen", "lake", "lamp", "letter", "lion", "map", "mirror",
    "moon", "mouse", "park", "phone", "piano", "river", "road", "school", "ship", "shoe",
    "shop", "spoon", "star", "street", "table", "teacher", "train", "tree", "window", "winter",
)  # fmt: skip
PATTERNS = (
    "The {} is near the {}.",
    "She saw the {} and the {}.",
    "He likes the {} and the {}.",
    "They forgot the {} and the {}.",
)


class KeywordsOptions(Model):
    """The sentence has `min_words` to `max_words` words."""

    min_words: int = Field(default=4, ge=1)
    max_words: int = Field(default=8, ge=7)

    @model_validator(mode="after")
    def _room(self) -> KeywordsOptions:
        if self.min_words > 6:
            raise ValueError("min_words above 6 leaves the examples' sentences out")
        return self


class Keywords(Generator):
    """Columns: `prompt`, `solution`, and the verifier's reference by the names of its keys."""

    name = "keywords"
    Options = KeywordsOptions

    def rows(self) -> Iterator[Row]:
        """Every pair of words once, in an order and with a solution that are settled by a hash."""
        for number, pair in enumerate(itertools.combinations(WORDS, 2), 1):
            choice = int(digest(*pair), 16)
            first, second = pair if choice % 2 else pair[::-1]
            columns = {
                "prompt": f"Words: {first}, {second}\nSentence with at most {self.options.max_words} words:",
                "required": [first, second],
                "min_words": self.options.min_words,
                "max_words": self.options.max_words,
                "one_sentence": True,
                "min_distinct_share": 0.6,
                "solution": PATTERNS[choice // 2 % len(PATTERNS)].format(first, second),
            }
            yield Row(number, columns, key=" ".join(pair))
