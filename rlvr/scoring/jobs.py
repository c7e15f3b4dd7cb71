"""Carries jobs to the sandbox in batches and results back, in threads of its own."""

from __future__ import annotations

import queue
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeAlias

from rlvr.sandbox import Job, JobResult, JobStatus, Sandbox
from rlvr.verdict import Verdict

#: The job's result, or the ERROR verdict that stands for the lack of one.
Ran: TypeAlias = Future[JobResult | Verdict]

_Work: TypeAlias = tuple[Job, Ran]

_BATCH = 64
#: While one batch waits for its last job, the next is already running.
_RUNNERS = 2


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
        ran: Ran = Future()
        if self.sandbox is None:
            reason = "this verifier runs code and no sandbox is configured"
            ran.set_result(Verdict.error("sandbox_unavailable", reason))
        else:
            self._jobs.put((job, ran))
        return ran

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
        lost = self._try(work) if work else []
        again = self._try([item for item, _ in lost]) if lost else []
        for (_, ran), reason in again:
            verdict = Verdict.error("sandbox_unavailable", f"the sandbox lost the job twice: {reason}")
            ran.set_result(verdict)

    def _try(self, work: list[_Work]) -> list[tuple[_Work, str]]:
        """Hand on each result as it comes; returns what the sandbox lost, and why."""
        assert self.sandbox is not None
        lost: list[tuple[_Work, str]] = []
        left = deque(work)
        reason = "the sandbox returned no result for it"
        try:
            for result in self.sandbox.run([job for job, _ in work]):
                item = left.popleft()
                if result.status is JobStatus.LOST:
                    lost.append((item, result.reason))
                else:
                    item[1].set_result(result)
        except Exception as error:  # a sandbox may be a plug-in: whatever it raises is not the candidate's fault
            reason = f"{type(error).__name__}: {error}"
        return lost + [(item, reason) for item in left]
