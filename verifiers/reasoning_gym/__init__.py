"""reasoning-gym's tasks, judged so that only a right answer passes and nothing a model wrote is run.

    {"dataset": "chain_sum", "entry": {"question": "...", "answer": "156", "metadata": {...}}}

The package's scorers are written for partial credit: they pay for an answer inside a sentence, for
junk, a few for anything at all, and several hand the answer to `eval`, directly or through sympy. Here
an answer passes from a score of `threshold` (1, unless the options say otherwise); a data set whose own
scorer is not to be trusted is judged by `judges`, and the others see only answers of the right shape
(`scorers`). A data set that neither knows, and that brings a scorer of its own, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field, model_validator

from rlvr.errors import EnvironmentLacks
from rlvr.problem import Completion, Problem
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers._answer import AnswerOptions, after_marker, answer_of
from rlvr.verifiers._words import fold
from rlvr.verifiers.reasoning_gym.scorers import Unsuitable, scorer_of

_CLOSE_ENOUGH = 1e-9


class ReasoningGymOptions(AnswerOptions):
    """`after`: judge what follows this marker, such as "Answer:", which must occur exactly once.

    `threshold`: the score an answer passes from. Below 1 the package's partial credit may pass, where
    its scorer is used.
    """

    after: str = ""
    threshold: float = Field(default=1.0, gt=0, le=1)


class Entry(Model):
    """One problem as the package makes it. `answer` is null where any solution of the puzzle will do."""

    question: str
    answer: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class ReasoningGymReference(Model):
    """The data set's name and the whole entry, as the generator `reasoning_gym` writes them."""

    dataset: str
    entry: Entry

    @model_validator(mode="after")
    def _answerable(self) -> ReasoningGymReference:
        if self.entry.answer is not None and not fold(self.entry.answer):
            raise ValueError("the right answer is blank, so an empty reply would pass")
        scorer_of(self.member, self.entry.metadata)
        return self

    @property
    def member(self) -> str:
        """The data set that made the entry; a composite names it in the metadata."""
        inner = self.entry.metadata.get("source_dataset")
        return inner if self.dataset == "composite" and isinstance(inner, str) else self.dataset


class ReasoningGym(Verifier):
    """Whether the answer solves the entry."""

    name = "reasoning_gym"
    version = "2"
    Options = ReasoningGymOptions
    Reference = ReasoningGymReference

    def __init__(self, options: ReasoningGymOptions | None = None) -> None:
        super().__init__(options)
        try:
            import reasoning_gym  # noqa: F401 - seconds, which should not count as the first answer's
        except ModuleNotFoundError as error:
            mend = "Install it: pip install 'rlvr[quickstart]'"
            raise EnvironmentLacks("the package reasoning-gym is not installed.", mend) from error

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS; FAIL `wrong_answer`, `no_answer`, `ambiguous_answer` or `malformed`."""
        asked: ReasoningGymReference = self.reference(problem)
        answer = answer_of(completion, self.options.thinking)
        if not isinstance(answer, Verdict):
            answer = after_marker(answer, self.options.after)
        if isinstance(answer, Verdict):
            return answer
        found = "\n".join(line.rstrip() for line in answer.strip().split("\n"))
        if not fold(found):
            return Verdict.failed("no_answer", "the answer holds nothing that can be seen", extracted=found)
        score, trouble = self._score(asked, found)
        details: dict[str, Json] = {"dataset": asked.member, "score": score}
        if score >= self.options.threshold - _CLOSE_ENOUGH:
            return Verdict.passed(f"the answer solves the {asked.member} problem", extracted=found, details=details)
        if trouble:
            return Verdict.failed("malformed", f"{asked.member}: {trouble}", extracted=found, details=details)
        reason = f"the answer scores {score:.3g} on {asked.member}, {self.options.threshold:g} passes"
        return Verdict.failed("wrong_answer", reason, extracted=found, details=details)

    def _score(self, asked: ReasoningGymReference, found: str) -> tuple[float, str]:
        """The score in [0, 1], and why there is none where the answer cannot be read."""
        entry = asked.entry.model_dump()
        gold = entry["answer"]
        if gold is not None and found == "\n".join(line.rstrip() for line in gold.strip().split("\n")):
            return 1.0, ""
        try:
            score = float(scorer_of(asked.member, entry["metadata"])(found, entry))
        except Unsuitable as error:
            return 0.0, str(error)
        return (min(1.0, score), "") if score >= 0 else (0.0, "")  # NaN compares with nothing

    def examples(self) -> Iterable[Example]:
        """A sum; then other numbers, and what a scorer may be talked into."""
        head = ("<think>r</think>" if self.options.thinking == "require" else "") + self.options.after
        yield Example.of(_entry("chain_sum", "What is 150 + 6?", "156"), head + " 156", Outcome.PASS)
        for text in ("", "None", "I do not know", "15", "1560", "156 or 157", "the answer is 156"):
            yield Example.of(_entry("chain_sum", "What is 150 + 6?", "156"), head + " " + text, Outcome.FAIL)
        for text in ("", "banana", "False", "True False"):
            yield Example.of(_entry("game_of_life_halting", "Does it halt?", "True"), head + " " + text, Outcome.FAIL)


def _entry(dataset: str, question: str, answer: str) -> dict[str, Json]:
    return {"dataset": dataset, "entry": {"question": question, "answer": answer, "metadata": {}}}
