"""Verifiers that fail in every way a verifier can: always, or on one particular text only.

The kind of trouble is an option; with `always` the canary meets it too.
"""

import os
import signal
import sys
import time

from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier

TROUBLE = "TROUBLE"


class Options(Model):
    """Which trouble, and whether every text causes it."""

    kind: str = "none"
    always: bool = False


class Misbehaving(Verifier):
    """Passes "yes", fails everything else, and misbehaves as it is told."""

    name, version = "misbehaving", "1"
    Options = Options

    def verify(self, problem, completion):
        if self.options.always or TROUBLE in completion.text:
            make_trouble(self.options.kind)
        if completion.text == "yes":
            return Verdict.passed("it says yes")
        return Verdict.failed("wrong_answer", "it does not say yes")

    def examples(self):
        return [Example.of({}, "yes", Outcome.PASS), Example.of({}, "no", Outcome.FAIL)]


def make_trouble(kind):
    if kind == "raise":
        raise ZeroDivisionError("on purpose")
    if kind == "loop in C":
        sum(range(10**18))
    if kind == "eat memory":
        b"x" * (10 * 2**30)
    if kind == "exit":
        os._exit(0)
    if kind == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == "print":
        block = "x" * 2**20
        for _ in range(1024):
            sys.stdout.write(block)
            sys.stderr.write(block)
    if kind == "block signals":
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
        time.sleep(10**6)
    if kind == "not a verdict":
        raise SystemExit(0)
