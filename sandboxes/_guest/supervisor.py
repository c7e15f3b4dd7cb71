"""Process 1 of a sandbox container: forks one confined child for each job and pumps bytes to and from it.

It never runs, parses or keeps anything of a sample. Whatever crosses it does so through fixed
buffers that are zeroed after each sample, because a forked child inherits its parent's memory: one
sample must not find there what an earlier one was sent or answered.

    python3 -I -c "..." '{"uid": 20001, "folders": ["/box", "/tmp"], "contained": true}'

With `contained` false it runs as an ordinary process for the sandbox that has no container.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import signal
import sys
from typing import Any

from . import frames, streams
from .sample import Sample, Settings

#: Imported once so that no sample waits for them. `RLVR_WARM` adds packages baked into the image.
#: Only what most samples use: every module makes every fork a little slower, some (threading, random,
#: dataclasses) a lot.
WARM = (
    "abc bisect collections copy enum functools heapq itertools json linecache math operator re string "
    "textwrap time traceback types typing"
)

#: Beneath a sample's own frames there are so many of ours at most; they are not to count against it.
_OWN_FRAMES = 30
_HELD_BYTES = 2 * frames.CHUNK
_ZEROS = memoryview(bytes(max(_HELD_BYTES, frames.AHEAD_BYTES)))


class Transport:
    """The frames to and from the host, through buffers of its own that can be zeroed."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self.read_fd = read_fd
        self.write_fd = write_fd
        self._head = memoryview(bytearray(frames.HEADER.size))
        self._in = memoryview(bytearray(frames.CHUNK))
        self.out = memoryview(bytearray(frames.CHUNK))
        #: How much of `out` has been used since it was last zeroed.
        self.most_out = 0
        #: Frames that wait for company: each write to the host passes through five processes.
        self._held = memoryview(bytearray(_HELD_BYTES))
        self.holding = 0
        self._most_held = self._most_in = 0
        #: Requests that a sample has not been handed yet.
        self.ahead = memoryview(bytearray(frames.AHEAD_BYTES))
        self.most_ahead = 0

    def receive(self) -> tuple[bytes, memoryview]:
        """The next frame's kind and payload; the payload is overwritten by the next call. Raises EOFError."""
        self._fill(self._head)
        kind, length = frames.HEADER.unpack(self._head)
        if length > frames.CHUNK:
            raise EOFError("the host lost its framing")
        self._most_in = max(self._most_in, length)
        payload = self._in[:length]
        self._fill(payload)
        return kind, payload

    def _fill(self, view: memoryview) -> None:
        while view:
            count = os.readv(self.read_fd, [view])
            if not count:
                raise EOFError
            view = view[count:]

    def hold(self, kind: bytes, payload: bytes | memoryview) -> None:
        """A frame to the host that travels together with what comes after it."""
        size = frames.HEADER.size + len(payload)
        if self.holding + size > _HELD_BYTES:
            self.flush()
        frames.HEADER.pack_into(self._held, self.holding, kind, len(payload))
        self._held[self.holding + frames.HEADER.size : self.holding + size] = payload
        self.holding += size
        self._most_held = max(self._most_held, self.holding)

    def flush(self) -> None:
        """Send what is held."""
        rest = self._held[: self.holding]
        while rest:
            rest = rest[os.write(self.write_fd, rest) :]
        self.holding = 0

    def send(self, kind: bytes, payload: bytes | memoryview) -> None:
        """One frame to the host, now."""
        self.hold(kind, payload)
        self.flush()

    def forget(self) -> None:
        """Zero what was used of the buffers."""
        for buffer, used in (
            (self._in, self._most_in),
            (self.out, self.most_out),
            (self._held, self._most_held),
            (self.ahead, self.most_ahead),
        ):
            buffer[:used] = _ZEROS[:used]
        self._most_held = self._most_in = self.most_out = self.most_ahead = 0


def main(argument: str) -> None:
    """Serve jobs until the host goes away."""
    settings = Settings(**json.loads(argument))
    streams.prepare()
    sys.setrecursionlimit(sys.getrecursionlimit() + _OWN_FRAMES)
    transport = _take_over_stdio()
    for name in (WARM + " " + os.environ.get("RLVR_WARM", "")).split():
        importlib.import_module(name)
    # The first compile of a process sets up the types of the syntax tree, which takes as long as a fork.
    exec(compile("from typing import List", "warm.py", "exec"), {})
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    bell = _child_bell()
    # Nothing made so far is ever garbage; freezing keeps children from copying pages to find that out.
    gc.collect()
    gc.freeze()
    pytest = importlib.util.find_spec("pytest") is not None
    hello = {"python": sys.version.split()[0], "pytest": pytest}
    transport.send(frames.HELLO, json.dumps(hello).encode())
    try:
        while True:
            kind, payload = transport.receive()
            if kind == frames.JOB:
                _serve(json.loads(bytes(payload)), settings, transport, bell)
            else:  # late words to a sample that has ended, which are not for the next one's eyes
                transport.forget()
    except (EOFError, BrokenPipeError):
        os._exit(0)


def _serve(header: dict[str, Any], settings: Settings, transport: Transport, bell: int) -> None:
    result = Sample(header, settings, transport, bell).run()
    transport.send(frames.RESULT, json.dumps(result).encode())
    transport.forget()


def _take_over_stdio() -> Transport:
    """Keep the host's pipes to ourselves; 0 and 1 become the null device."""
    transport = Transport(os.dup(0), os.dup(1))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return transport


def _child_bell() -> int:
    """A descriptor that becomes readable when a child dies."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    return read_end
