"""What of a completion counts as the answer: `answer_of`, the first step of every constraint verifier.

Text inside a leading `<think>...</think>` is not the answer, so keywords hidden in the reasoning pay
nothing. A completion that the length limit cut has not been finished, and never meets a constraint.
This module is no verifier.
"""

from __future__ import annotations

from typing import Literal

from rlvr.problem import Completion
from rlvr.verdict import Verdict
from rlvr.verifier import Model

OPENER, CLOSER = "<think>", "</think>"

#: Longer texts than this many characters are refused before anything reads them.
MAX_CHARACTERS = 1 << 20


class AnswerOptions(Model):
    """Options of every verifier that judges the answer and not the reasoning before it.

    `thinking`: "strip" judges what follows a leading `<think>...</think>` (all of it where there is
    none), "require" fails without one, "keep" judges the text as it stands.
    """

    thinking: Literal["strip", "require", "keep"] = "strip"


def answer_of(completion: Completion, thinking: str) -> str | Verdict:
    """The text to judge, or the FAIL that there is none."""
    text = completion.full_text
    if len(text) > MAX_CHARACTERS:
        reason = f"{len(text)} characters are more than the limit of {MAX_CHARACTERS}"
        return Verdict.failed("output_limit", reason)
    if completion.truncated:
        return Verdict.failed("truncated", "the length limit cut the completion before it ended")
    if thinking == "keep" or (thinking == "strip" and OPENER not in text and CLOSER not in text):
        return text
    return after_thinking(text)


def after_thinking(text: str) -> str | Verdict:
    """What follows the reasoning, when the text is one leading think block and an answer."""
    start = text.lstrip()
    if not start.startswith(OPENER):
        return Verdict.failed("malformed", f"the completion does not begin with {OPENER}")
    if start.count(OPENER) > 1 or start.count(CLOSER) > 1:
        return Verdict.failed("malformed", f"{OPENER} or {CLOSER} occurs more than once")
    _, closer, answer = start.partition(CLOSER)
    if not closer:
        return Verdict.failed("malformed", f"{OPENER} is never closed")
    return answer


def after_marker(text: str, marker: str) -> str | Verdict:
    """What follows the marker (all of the text when there is no marker), or the FAIL that it is not there.

    A marker that occurs twice is refused: whoever answers twice would have two guesses.
    """
    if marker:
        if text.count(marker) != 1:
            cause = "ambiguous_answer" if marker in text else "no_answer"
            return Verdict.failed(cause, f"{marker!r} occurs {text.count(marker)} times instead of once")
        text = text.partition(marker)[2]
    if not text.strip():
        return Verdict.failed("no_answer", "the answer is blank", extracted=text)
    return text
