"""`rlvr serve` under load, beside requests that mean harm. Not a test: run it by hand.

    python tests/benchmarks/bench_serve.py flood      # 1,000 requests at once, among wrong keys, large bodies, hang-ups
    python tests/benchmarks/bench_serve.py memory     # the worst bodies that fit, over and over
    python tests/benchmarks/bench_serve.py killed     # 1,000 verdicts through `remote`, one of two servers killed
    python tests/benchmarks/bench_serve.py cost       # a verdict here, and through a server on this machine

Without a word, all of them. The exit code is 1 when a verdict was lost or wrong, or something was admitted
that should not have been.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import resource
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Outcome

ROOT = Path(__file__).parents[2]
KEY = "a key of the tests"
REQUESTS, OTHERS = 1000, 200
REFERENCE = {"answer": "3/4"}


def load_servers() -> Any:
    """`tests/servers.py`, which is part of no package."""
    spec = importlib.util.spec_from_file_location("rlvr_test_servers", ROOT / "tests" / "servers.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


servers = load_servers()
started: list[Any] = []


def start(*words: str) -> Any:
    """A server that is ended with this program, however that ends."""
    started.append(servers.start(*words))
    return started[-1]


class Memory:
    """The largest resident size of a server's process, and of that with its workers, in MB."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.server = self.all = 0.0
        self.before = self._process.memory_info().rss / 2**20

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            server = self._process.memory_info().rss / 2**20
            workers = sum(child.memory_info().rss / 2**20 for child in self._process.children(recursive=True))
            self.server, self.all = max(self.server, server), max(self.all, server + workers)


def request(body: bytes, key: str = KEY, length: int | None = None) -> bytes:
    head = f"POST /verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    return head.encode() + body


async def asked(port: int, data: bytes, *, leave: bool = False) -> tuple[int, dict[str, Any]]:
    """Status and JSON of one request on a connection of its own; nothing of one that leaves."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    if leave:
        writer.close()
        return 0, {}
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    text = await reader.readexactly(length)
    writer.close()
    return int(head.split()[1]), json.loads(text)


def row(verifier: str, answer: str) -> bytes:
    return json.dumps({"rows": [{"verifier": verifier, "reference": REFERENCE, "completion": answer}]}).encode()


async def one(port: int, number: int, seen: Counter[str], seconds: list[float]) -> None:
    """One of the thousand: comes again when it is told to, and knows what the verdict must be."""
    right = number % 2 == 0
    body = row("math", rf"{number} \boxed{{{'0.75' if right else number}}}")
    began = time.perf_counter()
    while True:
        status, reply = await asked(port, request(body))
        seen[f"status {status}"] += 1
        if status != 429:
            break
        await asyncio.sleep(1.0)
    seconds.append(time.perf_counter() - began)
    outcome = reply["verdicts"][0]["outcome"] if status == 200 else "lost"
    seen["right" if outcome == ("pass" if right else "fail") else "wrong or lost"] += 1


async def other(port: int, kind: int, seen: Counter[str]) -> None:
    """One of those in between: a wrong key, a body that is too large, a client that leaves."""
    if kind == 0:
        seen[f"wrong key {(await asked(port, request(row('exact', 'x'), key='wrong')))[0]}"] += 1
    elif kind == 1:
        seen[f"too large {(await asked(port, request(b'{', length=10**10)))[0]}"] += 1
    else:
        await asked(port, request(row("math", "left")), leave=True)
        seen["left"] += 1


async def all_at_once(port: int, seen: Counter[str], seconds: list[float]) -> None:
    thousand = [one(port, number, seen, seconds) for number in range(REQUESTS)]
    others = [other(port, number % 3, seen) for number in range(OTHERS)]
    await asyncio.gather(*thousand, *others)


def flood() -> bool:
    """A thousand at once, two hundred others among them."""
    server = start("math", "exact")
    seen: Counter[str] = Counter()
    seconds: list[float] = []
    began = time.perf_counter()
    with Memory(server.process.pid) as memory:
        asyncio.run(all_at_once(server.port, seen, seconds))
    total = time.perf_counter() - began
    admitted = sum(
        server.meter(f'rlvr_verdicts_total{{cause="{cause}",outcome="fail",verifier="exact"}}')
        for cause in ("wrong_answer", "no_answer")
    )
    held = server.meter("rlvr_in_flight_bytes")
    print(f"flood: {REQUESTS} requests and {OTHERS} others at once, {total:.1f} s: {dict(sorted(seen.items()))}")
    print(f"flood: p50 {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s with waiting to come again")
    print(f"flood: {admitted} verdicts for wrong keys, {held} bytes still held at the end")
    print(
        f"flood: server {memory.before:.0f} MB before, {memory.server:.0f} MB at most, with workers {memory.all:.0f} MB"
    )
    code = server.stop()
    good = seen["right"] == REQUESTS and seen["wrong key 401"] + seen["too large 413"] + seen["left"] == OTHERS
    return good and admitted == held == code == 0


def worst_bodies(size: int) -> dict[str, bytes]:
    """Bodies of about that size that take much memory once they are parsed."""
    head, tail = b'{"verifier":"exact","completion":"a","reference":{"answer":[', b"]}}"
    small, nearly = b'{"verifier":"exact","completion":""}', head + b"[]," * 49_000 + b"1" + tail
    return {
        "empty lists": b'{"rows":[' + head + b"[]," * (size // 3 - 50) + b"1" + tail + b"]}",
        "nearly as many as a row may have": b'{"rows":[' + b",".join([nearly] * (size // len(nearly) - 1)) + b"]}",
        "too many rows": b'{"rows":[' + b",".join([small] * (size // (len(small) + 1) - 10)) + b"]}",
        "a long text": b'{"rows":[' + head + b'"' + b"x" * (size - 200) + b'"' + tail + b"]}",
    }


async def all_together(port: int, body: bytes, seen: Counter[int]) -> None:
    async def ask() -> None:
        seen[(await asked(port, request(body)))[0]] += 1

    await asyncio.gather(*(ask() for _ in range(12)))


def memory() -> bool:
    """Bodies of 2 MB, twelve at once where eight may be in flight: what the process comes to."""
    server = start("exact", "--limits", "max_body_mb=2", "--limits", "max_in_flight_mb=16")
    server.verify({"verifier": "exact", "reference": {"answer": "a"}, "completion": "a"})
    good = True
    with Memory(server.process.pid) as watched:
        for name, body in worst_bodies(2 * 2**20 - 16).items():
            seen: Counter[int] = Counter()
            asyncio.run(all_together(server.port, body, seen))
            good = good and set(seen) <= {200, 422, 429}
            print(f"memory: {name}: statuses {dict(seen)}, at most {watched.server:.0f} MB so far", flush=True)
    limit = watched.before + 40 * 16  # as `ServingOptions` says
    print(f"memory: {watched.before:.0f} MB before, {watched.server:.0f} MB at most, bound {limit:.0f} MB")
    return good and server.ask("GET", "/health").status == 200 and watched.server < limit


def remote(*urls: str) -> Problem:
    spec = VerifierSpec("remote", {"urls": list(urls), "verifier": "math"})
    return Problem("p", "q", REFERENCE, "bench", spec)


def killed() -> bool:
    """One of two servers is killed when a fifth of the verdicts is there."""
    os.environ["RLVR_SERVE_KEY"] = KEY
    first, second = start("math"), start("math")
    pairs = [
        (remote(first.url, second.url), Completion(rf"{i} \boxed{{{'0.75' if i % 2 == 0 else i}}}"))
        for i in range(REQUESTS)
    ]
    with Scorer(ScoringOptions(workers=16)) as scorer:
        futures = [scorer.submit(*pair) for pair in pairs]
        for future in futures[: REQUESTS // 5]:
            future.result()
        os.kill(first.process.pid, signal.SIGKILL)
        verdicts = [future.result() for future in futures]
    right = sum(v.outcome is (Outcome.PASS if i % 2 == 0 else Outcome.FAIL) for i, v in enumerate(verdicts))
    errors = sum(v.outcome is Outcome.ERROR for v in verdicts)
    print(f"killed: {right} of {REQUESTS} verdicts as they must be, {errors} errors, one of two servers killed")
    return right == REQUESTS


def cost() -> bool:
    """Milliseconds a verdict, one after another, warm: in a worker here, and in a worker behind a server."""
    os.environ["RLVR_SERVE_KEY"] = KEY
    server = start("math", "--scoring", "workers=1")
    with Scorer(ScoringOptions(workers=1, cache_size=0)) as scorer:
        for name, problem in (
            ("worker", Problem("p", "q", REFERENCE, "bench", VerifierSpec("math"))),
            ("server", remote(server.url)),
        ):
            times = []
            for number in range(400):
                began = time.perf_counter()
                scorer.submit(problem, Completion(rf"\boxed{{{number}}}")).result()
                times.append((time.perf_counter() - began) * 1e3)
            print(f"cost: {name}: median {statistics.median(times[50:]):.2f} ms a verdict")
    return True


def main() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < 4096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096 if hard == resource.RLIM_INFINITY else min(4096, hard), hard))
    parts = {"flood": flood, "memory": memory, "killed": killed, "cost": cost}
    try:
        good = [parts[name]() for name in sys.argv[1:] or parts]
    finally:
        for server in started:
            servers.end(server)
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
