"""Small verifiers for the tests of tasks."""

from collections.abc import Iterable

from rlvr.problem import Completion, Problem
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier


class AnswerReference(Model):
    """The answer as text."""

    answer: str


class Ends(Verifier):
    """The completion ends with the answer, which may not be empty."""

    name, version = "ends", "1"
    Reference = AnswerReference

    def check_reference(self, problem: Problem) -> None:
        """Also refuses an empty answer."""
        if not self.reference(problem).answer:
            raise ValueError("the answer is empty")

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """Judge the end."""
        if completion.text.endswith(self.reference(problem).answer):
            return Verdict.passed("ends with the answer")
        return Verdict.failed("wrong_answer", "ends otherwise")

    def examples(self) -> Iterable[Example]:
        """One of each."""
        yield Example.of({"answer": "4"}, "it is 4", Outcome.PASS)
        yield Example.of({"answer": "4"}, "it is 5", Outcome.FAIL)


class WordsReference(Model):
    """Words to use."""

    required: tuple[str, ...]
    max_words: int | None = None


class Uses(Verifier):
    """The completion uses the words."""

    name, version = "uses", "1"
    Reference = WordsReference

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """Look for each."""
        if all(word in completion.text for word in self.reference(problem).required):
            return Verdict.passed("all there")
        return Verdict.failed("constraint_violated", "one is missing")

    def examples(self) -> Iterable[Example]:
        """One of each."""
        yield Example.of({"required": ["dog"]}, "a dog", Outcome.PASS)
        yield Example.of({"required": ["dog"]}, "a cat", Outcome.FAIL)
