"""The answer is one of the accepted texts, character for character.

    {"answer": "Paris"}     {"answer": ["Paris", "paris"]}

Surrounding whitespace and Unicode composition do not count; case counts unless `ignore_case`. For
numbers and formulas use `math`, which knows that 0.5 is 1/2.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from pydantic import Field, field_validator

from rlvr.problem import Completion, Problem
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers._answer import AnswerOptions, after_marker, answer_of
from rlvr.verifiers._words import fold


class ExactOptions(AnswerOptions):
    """`after`: judge what follows this marker, such as "Answer:", which must occur exactly once."""

    after: str = ""
    ignore_case: bool = False


class ExactReference(Model):
    """The accepted text, or several."""

    answer: str | tuple[str, ...] = Field(min_length=1)

    @field_validator("answer")
    @classmethod
    def _not_blank(cls, answer: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not all(fold(text) for text in ([answer] if isinstance(answer, str) else answer)):
            raise ValueError("an accepted answer is blank, so an empty reply would pass")
        return answer


class Exact(Verifier):
    """Whether the answer equals an accepted text."""

    name = "exact"
    version = "1"
    Options = ExactOptions
    Reference = ExactReference

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS; FAIL `wrong_answer`, `no_answer` or `ambiguous_answer`."""
        accepted = self.reference(problem).answer
        answer = answer_of(completion, self.options.thinking)
        if not isinstance(answer, Verdict):
            answer = after_marker(answer, self.options.after)
        if isinstance(answer, Verdict):
            return answer
        found = answer.strip()
        texts = (accepted,) if isinstance(accepted, str) else accepted
        if self._plain(found) in {self._plain(text) for text in texts}:
            return Verdict.passed("the answer is the accepted text", extracted=found)
        return Verdict.failed("wrong_answer", "the answer is not the accepted text", extracted=found)

    def _plain(self, text: str) -> str:
        plain = unicodedata.normalize("NFC", text.strip())
        return unicodedata.normalize("NFC", plain.casefold()) if self.options.ignore_case else plain

    def examples(self) -> Iterable[Example]:
        """The word itself; then nothing, another word, and the word among others."""
        head = "<think>r</think>" if self.options.thinking == "require" else ""
        head += self.options.after
        reference: dict[str, Json] = {"answer": "Paris"}
        yield Example.of(reference, head + " Paris\n", Outcome.PASS)
        for text in ("", ".", "London", "Paris or London", "Paris!", "Pa\u200bris", "None"):
            yield Example.of(reference, head + text, Outcome.FAIL)
