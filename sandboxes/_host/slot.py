"""A slot: one supervisor for candidates, one for judges, and the bytes carried between them.

The host never looks into what a candidate and a judge say to each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rlvr.sandbox import Limits
from rlvr.sandboxes._guest import frames
from rlvr.sandboxes._host.link import Link
from rlvr.sandboxes._host.script import Script
from rlvr.sandboxes._host.talk import Ending, Guest, Talk, wait

#: A slot has this long, beyond a sample's own time, to kill, sweep and report before it counts as lost.
GRACE_SECONDS = 15.0
#: What a judge may take beyond the candidate it waits for.
_JUDGE_SECONDS = 0.5
_JUDGE_OUTPUT_BYTES = 2**20
#: Tests that take longer by themselves are rehearsed as far as they come.
_REHEARSAL_SECONDS = 2.0
#: All messages of one candidate together.
_DATA_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Shape:
    """The limits that are a container's and not a sample's."""

    memory_bytes: int
    processes: int
    file_bytes: int

    @classmethod
    def of(cls, limits: Limits) -> Shape:
        """The shape those limits need."""
        return cls(limits.memory_bytes, limits.processes, limits.file_bytes)


class Slot:
    """Two supervisors and what is known of them."""

    def __init__(self, shape: Shape, candidate: Link, judge: Link) -> None:
        self.shape = shape
        self.candidate = Guest(candidate)
        self.judge = Guest(judge)
        self.jobs = 0
        #: Something was not swept clean: the slot must not be used again.
        self.doubtful = False
        self.has_pytest = False
        #: What tests that were rehearsed here ask, by the tests; the oldest are forgotten.
        self.scripts: dict[Hashable, Script] = {}

    @classmethod
    def opened(cls, shape: Shape, links: Iterable[Callable[[], Link]], seconds: float) -> Slot:
        """A slot whose supervisors, candidate's and judge's, are ready. Whatever goes wrong, none is left over."""
        made: list[Link] = []
        try:
            for link in links:
                made.append(link())  # noqa: PERF401 (what was made is to be closed if the next one fails)
            slot = cls(shape, *made)
            slot.await_ready(seconds)
        except BaseException:
            for each in made:
                each.close()
            raise
        return slot

    def await_ready(self, seconds: float) -> None:
        """Raise SlotLost unless both supervisors report for duty in time."""
        deadline = time.monotonic() + seconds
        self.has_pytest = bool(self.candidate.await_hello(seconds)["pytest"])
        self.judge.await_hello(deadline - time.monotonic())

    def close(self) -> None:
        """End both supervisors."""
        self.candidate.link.close()
        self.judge.link.close()

    def run_alone(
        self, role: str, payload: Mapping[str, Any], limits: Limits, wall: float, stdin: bytes = b""
    ) -> Ending:
        """A sample without a judge. Raises SlotLost."""
        return self._alone(Talk(self.candidate, _plain(limits, wall)), role, payload, stdin)

    def rehearse(self, tests: Mapping[str, Any], limits: Limits) -> Ending:
        """A judge's tests without a candidate. Raises SlotLost."""
        wall = min(limits.wall_seconds, _REHEARSAL_SECONDS)
        payload = {**tests, "memory_bytes": limits.memory_bytes // 2}
        return self._alone(Talk(self.judge, _judge_limits(limits, wall)), "rehearsal", payload)

    def _alone(self, talk: Talk, role: str, payload: Mapping[str, Any], stdin: bytes = b"") -> Ending:
        talk.start(role, payload, stdin)
        talk.guest.post(frames.END)
        deadline = time.monotonic() + talk.limits["wall_seconds"] + GRACE_SECONDS
        while talk.ending is None:
            wait([talk.guest], deadline)
            for kind, data in talk.guest.receive():
                talk.hear(kind, data)
        self.doubtful |= not talk.ending.clean
        return talk.ending

    def run_judged(
        self, source: Mapping[str, Any], tests: Mapping[str, Any], script: Script, limits: Limits, said: bytes = b""
    ) -> tuple[Ending, Ending]:
        """A candidate that answers a judge's calls: how each of them ended. Raises SlotLost.

        What the script says the judge will ask is asked without waiting for the judge; if that is all, the
        candidate ends after it. `said` holds an earlier candidate's first messages, one more than the script has
        requests: the judge takes them for this one's.
        """
        wall = limits.wall_seconds
        candidate = Talk(self.candidate, _plain(limits, wall), keeps=not script.is_sure)
        judge = Talk(self.judge, _judge_limits(limits, wall + _JUDGE_SECONDS))
        recorded = len(script.requests) + 1 if said else 0
        judge.start("judge", {**tests, "script": {**vars(script), "recorded": recorded}}, said)
        candidate.start("calls", source)
        if script.requests:
            self.candidate.post(frames.AHEAD, script.ahead)
        if script.is_complete:
            self.candidate.post(frames.END)
        deadline = time.monotonic() + wall + GRACE_SECONDS
        while candidate.ending is None or judge.ending is None:
            wait([self.candidate, self.judge], deadline)
            _carry(candidate, judge, frames.END)
            _carry(judge, candidate, frames.KILL)
        self.doubtful |= not (candidate.ending.clean and judge.ending.clean)
        return candidate.ending, judge.ending


def _carry(source: Talk, target: Talk, farewell: bytes) -> None:
    """Pass on what `source` sent; when it has ended, tell the other."""
    for kind, data in source.guest.receive():
        if kind == frames.DATA and target.ending is None:
            target.guest.post(frames.DATA, data)
            if source.keeps:
                source.said += data
        else:
            source.hear(kind, data)
            if kind == frames.RESULT and target.ending is None:
                target.guest.post(farewell)


def _plain(limits: Limits, wall: float) -> dict[str, float]:
    return {
        "wall_seconds": wall,
        "cpu_seconds": limits.cpu_seconds,
        "memory_bytes": limits.memory_bytes,
        "processes": limits.processes,
        "output_bytes": limits.output_bytes,
        "file_bytes": limits.file_bytes,
        "data_bytes": _DATA_BYTES,
    }


def _judge_limits(limits: Limits, wall: float) -> dict[str, float]:
    return {**_plain(limits, wall), "cpu_seconds": wall, "output_bytes": _JUDGE_OUTPUT_BYTES}
