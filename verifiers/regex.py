"""The answer matches a regular expression, in linear time whatever the pattern and the text.

    {"pattern": "[A-Z]{3}-[0-9]{4}"}

RE2 syntax: no look-around, no back-references; `\\d`, `\\w` and `\\s` are ASCII. A pattern that the
engine cannot run is refused when the data is loaded. A blank answer never passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Literal

from pydantic import Field, field_validator

from rlvr.problem import Completion, Problem
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers._answer import AnswerOptions, after_marker, answer_of
from rlvr.verifiers._patterns import compiled, searchable
from rlvr.verifiers._words import fold


class RegexOptions(AnswerOptions):
    """`match`: the "full" answer without surrounding whitespace, or "search" for a part of it."""

    match: Literal["full", "search"] = "full"
    ignore_case: bool = False
    dot_all: bool = False


class RegexReference(Model):
    """The pattern; with `match: search`, how many places must match at least."""

    pattern: str = Field(min_length=1)
    at_least: int = Field(default=1, ge=1)

    @field_validator("pattern")
    @classmethod
    def _runs(cls, pattern: str) -> str:
        compiled(pattern)
        return pattern


class Regex(Verifier):
    """Whether the answer matches the pattern."""

    name = "regex"
    version = "1"
    Options = RegexOptions
    Reference = RegexReference

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS with the match as `extracted`; FAIL `constraint_violated` or `no_answer`."""
        asked: RegexReference = self.reference(problem)
        answer = answer_of(completion, self.options.thinking)
        if not isinstance(answer, Verdict):
            answer = after_marker(answer, "")
        if isinstance(answer, Verdict):
            return answer
        if not fold(answer):
            return Verdict.failed("no_answer", "the answer holds nothing that can be seen", extracted=answer)
        text = searchable(answer.strip())
        pattern = compiled(asked.pattern, self.options.ignore_case, self.options.dot_all)
        if self.options.match == "full":
            matches = [pattern.fullmatch(text)]
        else:
            matches = list(islice(pattern.finditer(text), asked.at_least))
        found = [match for match in matches if match]
        if len(found) < (1 if self.options.match == "full" else asked.at_least):
            reason = f"{len(found)} matches of {asked.pattern[:200]!r}, too few"
            return Verdict.failed("constraint_violated", reason, extracted=text)
        return Verdict.passed(f"the answer matches {asked.pattern[:200]!r}", extracted=found[0].group())

    def examples(self) -> Iterable[Example]:
        """A plate that fits; then near misses, and a pattern that hangs backtracking engines."""
        head = "<think>r</think>" if self.options.thinking == "require" else ""
        plate: dict[str, Json] = {"pattern": "^[A-Z]{3}-[0-9]{4}$"}
        yield Example.of(plate, head + "ABC-1234", Outcome.PASS)
        for text in ("", " ", ".", "ok", "ABC-123", "ABC-12345", "ABC-1234!", "ABC-\u0661\u0662\u0663\u0664"):
            yield Example.of(plate, head + text, Outcome.FAIL)
        yield Example.of({"pattern": "^(a+)+$"}, head + "a" * 50_000 + "!", Outcome.FAIL)
        yield Example.of({"pattern": ".*"}, head + " \u200b", Outcome.FAIL)
