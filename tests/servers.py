"""Real `rlvr serve` processes for tests and benchmarks, and the plainest of clients."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = "a key of the tests"
DATA = Path(__file__).parent / "data"


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Running:
    """A server that listens."""

    process: subprocess.Popen[str]
    port: int
    key: str | None
    reader: threading.Thread

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One request on a connection of its own; a header that is empty is left out."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent |= {"Content-Type": "application/json"} if data is not None else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, data, {name: value for name, value in sent.items() if value})
        answer = connection.getresponse()
        reply = Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
        connection.close()
        return reply

    def verify(self, *rows: dict[str, Any]) -> Reply:
        return self.ask("POST", "/verify", {"rows": list(rows)})

    def meter(self, line: str) -> int:
        """The value of a counter, by its name with labels."""
        for text in self.ask("GET", "/metrics").text.splitlines():
            if text.rpartition(" ")[0] == line:
                return int(text.rpartition(" ")[2])
        return 0

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def start(*words: str, key: str | None = KEY) -> Running:
    """A server on a free port: names of verifiers, then further words for the command line."""
    environment = {k: v for k, v in os.environ.items() if k != "RLVR_SERVE_KEY"}
    environment |= {"RLVR_SERVE_KEY": key} if key else {}
    command = [sys.executable, "-m", "rlvr", "serve", "--port", "0", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stderr or ()], daemon=True)
    reader.start()
    line = lines.get(timeout=120)
    assert "on http://127.0.0.1:" in line, line
    return Running(process, int(line.rpartition(":")[2]), key, reader)


def end(running: Running) -> None:
    """Kill it, whatever state it is in."""
    running.process.kill()
    running.process.wait()
    running.reader.join()
    if running.process.stderr is not None:
        running.process.stderr.close()
