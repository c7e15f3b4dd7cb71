"""The client verifier: the servers' verdicts, and ERROR, never a reward of 0, for whatever goes wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from rlvr.errors import UsageError
from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Outcome, Verdict

SLEEPY = f"{Path(__file__).parents[1] / 'data' / 'sleepy.py'}:Sleepy"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Any]) -> Any:
    return start_server("math", "exact", SLEEPY)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch, server: Any) -> None:
    monkeypatch.setenv("RLVR_SERVE_KEY", server.key)


def question(*urls: str, verifier: str = "math", reference: Any = None, **options: Any) -> Problem:
    spec = VerifierSpec("remote", {"urls": list(urls), "verifier": verifier, **options})
    return Problem("p", "q", {"answer": "4"} if reference is None else reference, "t", spec)


def here(problem: Problem, text: str, **rest: Any) -> Verdict:
    """The verdict without a worker in between."""
    return build_verifier(problem.verifier).verify(problem, Completion(text, **rest))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def talking(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives each connection the next answer, the last one for ever; and what it was sent."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        number = 0
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(2**16))
                said = answers[min(number, len(answers) - 1)]
                if isinstance(said, bytes):
                    connection.sendall(said)
                else:
                    said(connection)
            number += 1

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # ends the accept that waits
        listener.close()
        thread.join()


def answer(status: int, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


RIGHT = answer(200, json.dumps({"verdicts": [Verdict.passed("fine").to_json() | {"reward": 1.0}]}).encode())


def test_the_verdict_is_the_servers(server: Any) -> None:
    local = build_verifier(VerifierSpec("math"))
    remote = build_verifier(question(server.url).verifier)
    for example in local.examples():
        problem = example.problem(VerifierSpec("math"))
        assert remote.verify(problem, example.completion) == local.verify(problem, example.completion)
    assert [e.outcome for e in remote.examples()] == [e.outcome for e in local.examples()]
    kept = {"verifier": "exact", "options": {"thinking": "require"}, "reference": {"answer": "dog"}}
    assert here(question(server.url, **kept), "hm</think>dog", prefill="<think>").outcome is Outcome.PASS
    cut = here(question(server.url, **kept), "<think>hm</think>dog", finish_reason=FinishReason.LENGTH)
    assert (cut.outcome, cut.cause) == (Outcome.FAIL, "truncated")
    assert here(question(server.url), "\ud800 \\boxed{4}").outcome is Outcome.PASS


def test_references_are_checked_here_where_the_verifier_is_known(server: Any) -> None:
    with Scorer(ScoringOptions(workers=1)) as scorer:
        verdicts = scorer.score([(question(server.url, reference={"answer": " "}), Completion("4"))])
        assert (verdicts[0].cause, verdicts[0].reward) == ("invalid_reference", None)
        unknown_here = question(server.url, verifier="sleepy", reference={})
        assert scorer.score([(unknown_here, Completion("0"))])[0].outcome is Outcome.PASS


def test_a_wrong_reference_is_told_with_the_keys_of_the_verifier_that_is_asked() -> None:
    asked = question("http://x", reference={"anser": "4"})
    with pytest.raises(ValueError, match=r"math: 'answer' is missing; unknown key 'anser'\. Did you mean 'answer'"):
        build_verifier(asked.verifier).check_reference(asked)
    elsewhere = question("http://x", verifier="sleepy", reference={"anser": "4"})
    build_verifier(elsewhere.verifier).check_reference(elsewhere)  # what it wants is not known here


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"urls": []}, "'urls'"),
        ({"urls": ["ftp://x"]}, "is no server"),
        ({"urls": ["http://x:key@host"]}, "a key does not belong in a url"),
        ({"verifier": "x.py:Y"}, "'verifier'"),
        ({"key": "secret"}, "unknown key 'key'"),
    ],
)
def test_options_that_cannot_be(change: dict[str, Any], part: str) -> None:
    with pytest.raises(UsageError, match=part):
        build_verifier(VerifierSpec("remote", {"urls": ["http://x"], "verifier": "math", **change}))


def test_the_key_comes_from_the_environment(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLVR_SERVE_KEY", "wrong")
    verdict = here(question(server.url), r"\boxed{4}")
    assert (verdict.outcome, verdict.cause, verdict.reward) == (Outcome.ERROR, "verifier_failed", None)
    assert "refused by all" in verdict.reason and "401" in verdict.reason
    monkeypatch.setenv("ANOTHER", server.key)
    assert here(question(server.url, key_variable="ANOTHER"), r"\boxed{4}").outcome is Outcome.PASS


def test_what_servers_refuse_is_an_error_with_their_reason(server: Any) -> None:
    verdict = here(question(server.url, verifier="regex"), "a")
    assert verdict.outcome is Outcome.ERROR
    assert "'regex' is not offered here" in verdict.reason


def test_a_text_that_is_too_large_for_the_servers_is_an_error_too(server: Any) -> None:
    verdict = here(question(server.url), "x" * (9 * 2**20))
    assert (verdict.outcome, verdict.reward) == (Outcome.ERROR, None)
    assert "status 413" in verdict.reason


NO_CAUSE = b'{"verdicts": [{"outcome": "pass"}]}'


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"SSH-2.0\r\n\r\n",
        answer(500, b"oops"),
        answer(302, b"", "Location: http://127.0.0.1:1/"),
        answer(200, b"<html>"),
        answer(200, b"null"),
        answer(200, b'{"verdicts": []}'),
        answer(200, NO_CAUSE),
        answer(200, b'{"verdicts": [{"outcome": "pass", "cause": "wrong_answer", "reason": ""}]}'),
        answer(200, b"[" * 100_000),
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b" " * 2**20,
    ],
    ids=range(12),
)
def test_a_server_that_is_broken_makes_no_answer_wrong(broken: bytes) -> None:
    with talking(broken) as (url, _):
        verdict = here(question(url, timeout_seconds=0.4), r"\boxed{5}")
    assert (verdict.outcome, verdict.cause, verdict.reward) == (Outcome.ERROR, "verifier_failed", None)


def test_one_that_recovers_is_asked_again() -> None:
    full = answer(503, b"", "Retry-After: 0")
    with talking(answer(500, b""), b"", full, answer(429, b"", "Retry-After: 0"), RIGHT) as (url, heard):
        assert here(question(url, timeout_seconds=60), "x").outcome is Outcome.PASS
    assert len(heard) == 5
    assert b"Authorization: Bearer a key of the tests" in heard[0]


def test_another_server_is_asked_where_one_is_gone_hangs_or_is_broken(server: Any) -> None:
    deaf = socket.create_server(("127.0.0.1", 0))
    with talking(answer(500, b"")) as (broken, _), deaf:
        for bad in (f"http://127.0.0.1:{free_port()}", broken, f"http://127.0.0.1:{deaf.getsockname()[1]}"):
            remote = build_verifier(question(bad, server.url, timeout_seconds=10).verifier)
            for number in range(4):
                verdict = remote.verify(question(server.url), Completion(rf"\boxed{{{number}}}"))
                assert verdict.outcome is Outcome.FAIL, verdict.reason


def test_an_error_there_is_judged_once_more_elsewhere(server: Any) -> None:
    trouble = Verdict.error("sandbox_unavailable", "no engine").to_json() | {"reward": None}
    with talking(answer(200, json.dumps({"verdicts": [trouble]}).encode())) as (url, _):
        remote = build_verifier(question(url, server.url).verifier)
        found = [remote.verify(question(url), Completion(r"\boxed{4}")) for _ in range(4)]
        assert {verdict.outcome for verdict in found} == {Outcome.PASS}
        alone = here(question(url), "x")
    assert (alone.outcome, alone.cause) == (Outcome.ERROR, "sandbox_unavailable")


def test_connections_are_kept_and_a_closed_one_is_opened_again(server: Any) -> None:
    remote: Any = build_verifier(question(server.url).verifier)
    remote.verify(question(server.url), Completion("x"))
    connection = remote._servers._servers[0].connection
    remote.verify(question(server.url), Completion("x"))
    assert remote._servers._servers[0].connection is connection
    connection.sock.shutdown(socket.SHUT_RDWR)
    verdict = remote.verify(question(server.url, timeout_seconds=5), Completion(r"\boxed{4}"))
    assert verdict.outcome is Outcome.PASS


def test_through_a_worker_a_slow_server_is_an_error_and_not_a_wrong_answer(server: Any) -> None:
    """The scorer's own deadline comes after the wait, and its canary is not asked who is to blame."""
    with Scorer(ScoringOptions(workers=1, deadline_seconds=1.0)) as scorer:
        sleepy = {"verifier": "sleepy", "reference": {}}
        (in_time,) = scorer.score([(question(server.url, **sleepy), Completion("1.5"))])
        assert in_time.outcome is Outcome.PASS
        (late,) = scorer.score([(question(server.url, **sleepy, timeout_seconds=1.5), Completion("9"))])
        assert (late.outcome, late.cause, late.reward) == (Outcome.ERROR, "verifier_failed", None)
        assert "out of reach" in late.reason


def drip(connection: socket.socket) -> None:
    """Headers without end, fast enough that no single wait is long: until the other side is killed."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    with suppress(OSError):
        for number in range(90):
            connection.sendall(f"X-{number}: x\r\n".encode())
            time.sleep(0.1)


def test_a_client_that_is_killed_twice_makes_no_answer_wrong_either() -> None:
    """After that the server is well: the verifier's own example would pass, and the completion be blamed."""
    with talking(drip, drip, RIGHT) as (url, heard), Scorer(ScoringOptions(workers=1, deadline_seconds=1.0)) as scorer:
        problem = question(url, timeout_seconds=2.5)
        first, second = scorer.score([(problem, Completion("x")), (problem, Completion("y"))])
        assert len(heard) == 3
    assert (first.outcome, first.cause, first.reward) == (Outcome.ERROR, "verifier_failed", None)
    assert "judges elsewhere" in first.reason
    assert second.outcome is Outcome.PASS


def test_one_of_two_servers_is_killed_during_a_batch_and_nothing_is_lost(start_server: Callable[..., Any]) -> None:
    first, second = start_server("math"), start_server("math")
    problem = question(first.url, second.url)
    pairs = [(problem, Completion(rf"\boxed{{{4 if i % 3 else 5}}} {i}")) for i in range(300)]
    with Scorer(ScoringOptions(workers=8, max_error_rate=0.0)) as scorer:
        futures = [scorer.submit(*pair) for pair in pairs]
        for future in futures[:60]:
            future.result()
        os.kill(first.process.pid, signal.SIGKILL)
        rewards = [future.result().reward for future in futures]
        scorer.check_health()
    assert rewards == [1.0 if i % 3 else 0.0 for i in range(300)]
    assert second.meter('rlvr_verdicts_total{cause="correct",outcome="pass",verifier="math"}') > 100
