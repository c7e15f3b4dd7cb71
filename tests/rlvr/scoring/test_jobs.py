"""Jobs on their way to the sandbox: what one of them does to the others of its batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

from rlvr.errors import SandboxUnavailable
from rlvr.sandbox import Job, JobResult, JobStatus
from rlvr.scoring import jobs as jobs_module
from rlvr.scoring.jobs import JobRunner, Ran
from rlvr.verdict import Outcome, Verdict


def answer(job: Job) -> JobResult:
    if "bad" in job.source:
        raise ValueError(f"{job.source}\ncannot be run")
    if "gone" in job.source:
        raise SandboxUnavailable("the engine\ndoes not answer", "Start it.")
    if "lost" in job.source:
        return JobResult(JobStatus.LOST, "its slot died\nof a cold")
    return JobResult(JobStatus.PASSED, job.source)


def generated(jobs: Iterable[Job]) -> Iterator[JobResult]:
    """Results that end where one of them raises."""
    return (answer(job) for job in jobs)


def mapped(jobs: Iterable[Job]) -> Iterator[JobResult]:
    """Results that go on behind one that raises."""
    return map(answer, jobs)


def odd(jobs: Iterable[Job]) -> Iterator[Any]:
    """Results of which some are none."""
    return (None if "bad" in job.source else answer(job) for job in jobs)


class Held:
    """A sandbox that waits in its first run until it is told to go on: what comes meanwhile is one batch."""

    name: ClassVar[str] = "held"

    def __init__(self, results: Callable[[Iterable[Job]], Iterator[JobResult]]) -> None:
        self.results = results
        self.batches: list[list[str]] = []
        self.begun = threading.Event()
        self.go = threading.Event()

    def run(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        jobs = list(jobs)
        self.batches.append([job.source for job in jobs])
        self.begun.set()
        self.go.wait()
        return self.results(jobs)

    def status(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        pass


def run(monkeypatch: pytest.MonkeyPatch, sandbox: Held, names: list[str]) -> list[JobResult | Verdict]:
    """What comes of jobs that reach the sandbox in one batch."""
    monkeypatch.setattr(jobs_module, "_RUNNERS", 1)
    runner = JobRunner(sandbox)
    runner.submit(Job("first", "stdio", {}))
    sandbox.begun.wait()
    waiting: list[Ran] = [runner.submit(Job(name, "stdio", {})) for name in names]
    sandbox.go.set()
    found = [ran.result() for ran in waiting]
    runner.close()
    assert sandbox.batches[1] == names
    return found


@pytest.mark.parametrize("results", [generated, mapped, odd])
def test_a_job_whose_result_raises_is_an_error_alone(
    monkeypatch: pytest.MonkeyPatch, results: Callable[[Iterable[Job]], Iterator[JobResult]]
) -> None:
    names = ["bad", "a", "worse: bad", "b", "lost", "bad, too", "c"]
    found = dict(zip(names, run(monkeypatch, Held(results), names), strict=True))
    for name in ("a", "b", "c"):
        assert found[name] == JobResult(JobStatus.PASSED, name)
    for name in ("bad", "worse: bad", "lost", "bad, too"):
        verdict = found[name]
        assert isinstance(verdict, Verdict)
        assert (verdict.outcome, verdict.cause) == (Outcome.ERROR, "sandbox_unavailable")
        assert ("TypeError: the sandbox returned None" if results is odd else name) in verdict.reason or name == "lost"
        assert "\n" not in verdict.reason


def test_an_engine_that_is_gone_is_asked_twice_for_a_batch_and_not_for_each_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = run(monkeypatch, Held(generated), ["gone", "a", "b"])
    assert [result.reason for result in found][1:] == ["a", "b"]
    sandbox = Held(generated)
    found = run(monkeypatch, sandbox, [f"gone {n}" for n in range(20)])
    assert {verdict.cause for verdict in found if isinstance(verdict, Verdict)} == {"sandbox_unavailable"}
    reason = "the sandbox gave no result in two tries: the engine does not answer"
    assert all(result.reason == reason for result in found)
    assert len(sandbox.batches) == 3
