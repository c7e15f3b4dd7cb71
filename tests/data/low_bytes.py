"""A verifier whose verdict hangs on the text alone, with which a random model can learn something."""

from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier


class Reference(Model):
    answer: str


class LowBytes(Verifier):
    """Passes what holds more bytes below 0x60 than above."""

    name, version = "low-bytes", "1"
    Reference = Reference

    def verify(self, problem, completion):
        data = completion.text.encode()
        if 2 * sum(byte < 0x60 for byte in data) > len(data):
            return Verdict.passed("low")
        return Verdict.failed("wrong_answer", "high")

    def examples(self):
        return [Example.of({"answer": ""}, "AAA", Outcome.PASS), Example.of({"answer": ""}, "zzz", Outcome.FAIL)]
