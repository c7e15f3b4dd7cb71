"""Verifiers that fail in every way a verifier can: always, or on one particular text only.

The kind of trouble is an option; with `always` the canary meets it too. The kind "by text" lets each text
decide which it is, if any.
"""

import os
import signal
import sys
import time
import zlib

from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier

TROUBLE = "TROUBLE"
KILLS = ("raise", "loop in C", "eat memory", "exit", "crash", "block signals", "not a verdict")


class Options(Model):
    """Which trouble, and whether every text causes it."""

    kind: str = "none"
    always: bool = False


class Misbehaving(Verifier):
    """Passes "yes", fails everything else, and misbehaves as it is told."""

    name, version = "misbehaving", "1"
    Options = Options

    def verify(self, problem, completion):
        if self.options.kind == "details that are no plain data" and TROUBLE in completion.text:
            return Verdict.passed("it returns a set", details={"set": {1, 2}})
        if self.options.kind == "by text":
            make_trouble(kind_of(completion.text))
        elif self.options.always or TROUBLE in completion.text:
            make_trouble(self.options.kind)
        if completion.text == "yes":
            return Verdict.passed("it says yes")
        return Verdict.failed("wrong_answer", "it does not say yes")

    def examples(self):
        return [Example.of({}, "yes", Outcome.PASS), Example.of({}, "no", Outcome.FAIL)]


class Trouble(Model):
    """A reference that makes trouble when it is checked."""

    trouble: str = "none"


class Picky(Misbehaving):
    """Looks closely at references."""

    Reference = Trouble

    def check_reference(self, problem):
        make_trouble(self.reference(problem).trouble)


class NoCanary(Misbehaving):
    """Brings no example."""

    def examples(self):
        return []


def kind_of(text):
    """Which trouble a text makes under "by text": every second one some kind, the canary none."""
    number = zlib.crc32(text.encode()) % (2 * len(KILLS))
    return KILLS[number] if number < len(KILLS) and text not in ("yes", "no") else "none"


def make_trouble(kind):
    """Do it; nothing under a name that is no trouble."""
    TROUBLES.get(kind, lambda: None)()


def divide():
    raise ZeroDivisionError("on purpose")


def leave():
    raise SystemExit(0)


def flood():
    block = "x" * 2**20
    for _ in range(1024):
        sys.stdout.write(block)
        sys.stderr.write(block)


def block_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    time.sleep(10**6)


TROUBLES = {
    "raise": divide,
    "loop in C": lambda: sum(range(10**18)),
    "eat memory": lambda: b"x" * (10 * 2**30),
    "exit": lambda: os._exit(0),
    "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "print": flood,
    "block signals": block_signals,
    "not a verdict": leave,
    "sleep": lambda: time.sleep(0.05),
}
