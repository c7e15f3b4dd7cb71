"""The worker's process: builds one verifier and judges what it is sent, until the connection ends.

Run as `python -m rlvr.scoring.child SOCKET LIFELINE MEMORY`. It holds no model and no framework. Limits
that a verifier could undo from inside (it runs in this process) are backed by the parent's clock and
SIGKILL.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rlvr.problem import VerifierSpec
from rlvr.registry import build_verifier
from rlvr.sandbox import Job
from rlvr.scoring import wire
from rlvr.verifier import SandboxVerifier, Verifier


def main() -> None:
    """Build, answer, end with the parent."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    _die_with(int(sys.argv[2]))
    memory = int(sys.argv[3])
    verifier: Verifier | None = None
    try:
        while True:
            message = wire.receive(connection)
            if "build" in message:
                verifier, answer = _build(message["build"])
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            else:
                answer = _answer(verifier, message)
            wire.send(connection, answer)
    except wire.Gone:
        os._exit(0)


def _die_with(lifeline: int) -> None:
    """Have the kernel kill this process when the parent's end of a pipe closes, whatever it is doing."""
    if not hasattr(fcntl, "F_SETSIG"):
        return  # not Linux: an idle process still ends with the connection
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


def _build(spec: Mapping[str, Any]) -> tuple[Verifier | None, dict[str, Any]]:
    try:
        return build_verifier(VerifierSpec(**spec)), {"built": True}
    except Exception:
        return None, {"raised": traceback.format_exc(limit=-3), "memory": False}


def _answer(verifier: Verifier | None, message: Mapping[str, Any]) -> dict[str, Any]:
    """What came of one request. This is the boundary at which plug-in code may raise anything."""
    try:
        return _judge(verifier, message)
    except MemoryError:
        return {"raised": "MemoryError: the memory cap was reached", "memory": True}
    except BaseException:
        return {"raised": traceback.format_exc(limit=-3), "memory": False}


def _judge(verifier: Verifier | None, message: Mapping[str, Any]) -> dict[str, Any]:
    assert verifier is not None
    if "canary" in message:
        return _canary(verifier)
    problem = wire.problem_from_json(message["problem"])
    if "result" in message:
        assert isinstance(verifier, SandboxVerifier)
        return {"verdict": verifier.conclude(problem, wire.result_from_json(message["result"])).to_json()}
    completion = wire.completion_from_json(message["completion"])
    if not isinstance(verifier, SandboxVerifier):
        return {"verdict": verifier.verify(problem, completion).to_json()}
    prepared = verifier.prepare(problem, completion)
    return {"job": asdict(prepared)} if isinstance(prepared, Job) else {"verdict": prepared.to_json()}


def _canary(verifier: Verifier) -> dict[str, Any]:
    """Judge the verifier's own first example; for one that needs a sandbox, prepare it."""
    example = next(iter(verifier.examples()), None)
    if example is None:
        return {"canary": True}
    problem = example.problem(VerifierSpec(verifier.name))
    if isinstance(verifier, SandboxVerifier):
        verifier.prepare(problem, example.completion)
        return {"canary": True}
    return {"canary": verifier.verify(problem, example.completion).outcome is example.outcome}


if __name__ == "__main__":
    main()
