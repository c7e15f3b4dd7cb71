"""Verifiers that are functions: as their authors write them, in one file."""

from rlvr.function import verifier
from rlvr.verdict import Verdict


@verifier("near", passes=[("3.14", 3.1), ("3.1", 3.1)], fails=[("4", 3.1), ("", 3.1), ("pi", 3.1)])
def near(text: str, answer: float, *, tolerance: float = 0.1) -> bool:
    """Whether the text is a number close to the right one."""
    try:
        return abs(float(text) - answer) <= tolerance
    except ValueError:
        return False


@verifier("polite", version="2", passes=[("please",)], fails=[("now",)])
def polite(text: str) -> Verdict:
    """Whether the text asks nicely."""
    if text == "please":
        return Verdict.passed("it asks nicely", extracted=text)
    if text == "raise":
        raise ZeroDivisionError("on purpose")
    return Verdict.failed("polite:rude", "it does not ask nicely")


@verifier("vague", passes=[("yes",)], fails=[("no",)])
def vague(text: str) -> bool:
    """Returns a number, as no verifier may."""
    return 1 if text == "yes" else 0  # type: ignore[return-value]


def undecorated(text: str) -> bool:
    """No verifier: nothing says what passes."""
    return bool(text)
