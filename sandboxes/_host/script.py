"""What tests will ask of a program: read off their text, or learned from a rehearsal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlvr.sandboxes._guest import codec, frames


@dataclass(frozen=True)
class Script:
    """The first requests of a judge. Every candidate answers them, one by one, without waiting for its judge."""

    #: In order, each the name of a function and the encoded arguments of its call.
    requests: Sequence[Mapping[str, Any]]
    #: Whether those are all there are: then the candidate can end after the last of them.
    is_complete: bool
    #: Whether no answer of a program can change them. If one can, a judge that would ask something else
    #: says so, and the job goes on from there without this script.
    is_sure: bool

    @classmethod
    def of_calls(cls, name: str, calls: Sequence[Sequence[Any]], is_complete: bool) -> Script:
        """The calls that stand in the tests, as many as may be ahead; the arguments of each are encoded."""
        requests = _that_fit([{"name": name, "args": args, "kwargs": {}} for args in calls])
        return cls(requests, is_complete and len(requests) == len(calls), is_sure=True)

    @classmethod
    def of_rehearsal(cls, lines: bytes) -> Script:
        """What a rehearsal wrote; its last line may be cut short."""
        requests: list[Mapping[str, Any]] = []
        is_complete = False
        try:
            for line in lines.splitlines():
                message = json.loads(line)
                is_complete = "complete" in message
                if not is_complete:
                    requests.append(message["ask"])
        except (ValueError, TypeError, KeyError, RecursionError):
            is_complete = False  # or the tests wrote there, too; their judge will say so
        return cls(requests, is_complete, is_sure=False)

    def so_far(self, count: int) -> Script:
        """The first `count` requests."""
        return Script(self.requests[:count], False, is_sure=False)

    @property
    def ahead(self) -> bytes:
        """The requests as the candidate reads them."""
        return b"".join(map(codec.dump, self.requests))


def first_messages(said: bytes, count: int) -> bytes:
    """What a candidate said, up to the end of its first `count` messages."""
    end = 0
    for _ in range(count):
        end += 4 + int.from_bytes(said[end : end + 4], "big")
    return said[:end]


def _that_fit(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    size = 0
    for number, request in enumerate(requests):
        try:
            size += len(codec.dump(request))
        except codec.TooLarge:
            return requests[:number]
        if size > frames.AHEAD_BYTES:
            return requests[:number]
    return requests
