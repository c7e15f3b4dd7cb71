"""One sample: fork it, pump its bytes until it ends or breaks a limit, leave nothing of it behind."""

from __future__ import annotations

import os
import select
import time
from typing import Any, Protocol

from . import candidate, confine, frames, judge, rehearsal, sweep
from .pace import Pace

#: What each role may hold: descriptor of the child -> the end of a pipe.
ROLES = {
    "program": {0: "in", 1: "stdout", 2: "stderr"},
    "calls": {0: "null", 1: "stdout", 2: "stderr", confine.IN: "in", confine.OUT: "out"},
    "together": {0: "null", 1: "stdout", 2: "stderr", confine.IN: "in", confine.VERDICT: "verdict"},
    "rehearsal": {0: "null", 1: "stdout", 2: "stderr", confine.IN: "in", confine.VERDICT: "verdict"},
    "judge": {
        0: "null",
        1: "stdout",
        2: "stderr",
        confine.IN: "in",
        confine.OUT: "out",
        confine.VERDICT: "verdict",
    },
}
_MAIN = {
    "program": candidate.run_program,
    "calls": candidate.answer_calls,
    "together": candidate.run_together,
    "rehearsal": rehearsal.run,
    "judge": judge.run,
}
_KINDS = {
    "out": frames.DATA,
    "stdout": frames.STDOUT,
    "stderr": frames.STDERR,
    "verdict": frames.VERDICT,
}
_VERDICT_BYTES = 256 * 1024
#: What nobody waits for is passed on at the latest when the sample has been silent for this long.
_SILENCE_SECONDS = 0.02


class Host(Protocol):
    """The part of the transport a sample uses."""

    read_fd: int
    write_fd: int
    out: memoryview
    most_out: int
    holding: int
    ahead: memoryview
    most_ahead: int

    def receive(self) -> tuple[bytes, memoryview]: ...
    def hold(self, kind: bytes, payload: bytes | memoryview) -> None: ...
    def flush(self) -> None: ...


class Settings:
    """How this supervisor confines: the sample's user id, its writable folders, container or not."""

    def __init__(self, uid: int | None, folders: list[str], contained: bool) -> None:
        self.uid = uid
        self.folders = folders
        self.contained = contained


class Stream:
    """A pipe from the child to the host. Output and error output share one allowance, their `purse`."""

    def __init__(self, name: str, fd: int) -> None:
        self.name = name
        self.fd = fd
        self.purse = "output" if name.startswith("std") else "data" if name == "out" else "verdict"


class Sample:
    """The life of one sample. `run` returns how it ended."""

    def __init__(self, header: dict[str, Any], settings: Settings, host: Host, bell: int) -> None:
        self.role: str = header["role"]
        self.limits: dict[str, Any] = header["limits"]
        self.settings = settings
        self.host = host
        self.bell = bell
        self.left = {
            "output": self.limits["output_bytes"],
            "data": self.limits["data_bytes"],
            "verdict": _VERDICT_BYTES,
        }
        #: Why we ended it: time, output, data, killed; None when it ended by itself.
        self.stop: str | None = None
        self.status: int | None = None
        self.usages: list[Any] = []

    def run(self) -> dict[str, Any]:
        """Run the sample to its end. Raises EOFError when the host is gone."""
        started = time.monotonic()
        self.deadline = started + self.limits["wall_seconds"]
        kills = confine.oom_kills()
        self._fork()
        try:
            self._pump()
        finally:
            gone = self._kill()
        self._drain()
        clean = sweep.wipe(self.settings.folders, self.settings.uid) and gone
        return {
            "exit": None if self.status is None else os.waitstatus_to_exitcode(self.status),
            "stop": self.stop,
            "oom": confine.oom_kills() > kills,
            "clean": clean,
            "wall_seconds": time.monotonic() - started,
            "cpu_seconds": sum(usage.ru_utime + usage.ru_stime for usage in self.usages),
            "rss_kib": max((usage.ru_maxrss for usage in self.usages), default=0),
        }

    # -- birth -----------------------------------------------------------------------------------

    def _fork(self) -> None:
        fds = ROLES[self.role]
        pipes = {name: os.pipe() for name in set(fds.values()) - {"null"}}
        self.pid = os.fork()
        if self.pid == 0:
            self._become(fds, pipes)
        for name, (read_end, write_end) in pipes.items():
            os.close(read_end if name == "in" else write_end)
        self.input = pipes.pop("in")[1]
        self.pending = memoryview(b"")
        self.waiting = False
        #: Whether what is pending is one of the requests that were put by.
        self.is_ahead = False
        self.pace = Pace(self.host.ahead)
        #: Whether the host has no more for the child than it has sent.
        self.ends = False
        self.streams = {read: Stream(name, read) for name, (read, _) in pipes.items()}
        for fd in (self.input, *self.streams):
            os.set_blocking(fd, False)
        self.poll = select.poll()
        for fd in (self.bell, self.host.read_fd, *self.streams):
            self.poll.register(fd, select.POLLIN)

    def _become(self, fds: dict[int, str], pipes: dict[str, tuple[int, int]]) -> None:
        """In the child: confine it and hand over. Never returns."""
        try:
            null = os.open(os.devnull, os.O_RDWR)
            ends = {name: pair[0] if name == "in" else pair[1] for name, pair in pipes.items()}
            ends["null"] = null
            present = {target: ends[name] for target, name in fds.items()}
            confine.confine(present, self.limits, self.settings.uid, self.settings.folders[0])
            _MAIN[self.role]()
        finally:
            os._exit(1)  # whatever happened above, two supervisors must never be

    # -- life ------------------------------------------------------------------------------------

    def _pump(self) -> None:
        while self.stop is None and self.status is None:
            now = time.monotonic()
            if now >= self.deadline:
                self.stop = "time"
                return
            patience = _SILENCE_SECONDS if self.host.holding else self.deadline - now
            ready = self.poll.poll(min(self.deadline - now, patience) * 1000 + 1)
            if not ready:
                self.host.flush()
            for fd, _ in ready:
                if fd == self.bell:
                    self._reap()
                elif fd == self.host.read_fd:
                    self._from_host()
                elif fd == self.input:
                    self._feed()
                    self._hand_over()
                elif fd in self.streams:
                    self._heard(self.streams[fd])

    def _reap(self) -> None:
        """Collect dead children, orphans the sample left to us included."""
        sweep.silence(self.bell)
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.usages.append(usage)
            if pid == self.pid:
                self.status = status

    def _from_host(self) -> None:
        kind, payload = self.host.receive()
        if kind == frames.KILL:
            self.stop = "killed"
        elif kind == frames.END:
            self.ends = True
            self._hand_over()
        elif kind == frames.AHEAD:
            self.pace.put_by(payload)
            self.host.most_ahead = self.pace.known
            self._hand_over()
        elif kind == frames.DATA and self.input >= 0:
            self.pending, self.is_ahead = payload, False
            self._feed()

    def _hand_over(self) -> None:
        """What the child may read now of the requests ahead of it; the end, if that has come."""
        while self.input >= 0 and not self.pending and (request := self.pace.next()):
            self.pending, self.is_ahead = request, True
            self._feed()
        if self.ends and not self.pending and self.pace.is_over:
            self._close_input()

    def _feed(self) -> None:
        """Pass on what is pending. Nothing more is taken from the host before that, unless it was put by."""
        try:
            while self.pending:
                self.pending = self.pending[os.write(self.input, self.pending) :]
        except BlockingIOError:
            self._wait_for_child()
            return
        except BrokenPipeError:  # the child reads no more
            self.pending = memoryview(b"")
            self._close_input()
        self._listen_to_host()

    def _wait_for_child(self) -> None:
        if not self.waiting:
            self.waiting = True
            self.poll.register(self.input, select.POLLOUT)
            if not self.is_ahead:  # what it sends next would take the place of what is pending
                self.poll.unregister(self.host.read_fd)

    def _listen_to_host(self) -> None:
        if self.waiting:
            self.waiting = False
            if self.input >= 0:
                self.poll.unregister(self.input)
            self.poll.register(self.host.read_fd, select.POLLIN)

    def _close_input(self) -> None:
        if self.input >= 0:
            if self.waiting:
                self.poll.unregister(self.input)
            os.close(self.input)
            self.input = -1

    def _heard(self, stream: Stream) -> None:
        """Pass on what the child wrote: at once only if somebody waits for it."""
        self._to_host(stream)
        if stream.name == "out":
            self._hand_over()
            # As long as there is more to answer, or when the end has come, replies travel together.
            if not self.ends and self.pace.is_over:
                self.host.flush()

    def _to_host(self, stream: Stream) -> bool:
        """Hand the host what the child wrote. False when there is nothing more for now."""
        try:
            count = os.readv(stream.fd, [self.host.out])
        except BlockingIOError:
            return False
        if not count:
            self.poll.unregister(stream.fd)
            del self.streams[stream.fd]
            os.close(stream.fd)
            return False
        self.host.most_out = max(self.host.most_out, count)
        if stream.name == "out":
            self.pace.heard(self.host.out[:count])
        allowed = min(count, self.left[stream.purse])
        self.left[stream.purse] -= count
        if allowed > 0:
            self.host.hold(_KINDS[stream.name], self.host.out[:allowed])
        if self.left[stream.purse] < 0:
            self.stop = self.stop or stream.purse
            return False
        return True

    # -- death -----------------------------------------------------------------------------------

    def _kill(self) -> bool:
        """Leave no process. True when none is left."""
        self._reap()
        if self.settings.contained:
            self.usages += sweep.kill_everything(self.bell)
            return sweep.nobody_left()
        self.usages += sweep.kill_session(self.pid)
        return True  # cannot be known: a process may have left its session

    def _drain(self) -> None:
        """What the sample had written when it ended still counts."""
        for stream in list(self.streams.values()):
            while self._to_host(stream):
                pass
        for fd in self.streams:
            os.close(fd)
        self._close_input()
