"""What a verifier says of one completion: pass, fail or error, with a cause and a reason.

A verdict is not a number. FAIL is the model's fault and pays 0; ERROR is ours, has no reward, and
never enters a baseline or a gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

#: One of `CAUSES`, or `verifier-name:cause` for a cause a plug-in brings along.
Cause: TypeAlias = str


class Outcome(StrEnum):
    """The three things a verdict can be."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"


CAUSES: Mapping[Outcome, frozenset[Cause]] = {
    Outcome.PASS: frozenset({"correct"}),
    Outcome.FAIL: frozenset(
        {
            "wrong_answer",
            "no_answer",
            "ambiguous_answer",
            "truncated",
            "malformed",
            "constraint_violated",
            "undecidable",
            "compile_error",
            "runtime_error",
            "time_limit",
            "memory_limit",
            "output_limit",
            "protocol_violation",
        }
    ),
    Outcome.ERROR: frozenset({"verifier_failed", "sandbox_unavailable", "invalid_reference"}),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one completion.

    `reason` is one sentence for a person; `extracted` is the text that was judged; `score` in [0, 1]
    is set by graded verifiers only, whose outcome is PASS from a threshold in their options.

    Raises ValueError when the cause does not belong to the outcome or the score is outside [0, 1].
    """

    outcome: Outcome
    cause: Cause
    reason: str
    extracted: str | None = None
    score: float | None = None
    details: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.cause not in CAUSES[self.outcome] and not _is_plugin_cause(self.cause):
            known = ", ".join(sorted(CAUSES[self.outcome]))
            raise ValueError(f"{self.cause!r} is no cause of {self.outcome}; known: {known}, or 'name:cause'")
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score {self.score!r} is outside [0, 1]")

    @property
    def reward(self) -> float | None:
        """1.0 for PASS, 0.0 for FAIL, `score` where it is graded, None for ERROR."""
        if self.outcome is Outcome.ERROR:
            return None
        if self.score is not None:
            return self.score
        return 1.0 if self.outcome is Outcome.PASS else 0.0

    @classmethod
    def passed(cls, reason: str, *, cause: Cause = "correct", **rest: Any) -> Verdict:
        """The completion is right."""
        return cls(Outcome.PASS, cause, reason, **rest)

    @classmethod
    def failed(cls, cause: Cause, reason: str, **rest: Any) -> Verdict:
        """The completion is wrong, and that is the model's doing."""
        return cls(Outcome.FAIL, cause, reason, **rest)

    @classmethod
    def error(cls, cause: Cause, reason: str, **rest: Any) -> Verdict:
        """Nothing can be said of the completion, and that is our doing."""
        return cls(Outcome.ERROR, cause, reason, **rest)

    def to_json(self) -> dict[str, Json]:
        """The verdict as plain data, for stores and other processes."""
        return {
            "outcome": self.outcome.value,
            "cause": self.cause,
            "reason": self.reason,
            "extracted": self.extracted,
            "score": self.score,
            "details": dict(self.details),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """The inverse of `to_json`."""
        return cls(**{**data, "outcome": Outcome(data["outcome"])})


def _is_plugin_cause(cause: Cause) -> bool:
    owner, colon, name = cause.partition(":")
    return bool(owner and colon and name)
