"""Start and end of a server: what it refuses to bind to, and what becomes of accepted requests."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from rlvr.errors import EnvironmentLacks, UsageError
from rlvr.scoring.options import ScoringOptions
from rlvr.serving.options import ServingOptions
from rlvr.serving.server import check_reach, key_from, serve

SLEEPY = f"{Path(__file__).parents[2] / 'data' / 'sleepy.py'}:Sleepy"


def test_others_than_this_machine_need_a_key() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.2"):
        check_reach(host, None)
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        with pytest.raises(UsageError, match="RLVR_SERVE_KEY"):
            check_reach(host, None)
        check_reach(host, "key")
    for host in ("no such host", ""):
        with pytest.raises(UsageError, match="is no address"):
            check_reach(host, "key")


def test_a_blank_key_is_none() -> None:
    assert key_from({}) is key_from({"RLVR_SERVE_KEY": " \n"}) is None
    assert key_from({"RLVR_SERVE_KEY": "key\n"}) == "key"


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentLacks, match=f"127.0.0.1:{port} cannot be bound"):
            serve(["exact"], ("127.0.0.1", port), ServingOptions(), ScoringOptions(), print)


def test_without_a_key_this_machine_may_ask(start_server: Callable[..., Any]) -> None:
    server = start_server("exact", key=None)
    assert server.verify({"verifier": "exact", "completion": "a", "reference": {"answer": "a"}}).status == 200
    assert server.stop() == 0


def test_told_to_stop_it_finishes_what_it_accepted(start_server: Callable[..., Any]) -> None:
    server = start_server(SLEEPY, "--scoring", "workers=2")
    workers = psutil.Process(server.process.pid)
    found: list[Any] = []
    rows = [{"verifier": "sleepy", "completion": "0.5", "prefill": str(i)} for i in range(6)]
    asking = [threading.Thread(target=lambda: found.append(server.verify(*rows))) for _ in range(3)]
    for thread in asking:
        thread.start()
    while server.meter("rlvr_in_flight_requests") < 3 or not (children := workers.children(recursive=True)):
        time.sleep(0.02)
    assert server.stop() == 0
    for thread in asking:
        thread.join()
    assert [reply.status for reply in found] == [200] * 3
    assert {v["outcome"] for reply in found for v in reply.json["verdicts"]} == {"pass"}
    assert not any(child.is_running() for child in children)
    with pytest.raises(ConnectionRefusedError):
        server.verify(*rows)


def test_a_killed_server_leaves_no_process_behind(start_server: Callable[..., Any]) -> None:
    server = start_server(SLEEPY)
    server.verify({"verifier": "sleepy", "completion": "0"})
    children = psutil.Process(server.process.pid).children(recursive=True)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    assert children
    psutil.wait_procs(children, timeout=60)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
