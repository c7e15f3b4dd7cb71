"""One worker: a child process that judges, with a hard deadline and a memory cap.

The process is a fresh interpreter, not a fork of this one: it holds no model, shares no memory, and may
be started from any thread. It is killed when it is late and started again when it is needed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from rlvr.problem import VerifierSpec
from rlvr.scoring import wire

#: Imports may take long on a cold disk or a busy machine; they are not the completion's doing.
_START_SECONDS = 120.0


class Worker:
    """Judges with one verifier. Not for use by several threads at once."""

    def __init__(self, spec: VerifierSpec, memory_mb: int) -> None:
        self.spec = spec
        self.memory = memory_mb * 2**20
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._lifeline: int | None = None

    def ask(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """The child's answer. Raises wire.Late, wire.Gone; the process is then ended."""
        connection = self._connection or self._start()
        try:
            wire.send(connection, message)
            answer: dict[str, Any] = wire.receive(connection, seconds)
        except (wire.Late, wire.Gone):
            self.end()
            raise
        return answer

    def end(self) -> None:
        """Kill the process and let go of everything it held."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    def _start(self) -> socket.socket:
        """A new process with the verifier built. Raises wire.Gone with the reason when that fails."""
        ours, theirs = socket.socketpair()
        reader, self._lifeline = os.pipe()
        words = [str(theirs.fileno()), str(reader), str(self.memory)]
        self.starts += 1
        self._connection = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rlvr.scoring.child", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), reader),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        os.close(reader)
        try:
            wire.send(ours, {"build": {"name": self.spec.name, "options": dict(self.spec.options)}})
            answer = wire.receive(ours, _START_SECONDS)
        except (wire.Late, wire.Gone):
            self.end()
            raise
        if "raised" in answer:
            self.end()
            raise wire.Gone(f"the verifier cannot be built: {answer['raised']}")
        return ours
