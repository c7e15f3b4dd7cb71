"""A verifier that waits: so many seconds as the completion says, then passes."""

import time
from collections.abc import Iterable

from rlvr.problem import Completion, Problem
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Verifier


class Sleepy(Verifier):
    """Passes after the seconds that the completion states."""

    name = "sleepy"
    version = "1"

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        time.sleep(float(completion.text))
        return Verdict.passed("awake")

    def examples(self) -> Iterable[Example]:
        yield Example.of({}, "0", Outcome.PASS)
