"""What is asked, what was answered, and both together with what became of them.

Token ids are the truth: training uses the sampled ids, never re-encoded text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypedDict

from rlvr.verdict import Json, Verdict


class Message(TypedDict):
    """One turn of a chat."""

    role: str
    content: str


#: Plain text for a base model, messages for the chat template of an instruct model.
Prompt: TypeAlias = str | tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class VerifierSpec:
    """How to build a verifier anywhere: this crosses process boundaries, a verifier never does.

    `name` is a built-in's or plug-in's name, or `path/to/file.py:Class`.
    """

    name: str
    options: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of a task, ready to be asked and judged.

    `reference` is what the verifier judges against, as plain data; its shape is the verifier's
    `Reference` model, checked when the data is loaded.
    """

    id: str
    prompt: Prompt
    reference: Mapping[str, Json]
    task: str
    verifier: VerifierSpec

    @property
    def key(self) -> str:
        """What tells it from every other problem of a run."""
        return f"{self.task}/{self.id}"


class FinishReason(StrEnum):
    """Why a completion ended: end-of-turn token, stop string, length limit, or broken off."""

    EOS = "eos"
    STOP = "stop"
    LENGTH = "length"
    ABORT = "abort"


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer of the model.

    `text` is the decoding of `token_ids` without the end-of-turn token; a stop string cuts the text,
    while the ids keep every token up to the one that completed it. `logprobs` are the sampler's, one
    for each id, at the sampling temperature. `prefill` is what the chat template wrote for the
    assistant (such as `<think>`). `messages` is the seam for answers of several turns.
    """

    text: str
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    finish_reason: FinishReason = FinishReason.EOS
    prefill: str = ""
    messages: tuple[Message, ...] = ()

    @property
    def full_text(self) -> str:
        """What a verifier reads: prefill and text."""
        return self.prefill + self.text

    @property
    def truncated(self) -> bool:
        """Whether the length limit ended it."""
        return self.finish_reason is FinishReason.LENGTH


@dataclass(frozen=True, slots=True)
class Rollout:
    """A completion with the problem it answers.

    `group` numbers the prompt within the run (all completions of one sampling of one problem share
    it), `policy_version` counts optimizer steps, `verdict` is None until it has been judged.
    """

    problem: Problem
    completion: Completion
    group: int
    policy_version: int
    verdict: Verdict | None = None
