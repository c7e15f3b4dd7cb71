"""One worker: a child process that judges, with a hard deadline and a memory cap.

The process is a fresh interpreter, not a fork of this one: it holds no model, shares no memory, and may
be started from any thread. It is killed when it is late and started again when it is needed.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from rlvr.problem import VerifierSpec
from rlvr.scoring import wire

#: Imports may take long on a cold disk or a busy machine; they are not the completion's doing.
_START_SECONDS = 120.0


class Worker:
    """Judges with one verifier. Not for use by several threads at once, but for `break_off`."""

    def __init__(self, spec: VerifierSpec, memory_mb: int) -> None:
        self.spec = spec
        self.memory = memory_mb * 2**20
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._lifeline: int | None = None
        self._broken_off = False
        #: Seconds spent on starting processes so far: no part of judging anything.
        self.starting = 0.0

    def ask(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """The child's answer. Raises wire.Late, wire.Gone; the process is then ended."""
        frame = wire.encode(message)
        try:
            connection = self._connection or self._start()
            until = time.monotonic() + seconds
            wire.send(connection, frame, seconds)
            return wire.receive(connection, until - time.monotonic())
        except (wire.Late, wire.Gone):
            self.end()
            raise

    def break_off(self) -> None:
        """From another thread: kill the process and start none again, so that whoever asks is told at once."""
        self._broken_off = True
        self._kill()

    def end(self) -> None:
        """Kill the process and let go of everything it held."""
        if self._process is not None:
            self._kill()
            self._process.wait()
            self._process = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    def _kill(self) -> None:
        """Kill the process with whatever it may have started: it leads a group of its own."""
        process = self._process
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _start(self) -> socket.socket:
        """A new process with the verifier built. Raises wire.Gone with the reason when that fails."""
        began = time.perf_counter()
        try:
            return self._open()
        finally:
            self.starting += time.perf_counter() - began

    def _open(self) -> socket.socket:
        try:
            self._connection, theirs = socket.socketpair()
            with theirs:
                self._spawn(theirs)
        except OSError as error:
            raise wire.Gone(f"no process could be started: {error}") from error
        if self._broken_off:
            raise wire.Gone("it was broken off")
        build = {"name": self.spec.name, "options": dict(self.spec.options)}
        try:
            wire.send(self._connection, wire.encode({"build": build}), _START_SECONDS)
            answer = wire.receive(self._connection, _START_SECONDS)
        except wire.Late as error:
            raise wire.Gone(f"the verifier was not built within {_START_SECONDS:g} s") from error
        if "raised" in answer:
            raise wire.Gone(f"the verifier cannot be built: {answer['raised']}")
        return self._connection

    def _spawn(self, theirs: socket.socket) -> None:
        reader, self._lifeline = os.pipe()
        words = [str(theirs.fileno()), str(reader), str(self.memory)]
        try:
            # -P and PYTHONPATH: the child imports from where this process does, and from nowhere else.
            # Its own process group: Ctrl-C in the terminal is for the run to handle, not for its workers.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "rlvr.scoring.child", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), reader),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
                process_group=0,
            )
        finally:
            os.close(reader)
