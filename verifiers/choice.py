"""Multiple choice: which of the options did the answer choose?

    {"options": {"A": "Paris", "B": "Rome"}, "answer": "A"}
    {"options": ["red", "blue"], "answer": "red"}

`find: whole` wants the answer to be the option: its label, its text, or both ("B) Rome"). `find:
mention` looks into a sentence, and fails when it names two options or denies one. Without an `answer`
any clear choice passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from pydantic import Field, model_validator

from rlvr.problem import Completion, Problem
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers._answer import AnswerOptions, after_marker, answer_of
from rlvr.verifiers._words import fold, occurrences

_WRAPPING = " .,;:!()[]{}*_\"'`$"
_DENIAL = re.compile(r"\b(?:not|n't|never|neither|nor|none|no|except|wrong|incorrect|rather|instead|unlike)\b|n't\b")


class ChoiceOptions(AnswerOptions):
    """`after`: judge what follows this marker, such as "Answer:", which must occur exactly once."""

    after: str = ""
    find: Literal["whole", "mention"] = "whole"


class ChoiceReference(Model):
    """The options, as texts or as label and text, and the right one: by its label where there are labels."""

    options: tuple[str, ...] | dict[str, str] = Field(min_length=2)
    answer: str | None = None

    @model_validator(mode="after")
    def _answerable(self) -> ChoiceReference:
        names = [name for pair in self.pairs for name in {fold(text) for text in pair}]
        if not all(names) or len(set(names)) < len(names):
            raise ValueError("the options must differ, and none may be blank")
        labels = [label for label, _ in self.pairs]
        if self.answer is not None and self.answer not in labels:
            raise ValueError(f"the answer {self.answer!r} is none of {', '.join(labels)[:200]}")
        return self

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """(label, text) of every option; the two are the same where there are no labels."""
        if isinstance(self.options, dict):
            return list(self.options.items())
        return [(text, text) for text in self.options]


class Choice(Verifier):
    """Whether the answer chooses the right option, and only that."""

    name = "choice"
    version = "1"
    Options = ChoiceOptions
    Reference = ChoiceReference

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS; FAIL `wrong_answer`, `no_answer` or `ambiguous_answer`."""
        asked: ChoiceReference = self.reference(problem)
        answer = answer_of(completion, self.options.thinking)
        if not isinstance(answer, Verdict):
            answer = after_marker(answer, self.options.after)
        if isinstance(answer, Verdict):
            return answer
        chosen = _whole(asked, answer) if self.options.find == "whole" else _mentioned(asked, answer)
        found = answer.strip()
        if not chosen:
            return Verdict.failed("no_answer", "the answer is none of the options", extracted=found)
        if len(chosen) > 1:
            named = ", ".join(sorted(chosen)[:8])
            return Verdict.failed("ambiguous_answer", f"the answer does not settle on one: {named}", extracted=found)
        (label,) = chosen
        if asked.answer in (None, label):
            return Verdict.passed(f"the answer chooses {label!r}", extracted=label)
        return Verdict.failed("wrong_answer", f"the answer chooses {label!r}, not the right one", extracted=label)

    def examples(self) -> Iterable[Example]:
        """A label; then another, two of them, none, and a denial."""
        head = ("<think>r</think>" if self.options.thinking == "require" else "") + self.options.after
        reference: dict[str, Json] = {"options": {"A": "Paris", "B": "Rome"}, "answer": "B"}
        yield Example.of(reference, head + " (B)", Outcome.PASS)
        yield Example.of(reference, head + " B) Rome", Outcome.PASS)
        for text in ("", ".", "A", "C", "A or B", "A, B", "not B", "B) Paris", "AB", "None"):
            yield Example.of(reference, head + " " + text, Outcome.FAIL)


def _whole(asked: ChoiceReference, answer: str) -> set[str]:
    """The options that the whole answer spells: label, text, or the one followed by the other."""
    whole, bare = fold(answer), fold(answer).strip(_WRAPPING)
    chosen = set()
    for label, option in asked.pairs:
        head, body = fold(label), fold(option)
        rest = bare.removeprefix(head)
        both = rest != bare and rest[:1] in _WRAPPING and rest.strip(_WRAPPING) == body.strip(_WRAPPING)
        if whole in (head, body) or (bare and bare in (head, body, body.strip(_WRAPPING))) or both:
            chosen.add(label)
    return chosen


def _mentioned(asked: ChoiceReference, answer: str) -> set[str]:
    """The options that occur as whole words; two stand-ins where the sentence denies something.

    A longer option hides a shorter one inside it. Labels of one letter keep their case, so that the
    article "a" is not option A.
    """
    rest = {True: unicodedata.normalize("NFKC", answer), False: fold(answer)}
    names = sorted({(name, label) for label, text in asked.pairs for name in (label, text)}, key=_longest_first)
    chosen = set()
    for name, label in names:
        letter = len(name) == 1
        wanted = name if letter else fold(name)
        places = list(occurrences(wanted, rest[letter]))
        for at in reversed(places):
            rest[letter] = rest[letter][:at] + " " + rest[letter][at + len(wanted) :]
        if places:
            chosen.add(label)
    return chosen | {"a denial"} if chosen and _DENIAL.search(rest[False]) else chosen


def _longest_first(pair: tuple[str, str]) -> tuple[int, str]:
    return -len(pair[0]), pair[0]
