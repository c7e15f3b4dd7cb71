"""How parent and child process talk: JSON in frames over a socket.

JSON and not pickle, because what comes back was written by a process that read a model's text.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.sandbox import Job, JobResult, JobStatus, Limits

_HEADER = struct.Struct("!I")
_LARGEST = 64 * 2**20


class Gone(Exception):
    """The other side closed the connection or broke the protocol."""


class Late(Exception):
    """Nothing came before the deadline."""


def send(connection: socket.socket, message: Any) -> None:
    """One message. Raises Gone."""
    data = json.dumps(message).encode()
    try:
        connection.settimeout(None)
        connection.sendall(_HEADER.pack(len(data)) + data)
    except OSError as error:
        raise Gone(str(error)) from error


def receive(connection: socket.socket, seconds: float | None = None) -> Any:
    """The next message, by the caller's clock. Raises Late, Gone."""
    until = None if seconds is None else time.monotonic() + seconds
    (size,) = _HEADER.unpack(_exactly(connection, _HEADER.size, until))
    if size > _LARGEST:
        raise Gone(f"a message of {size} bytes")
    try:
        return json.loads(_exactly(connection, size, until))
    except ValueError as error:
        raise Gone(f"a message that is not JSON: {error}") from error


def _exactly(connection: socket.socket, size: int, until: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        left = None if until is None else until - time.monotonic()
        if left is not None and left <= 0:
            raise Late
        connection.settimeout(left)
        try:
            chunk = connection.recv(min(size - len(data), 2**20))
        except TimeoutError as error:
            raise Late from error
        except OSError as error:
            raise Gone(str(error)) from error
        if not chunk:
            raise Gone("the process ended")
        data += chunk
    return bytes(data)


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """A problem as plain data."""
    return asdict(problem)


def problem_from_json(data: Mapping[str, Any]) -> Problem:
    """The inverse of `problem_to_json`."""
    prompt = data["prompt"] if isinstance(data["prompt"], str) else tuple(data["prompt"])
    return Problem(**{**data, "prompt": prompt, "verifier": VerifierSpec(**data["verifier"])})


def completion_to_json(completion: Completion) -> dict[str, Any]:
    """A completion as plain data, without its log-probs, which no verifier reads."""
    return {**asdict(completion), "logprobs": ()}


def completion_from_json(data: Mapping[str, Any]) -> Completion:
    """The inverse of `completion_to_json`."""
    parts = {key: tuple(data[key]) for key in ("token_ids", "logprobs", "messages")}
    return Completion(**{**data, **parts, "finish_reason": FinishReason(data["finish_reason"])})


def job_from_json(data: Mapping[str, Any]) -> Job:
    """A job from `dataclasses.asdict`."""
    return Job(**{**data, "limits": Limits(**data["limits"])})


def result_from_json(data: Mapping[str, Any]) -> JobResult:
    """A job's result from `dataclasses.asdict`."""
    return JobResult(**{**data, "status": JobStatus(data["status"])})
