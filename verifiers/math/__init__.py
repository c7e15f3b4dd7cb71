"""Is the final answer equal to the right one?

    {"answer": "\\\\frac{3}{4}"}    {"answer": 12}

`extract` finds the answer in the text, `clean` and `parse` read it, `judge` and `compare` hold it
against the gold: exactly where both are rational, by probing to many digits elsewhere, at last with
sympy. Nothing a model wrote is evaluated as code. What can be shown neither equal nor different is
FAIL `undecidable`, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import field_validator

from rlvr.problem import Completion, Problem
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers.math.choices import choices_of
from rlvr.verifiers.math.extract import Ambiguous, Answer, find_answer
from rlvr.verifiers.math.judge import read, same_answer
from rlvr.verifiers.math.lexer import TooLarge, Unreadable
from rlvr.verifiers.math.policy import MathOptions
from rlvr.verifiers.math.symbolic import Undecided


class MathReference(Model):
    """The right answer, in LaTeX or plain text, or a number."""

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
    version = "4"
    Options = MathOptions
    Reference = MathReference

    def check_reference(self, problem: Problem) -> None:
        """Raise ValueError when the gold answer is neither mathematics this verifier reads nor words."""
        gold = read(str(self.reference(problem).answer))
        if gold.node is None and gold.words is None:
            raise ValueError(f"the answer {gold.text!r} cannot be read: {gold.trouble}")

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS; FAIL `wrong_answer no_answer truncated ambiguous_answer malformed undecidable`."""
        gold = str(self.reference(problem).answer)
        try:
            found = find_answer(completion.full_text, lenient=self.options.extraction == "lenient")
        except Ambiguous as error:
            return Verdict.failed("ambiguous_answer", f"several different answers: {error}")
        if found is None:
            if completion.truncated:
                return Verdict.failed("truncated", "the length limit came before an answer")
            return Verdict.failed("no_answer", "there is no answer in the text")
        if self.options.extraction == "lenient" and completion.text.strip() == gold.strip():
            found = Answer(completion.text.strip(), "whole text", 0, len(completion.full_text))
        prompt = problem.prompt if isinstance(problem.prompt, str) else problem.prompt[-1]["content"]
        return self._judged(gold, found, choices_of(prompt))

    def _judged(self, gold: str, found: Answer, choices: dict[str, str]) -> Verdict:
        about: dict[str, Any] = {
            "extracted": found.text[:500],
            "details": {"place": found.place, "start": found.start, "end": found.end},
        }
        shown = f"{found.text[:80]!r}"
        try:
            right = same_answer(read(gold), read(found.text), self.options, choices)
        except (Undecided, TooLarge) as error:
            return Verdict.failed("undecidable", f"{shown} against {gold!r}: {error}", **about)
        except Unreadable as error:
            return Verdict.failed("malformed", f"{shown} cannot be read: {error}", **about)
        if right:
            return Verdict.passed(f"{shown} equals {gold!r}", **about)
        return Verdict.failed("wrong_answer", f"{shown} does not equal {gold!r}", **about)

    def examples(self) -> Iterable[Example]:
        """Right ones in several forms, wrong ones, and texts that try to be right by saying everything."""
        gold = {"answer": r"\frac{3}{4}"}
        for text in (r"so \boxed{\frac{3}{4}}.", "<answer> 0.75 </answer>", r"\boxed{75\%}", r"\boxed{\dfrac{6}{8}}"):
            yield Example.of(gold, text, Outcome.PASS)
        for text in (
            "",
            r"\boxed{}",
            r"\boxed{4/3}",
            r"\boxed{3/4, 4/3}",
            r"\boxed{3/4} or \boxed{1}",
            r"\boxed{0.7500001}",
            r"\boxed{__import__('os').getpid()}",
            r"\boxed{9^{9^{9^{9}}}}",
            "<answer>",
        ):
            yield Example.of(gold, text, Outcome.FAIL)
