"""One supervisor, and the one sample it runs for us at a time: frames out, frames in, how it ended."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from select import POLLIN, POLLOUT, poll
from typing import Any

from rlvr.sandboxes._guest import frames
from rlvr.sandboxes._host.link import Link, SlotLost


class Guest:
    """Frames to and from one supervisor."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._incoming = bytearray()
        self._outgoing = bytearray()

    def post(self, kind: bytes, payload: bytes = b"") -> None:
        """Queue a message, in as many frames as it needs; `wait` sends it together with what else is queued."""
        for piece in frames.split(payload) or [memoryview(b"")]:
            self._outgoing += frames.HEADER.pack(kind, len(piece))
            self._outgoing += piece

    def flush(self) -> None:
        """Send what can be sent now."""
        while self._outgoing:
            with memoryview(self._outgoing) as view:
                sent = self.link.send(view)
            if not sent:
                return
            del self._outgoing[:sent]

    @property
    def wants_to_write(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._outgoing)

    def receive(self) -> list[tuple[bytes, bytes]]:
        """The frames that have arrived, as (kind, payload). Raises SlotLost."""
        self._incoming += self.link.receive()
        found, start = [], 0
        while len(self._incoming) - start >= frames.HEADER.size:
            kind, length = frames.HEADER.unpack_from(self._incoming, start)
            if length > frames.CHUNK:
                raise SlotLost("a supervisor lost its framing")
            end = start + frames.HEADER.size + length
            if len(self._incoming) < end:
                break
            found.append((kind, bytes(self._incoming[start + frames.HEADER.size : end])))
            start = end
        del self._incoming[:start]
        return found

    def await_hello(self, seconds: float) -> Mapping[str, Any]:
        """What the supervisor says of itself once it is ready. Raises SlotLost when it does not come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            wait([self], deadline)
            for kind, payload in self.receive():
                if kind == frames.HELLO:
                    return dict(json.loads(payload))
        raise SlotLost(f"the supervisor was not ready within {seconds:g} s")


@dataclass
class Ending:
    """How a sample ended, by its supervisor, and what it wrote."""

    exit: int | None
    stop: str | None
    oom: bool
    clean: bool
    wall_seconds: float
    cpu_seconds: float
    rss_kib: int
    stdout: bytes = b""
    stderr: bytes = b""
    verdict: bytes = b""
    #: A candidate's messages, where they are kept.
    said: bytes = b""


@dataclass
class Talk:
    """The conversation with one supervisor about one sample."""

    guest: Guest
    limits: Mapping[str, float]
    ending: Ending | None = None
    written: dict[bytes, bytearray] = field(default_factory=dict)
    #: Whether the messages that are passed on are kept, too.
    keeps: bool = False
    said: bytearray = field(default_factory=bytearray)

    def start(self, role: str, payload: Mapping[str, Any], rest: bytes = b"") -> None:
        """Begin a sample: its role and limits, then its payload and what follows that on its input."""
        header = {"role": role, "limits": dict(self.limits)}
        self.guest.post(frames.JOB, json.dumps(header).encode())
        self.guest.post(frames.DATA, _payload(payload) + rest)

    def hear(self, kind: bytes, payload: bytes) -> None:
        """Take note of a frame."""
        if kind == frames.RESULT:
            texts: dict[str, Any] = {name: bytes(self.written.get(of, b"")) for name, of in _WRITTEN.items()}
            self.ending = Ending(**json.loads(payload), **texts, said=bytes(self.said))
        elif kind in _WRITTEN.values():
            written = self.written.setdefault(kind, bytearray())
            written += payload
            if len(written) > self.limits["output_bytes"] + 2**20:
                raise SlotLost("a supervisor passes on more than it may")


_WRITTEN = {"stdout": frames.STDOUT, "stderr": frames.STDERR, "verdict": frames.VERDICT}


def _payload(payload: Mapping[str, Any]) -> bytes:
    body = json.dumps(payload).encode()
    return len(body).to_bytes(4, "big") + body


def wait(guests: Sequence[Guest], deadline: float) -> None:
    """Send what is queued, then sleep until one of them has news or can take more.

    Raises SlotLost after the deadline.
    """
    waiting = poll()
    for guest in guests:
        guest.flush()
        link = guest.link
        if link.read_fd == link.write_fd:
            waiting.register(link.read_fd, POLLIN | (POLLOUT if guest.wants_to_write else 0))
            continue
        waiting.register(link.read_fd, POLLIN)
        if guest.wants_to_write:
            waiting.register(link.write_fd, POLLOUT)
    left = deadline - time.monotonic()
    if left <= 0 or not waiting.poll(left * 1000):
        raise SlotLost("a supervisor did not answer in time")
