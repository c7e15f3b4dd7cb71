"""All workers of one verifier, and who is to blame when one fails.

A request that fails (late, crashed, out of memory, raised) is repeated on a fresh worker. If it fails
there too, what does not depend on the completion is tried alone: the reference is checked, then the
verifier's own canary is judged. When both work, the completion was the cause and the answer is FAIL;
else the reference or the verifier is broken and the answer is ERROR.
Where a verdict is made on another machine (`waits_seconds`), the completion is never the cause.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
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
    """A verdict, or the job that has to be run first.

    `repeatable` if no clock had a part in it; `failures` of workers it took, `late` of them missed the
    deadline.
    """

    answer: Verdict | Job
    seconds: float
    repeatable: bool = True
    failures: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class _Failure:
    """How a request failed, in a sentence and in full, and whether memory or the clock was the reason."""

    what: str
    trace: str = ""
    memory: bool = False
    late: bool = False


class Pool:
    """Threads that each drive one worker and share one queue. Requests may come from any thread."""

    def __init__(self, spec: VerifierSpec, options: ScoringOptions, count: int, waits_seconds: float = 0.0) -> None:
        self.spec = spec
        self.options = options
        self._elsewhere = waits_seconds > 0
        self._deadline = options.deadline_seconds + waits_seconds
        self._requests: queue.SimpleQueue[tuple[Mapping[str, Any], Future[Reply]] | None] = queue.SimpleQueue()
        self._broken_until = 0.0
        self._broken_by = _Failure("")
        self._closing = False
        self._workers = [Worker(spec, options.memory_mb) for _ in range(count)]
        self._threads = [threading.Thread(target=self._serve, args=(w,), daemon=True) for w in self._workers]
        for thread in self._threads:
            thread.start()

    def submit(self, message: Mapping[str, Any]) -> Future[Reply]:
        """Have a worker answer a message."""
        future: Future[Reply] = Future()
        self._requests.put((message, future))
        return future

    def close(self) -> None:
        """Break off what has begun, drop what has not, end the processes. Nobody waits for the replies."""
        self._closing = True
        for worker in self._workers:
            worker.break_off()
            self._requests.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self, worker: Worker) -> None:
        while (item := self._requests.get()) is not None:
            message, future = item
            try:
                reply = self._answer(worker, message)
            # The thread's boundary: whatever went wrong here belongs to whoever waits for this request.
            except Exception as error:
                future.set_exception(error)
            else:
                future.set_result(reply)
        worker.end()

    def _answer(self, worker: Worker, message: Mapping[str, Any]) -> Reply:
        started = time.perf_counter() - worker.starting

        def seconds() -> float:
            """What judging took, without the starts of processes."""
            return time.perf_counter() - worker.starting - started

        if time.monotonic() < self._broken_until:
            return Reply(self._error(self._broken_by), 0.0, repeatable=False)
        failures: list[_Failure] = []
        while len(failures) < 2:
            answer = self._judge(worker, message)
            if not isinstance(answer, _Failure):
                late = sum(failure.late for failure in failures)
                return Reply(answer, seconds(), True, len(failures), late)
            worker.end()
            failures.append(answer)
        verdict = self._blame(worker, message, failures[-1])
        late = sum(failure.late for failure in failures)
        return Reply(verdict, seconds(), False, len(failures), late)

    def _judge(self, worker: Worker, message: Mapping[str, Any]) -> Verdict | Job | _Failure:
        answer = self._ask(worker, message)
        if isinstance(answer, _Failure):
            return answer
        if "fault" in answer:
            return _invalid(answer["fault"])
        try:
            return wire.job_from_json(answer["job"]) if "job" in answer else Verdict.from_json(answer["verdict"])
        except (KeyError, TypeError, ValueError) as error:
            return _Failure(f"what it returned is no verdict: {error!r}")

    def _ask(self, worker: Worker, message: Mapping[str, Any]) -> Mapping[str, Any] | _Failure:
        self._check_open()
        seconds = self._deadline
        try:
            answer = worker.ask(message, seconds)
        except wire.Late:
            failure = _Failure(f"no verdict within {seconds:g} s", late=True)
        except wire.Gone as error:
            failure = _Failure(f"the process ended: {error}")
        except (TypeError, ValueError, RecursionError) as error:
            failure = _Failure(f"it cannot be sent to a worker: {error}")
        else:
            if "raised" not in answer:
                return answer
            failure = _Failure(str(answer["raised"]), str(answer["trace"]), memory=bool(answer["memory"]))
        self._check_open()
        return failure

    def _check_open(self) -> None:
        """Raise CancelledError in a closing pool: no process is started for it, and no failure there means anything."""
        if self._closing:
            raise CancelledError("the scorer was closed")

    def _blame(self, worker: Worker, message: Mapping[str, Any], failure: _Failure) -> Verdict:
        """FAIL if the completion was the cause, else ERROR."""
        if self._elsewhere:
            reason = f"{self.spec.name}, which judges elsewhere, failed twice: {failure.what}"
            return Verdict.error("verifier_failed", reason, **_details(failure))
        checked = self._ask(worker, {"problem": message["problem"]})
        if isinstance(checked, _Failure):
            worker.end()
        canary = self._ask(worker, {"canary": True})
        if isinstance(canary, _Failure) or canary["canary"] is False:
            worker.end()
            self._broken_by = failure
            self._broken_until = time.monotonic() + _BROKEN_FOR * self.options.deadline_seconds
            return self._error(failure)
        if canary["canary"] is None:
            why = "failed, and has no example to tell whose fault it was"
            return Verdict.error("verifier_failed", f"{self.spec.name} {why}: {failure.what}", **_details(failure))
        if isinstance(checked, _Failure):
            return _invalid(checked.what)
        return self._blamed(failure)

    def _blamed(self, failure: _Failure) -> Verdict:
        cause = "memory_limit" if failure.memory else "undecidable"
        reason = f"{self.spec.name} could not judge this text, twice, though it works otherwise: {failure.what}"
        return Verdict.failed(cause, reason, **_details(failure))

    def _error(self, failure: _Failure) -> Verdict:
        reason = f"{self.spec.name} fails on its own example too: {failure.what}"
        return Verdict.error("verifier_failed", reason, **_details(failure))


def _details(failure: _Failure) -> dict[str, Any]:
    """Marks a verdict that is no judgement of the verifier's, with what its worker met."""
    return {"details": {"worker": failure.trace or failure.what}}


def _invalid(fault: str) -> Verdict:
    return Verdict.error("invalid_reference", f"the reference cannot be judged against: {fault}")
