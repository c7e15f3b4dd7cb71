"""Several servers that answer the same question: the next one is asked when one does not answer.

Plain HTTP/1.1 over kept connections. Each is asked in turn; one that fails rests, one that is full is left
alone as long as it says. Everything ends when the caller's time is over, by this process's clock.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

#: A server that failed is not asked for so long; the first rest is short, each further one in a row twice as long.
_FIRST_REST_SECONDS = 0.25
_LONGEST_REST_SECONDS = 5.0
_CONNECT_SECONDS = 5.0
_LONGEST_ANSWER = 16 * 2**20


class NoAnswer(Exception):
    """No server answered in time, or all of them refused; the message says what each said last."""


class _Failed(Exception):
    """One server did not answer: it is gone, broken, or not what it should be."""


class _Full(Exception):
    """One server asks to come again in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"full, come again in {seconds:g} s")
        self.seconds = seconds


class _Refusal(Exception):
    """One server will not answer this question however often it is asked."""


@dataclass(slots=True)
class _Server:
    """One server, as seen from this process."""

    url: str
    parts: SplitResult
    connection: http.client.HTTPConnection | None = None
    rests_until: float = 0.0
    failures: int = 0
    said: str = ""


class Servers:
    """For use by one thread at a time."""

    def __init__(self, urls: tuple[str, ...], key: str | None) -> None:
        self._servers = [_Server(url, urlsplit(url)) for url in urls]
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._turn = os.getpid()  # workers are processes: they begin with different servers

    def ask(self, path: str, question: Any, seconds: float) -> Any:
        """The answer's JSON from the first server that gives one. Raises NoAnswer."""
        body = json.dumps(question).encode()
        until = time.monotonic() + seconds
        willing = list(self._servers)
        while willing and time.monotonic() < until:
            server = self._next(willing, until)
            try:
                answer = _asked(server, path, body, self._headers, _share(until, len(willing)))
            except _Refusal as error:
                server.said = str(error)
                willing.remove(server)
            except _Full as error:
                server.said = str(error)
                # Not all at once again: whoever was sent away together would come back together.
                server.rests_until = time.monotonic() + error.seconds * random.uniform(1.0, 1.5)
            except _Failed as error:
                server.said = str(error)
                rest = min(_LONGEST_REST_SECONDS, _FIRST_REST_SECONDS * 2**server.failures)
                server.rests_until = time.monotonic() + rest
                server.failures += 1
            else:
                server.failures = 0
                return answer
        told = "; ".join(f"{server.url}: {server.said or 'not asked'}" for server in self._servers)
        raise NoAnswer(f"refused by all: {told}" if not willing else f"no answer within {seconds:g} s: {told}")

    def __del__(self) -> None:
        for server in self._servers:
            _drop(server)

    def _next(self, willing: list[_Server], until: float) -> _Server:
        """The next one in turn that is not resting; when all are, the first to be rested, once it is."""
        self._turn += 1
        order = [willing[(self._turn + i) % len(willing)] for i in range(len(willing))]
        now = time.monotonic()
        for server in order:
            if server.rests_until <= now:
                return server
        first = min(order, key=lambda server: server.rests_until)
        time.sleep(max(0.0, min(first.rests_until, until) - now))
        return first


def _share(until: float, servers: int) -> float:
    """The time one of several may use: half of what is left, so that another can still be asked."""
    left = until - time.monotonic()
    return max(0.01, left / 2 if servers > 1 else left)


def _asked(server: _Server, path: str, body: bytes, headers: dict[str, str], seconds: float) -> Any:
    """One server's answer. A kept connection may have been closed meanwhile: then once more on a new one."""
    until = time.monotonic() + seconds
    kept = server.connection is not None
    try:
        return _exchange(server, path, body, headers, until)
    except (OSError, http.client.HTTPException) as error:
        _drop(server)
        if not kept or isinstance(error, TimeoutError) or time.monotonic() >= until:
            raise _Failed(f"{type(error).__name__}: {error}") from error
    try:
        return _exchange(server, path, body, headers, until)
    except (OSError, http.client.HTTPException) as error:
        _drop(server)
        raise _Failed(f"{type(error).__name__}: {error}") from error


def _exchange(server: _Server, path: str, body: bytes, headers: dict[str, str], until: float) -> Any:
    connection = server.connection or _connect(server, until)
    server.connection = connection
    assert connection.sock is not None
    connection.sock.settimeout(_left(until))
    with suppress(BrokenPipeError, ConnectionResetError):  # a server that wants no more of it may have said why
        connection.request("POST", server.parts.path.rstrip("/") + path, body, headers)
    connection.sock.settimeout(_left(until))
    response = connection.getresponse()
    text = _read(connection, response, until)
    if response.will_close:
        _drop(server)
    return _meaning(response, text)


def _connect(server: _Server, until: float) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if server.parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(server.parts.hostname or "", server.parts.port, timeout=min(_CONNECT_SECONDS, _left(until)))
    connection.connect()
    return connection


def _read(connection: http.client.HTTPConnection, response: http.client.HTTPResponse, until: float) -> bytes:
    """The whole body, unless it is too long or too slow. Raises OSError, HTTPException."""
    parts: list[bytes] = []
    size = 0
    while response.length is None or response.length > 0:
        if connection.sock is not None:
            connection.sock.settimeout(_left(until))
        part = response.read1(2**16)
        if not part:
            break
        size += len(part)
        if size > _LONGEST_ANSWER:
            raise http.client.HTTPException(f"an answer of more than {_LONGEST_ANSWER} bytes")
        parts.append(part)
    if response.length:
        raise http.client.IncompleteRead(b"".join(parts), response.length)
    response.close()
    return b"".join(parts)


def _meaning(response: http.client.HTTPResponse, text: bytes) -> Any:
    """The JSON of an answer. Raises _Full, _Refusal, _Failed."""
    if response.status in (429, 503):
        wait = response.headers.get("Retry-After", "1")
        raise _Full(min(float(wait), 60.0) if wait.isdecimal() else 1.0)
    if 400 <= response.status < 500 and response.status != 408:
        raise _Refusal(f"status {response.status}: {text[:500].decode('utf-8', 'replace')}")
    if response.status != 200:
        raise _Failed(f"status {response.status}: {text[:200].decode('utf-8', 'replace')}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Failed(f"an answer that is not JSON: {error}") from error


def _drop(server: _Server) -> None:
    if server.connection is not None:
        server.connection.close()
        server.connection = None


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is over")
    return left
