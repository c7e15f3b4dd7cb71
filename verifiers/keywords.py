"""Required and forbidden words and phrases, with enough other text that a bare list cannot pass.

    {"required": ["dog", "park"], "one_sentence": true, "min_words": 4, "max_words": 8}

Words are whole and Unicode-folded: "STRASSE" is "straße", "cat" is not in "concatenate", "C++" is
literal. For forbidden words look-alike letters and invisible characters are seen through as well.
What the rule cannot see is meaning: "The violin is a pencil." passes for violin and pencil.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from pydantic import Field, field_validator, model_validator

from rlvr.problem import Completion, Problem
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers._answer import AnswerOptions, answer_of
from rlvr.verifiers._words import contains, fold, fold_disguises, occurrences, words


class Count(Model):
    """How often a keyword must occur: `at_least`, `at_most`; the same number twice is "exactly"."""

    at_least: int = Field(default=1, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _possible(self) -> Count:
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f"at_most {self.at_most} is below at_least {self.at_least}")
        return self


class KeywordsReference(Model):
    """What one row asks for.

    `counts` says how often a keyword occurs where "at least once" is not the rule. With `in_order`
    the first occurrences of `required` follow each other as listed. `min_other_words` counts words
    that belong to no required keyword. `min_distinct_share` is distinct words over words.
    `one_sentence`: a capital first, exactly one `.`, `!` or `?`, and that at the end.
    """

    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    counts: dict[str, Count] = Field(default_factory=dict)
    in_order: bool = False
    min_words: int = Field(default=3, ge=1)
    max_words: int | None = Field(default=None, ge=1)
    min_other_words: int = Field(default=2, ge=0)
    min_distinct_share: float = Field(default=0.2, ge=0, le=1)
    one_sentence: bool = False

    @field_validator("required", "forbidden", "counts")
    @classmethod
    def _visible(cls, keywords: Iterable[str]) -> Iterable[str]:
        if any(not fold(keyword) for keyword in keywords):
            raise ValueError("a keyword is empty")
        return keywords

    @model_validator(mode="after")
    def _possible(self) -> KeywordsReference:
        if self.max_words is not None and self.max_words < self.min_words:
            raise ValueError(f"max_words {self.max_words} is below min_words {self.min_words}")
        for wanted in self.required:
            for banned in self.forbidden:
                if contains(fold_disguises(banned), fold_disguises(wanted)):
                    raise ValueError(f"{wanted!r} is required and {banned!r} is forbidden")
        return self


class Keywords(Verifier):
    """Whether the answer uses the required words, avoids the forbidden ones, and says something."""

    name = "keywords"
    version = "1"
    Options = AnswerOptions
    Reference = KeywordsReference

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS, or FAIL `constraint_violated` with the first constraint that does not hold."""
        asked: KeywordsReference = self.reference(problem)
        answer = answer_of(completion, self.options.thinking)
        if isinstance(answer, Verdict):
            return answer
        if not words(answer):
            return Verdict.failed("no_answer", "the answer holds no word", extracted=answer)
        for complaint in _complaints(asked, answer):
            return Verdict.failed("constraint_violated", complaint, extracted=answer)
        return Verdict.passed("every constraint on words holds", extracted=answer)

    def examples(self) -> Iterable[Example]:
        """A sentence with both words; then the cheap ways to earn the reward."""
        pair: dict[str, Json] = {
            "required": ["dog", "park"],
            "one_sentence": True,
            "min_words": 4,
            "max_words": 8,
        }
        head = "<think>dog, park</think>" if self.options.thinking == "require" else ""
        yield Example.of(pair, f"{head}The dog ran across the park.", Outcome.PASS)
        wrong = ["", ".", "dog park.", "The dog ran.", "The dogs ran across the parks.", "Dog park dog park."]
        wrong += ["<think>dog and park</think>A cat sat still.", "The dog park! Dog park is a dog park."]
        for text in wrong:
            yield Example.of(pair, text, Outcome.FAIL)
        for text in ("", "ok", "I said b\u200bad words.", "I said b\u0430d words.", "I said BAD words."):
            yield Example.of({"forbidden": ["bad"]}, head + text, Outcome.FAIL)


def _complaints(asked: KeywordsReference, answer: str) -> Iterable[str]:
    """Every constraint that does not hold, as a sentence."""
    yield from _wrong_keywords(asked, fold(answer))
    disguised = fold_disguises(answer)
    for banned in asked.forbidden:
        if contains(fold_disguises(banned), disguised):
            yield f"{banned!r} is forbidden and occurs"
    yield from _wrong_amounts(asked, words(answer))
    if asked.one_sentence:
        yield from not_one_sentence(answer)


def _wrong_keywords(asked: KeywordsReference, folded: str) -> Iterable[str]:
    once = Count()
    limits = {**dict.fromkeys(asked.required, once), **asked.counts}
    for keyword, limit in limits.items():
        found = sum(1 for _ in occurrences(fold(keyword), folded))
        if found < limit.at_least:
            yield f"{keyword!r} occurs {found} times, at least {limit.at_least} are asked for"
        elif limit.at_most is not None and found > limit.at_most:
            yield f"{keyword!r} occurs {found} times, at most {limit.at_most} are allowed"
    if asked.in_order:
        first = [next(occurrences(fold(keyword), folded), -1) for keyword in asked.required]
        if any(later <= earlier for earlier, later in itertools.pairwise(first)):
            yield f"the keywords do not occur in the order {', '.join(asked.required)}"


def _wrong_amounts(asked: KeywordsReference, found: list[str]) -> Iterable[str]:
    if len(found) < asked.min_words:
        yield f"the answer has {len(found)} words, at least {asked.min_words} are asked for"
    if asked.max_words is not None and len(found) > asked.max_words:
        yield f"the answer has {len(found)} words, at most {asked.max_words} are allowed"
    given = {word for keyword in (*asked.required, *asked.counts) for word in words(keyword)}
    others = sum(word not in given for word in found)
    if others < asked.min_other_words:
        yield f"beside the keywords there are {others} words, at least {asked.min_other_words} are asked for"
    share = len(set(found)) / max(1, len(found))
    if share < asked.min_distinct_share:
        yield f"only {share:.0%} of the words differ, at least {asked.min_distinct_share:.0%} are asked for"


_STOPS = re.compile(r"[.!?。！？…]+")
_DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def not_one_sentence(answer: str) -> Iterable[str]:
    """What keeps the text from being exactly one sentence."""
    text = answer.strip()
    first = next((character for character in text if character.isalnum()), "")
    if not first or first.islower() or first.isdigit():
        yield "the sentence does not begin with a capital"
    if "\n" in text:
        yield "the answer has more than one line"
    stops = list(_STOPS.finditer(_DECIMAL_POINT.sub("", text).rstrip("\"'”’)")))
    if not stops or stops[-1].end() != len(stops[-1].string):
        yield "the sentence does not end in '.', '!' or '?'"
    elif len(stops) > 1 or len(stops[0].group()) > 1:
        yield "there is more than one '.', '!' or '?'"
