"""Where model-written code runs: the contract between a verifier and a sandbox.

A `Job` carries everything a sandbox needs and nothing of any other problem; a `JobResult` carries
plain data back. How the two are kept from each other is the sandbox's business (`rlvr.sandboxes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from rlvr.verdict import Json


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use. Seconds, bytes, counts."""

    wall_seconds: float = 10.0
    cpu_seconds: float = 10.0
    memory_bytes: int = 512 * 2**20
    processes: int = 32
    output_bytes: int = 64 * 2**10
    file_bytes: int = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Job:
    """One candidate program with the tests that judge it.

    `style` names how the tests drive the program (such as `asserts`, `stdio`, `functions`); `tests`
    is that style's plain data. Expected outputs never reach the side that runs `source`.
    """

    source: str
    style: str
    tests: Mapping[str, Json]
    limits: Limits = field(default_factory=Limits)


class JobStatus(StrEnum):
    """How a job ended. `LOST` is the sandbox's own failure and never the candidate's.

    `INVALID_TESTS` is the reference's: the tests are broken whatever the candidate does.
    """

    PASSED = "passed"
    WRONG_ANSWER = "wrong_answer"
    COMPILE_ERROR = "compile_error"
    RUNTIME_ERROR = "runtime_error"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    PROTOCOL_VIOLATION = "protocol_violation"
    INVALID_TESTS = "invalid_tests"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of a job: the status, a sentence on it, tests passed of how many, output, usage, what was run."""

    status: JobStatus
    reason: str
    passed: int = 0
    total: int = 0
    output: str = ""
    usage: Mapping[str, float] = field(default_factory=dict)
    trust: str = "isolated"
    source: str = ""


class Sandbox(Protocol):
    """Runs jobs. Results come in the order of the jobs. `run` is called from several threads at once."""

    name: ClassVar[str]

    def run(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """Run each job and yield its result in order. Raises SandboxUnavailable when nothing can run."""

    def status(self) -> Mapping[str, Any]:
        """What `rlvr sandbox status` shows."""

    def close(self) -> None:
        """End everything this sandbox started."""
