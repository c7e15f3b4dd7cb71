"""A byte stream to a supervisor. Nothing here ever blocks; waiting is done on the descriptors."""

from __future__ import annotations

import os
import subprocess
from typing import Protocol


class SlotLost(Exception):
    """A supervisor went away, or says what no supervisor of ours would. The job is not to blame."""


class Link(Protocol):
    """Bytes to and from one supervisor."""

    @property
    def read_fd(self) -> int: ...

    @property
    def write_fd(self) -> int: ...

    def receive(self) -> bytes:
        """Everything that has arrived; b"" when there is nothing now. Raises SlotLost at the end."""

    def send(self, data: memoryview) -> int:
        """How many bytes were taken, 0 when none can be now. Raises SlotLost."""

    def close(self) -> None:
        """End the supervisor and everything it started. Never raises because it is already gone."""


class ProcessLink:
    """A supervisor that is an ordinary child process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self.process = process
        self.read_fd = process.stdout.fileno()
        self.write_fd = process.stdin.fileno()
        os.set_blocking(self.read_fd, False)
        os.set_blocking(self.write_fd, False)

    def receive(self) -> bytes:
        try:
            data = os.read(self.read_fd, 1 << 20)
        except BlockingIOError:
            return b""
        if not data:
            raise SlotLost("the supervisor's process ended")
        return data

    def send(self, data: memoryview) -> int:
        try:
            return os.write(self.write_fd, data)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            raise SlotLost("the supervisor's process ended") from None

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
        self.process.kill()
        self.process.wait()
