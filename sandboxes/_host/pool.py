"""A queue of jobs over all slots: results in order, equal jobs once, lost slots retried, cancellation."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from rlvr.errors import SandboxUnavailable
from rlvr.sandbox import Job, JobResult, JobStatus
from rlvr.sandboxes._host.link import SlotLost
from rlvr.sandboxes._host.slot import Shape, Slot
from rlvr.sandboxes._host.styles import conduct

#: A job whose slot is lost this often is given up.
ATTEMPTS = 3
#: For so long an engine that does not answer is waited for before jobs are given up.
PATIENCE_SECONDS = 60.0
#: After so many samples a slot is replaced, whatever its state.
RECYCLE_AFTER = 2000
_PAUSE_SECONDS = 0.5
#: A job that any sound slot carries.
CANARY = Job("print(input())", "stdio", {"cases": [{"stdin": "1", "stdout": "1"}]})


class Factory(Protocol):
    """Makes slots."""

    def open(self, shape: Shape) -> Slot:
        """A slot that is ready. Raises SandboxUnavailable, and SlotLost when it dies at birth."""


@dataclass
class Ticket:
    """A job in the queue."""

    job: Job
    shape: Shape
    future: Future[JobResult] = field(default_factory=Future)
    lost_on: list[int] = field(default_factory=list)


class Batch(Iterator[JobResult]):
    """The results of one batch, in order. Closing it, or dropping it, cancels what has not begun."""

    def __init__(self, futures: list[Future[JobResult]]) -> None:
        self._futures = deque(futures)

    def __next__(self) -> JobResult:
        if not self._futures:
            raise StopIteration
        return self._futures.popleft().result()

    def close(self) -> None:
        """Cancel every job of the batch that has not begun."""
        # A future that appears twice (equal jobs) is cancelled once; the second call does nothing.
        while self._futures:
            self._futures.popleft().cancel()

    def __del__(self) -> None:
        self.close()


class Pool:
    """Slots, a thread for each, and the queue they share. Usable from any thread."""

    def __init__(
        self, factory: Factory, slots: int, recycle_after: int = RECYCLE_AFTER, patience: float = PATIENCE_SECONDS
    ) -> None:
        self.factory = factory
        self.slots = slots
        self.recycle_after = recycle_after
        self.patience = patience
        self.counts = {"jobs": 0, "slots_opened": 0, "slots_lost": 0}
        self._down_since: float | None = None
        self._queue: deque[Ticket] = deque()
        self._news = threading.Condition()
        self._closing = False
        self._open: dict[int, Slot] = {}
        self._threads: list[threading.Thread] = []
        #: The slots whose threads have a job.
        self._busy: set[int] = set()

    def run(self, jobs: Iterable[Job]) -> Batch:
        """Queue the jobs, equal ones once."""
        tickets: dict[bytes, Ticket] = {}
        order = [tickets.setdefault(_key(job), Ticket(job, Shape.of(job.limits))) for job in jobs]
        with self._news:
            if self._closing:
                raise _closed()
            self._queue.extend(tickets.values())
            self._start()
            self._news.notify_all()
        return Batch([ticket.future for ticket in order])

    def close(self) -> None:
        """Cancel what waits, break off what runs, end every slot."""
        with self._news:
            self._closing = True
            self._news.notify_all()
            for ticket in self._queue:
                # One that lost its slot has begun, and what has begun cannot be cancelled.
                if not ticket.future.cancel() and not ticket.future.done():
                    ticket.future.set_exception(_closed())
            self._queue.clear()
            running = list(self._open.values())
        for slot in running:
            slot.close()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        """Threads for what is queued beyond what those without a job can take."""
        while len(self._threads) < min(self.slots, len(self._busy) + len(self._queue)):
            index = len(self._threads)
            thread = threading.Thread(target=self._work, args=(index,), name=f"rlvr-slot-{index}", daemon=True)
            self._threads.append(thread)
            thread.start()

    # -- one slot's thread -----------------------------------------------------------------------

    def _work(self, index: int) -> None:
        while (ticket := self._take(index)) is not None:
            try:
                result = self._attempt(index, ticket)
            # The thread's boundary: whatever went wrong belongs to whoever waits for this job.
            except Exception as error:
                self._discard(index)
                self._free(index)
                ticket.future.set_exception(error)
            else:
                self._free(index)
                if result is not None:
                    ticket.future.set_result(result)
        self._discard(index)

    def _free(self, index: int) -> None:
        """The slot has no job. Said before the result is: who asks for the next job then must find this slot."""
        with self._news:
            self._busy.discard(index)

    def _take(self, index: int) -> Ticket | None:
        """The next job for this slot; None when the pool closes."""
        with self._news:
            while not self._closing:
                ticket = self._choose(index)
                if ticket is None:
                    self._news.wait()
                elif ticket.lost_on or ticket.future.set_running_or_notify_cancel():
                    self._busy.add(index)
                    return ticket
            return None

    def _choose(self, index: int) -> Ticket | None:
        """A job that fits the slot as it is, else the oldest. Not one that was lost here, if others exist."""
        slot = self._open.get(index)
        shape = slot.shape if slot else None
        fitting = [ticket for ticket in self._queue if self._may_run(ticket, index)]
        if not fitting:
            return None
        ticket = next((t for t in fitting if t.shape == shape), fitting[0])
        self._queue.remove(ticket)
        return ticket

    def _may_run(self, ticket: Ticket, index: int) -> bool:
        return index not in ticket.lost_on or set(ticket.lost_on) >= set(range(len(self._threads)))

    def _attempt(self, index: int, ticket: Ticket) -> JobResult | None:
        """What came of the job; None when it is queued again."""
        try:
            slot = self._slot(index, ticket.shape)
            result = conduct(slot, ticket.job)
        except SlotLost as error:
            self._discard(index)
            return self._lost(index, ticket, str(error))
        except SandboxUnavailable as error:
            self._count("slots_lost")
            return JobResult(JobStatus.LOST, error.what)
        slot.jobs += 1
        if slot.doubtful or slot.jobs >= self.recycle_after:
            self._discard(index)
        self._count("jobs")
        return result

    def _lost(self, index: int, ticket: Ticket, why: str) -> JobResult | None:
        """Try elsewhere, or give up."""
        self._count("slots_lost")
        ticket.lost_on.append(index)
        with self._news:
            # Asked under the lock: nobody looks into the queue of a pool that has closed.
            if len(ticket.lost_on) < ATTEMPTS and not self._closing:
                self._queue.appendleft(ticket)
                self._news.notify_all()
                return None
        reason = f"{len(ticket.lost_on)} slots were lost under this job, the last because {why}"
        return self._blame(index, ticket, reason)

    def _blame(self, index: int, ticket: Ticket, reason: str) -> JobResult:
        """What takes every slot with it, while a slot of the same kind carries another job, is the program.

        A container's first process cannot be kept from being the one that the kernel kills for want of memory.
        """
        canary = replace(CANARY, limits=ticket.job.limits)
        try:
            sound = not self._closing and conduct(self._slot(index, ticket.shape), canary).status is JobStatus.PASSED
        except (SlotLost, SandboxUnavailable):
            self._discard(index)
            sound = False
        if not sound:
            return JobResult(JobStatus.LOST, reason)
        return JobResult(JobStatus.RUNTIME_ERROR, f"{reason}; another job ran there", source=ticket.job.source)

    def _slot(self, index: int, shape: Shape) -> Slot:
        slot = self._open.get(index)
        if slot is not None and slot.shape == shape:
            return slot
        self._discard(index)
        slot = self._patiently(shape)
        with self._news:
            if self._closing:
                slot.close()
                raise SlotLost("the sandbox is closing")
            self._open[index] = slot
        self._count("slots_opened")
        return slot

    def _patiently(self, shape: Shape) -> Slot:
        """Open a slot, waiting for an engine that is away.

        Raises SandboxUnavailable or SlotLost once no slot at all could be opened for `patience` seconds;
        from then on every job gets one try, so that a dead engine does not cost its patience each time.
        """
        while True:
            try:
                slot = self.factory.open(shape)
            except (SandboxUnavailable, SlotLost):
                now = time.monotonic()
                self._down_since = self._down_since or now
                if now - self._down_since >= self.patience or self._closing:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                self._down_since = None
                return slot

    def _count(self, what: str) -> None:
        with self._news:
            self.counts[what] += 1

    def _discard(self, index: int) -> None:
        with self._news:
            slot = self._open.pop(index, None)
        if slot is not None:
            slot.close()


def _closed() -> SandboxUnavailable:
    return SandboxUnavailable("the sandbox has been closed")


def _key(job: Job) -> bytes:
    """Equal for jobs that ask the same."""
    plain: Any = [job.source, job.style, job.tests, asdict(job.limits)]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).digest()
