"""Verifiers of which some are sound and some are not, for what `rlvr check` must find."""

from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier


class Reference(Model):
    answer: str


class Sound(Verifier):
    """Wants the answer after a colon."""

    name, version = "sound", "1"
    Reference = Reference

    def verify(self, problem, completion):
        _, colon, said = completion.full_text.rpartition("Answer: ")
        if not colon:
            return Verdict.failed("no_answer", "there is no 'Answer: '")
        if said.strip() == self.reference(problem).answer:
            return Verdict.passed("as the reference", extracted=said)
        return Verdict.failed("wrong_answer", "not as the reference", extracted=said)

    def examples(self):
        return [Example.of({"answer": "1"}, "Answer: 1", Outcome.PASS)]


class Always(Sound):
    """Passes everything."""

    name = "always"

    def verify(self, problem, completion):
        return Verdict.passed("whatever it was")


class Never(Sound):
    """Passes nothing."""

    name = "never"

    def verify(self, problem, completion):
        return Verdict.failed("wrong_answer", "whatever it was")


class AnyNumber(Sound):
    """Compares only whether there is an answer, as a bool() of texts does."""

    name = "any_number"

    def verify(self, problem, completion):
        said = completion.full_text.rpartition("Answer: ")[2].strip()
        if said.isdigit():
            return Verdict.passed("a number")
        return Verdict.failed("no_answer", "no number")


class Raises(Sound):
    """Cannot judge at all."""

    name = "raises"

    def verify(self, problem, completion):
        raise RuntimeError("out of order")


class Short(Sound):
    """Judges form alone: at most eight words, and not none."""

    name = "short"
    Reference = Model

    def verify(self, problem, completion):
        if 0 < len(completion.full_text.split()) <= 8:
            return Verdict.passed("short")
        return Verdict.failed("constraint_violated", "not short")
