"""The queue, with slots that fail on purpose."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from rlvr.errors import SandboxUnavailable
from rlvr.sandbox import Job, JobResult, JobStatus, Limits
from rlvr.sandboxes._host import pool as pool_module
from rlvr.sandboxes._host.link import SlotLost
from rlvr.sandboxes._host.pool import ATTEMPTS, CANARY, Pool
from rlvr.sandboxes._host.slot import Shape

SMALL = Limits(memory_bytes=64 * 2**20)


class FakeSlot:
    """A slot that runs nothing."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.jobs = 0
        self.doubtful = False
        self.closed = False

    def close(self) -> None:
        self.closed = True


class FakeFactory:
    """Opens fake slots, or says that it cannot."""

    def __init__(self) -> None:
        self.opened: list[FakeSlot] = []
        self.away = False

    def open(self, shape: Shape) -> FakeSlot:
        if self.away:
            raise SandboxUnavailable("the engine is away")
        self.opened.append(FakeSlot(shape))
        return self.opened[-1]


@pytest.fixture
def factory() -> FakeFactory:
    return FakeFactory()


def make(
    factory: FakeFactory, monkeypatch: pytest.MonkeyPatch, act: Callable[[FakeSlot, Job], JobResult], **more: float
) -> Pool:
    monkeypatch.setattr(pool_module, "conduct", act)
    monkeypatch.setattr(pool_module, "_PAUSE_SECONDS", 0.01)
    slots = int(more.pop("slots", 2))
    return Pool(factory, slots, **more)  # type: ignore[arg-type]


def job(text: str, limits: Limits = SMALL) -> Job:
    return Job(text, "stdio", {"cases": []}, limits)


def passed(slot: FakeSlot, job: Job) -> JobResult:
    return JobResult(JobStatus.PASSED, job.source)


def test_order_is_kept_and_equal_jobs_run_once(factory: FakeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def act(slot: FakeSlot, job: Job) -> JobResult:
        ran.append(job.source)
        time.sleep(0.002 * (len(ran) % 3))
        return passed(slot, job)

    pool = make(factory, monkeypatch, act)
    names = [str(number % 10) for number in range(50)]
    assert [result.reason for result in pool.run(job(name) for name in names)] == names
    assert sorted(ran) == sorted(set(names))
    other = list(pool.run([job("0"), job("0", Limits())]))
    assert len(other) == 2
    assert len(ran) == 12
    pool.close()


def test_a_lost_slot_is_replaced_and_its_job_retried_elsewhere(
    factory: FakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[FakeSlot] = []

    def act(slot: FakeSlot, job: Job) -> JobResult:
        if job.source == "unlucky" and len(lost) < ATTEMPTS - 1:
            lost.append(slot)
            raise SlotLost("gone")
        return passed(slot, job)

    pool = make(factory, monkeypatch, act)
    names = ["a", "unlucky", "b", "c"]
    assert [result.reason for result in pool.run(map(job, names))] == names
    assert len({id(slot) for slot in lost}) == ATTEMPTS - 1
    assert all(slot.closed for slot in lost)
    assert pool.counts["slots_lost"] == ATTEMPTS - 1
    pool.close()


@pytest.mark.parametrize("slots", [1, 2, 5])
@pytest.mark.parametrize("all_die", [True, False])
def test_a_job_under_which_slots_keep_dying_is_to_blame_if_another_runs(
    factory: FakeFactory, monkeypatch: pytest.MonkeyPatch, slots: int, all_die: bool
) -> None:
    tries = 0

    def act(slot: FakeSlot, job: Job) -> JobResult:
        nonlocal tries
        if job.source == "deadly":
            tries += 1
            raise SlotLost("gone")
        if all_die and job.source == CANARY.source:
            raise SlotLost("gone, too")
        return passed(slot, job)

    pool = make(factory, monkeypatch, act, slots=slots)
    results = list(pool.run(map(job, ["a", "deadly", "b"])))
    assert [result.status for result in results] == ["passed", "lost" if all_die else "runtime_error", "passed"]
    assert "gone" in results[1].reason
    assert tries == ATTEMPTS
    pool.close()


def test_an_engine_that_stays_away_costs_its_patience_once(
    factory: FakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory.away = True
    pool = make(factory, monkeypatch, passed, patience=0.2)
    assert {result.status for result in pool.run(job(str(n)) for n in range(200))} == {JobStatus.LOST}
    factory.away = False
    assert [result.status for result in pool.run([job("later")])] == ["passed"]
    pool.close()


def test_an_engine_that_comes_back_is_waited_for(factory: FakeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    factory.away = True
    pool = make(factory, monkeypatch, passed, patience=30.0)
    batch = pool.run(job(str(n)) for n in range(5))
    threading.Timer(0.1, lambda: setattr(factory, "away", False)).start()
    assert {result.status for result in batch} == {JobStatus.PASSED}
    pool.close()


def test_slots_are_replaced_after_their_time_and_on_doubt(
    factory: FakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(slot: FakeSlot, job: Job) -> JobResult:
        slot.doubtful = job.source == "messy"
        return passed(slot, job)

    pool = make(factory, monkeypatch, act, slots=1, recycle_after=3)
    list(pool.run(job(str(n)) for n in range(7)))
    assert len(factory.opened) == 3
    list(pool.run(map(job, ["messy", "next"])))
    assert len(factory.opened) == 4
    pool.close()
    assert all(slot.closed for slot in factory.opened)


def test_jobs_of_other_limits_get_a_slot_of_their_shape(factory: FakeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, int]] = []

    def act(slot: FakeSlot, job: Job) -> JobResult:
        shapes.append((slot.shape.memory_bytes, job.limits.memory_bytes))
        return passed(slot, job)

    pool = make(factory, monkeypatch, act, slots=1)
    mixed = [job(str(n), SMALL if n % 2 else Limits()) for n in range(20)]
    list(pool.run(mixed))
    assert all(slot == wanted for slot, wanted in shapes)
    assert len(factory.opened) == 2
    pool.close()


def test_closing_a_batch_cancels_what_has_not_begun(factory: FakeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    go = threading.Event()

    def act(slot: FakeSlot, job: Job) -> JobResult:
        ran.append(job.source)
        go.wait(10)
        return passed(slot, job)

    pool = make(factory, monkeypatch, act, slots=1)
    batch = pool.run(job(str(n)) for n in range(100))
    while not ran:
        time.sleep(0.001)
    batch.close()
    go.set()
    assert [result.reason for result in pool.run([job("after")])] == ["after"]
    assert ran == ["0", "after"]
    pool.close()


def test_a_bug_reaches_whoever_waits_for_the_job(factory: FakeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def act(slot: FakeSlot, job: Job) -> JobResult:
        if job.source == "bug":
            raise ZeroDivisionError("ours")
        return passed(slot, job)

    pool = make(factory, monkeypatch, act, slots=1)
    batch = pool.run(map(job, ["bug", "fine"]))
    with pytest.raises(ZeroDivisionError):
        next(batch)
    assert next(batch).status == "passed"
    pool.close()


def test_a_closed_pool_takes_nothing(factory: FakeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = make(factory, monkeypatch, passed)
    pool.close()
    with pytest.raises(SandboxUnavailable, match="closed"):
        pool.run([job("x")])


def test_closing_tells_whoever_waits_for_a_job_that_is_queued_again(
    factory: FakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(slot: FakeSlot, job: Job) -> JobResult:
        if job.source == "long":
            while not slot.closed:
                time.sleep(0.001)
        if job.source in ("long", "unlucky"):
            raise SlotLost("gone")
        return passed(slot, job)

    pool = make(factory, monkeypatch, act)
    batch = pool.run(map(job, ["long", "unlucky", "after"]))
    # Jobs begin in their order, so "unlucky" is back in the queue by then, for the slot that "long" holds.
    assert next(pool.run([job("last")])).status == "passed"
    pool.close()
    assert next(batch).status == "lost"
    with pytest.raises(SandboxUnavailable, match="closed"):
        next(batch)
    assert next(batch).status == "passed"


def test_jobs_that_come_one_by_one_get_every_slot_they_need_and_no_more(
    factory: FakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, go = threading.Semaphore(0), threading.Event()

    def act(slot: FakeSlot, job: Job) -> JobResult:
        if job.source.startswith("wait"):
            running.release()
            go.wait()
        return passed(slot, job)

    pool = make(factory, monkeypatch, act, slots=4)
    for number in range(50):
        list(pool.run([job(str(number))]))
    assert len(factory.opened) == 1
    batches = []
    for number in range(6):
        batches.append(pool.run([job(f"wait {number}")]))
        begun = number >= 4 or running.acquire(timeout=60)
        assert begun
    go.set()
    assert [next(batch).status for batch in batches] == ["passed"] * 6
    assert len(factory.opened) == 4
    pool.close()
