"""All workers of one verifier, and who is to blame when one fails.

A request that fails (late, crashed, out of memory, raised) is repeated on a fresh worker. If it fails
there too, the verifier's own canary is judged: when that works, the completion was the cause and the
answer is FAIL; when it does not, the verifier is broken and the answer is ERROR. Where a verdict is made on
another machine (`waits_seconds`), the completion is never the cause and the answer is ERROR.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from rlvr.problem import VerifierSpec
from rlvr.sandbox import Job
from rlvr.scoring import wire
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.worker import Worker
from rlvr.verdict import Verdict

#: For so many deadlines after its canary failed, a verifier is taken to be broken without another try.
_BROKEN_FOR = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """A verdict, or the job that has to be run first. `repeatable` if no clock had a part in it."""

    answer: Verdict | Job
    seconds: float
    repeatable: bool


@dataclass(frozen=True, slots=True)
class _Failure:
    """How a request failed, in words, and whether memory was the reason."""

    what: str
    memory: bool = False


@dataclass(slots=True)
class _Health:
    """What a verifier's workers learn from each other."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    broken_until: float = 0.0
    late: int = 0


class Pool:
    """Threads that each drive one worker and share one queue. Requests may come from any thread."""

    def __init__(self, spec: VerifierSpec, options: ScoringOptions, count: int, waits_seconds: float = 0.0) -> None:
        self.spec = spec
        self.options = options
        self._elsewhere = waits_seconds > 0
        self._deadline = options.deadline_seconds + waits_seconds
        self._requests: queue.SimpleQueue[tuple[Mapping[str, Any], Future[Reply]] | None] = queue.SimpleQueue()
        self._health = _Health()
        self._workers = [Worker(spec, options.memory_mb) for _ in range(count)]
        self._threads = [threading.Thread(target=self._serve, args=(w,), daemon=True) for w in self._workers]
        for thread in self._threads:
            thread.start()

    def submit(self, message: Mapping[str, Any]) -> Future[Reply]:
        """Have a worker answer a message."""
        future: Future[Reply] = Future()
        self._requests.put((message, future))
        return future

    @property
    def restarts(self) -> int:
        """Processes started beyond the first of each worker."""
        return sum(max(0, worker.starts - 1) for worker in self._workers)

    @property
    def late(self) -> int:
        """Requests that missed the deadline."""
        return self._health.late

    def close(self) -> None:
        """Cancel what has not begun, finish what has, end the processes."""
        pending = []
        while not self._requests.empty():
            pending.append(self._requests.get())
        for item in pending:
            if item is not None:
                item[1].cancel()
        for _ in self._threads:
            self._requests.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self, worker: Worker) -> None:
        while (item := self._requests.get()) is not None:
            message, future = item
            if future.set_running_or_notify_cancel():
                future.set_result(self._answer(worker, message))
        worker.end()

    def _answer(self, worker: Worker, message: Mapping[str, Any]) -> Reply:
        started = time.perf_counter()
        if time.monotonic() < self._health.broken_until:
            failure = _Failure("its own example failed a moment ago")
            return _reply(self._error(failure), started, repeatable=False)
        answer = self._judge(worker, message)
        if isinstance(answer, _Failure):
            worker.end()
            answer = self._judge(worker, message)
        if not isinstance(answer, _Failure):
            return _reply(answer, started, repeatable=True)
        worker.end()
        if self._elsewhere:
            reason = f"{self.spec.name}, which judges elsewhere, failed twice: {answer.what}"
            return _reply(Verdict.error("verifier_failed", reason), started, repeatable=False)
        if self._canary_works(worker):
            return _reply(self._blamed(answer), started, repeatable=False)
        with self._health.lock:
            self._health.broken_until = time.monotonic() + _BROKEN_FOR * self.options.deadline_seconds
        return _reply(self._error(answer), started, repeatable=False)

    def _judge(self, worker: Worker, message: Mapping[str, Any]) -> Verdict | Job | _Failure:
        answer = self._ask(worker, message)
        if isinstance(answer, _Failure):
            return answer
        try:
            return wire.job_from_json(answer["job"]) if "job" in answer else Verdict.from_json(answer["verdict"])
        except (KeyError, TypeError, ValueError) as error:
            return _Failure(f"what it returned is no verdict: {error!r}")

    def _ask(self, worker: Worker, message: Mapping[str, Any]) -> Mapping[str, Any] | _Failure:
        seconds = self._deadline
        try:
            answer = worker.ask(message, seconds)
        except wire.Late:
            with self._health.lock:
                self._health.late += 1
            return _Failure(f"no verdict within {seconds:g} s")
        except wire.Gone as error:
            return _Failure(f"the process ended: {error}")
        if "raised" in answer:
            return _Failure(str(answer["raised"]).strip(), bool(answer["memory"]))
        return answer

    def _canary_works(self, worker: Worker) -> bool:
        answer = self._ask(worker, {"canary": True})
        return not isinstance(answer, _Failure) and bool(answer["canary"])

    def _blamed(self, failure: _Failure) -> Verdict:
        cause = "memory_limit" if failure.memory else "undecidable"
        reason = f"{self.spec.name} could not judge this text, twice, though it works otherwise: {failure.what}"
        return Verdict.failed(cause, reason)

    def _error(self, failure: _Failure) -> Verdict:
        return Verdict.error("verifier_failed", f"{self.spec.name} fails on its own example too: {failure.what}")


def _reply(answer: Verdict | Job, started: float, *, repeatable: bool) -> Reply:
    return Reply(answer, time.perf_counter() - started, repeatable)
