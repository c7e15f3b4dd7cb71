"""What is kept out: too large, too many, too slow, nameless; and clients that leave."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

SLEEPY = f"{Path(__file__).parents[2] / 'data' / 'sleepy.py'}:Sleepy"
IN_FLIGHT = "rlvr_in_flight_requests"
HANGUPS = "rlvr_hangups_total"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Any]) -> Any:
    limits = ["max_requests=3", "max_body_mb=1", "max_in_flight_mb=2", "io_seconds=1.5"]
    words = [word for limit in limits for word in ("--limits", limit)]
    return start_server(SLEEPY, "exact", *words, "--scoring", "workers=4")


def sleep(seconds: float, padding: int = 0) -> dict[str, Any]:
    return {"rows": [{"verifier": "sleepy", "completion": str(seconds), "prompt": " " * padding}]}


def until(condition: Callable[[], bool]) -> None:
    """Wait for what is bound to happen; the limit is for a test that would hang."""
    last = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.02)


def raw(server: Any, body: bytes, length: int | None = None) -> socket.socket:
    """A connection with a request for /verify on it, as far as it goes."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    size = len(body) if length is None else length
    head = f"POST /verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def held(server: Any, count: int, padding: int = 0) -> list[socket.socket]:
    """So many requests that are being served."""
    before = server.meter(IN_FLIGHT)
    found = [raw(server, json.dumps(sleep(3, padding)).encode()) for _ in range(count)]
    until(lambda: server.meter(IN_FLIGHT) >= before + count)
    return found


def test_a_body_that_is_too_large_is_not_read(server: Any) -> None:
    memory = psutil.Process(server.process.pid).memory_info().rss
    for size in (2**20 + 1, 10**9, 10**18):
        with raw(server, b"x" * 1000, size) as connection:
            assert connection.recv(100).startswith(b"HTTP/1.1 413")
    assert psutil.Process(server.process.pid).memory_info().rss < memory + 16 * 2**20
    for size in (2**20 + 1, 2 * 2**20):  # whoever sends all of it before reading learns why, too
        assert server.ask("POST", "/verify", b"x" * size).status == 413
    assert server.meter("rlvr_in_flight_bytes") == 0


def test_a_body_without_length_or_of_another_kind(server: Any) -> None:
    assert server.ask("POST", "/verify", sleep(0), Content_Type="text/plain").status == 415
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        head = f"POST /verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
        head += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 411")


def test_a_body_that_does_not_come(server: Any) -> None:
    with raw(server, b"{", 100) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 408")
    assert server.meter(IN_FLIGHT) == 0


def test_too_many_at_once_are_told_when_to_come_again(server: Any) -> None:
    connections = held(server, 3)
    reply = server.ask("POST", "/verify", sleep(0))
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")
    assert server.ask("GET", "/health").status == 200
    for connection in connections:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.close()
    until(lambda: server.meter(IN_FLIGHT) == 0)
    assert server.ask("POST", "/verify", sleep(0)).status == 200


def test_too_many_bytes_at_once_too(server: Any) -> None:
    connections = held(server, 2, padding=900_000)
    assert server.ask("POST", "/verify", sleep(0, padding=900_000)).status == 429
    assert server.ask("POST", "/verify", sleep(0)).status == 200
    for connection in connections:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.close()


def test_who_hangs_up_costs_no_more_than_what_had_begun(server: Any) -> None:
    """Of 400 rows that would take 80 s on four workers, those not begun are not judged."""
    rows = [{"verifier": "sleepy", "completion": "0.8", "prefill": str(i)} for i in range(400)]
    name = 'rlvr_verdicts_total{cause="correct",outcome="pass",verifier="sleepy"}'
    verdicts, left = server.meter(name), server.meter(HANGUPS)
    raw(server, json.dumps({"rows": rows}).encode()).close()
    until(lambda: server.meter(HANGUPS) == left + 1)
    assert server.meter(IN_FLIGHT) == 0
    assert server.meter(name) - verdicts <= 64
    assert server.ask("POST", "/verify", sleep(0)).status == 200


def test_who_hangs_up_while_sending_is_forgotten(server: Any) -> None:
    left = server.meter(HANGUPS)
    for _ in range(20):
        raw(server, b"{", 1000).close()
        until(lambda: server.meter(IN_FLIGHT) == 0)
    assert server.meter(HANGUPS) == left + 20


def test_who_does_not_read_the_answer_loses_it(server: Any) -> None:
    """The answers fill the connection's buffers and more; the place is free again all the same."""
    rows = [{"verifier": "exact", "reference": {"answer": "b"}, "completion": "a" * 200} for _ in range(3500)]
    body = json.dumps({"rows": rows}).encode()
    assert len(body) < 2**20
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    head = f"POST /verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    sender = threading.Thread(target=connection.sendall, args=(head.encode() + body,))
    sender.start()
    sender.join()
    until(lambda: server.meter(IN_FLIGHT) == 1)
    until(lambda: server.meter(IN_FLIGHT) == 0)
    connection.close()
    assert server.ask("POST", "/verify", sleep(0)).status == 200
