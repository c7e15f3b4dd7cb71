"""Carries jobs to the sandbox in batches and results back, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from rlvr.sandbox import Job, JobResult, JobStatus, Sandbox
from rlvr.verdict import Verdict

#: Gets the job's result, or the ERROR verdict that stands for the lack of one.
Ran = Callable[[JobResult | Verdict], None]

_BATCH = 64


class JobRunner:
    """Runs jobs in the order they come. A job the sandbox lost is run once more, then it is an ERROR."""

    def __init__(self, sandbox: Sandbox | None) -> None:
        self.sandbox = sandbox
        self._jobs: queue.SimpleQueue[tuple[Job, Ran] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def submit(self, job: Job, ran: Ran) -> None:
        """Run a job and call `ran` with what came of it."""
        self._jobs.put((job, ran))

    def close(self) -> None:
        """Finish what is queued and end the sandbox."""
        self._jobs.put(None)
        self._thread.join()
        if self.sandbox is not None:
            self.sandbox.close()

    def _serve(self) -> None:
        open_ = True
        while open_:
            batch = [self._jobs.get()]
            while len(batch) < _BATCH and not self._jobs.empty():
                batch.append(self._jobs.get())
            open_ = None not in batch
            work = [item for item in batch if item is not None]
            results = self._run([job for job, _ in work]) if work else []
            for (_, ran), result in zip(work, results, strict=True):
                ran(result)

    def _run(self, jobs: list[Job]) -> list[JobResult | Verdict]:
        first = self._try(jobs)
        lost = [i for i, result in enumerate(first) if _is_lost(result)]
        again = self._try([jobs[i] for i in lost]) if lost else []
        for i, result in zip(lost, again, strict=True):
            first[i] = result
        return [_as_error(result) if _is_lost(result) else result for result in first]

    def _try(self, jobs: list[Job]) -> list[JobResult | Verdict]:
        if self.sandbox is None:
            reason = "this verifier runs code and no sandbox is configured"
            return [Verdict.error("sandbox_unavailable", reason)] * len(jobs)
        results: list[JobResult | Verdict] = []
        reason = "the sandbox returned no result for it"
        try:
            results.extend(self.sandbox.run(jobs))
        except Exception as error:  # a sandbox may be a plug-in: whatever it raises is not the candidate's fault
            reason = f"{type(error).__name__}: {error}"
        missing = len(jobs) - len(results)
        return [*results[: len(jobs)], *[JobResult(JobStatus.LOST, reason)] * missing]


def _is_lost(result: JobResult | Verdict) -> bool:
    return isinstance(result, JobResult) and result.status is JobStatus.LOST


def _as_error(result: JobResult | Verdict) -> Verdict:
    assert isinstance(result, JobResult)
    return Verdict.error("sandbox_unavailable", f"the sandbox lost the job twice: {result.reason}")
