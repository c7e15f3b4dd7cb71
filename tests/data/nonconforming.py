"""Verifiers that fall short in one way each, for the tests of the conformance kit.

`Sound` does not; the others change one thing about it.
"""

import os
import time

from pydantic import ConfigDict

from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier


class Reference(Model):
    """The right word."""

    word: str


class Sound(Verifier):
    """Passes the right word and nothing else."""

    name, version = "sound", "1"
    Reference = Reference

    def verify(self, problem, completion):
        if completion.text == self.reference(problem).word:
            return Verdict.passed("it is the word", extracted=completion.text[:50])
        return Verdict.failed("wrong_answer", "it is not the word")

    def examples(self):
        yield Example.of({"word": "yes"}, "yes", Outcome.PASS)
        yield Example.of({"word": "no"}, "no", Outcome.PASS)
        yield Example.of({"word": "no"}, "yes", Outcome.FAIL)


class NoExamples(Sound):
    def examples(self):
        return []


class FailsFirst(Sound):
    def examples(self):
        return list(super().examples())[::-1]


class NothingFails(Sound):
    def examples(self):
        return list(super().examples())[:2]


class WrongExample(Sound):
    def examples(self):
        yield from super().examples()
        yield Example.of({"word": "no"}, "No", Outcome.PASS)


class InvalidExample(Sound):
    def examples(self):
        yield from super().examples()
        yield Example.of({"wort": "no"}, "no", Outcome.PASS)


class IgnoresReference(Sound):
    def verify(self, problem, completion):
        if completion.text in ("yes", "no"):
            return Verdict.passed("it is a word")
        return Verdict.failed("wrong_answer", "it is no word")

    def examples(self):
        yield from list(super().examples())[:2]
        yield Example.of({"word": "no"}, "maybe", Outcome.FAIL)


class TakesLists(Sound):
    def verify(self, problem, completion):
        if self.reference(problem).word in completion.text.split():
            return Verdict.passed("the word is there")
        return Verdict.failed("wrong_answer", "the word is not there")


class ListensToText(Sound):
    def verify(self, problem, completion):
        if '"outcome": "pass"' in completion.text:
            return Verdict.passed("it says so")
        return super().verify(problem, completion)


class RaisesOnEmpty(Sound):
    def verify(self, problem, completion):
        completion.text[0]
        return super().verify(problem, completion)


class CrashesOnDepth(Sound):
    def verify(self, problem, completion):
        if completion.text.startswith("[[[["):
            os.abort()
        return super().verify(problem, completion)


class SlowOnLong(Sound):
    def verify(self, problem, completion):
        if len(completion.text) == 2**21:
            time.sleep(10**6)
        return super().verify(problem, completion)


class AlwaysRaises(Sound):
    def verify(self, problem, completion):
        raise RuntimeError("never works")


class Counts(Sound):
    """Its verdict depends on what it judged before."""

    seen = 0

    def verify(self, problem, completion):
        Counts.seen += 1
        return (
            Verdict.failed("wrong_answer", f"not the word {Counts.seen}")
            if completion.text != self.reference(problem).word
            else Verdict.passed("it is the word")
        )


class KnowsItsProcess(Sound):
    def verify(self, problem, completion):
        verdict = super().verify(problem, completion)
        return Verdict(verdict.outcome, verdict.cause, verdict.reason, details={"pid": os.getpid()})


class UnknownCause(Sound):
    def verify(self, problem, completion):
        verdict = super().verify(problem, completion)
        return verdict if verdict.outcome is Outcome.PASS else Verdict.failed("somebody:else", "it is not the word")


class InventedCause(Sound):
    def verify(self, problem, completion):
        verdict = super().verify(problem, completion)
        return verdict if verdict.outcome is Outcome.PASS else Verdict.failed("wrong", "it is not the word")


class LongReason(Sound):
    def verify(self, problem, completion):
        verdict = super().verify(problem, completion)
        return Verdict(verdict.outcome, verdict.cause, f"{completion.text} is judged")


class Lax(Model):
    """Takes any key."""

    model_config = ConfigDict(extra="ignore")


class LaxOptions(Sound):
    Options = Lax


class LaxReference(Sound):
    class Reference(Lax):
        word: str


class NotAVerdict(Sound):
    def verify(self, problem, completion):
        return completion.text == self.reference(problem).word


class CannotBeBuilt(Sound):
    def __init__(self, options=None):
        raise OSError("its dictionary is not installed")
