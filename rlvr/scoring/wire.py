"""How parent and child process talk: JSON in frames over a socket.

JSON and not pickle, because what comes back was written by a process that read a model's text.
"""

from __future__ import annotations

import base64
import json
import socket
import struct
import time
from array import array
from collections.abc import Mapping
from typing import Any

from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.sandbox import Job, JobResult, JobStatus, Limits

_HEADER = struct.Struct("!I")
_LARGEST = 64 * 2**20
_CHUNK = 2**16
#: `array`'s code for a token id: 32 bits.
_ID = "i"


class Gone(Exception):
    """The other side closed the connection or broke the protocol."""


class Late(Exception):
    """Nothing came before the deadline."""


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as a frame. Raises TypeError, ValueError or RecursionError for what is not plain data."""
    data = json.dumps(message).encode()
    if len(data) > _LARGEST:
        raise ValueError(f"a message of {len(data)} bytes, above the limit of {_LARGEST}")
    return _HEADER.pack(len(data)) + data


def send(connection: socket.socket, frame: bytes, seconds: float | None = None) -> None:
    """Send one frame, within so many seconds. Raises Late, Gone."""
    try:
        connection.settimeout(seconds)
        connection.sendall(frame)
    except TimeoutError as error:
        raise Late from error
    except OSError as error:
        raise Gone(str(error)) from error


def receive(connection: socket.socket, seconds: float | None = None) -> dict[str, Any]:
    """The next message, by the caller's clock. Raises Late, Gone.

    Each side waits for the other's answer before it sends again, so no read reaches into a next frame.
    """
    until = None if seconds is None else time.monotonic() + seconds
    data = bytearray()
    size = None
    while size is None or len(data) < _HEADER.size + size:
        data += _chunk(connection, until)
        if size is None and len(data) >= _HEADER.size:
            (size,) = _HEADER.unpack_from(data)
            if size > _LARGEST:
                raise Gone(f"a message of {size} bytes")
    if len(data) > _HEADER.size + size:
        raise Gone("more than one message")
    try:
        message = json.loads(data[_HEADER.size :])
    except (ValueError, RecursionError) as error:
        raise Gone(f"a message that is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise Gone(f"a message that is a {type(message).__name__}")
    return message


def _chunk(connection: socket.socket, until: float | None) -> bytes:
    left = None if until is None else until - time.monotonic()
    if left is not None and left <= 0:
        raise Late
    try:
        connection.settimeout(left)
        chunk = connection.recv(_CHUNK)
    except TimeoutError as error:
        raise Late from error
    except OSError as error:
        raise Gone(str(error)) from error
    if not chunk:
        raise Gone("it closed the connection")
    return chunk


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """A problem as plain data."""
    return {
        "id": problem.id,
        "prompt": problem.prompt,
        "reference": problem.reference,
        "task": problem.task,
        "verifier": {"name": problem.verifier.name, "options": problem.verifier.options},
    }


def problem_from_json(data: Mapping[str, Any]) -> Problem:
    """The inverse of `problem_to_json`."""
    prompt = data["prompt"] if isinstance(data["prompt"], str) else tuple(data["prompt"])
    return Problem(**{**data, "prompt": prompt, "verifier": VerifierSpec(**data["verifier"])})


def completion_to_json(completion: Completion) -> dict[str, Any]:
    """A completion as plain data, without its log-probs, which no verifier reads."""
    return {
        "text": completion.text,
        "token_ids": _pack(completion.token_ids),
        "finish_reason": completion.finish_reason,
        "prefill": completion.prefill,
        "messages": completion.messages,
    }


def completion_from_json(data: Mapping[str, Any]) -> Completion:
    """The inverse of `completion_to_json`."""
    parts = {"token_ids": _unpack(data["token_ids"]), "messages": tuple(data["messages"])}
    return Completion(**{**data, **parts, "finish_reason": FinishReason(data["finish_reason"])})


def _pack(ids: tuple[int, ...]) -> str:
    """Token ids as text. A JSON list of thousands would take longer to write and read than most verdicts."""
    return base64.b64encode(array(_ID, ids).tobytes()).decode()


def _unpack(packed: str) -> tuple[int, ...]:
    return tuple(array(_ID, base64.b64decode(packed)))


def job_from_json(data: Mapping[str, Any]) -> Job:
    """A job from `dataclasses.asdict`."""
    return Job(**{**data, "limits": Limits(**data["limits"])})


def result_from_json(data: Mapping[str, Any]) -> JobResult:
    """A job's result from `dataclasses.asdict`."""
    return JobResult(**{**data, "status": JobStatus(data["status"])})
