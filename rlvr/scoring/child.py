"""The worker's process: builds one verifier and judges what it is sent, until the connection ends.

Run as `python -m rlvr.scoring.child SOCKET LIFELINE MEMORY`. It holds no model and no framework. Limits
that a verifier could undo from inside (it runs in this process) are backed by the parent's clock and
SIGKILL.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import socket
import sys
import traceback
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rlvr.problem import Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.sandbox import Job
from rlvr.scoring import wire
from rlvr.verdict import Verdict
from rlvr.verifier import SandboxVerifier, Verifier, fault

#: A group's completions come one after another and share a reference: it is checked once.
_REFERENCES_KEPT = 256


def main() -> None:
    """Build, answer, end with the parent."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    _die_with(int(sys.argv[2]))
    memory = int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    judge = Judge()
    try:
        while True:
            message = wire.receive(connection)
            answer = judge.answer(message)
            if "build" in message:
                _cap_memory(memory)
            wire.send(connection, answer)
    except wire.Gone:
        os._exit(0)


def _cap_memory(size: int) -> None:
    """Allow this process so many bytes, or what its surroundings (`ulimit -v`) allow, if that is less."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    cap = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (cap, cap))


def _die_with(lifeline: int) -> None:
    """Have the kernel kill this process when the parent's end of a pipe closes, whatever it is doing."""
    if not hasattr(fcntl, "F_SETSIG"):
        return  # not Linux: an idle process still ends with the connection
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


class Judge:
    """One verifier, and what it may be asked."""

    def __init__(self) -> None:
        self._verifier: Verifier | None = None
        self._checked: OrderedDict[str, str] = OrderedDict()

    def answer(self, message: Mapping[str, Any]) -> bytes:
        """What came of one request. This is the boundary at which plug-in code may raise anything."""
        try:
            return wire.encode(self._answer(message))
        except MemoryError:
            return wire.encode({"raised": "MemoryError: the memory cap was reached", "trace": "", "memory": True})
        except BaseException as error:
            line = " ".join(f"{type(error).__name__}: {error}".split())
            return wire.encode({"raised": line[:500], "trace": traceback.format_exc(limit=-3), "memory": False})

    def _answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if "build" in message:
            self._verifier = build_verifier(VerifierSpec(**message["build"]))
            return {"built": True}
        verifier = self._verifier
        assert verifier is not None
        if "canary" in message:
            return _canary(verifier)
        problem = wire.problem_from_json(message["problem"])
        if "result" in message:
            assert isinstance(verifier, SandboxVerifier)
            return {"verdict": _plain(verifier.conclude(problem, wire.result_from_json(message["result"])))}
        fault = self._fault(verifier, problem, message["problem"])
        if fault or "completion" not in message:
            return {"fault": fault}
        completion = wire.completion_from_json(message["completion"])
        if not isinstance(verifier, SandboxVerifier):
            return {"verdict": _plain(verifier.verify(problem, completion))}
        prepared = verifier.prepare(problem, completion)
        return {"job": asdict(prepared)} if isinstance(prepared, Job) else {"verdict": _plain(prepared)}

    def _fault(self, verifier: Verifier, problem: Problem, data: Mapping[str, Any]) -> str:
        """What is wrong with the reference; nothing if it can be judged against."""
        key = json.dumps([data["prompt"], data["reference"]])
        if key not in self._checked:
            self._checked[key] = _check(verifier, problem)
            if len(self._checked) > _REFERENCES_KEPT:
                self._checked.popitem(last=False)
        return self._checked[key]


def _check(verifier: Verifier, problem: Problem) -> str:
    """No completion has a part in this, so whatever is raised says that the reference is at fault."""
    try:
        verifier.check_reference(problem)
    except ValueError as error:
        return fault(verifier, error)
    except Exception as error:
        return repr(error)
    return ""


def _plain(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data. Raises TypeError for anything else: plug-ins return what they like."""
    if not isinstance(verdict, Verdict):
        raise TypeError(f"the verifier returned {verdict!r:.200}, not a Verdict")
    texts = (verdict.cause, verdict.reason, verdict.extracted or "")
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("the verdict's cause, reason and extracted must be texts")
    return verdict.to_json()


def _canary(verifier: Verifier) -> dict[str, Any]:
    """Whether the verifier's own first example holds; for one that needs a sandbox, prepare it. None without one."""
    example = next(iter(verifier.examples()), None)
    if example is None:
        return {"canary": None}
    problem = example.problem(VerifierSpec(verifier.name))
    if isinstance(verifier, SandboxVerifier):
        verifier.prepare(problem, example.completion)
        return {"canary": True}
    return {"canary": verifier.verify(problem, example.completion).outcome is example.outcome}


if __name__ == "__main__":
    main()
