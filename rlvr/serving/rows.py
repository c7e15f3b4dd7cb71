"""What goes over the wire, as typed models: their schemas are the API's description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, field_validator

from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.verdict import Verdict
from rlvr.verifier import Model

MAX_ROWS = 4096
#: Values in one reference, or in one row's options. A model that refuses them says so of each.
MAX_VALUES = 50_000


class Turn(Model):
    """One turn of a chat."""

    role: str
    content: str


class Row(Model):
    """A completion to judge. `verifier` is the name of an offered one."""

    verifier: str
    completion: str
    reference: dict[str, Any] = Field(default_factory=dict)
    options: dict[str, Any] = Field(default_factory=dict)
    prompt: str | list[Turn] = ""
    prefill: str = ""
    finish_reason: FinishReason = FinishReason.EOS

    @field_validator("reference", "options")
    @classmethod
    def _of_some_size(cls, value: dict[str, Any]) -> dict[str, Any]:
        waiting: list[Any] = [value]
        for seen, item in enumerate(_walk(waiting)):
            if seen > MAX_VALUES:
                raise ValueError(f"holds more than {MAX_VALUES} values")
            waiting.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        return value

    def pair(self, spec: VerifierSpec) -> tuple[Problem, Completion]:
        """The row as the scorer takes it, with the spec its `verifier` and `options` stand for."""
        prompt = self.prompt
        if not isinstance(prompt, str):
            turns = [{"role": turn.role, "content": turn.content} for turn in prompt]
            problem = Problem("", tuple(turns), self.reference, "serve", spec)  # type: ignore[arg-type]
        else:
            problem = Problem("", prompt, self.reference, "serve", spec)
        return problem, Completion(self.completion, finish_reason=self.finish_reason, prefill=self.prefill)


def _walk(waiting: list[Any]) -> Iterator[Any]:
    while waiting:
        yield waiting.pop()


class Batch(Model):
    """Rows, judged independently of each other."""

    rows: list[Row] = Field(min_length=1, max_length=MAX_ROWS)


class Judged(Model):
    """A verdict. `reward` is null for an error, which is never a reward of 0."""

    outcome: Literal["pass", "fail", "error"]
    cause: str
    reason: str
    extracted: str | None
    score: float | None
    reward: float | None
    details: dict[str, Any]

    @classmethod
    def of(cls, verdict: Verdict) -> dict[str, Any]:
        """A verdict in this form."""
        return {**verdict.to_json(), "reward": verdict.reward}


class Verdicts(Model):
    """One verdict a row, in the order of the rows."""

    verdicts: list[Judged]


class Queries(Model):
    """OpenRLHF's request: texts (prompt and answer), their prompts, their ground truths."""

    query: list[str] = Field(min_length=1, max_length=MAX_ROWS)
    prompts: list[str]
    labels: list[Any]


class Rewards(Model):
    """OpenRLHF's response: a number a query."""

    rewards: list[float]
    scores: list[float]
    extra_logs: dict[str, list[float]]


class Refusal(Model):
    """Why a request was not served."""

    error: str


class Health(Model):
    """The server takes requests."""

    status: Literal["ok"]
