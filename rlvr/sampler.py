"""The contract of a sampler.

Completions come in order of finishing, so that each can be judged while others are still being
written. What is sampled depends on the seed and the requests, never on time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from rlvr.problem import Completion


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How tokens are drawn. `temperature` 0 is greedy, `top_p` 1 keeps the whole distribution."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt, to be answered `n` times.

    `id` is the caller's; `prompt_ids` are the tokens the model sees; `prefill` is the part of the
    assistant's turn the template wrote; `seed` makes the group's tokens what they are.
    """

    id: int
    prompt_ids: tuple[int, ...]
    n: int
    seed: int
    params: SamplingParams
    prefill: str = ""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A finished completion: of which request, and which of its `n`."""

    request: int
    index: int
    completion: Completion = field(repr=False)


class Sampler(Protocol):
    """Turns requests into completions."""

    name: ClassVar[str]

    def sample(self, requests: Iterable[Request]) -> Iterator[Sampled]:
        """Yield each completion the moment it ends."""
