"""Carries jobs to the sandbox in batches and results back, in threads of its own."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from rlvr.errors import RlvrError, SandboxUnavailable
from rlvr.sandbox import Job, JobResult, JobStatus, Sandbox
from rlvr.verdict import Verdict

#: The job's result, or the ERROR verdict that stands for the lack of one.
Ran: TypeAlias = Future[JobResult | Verdict]

_BATCH = 64
#: While one batch waits for its last job, the next is already running.
_RUNNERS = 2


@dataclass(slots=True)
class _Work:
    """A job, where its result goes, and how often the sandbox lost it."""

    job: Job
    ran: Ran = field(default_factory=Future)
    losses: int = 0

    def given_up(self, reason: str) -> bool:
        """Count a loss; the second is the end."""
        self.losses += 1
        if self.losses < 2:
            return False
        self.ran.set_result(Verdict.error("sandbox_unavailable", f"the sandbox gave no result in two tries: {reason}"))
        return True


class JobRunner:
    """Runs jobs in the order they come. A job the sandbox lost is run once more, then it is an ERROR."""

    def __init__(self, sandbox: Sandbox | None) -> None:
        self.sandbox = sandbox
        self._jobs: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closing = False
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(_RUNNERS if sandbox else 0)]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> Ran:
        """Run a job."""
        work = _Work(job)
        if self.sandbox is None:
            reason = "this verifier runs code and no sandbox is configured"
            work.ran.set_result(Verdict.error("sandbox_unavailable", reason))
        else:
            self._jobs.put(work)
        return work.ran

    def close(self) -> None:
        """Drop what is queued and end the sandbox. Nobody waits for the results."""
        self._closing = True
        for _ in self._threads:
            self._jobs.put(None)
        if self.sandbox is not None:
            self.sandbox.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        going = True
        while going:
            batch = self._batch()
            going = batch[-1] is not None
            if not self._closing:
                self._run([item for item in batch if item is not None])

    def _batch(self) -> list[_Work | None]:
        """What is queued, at least one item; a None comes last."""
        batch = [self._jobs.get()]
        with suppress(queue.Empty):
            while len(batch) < _BATCH and batch[-1] is not None:
                batch.append(self._jobs.get_nowait())
        return batch

    def _run(self, work: list[_Work]) -> None:
        while work:
            work = self._try(work)

    def _try(self, work: list[_Work]) -> list[_Work]:
        """Hand on each result as it comes; returns what is to be run again.

        What was tried comes last there: a job that ends the sandbox's iterator would do so again before the others.
        """
        left = deque(work)
        lost: list[tuple[_Work, str]] = []
        outcome: JobResult | Exception | None = None
        for outcome in self._outcomes([item.job for item in work]):
            item = left.popleft()
            if isinstance(outcome, Exception):
                lost.append((item, _told(outcome)))
            elif outcome.status is JobStatus.LOST:
                lost.append((item, _line(outcome.reason)))
            else:
                item.ran.set_result(outcome)
        # A generator ends where it raises: what is behind that job was not run, and is lost only if nothing can run.
        if not isinstance(outcome, Exception) or isinstance(outcome, SandboxUnavailable):
            reason = _told(outcome) if isinstance(outcome, Exception) else "the sandbox returned no result for it"
            lost = [*((item, reason) for item in left), *lost]
            left.clear()
        return [*left, *(item for item, reason in lost if not item.given_up(reason))]

    def _outcomes(self, jobs: list[Job]) -> Iterator[JobResult | Exception]:
        """Each job's result, or what was raised in its place; fewer if the sandbox says no more.

        A sandbox may be a plug-in: whatever it raises is not the candidate's fault.
        """
        assert self.sandbox is not None
        try:
            results = iter(self.sandbox.run(jobs))
        except Exception as error:
            yield from [error] * len(jobs)
            return
        for _ in jobs:
            try:
                yield _checked(next(results))
            except StopIteration:
                return
            except Exception as error:
                yield error


def _checked(result: object) -> JobResult:
    if not isinstance(result, JobResult):
        raise TypeError(f"the sandbox returned {result!r:.200}, not a JobResult")
    return result


def _told(error: Exception) -> str:
    return _line(error.what if isinstance(error, RlvrError) else f"{type(error).__name__}: {error}")


def _line(text: str) -> str:
    """A reason is one sentence, whatever a sandbox says."""
    return " ".join(text.split())
