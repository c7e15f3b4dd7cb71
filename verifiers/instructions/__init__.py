"""Instructions that can be checked by rule: IFEval's, IFBench's and open-instruct's, under their own ids.

    {"instructions": [{"id": "length_constraints:number_words",
                       "kwargs": {"num_words": 40, "relation": "at least"}},
                      {"id": "punctuation:no_comma"}]}

Two modes. `hardened`, for training: constraints mean what they say, and nothing vacuous passes.
`reference`, for evaluation only: the published scorers' own semantics, so that figures compare; with
`loose`, an instruction also counts when one of the eight usual variants of the answer follows it. The
same id may occur twice; an unknown one is refused when the data is loaded, never passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from rlvr.problem import Completion, Problem
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier, explain
from rlvr.verifiers._answer import AnswerOptions, after_marker, answer_of
from rlvr.verifiers._words import words
from rlvr.verifiers.instructions import (  # noqa: F401 - each import fills the catalogue
    ifbench_custom,
    ifbench_format,
    ifbench_reference,
    ifbench_words,
    ifeval,
    ifeval_reference,
    open_instruct,
)
from rlvr.verifiers.instructions.catalogue import Instruction, lookup


class InstructionsOptions(AnswerOptions):
    """How strictly, and what is paid.

    `min_words`: how long a hardened answer must be where any short one would do ("no comma", "at most N").
    Two keep silence out; in training set it to what a real answer takes, or "Sure thing." is one.
    `graded`: the score is the share of instructions followed, instead of all or nothing; the outcome
    is PASS only when all are.
    """

    mode: Literal["hardened", "reference"] = "hardened"
    loose: bool = False
    min_words: int = Field(default=2, ge=2)
    graded: bool = False

    @model_validator(mode="after")
    def _loose_only_in_reference(self) -> InstructionsOptions:
        if self.loose and self.mode != "reference":
            raise ValueError("`loose` pays for text around the answer; it needs `mode: reference`")
        return self


class Asked(Model):
    """One instruction: an id and its arguments. Arguments that are null count as absent."""

    id: str
    kwargs: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Asked:
        kind = lookup(self.id)
        try:
            kind.arguments.model_validate(self._given)
        except ValidationError as error:
            raise ValueError(f"{self.id}: {explain(error, kind.arguments)}") from None
        return self

    @property
    def _given(self) -> dict[str, Any]:
        return {key: value for key, value in self.kwargs.items() if value is not None}

    @property
    def kind(self) -> Instruction:
        """What the catalogue holds under the id."""
        return lookup(self.id)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments with their declared types."""
        return dict(self.kind.arguments.model_validate(self._given))


class InstructionsReference(Model):
    """What the row asks for, in any order."""

    instructions: tuple[Asked, ...] = Field(min_length=1)


class Instructions(Verifier):
    """Whether the answer follows every instruction of its row."""

    name = "instructions"
    version = "1"
    Options = InstructionsOptions
    Reference = InstructionsReference

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS; FAIL `constraint_violated` with every broken instruction in the details."""
        asked: InstructionsReference = self.reference(problem)
        answer = answer_of(completion, self.options.thinking)
        if not isinstance(answer, Verdict):
            answer = after_marker(answer, "")
        if isinstance(answer, Verdict):
            return answer
        broken = [one for one in asked.instructions if not self._follows(answer, one)]
        details: dict[str, Json] = {
            "mode": self.options.mode,
            "broken": [one.id for one in broken],
            "asked": [one.id for one in asked.instructions],
        }
        share = 1 - len(broken) / len(asked.instructions)
        rest: dict[str, Any] = {"extracted": answer, "details": details}
        rest["score"] = share if self.options.graded else None
        if broken:
            first = broken[0]
            reason = f"{first.id}: the answer should {first.kind.describe(first.arguments)}"
            more = f" ({len(broken)} of {len(asked.instructions)} not followed)" if len(broken) > 1 else ""
            return Verdict.failed("constraint_violated", " ".join((reason + more).split()), **rest)
        return Verdict.passed("every instruction is followed", **rest)

    def _follows(self, answer: str, one: Asked) -> bool:
        if self.options.mode == "hardened":
            arguments = one.arguments
            enough = len(words(answer)) >= one.kind.needs(arguments, self.options.min_words)
            return enough and one.kind.hardened(answer, **arguments)
        variants = loose_variants(answer) if self.options.loose else [answer]
        return any(text.strip() and one.kind.reference(text, **one.arguments) for text in variants)

    def examples(self) -> Iterable[Example]:
        """Four plain constraints at once; then answers that break one of them, and silence."""
        head = "<think>r</think>" if self.options.thinking == "require" else ""
        asked: dict[str, Json] = {
            "instructions": [
                {"id": "keywords:existence", "kwargs": {"keywords": ["river"]}},
                {"id": "length_constraints:number_words", "kwargs": {"num_words": 6, "relation": "at least"}},
                {"id": "punctuation:no_comma", "kwargs": {}},
                {"id": "startend:end_checker", "kwargs": {"end_phrase": "The end."}},
            ]
        }
        yield Example.of(asked, head + "A river runs through the old town. The end.", Outcome.PASS)
        for text in (
            "",
            "ok",
            ".",
            "5",
            "A stream runs through the old town. The end.",
            "A river. The end.",
            "A river runs through the old, old town. The end.",
            "A river runs through the old town.",
        ):
            yield Example.of(asked, head + text, Outcome.FAIL)


def loose_variants(answer: str) -> list[str]:
    """The eight texts of the published loose metric: without first line, last line, both, or stars."""
    lines = answer.split("\n")
    cut = [answer, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return cut + [text.replace("*", "") for text in cut]
