"""Verifiers that cost nothing but time, for measurements."""

import time

from rlvr.function import verifier


@verifier("at_once", passes=[("12", "12")], fails=[("13", "12")])
def at_once(text: str, answer: str) -> bool:
    """Compares and returns."""
    return text.strip().endswith(answer)


@verifier("waits", passes=[("12", "12")], fails=[("13", "12")])
def waits(text: str, answer: str, *, seconds: float = 0.05) -> bool:
    """Waits, as for an answer from elsewhere, then compares."""
    time.sleep(seconds)
    return text.strip().endswith(answer)
