"""Is the final answer the right number, or the same text?

    {"answer": "3/4"}    {"answer": 12}

Where the answer stands is `rlvr.verifiers.math.extract`; what a number is, `rlvr.verifiers.math.number`.
Numbers are compared exactly, as fractions: 0.75, 3/4, \\frac{3}{4} and 75% are one number. What is no
number is compared as text, without regard to case and spaces. There is no tolerance.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import field_validator

from rlvr.problem import Completion, Problem
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers.math.extract import Answer, find_answers
from rlvr.verifiers.math.number import parse_number


class MathOptions(Model):
    """`extraction`: "strict" wants the answer in a \\boxed{} or in answer tags, which is right for training;
    "lenient" also takes "the answer is", `####`, and at last the last number, which is right for evaluation
    and for models that were shown another form.
    """

    extraction: Literal["strict", "lenient"] = "strict"


class MathReference(Model):
    """The right answer."""

    answer: str | int | float

    @field_validator("answer")
    @classmethod
    def _not_blank(cls, answer: str | int | float) -> str | int | float:
        if not str(answer).strip():
            raise ValueError("the right answer is blank, so nothing could be wrong")
        return answer


class Math(Verifier):
    """Whether the final answer equals the right one."""

    name = "math"
    version = "1"
    Options = MathOptions
    Reference = MathReference

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS; FAIL `wrong_answer`, `no_answer`, `truncated` or `ambiguous_answer`."""
        gold = str(self.reference(problem).answer)
        answers = find_answers(completion.full_text, lenient=self.options.extraction == "lenient")
        if not answers:
            if completion.truncated:
                return Verdict.failed("truncated", "the length limit came before an answer")
            return Verdict.failed("no_answer", "there is no answer in the text")
        found = answers[-1]
        if any(not _same(other.text, found.text) for other in answers[:-1]):
            listed = ", ".join(repr(answer.text) for answer in answers)
            return Verdict.failed("ambiguous_answer", f"several different answers: {listed}", extracted=found.text)
        return _judge(found, gold)

    def examples(self) -> Iterable[Example]:
        """Right ones in several forms, wrong ones, and texts that try to be right by saying everything."""
        gold = {"answer": "12"}
        for text in (r"so \boxed{12}.", "<answer> 12.0 </answer>", r"\boxed{\frac{24}{2}}"):
            yield Example.of(gold, text, Outcome.PASS)
        for text in ("", r"\boxed{}", r"\boxed{13}", r"\boxed{12} or \boxed{13}", r"\boxed{1 2 3 12}", "<answer>"):
            yield Example.of(gold, text, Outcome.FAIL)


def _judge(found: Answer, gold: str) -> Verdict:
    details = {"place": found.place, "start": found.start}
    if _same(found.text, gold):
        return Verdict.passed(f"{found.text!r} equals {gold!r}", extracted=found.text, details=details)
    reason = f"{found.text!r} does not equal {gold!r}"
    return Verdict.failed("wrong_answer", reason, extracted=found.text, details=details)


def _same(answer: str, gold: str) -> bool:
    """Equal as numbers; where either is none, equal as text."""
    numbers = parse_number(answer), parse_number(gold)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return numbers == (None, None) and _plain(answer) == _plain(gold)


def _plain(text: str) -> str:
    return "".join(text.split()).strip("$.").casefold()
