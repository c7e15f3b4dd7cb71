"""Scoring with verifiers that misbehave: who is blamed, what is kept, what is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import psutil
import pytest

from rlvr.errors import SandboxUnavailable, TooManyErrors, UsageError
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.sandbox import Job, JobResult, JobStatus
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Outcome, Verdict

DATA = Path(__file__).parents[2] / "data"
MISBEHAVING = f"{DATA / 'misbehaving.py'}:Misbehaving"
RUNNING = f"{DATA / 'running.py'}:Running"
QUICK = ScoringOptions(workers=1, deadline_seconds=1.5, memory_mb=1024)

KILLS = ["raise", "loop in C", "eat memory", "exit", "crash", "block signals", "not a verdict"]


def question(kind: str = "none", *, always: bool = False, name: str = "p") -> Problem:
    spec = VerifierSpec(MISBEHAVING, {"kind": kind, "always": always})
    return Problem(name, "say yes", {}, "t", spec)


def ask(scorer: Scorer, problem: Problem, *texts: str) -> list[Verdict]:
    return scorer.score((problem, Completion(text)) for text in texts)


@pytest.fixture
def scorer() -> Iterator[Scorer]:
    with Scorer(QUICK) as scorer:
        yield scorer


def test_verdicts_come_in_order(scorer: Scorer) -> None:
    outcomes = [v.outcome for v in ask(scorer, question(), "yes", "no", "maybe", "yes")]
    assert outcomes == [Outcome.PASS, Outcome.FAIL, Outcome.FAIL, Outcome.PASS]


@pytest.mark.parametrize("kind", KILLS)
def test_trouble_on_one_text_is_that_texts_fault_and_the_rest_goes_on(scorer: Scorer, kind: str) -> None:
    before, trouble, after = ask(scorer, question(kind), "yes", "TROUBLE", "yes ")
    assert before.outcome is Outcome.PASS
    assert trouble.outcome is Outcome.FAIL
    assert trouble.cause == ("memory_limit" if kind == "eat memory" else "undecidable")
    assert after.outcome is Outcome.FAIL
    assert ask(scorer, question(kind, name="another"), "yes")[0].outcome is Outcome.PASS


@pytest.mark.parametrize("kind", KILLS)
def test_trouble_on_every_text_is_an_error_and_stops_the_run(scorer: Scorer, kind: str) -> None:
    verdicts = ask(scorer, question(kind, always=True), *(f"text {i}" for i in range(12)))
    assert {(v.outcome, v.cause, v.reward) for v in verdicts} == {(Outcome.ERROR, "verifier_failed", None)}
    with pytest.raises(TooManyErrors, match="12 of the last 12"):
        scorer.check_health()


@pytest.mark.parametrize("always", [True, False])
def test_a_flood_of_output_disturbs_nobody(scorer: Scorer, always: bool) -> None:
    with Scorer(ScoringOptions(workers=1, deadline_seconds=60)) as patient:
        found = ask(patient, question("print", always=always), "TROUBLE", "yes")
    assert [v.outcome for v in found] == [Outcome.FAIL, Outcome.PASS]


def in_main_thread(scorer: Scorer) -> Verdict:
    return ask(scorer, question("loop in C"), "TROUBLE")[0]


def in_another_thread(scorer: Scorer) -> Verdict:
    found: list[Verdict] = []
    thread = threading.Thread(target=lambda: found.append(in_main_thread(scorer)))
    thread.start()
    thread.join()
    return found[0]


def in_asyncio(scorer: Scorer) -> Verdict:
    async def main() -> Verdict:
        future = scorer.submit(question("loop in C"), Completion("TROUBLE"))
        return await asyncio.wrap_future(future)

    return asyncio.run(main())


@pytest.mark.parametrize("where", [in_main_thread, in_another_thread, in_asyncio])
def test_the_deadline_holds_wherever_it_is_asked_from(scorer: Scorer, where: Callable[[Scorer], Verdict]) -> None:
    verdict = where(scorer)
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, "undecidable")
    assert "no verdict within 1.5 s" in verdict.reason


def test_equal_questions_are_judged_once(scorer: Scorer) -> None:
    ask(scorer, question(), *["yes"] * 20, "no")
    metrics = scorer.metrics()["misbehaving"]
    assert metrics["cached"] == 19
    assert metrics["verdicts"] == {"pass/correct": 1, "fail/wrong_answer": 1}


def test_what_hung_on_the_clock_and_errors_are_not_kept(scorer: Scorer) -> None:
    for _ in range(2):
        ask(scorer, question("exit"), "TROUBLE")
        ask(scorer, question("exit", always=True), "yes")
    assert scorer.metrics()["misbehaving"]["cached"] == 0


def test_all_that_a_verifier_is_sent_is_part_of_the_question(scorer: Scorer) -> None:
    from rlvr.problem import FinishReason

    one = question()
    other = Problem("p", "another prompt", {}, "t", one.verifier)
    pairs = [(one, Completion("yes")), (other, Completion("yes"))]
    pairs.append((one, Completion("yes", finish_reason=FinishReason.LENGTH)))
    pairs.append((one, Completion("yes", token_ids=(1, 2))))
    pairs.append((one, Completion("yes", token_ids=(12,))))
    pairs.append((Problem("p", "say yes", {}, "another task", one.verifier), Completion("yes")))
    scorer.score(pairs)
    assert scorer.metrics()["misbehaving"]["cached"] == 0
    scorer.score([(one, Completion("yes", token_ids=(1, 2), logprobs=(-0.5, -1.0)))])
    assert scorer.metrics()["misbehaving"]["cached"] == 1


def test_an_invalid_reference_is_our_error(scorer: Scorer) -> None:
    problem = Problem("p", "", {"unknown": 1}, "t", VerifierSpec(MISBEHAVING))
    (verdict,) = ask(scorer, problem, "yes")
    assert (verdict.outcome, verdict.cause) == (Outcome.ERROR, "invalid_reference")


def test_an_unknown_verifier_is_the_callers_mistake(scorer: Scorer) -> None:
    with pytest.raises(UsageError, match="no_such"):
        scorer.submit(Problem("p", "", {}, "t", VerifierSpec("no_such")), Completion(""))


@pytest.mark.parametrize("kind", ["raise", "loop in C", "exit"])
def test_a_reference_that_cannot_be_checked_is_our_error_whatever_the_text(scorer: Scorer, kind: str) -> None:
    problem = Problem("p", "", {"trouble": kind}, "t", VerifierSpec(f"{DATA / 'misbehaving.py'}:Picky"))
    (verdict,) = ask(scorer, problem, "yes")
    assert (verdict.outcome, verdict.cause) == (Outcome.ERROR, "invalid_reference")
    fine = Problem("q", "", {}, "t", problem.verifier)
    assert ask(scorer, fine, "yes")[0].outcome is Outcome.PASS


def test_without_an_example_nobody_can_be_blamed(scorer: Scorer) -> None:
    problem = Problem("p", "", {}, "t", VerifierSpec(f"{DATA / 'misbehaving.py'}:NoCanary", {"kind": "raise"}))
    trouble, after = ask(scorer, problem, "TROUBLE", "yes")
    assert (trouble.outcome, trouble.cause) == (Outcome.ERROR, "verifier_failed")
    assert "no example to tell whose fault" in trouble.reason
    assert after.outcome is Outcome.PASS


def test_what_cannot_be_sent_back_is_named(scorer: Scorer) -> None:
    (verdict,) = ask(scorer, question("details that are no plain data"), "TROUBLE")
    assert "set is not JSON serializable" in verdict.reason
    assert "\n" not in verdict.reason
    assert "Traceback" in str(verdict.details["worker"])


def test_few_errors_do_not_stop_a_run() -> None:
    with Scorer(ScoringOptions(workers=1, max_error_rate=0.5)) as scorer:
        ask(scorer, question(), *(f"text {i}" for i in range(20)))
        ask(scorer, Problem("p", "", {"unknown": 1}, "t", VerifierSpec(MISBEHAVING)), *(f"{i}" for i in range(10)))
        scorer.check_health()


def composite(name: str, *parts: dict[str, Any]) -> Problem:
    return Problem("p", "", {}, "t", VerifierSpec(name, {"parts": list(parts)}))


PART = {"name": MISBEHAVING, "label": "plain"}
BROKEN = {"name": MISBEHAVING, "label": "broken", "options": {"kind": "exit", "always": True}}


@pytest.mark.parametrize(
    ("problem", "text", "outcome", "judged"),
    [
        (composite("all_of", PART, BROKEN), "no", Outcome.FAIL, 2),
        (composite("all_of", PART, BROKEN), "yes", Outcome.ERROR, 2),
        (composite("any_of", BROKEN, PART), "yes", Outcome.PASS, 2),
        (composite("any_of", BROKEN, PART), "no", Outcome.ERROR, 2),
        (composite("gate", PART, BROKEN), "no", Outcome.FAIL, 1),
        (composite("gate", PART, BROKEN), "yes", Outcome.ERROR, 2),
        (composite("weighted", PART, BROKEN), "yes", Outcome.ERROR, 2),
        (composite("gate", PART, {"name": "any_of", "options": {"parts": [PART]}}), "yes", Outcome.PASS, 2),
    ],
)
def test_composites_judge_each_part_in_its_own_place(
    scorer: Scorer, problem: Problem, text: str, outcome: Outcome, judged: int
) -> None:
    (verdict,) = ask(scorer, problem, text)
    assert verdict.outcome is outcome
    parts = verdict.details["parts"]
    assert isinstance(parts, dict)
    assert len(parts) == judged


class Sandboxed:
    """A sandbox for tests: runs nothing, answers from the source's words."""

    name = "test"

    def __init__(self) -> None:
        self.runs = 0
        self.closed = False

    def run(self, jobs: Any) -> Iterator[JobResult]:
        self.runs += 1
        for job in jobs:
            if "gone" in job.source:
                raise SandboxUnavailable("the engine does not answer")
            if "short" in job.source:
                return
            lost = "lost" in job.source or ("once" in job.source and self.runs == 1)
            yield JobResult(JobStatus.LOST if lost else JobStatus.PASSED, job.source, 1, 1)

    def status(self) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("text", "outcome", "cause"),
    [
        ("fine", Outcome.PASS, "correct"),
        ("", Outcome.FAIL, "no_answer"),
        ("lost once", Outcome.ERROR, "sandbox_unavailable"),
        ("once", Outcome.PASS, "correct"),
        ("gone", Outcome.ERROR, "sandbox_unavailable"),
        ("short", Outcome.ERROR, "sandbox_unavailable"),
    ],
)
def test_jobs_go_to_the_sandbox_and_back(text: str, outcome: Outcome, cause: str) -> None:
    sandbox = Sandboxed()
    with Scorer(QUICK, sandbox) as scorer:
        (verdict,) = ask(scorer, Problem("p", "", {}, "t", VerifierSpec(RUNNING)), text)
    assert (verdict.outcome, verdict.cause) == (outcome, cause)
    assert sandbox.closed


def test_without_a_sandbox_code_is_an_error_not_a_failure(scorer: Scorer) -> None:
    (verdict,) = ask(scorer, Problem("p", "", {}, "t", VerifierSpec(RUNNING)), "fine")
    assert (verdict.outcome, verdict.cause) == (Outcome.ERROR, "sandbox_unavailable")


def test_a_job_reaches_the_sandbox_as_it_was_prepared() -> None:
    seen: list[Job] = []

    class Recording(Sandboxed):
        def run(self, jobs: Any) -> Iterator[JobResult]:
            seen.extend(jobs)
            return super().run(jobs)

    with Scorer(QUICK, Recording()) as scorer:
        ask(scorer, Problem("p", "", {}, "t", VerifierSpec(RUNNING)), "fine")
    assert (seen[0].source, seen[0].style, seen[0].tests, seen[0].limits.wall_seconds) == (
        "fine",
        "asserts",
        {"n": 1},
        3,
    )


def test_closing_leaves_no_process_and_no_descriptor() -> None:
    me = psutil.Process()
    before = (len(me.children(recursive=True)), me.num_fds())
    with Scorer(ScoringOptions(workers=3, deadline_seconds=1)) as scorer:
        ask(scorer, question("loop in C"), "TROUBLE", "yes", "no")
        ask(scorer, question("exit"), "TROUBLE", "yes", "no")
    assert (len(me.children(recursive=True)), me.num_fds()) == before


def test_workers_die_with_their_parent() -> None:
    code = f"""
import os, sys
from rlvr.problem import *
from rlvr.scoring.scorer import Scorer
scorer = Scorer()
spec = VerifierSpec({MISBEHAVING!r}, {{"kind": "loop in C"}})
scorer.submit(Problem("p", "", {{}}, "t", spec), Completion("yes")).result()
scorer.submit(Problem("p", "", {{}}, "t", spec), Completion("TROUBLE"))
import psutil, time
time.sleep(0.5)
print(*[child.pid for child in psutil.Process().children()], flush=True)
os.kill(os.getpid(), 9)
"""
    path = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    workers = [int(pid) for pid in done.stdout.split()]
    assert workers, done.stderr
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in workers if psutil.pid_exists(pid)], timeout=10)
    assert not alive


def test_no_framework_is_loaded_into_a_worker() -> None:
    code = "import sys, rlvr.scoring.child; print(sorted({'torch', 'transformers', 'datasets'} & set(sys.modules)))"
    path = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_clock_decides_nothing_for_good(scorer: Scorer) -> None:
    """A composite is not kept when a part of it was blamed rather than judged."""
    whole = composite("gate", {"name": MISBEHAVING, "label": "part", "options": {"kind": "exit"}})
    for _ in range(2):
        assert ask(scorer, whole, "TROUBLE")[0].outcome is Outcome.FAIL
    assert scorer.metrics()["gate"]["cached"] == 0


def test_errors_are_counted_by_what_was_asked_not_by_part() -> None:
    with Scorer(ScoringOptions(workers=1, deadline_seconds=1.5, max_error_rate=0.9)) as scorer:
        parts = [{**BROKEN, "label": f"broken {i}"} for i in range(3)]
        ask(scorer, composite("any_of", PART, *parts), *["yes", "yes", *(f"{i}" for i in range(8))])
        scorer.check_health()  # 8 of 10: three broken parts each make no more of it
        ask(scorer, composite("any_of", *parts), *["no"] * 30)
        with pytest.raises(TooManyErrors, match="38 of the last 40"):
            scorer.check_health()


def test_numbers_for_a_trainer_are_plain_and_since_the_last_time(scorer: Scorer) -> None:
    ask(scorer, question(), "yes", "yes", "no", "maybe")
    ask(scorer, question("exit"), "TROUBLE")
    numbers = scorer.take_metrics()
    assert all(type(value) is float for value in numbers.values())
    expected = {"judged": 4, "cached": 1, "error_rate": 0, "failures": 2, "late": 0, "cause/correct": 0.25}
    found = {key.removeprefix("verifier/misbehaving/"): value for key, value in numbers.items()}
    assert {key: found[key] for key in expected} == expected
    assert 0 < found["p50_ms"] <= found["p99_ms"]
    assert scorer.take_metrics() == {}
    ask(scorer, question(), "no")
    assert scorer.take_metrics()["verifier/misbehaving/cached"] == 1
    assert scorer.metrics()["misbehaving"]["cached"] == 2


def test_the_dearest_problems_are_known(scorer: Scorer) -> None:
    ask(scorer, question("loop in C", name="dear"), "TROUBLE")
    ask(scorer, question("loop in C", name="cheap"), "no")
    found = scorer.metrics()["misbehaving"]
    assert [problem for problem, _ in found["slowest"]] == ["t/dear", "t/cheap"]
    assert found["late"] == found["failures"] == 2
    assert found["slowest"][0][1] >= 2 * QUICK.deadline_seconds


def test_submitting_waits_while_too_much_is_outstanding() -> None:
    options = ScoringOptions(workers=1, deadline_seconds=60, max_pending=3)
    with Scorer(options) as scorer:
        slow = question("sleep", always=True)
        pending = [scorer.submit(slow, Completion(f"{i}")) for i in range(12)]
        assert sum(not judgement.done() for judgement in pending) <= 3
        assert len([judgement.result() for judgement in pending]) == 12


@pytest.mark.parametrize("kind", ["loop in C", "block signals"])
def test_closing_tells_whoever_waits_and_does_not_wait_for_the_deadline(kind: str) -> None:
    scorer = Scorer(ScoringOptions(workers=1, deadline_seconds=10**6))
    whole = composite("all_of", {"name": MISBEHAVING, "label": "x", "options": {"kind": kind}})
    pending = [scorer.submit(question(kind), Completion(text)) for text in ("yes", "TROUBLE", "no")]
    pending += [scorer.submit(whole, Completion("TROUBLE"))]
    assert pending[0].result().outcome is Outcome.PASS
    told: list[BaseException | None] = []
    waiting = threading.Thread(target=lambda: told.append(pending[1].exception()))
    waiting.start()
    scorer.close()
    waiting.join()
    assert [type(error) for error in told] == [CancelledError]
    assert all(isinstance(judgement.exception(), CancelledError) for judgement in pending[1:])
    with pytest.raises(CancelledError):
        scorer.submit(question(kind), Completion("yes"))


def test_many_threads_and_an_event_loop_share_one_scorer() -> None:
    async def ask_all(scorer: Scorer) -> list[Verdict]:
        futures = [scorer.submit(question(), Completion(f"{i}" if i % 2 else "yes")) for i in range(40)]
        return await asyncio.gather(*map(asyncio.wrap_future, futures))

    with Scorer(ScoringOptions(workers=2)) as scorer:
        found: list[list[Verdict]] = []
        threads = [threading.Thread(target=lambda: found.append(asyncio.run(ask_all(scorer)))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        scorer.check_health()
    expected = [Outcome.FAIL if i % 2 else Outcome.PASS for i in range(40)]
    assert [[verdict.outcome for verdict in verdicts] for verdicts in found] == [expected] * 6


def test_an_abandoned_await_leaves_the_verdict_to_others(scorer: Scorer) -> None:
    async def main() -> Verdict:
        first = asyncio.ensure_future(asyncio.wrap_future(scorer.submit(question(), Completion("yes"))))
        second = scorer.submit(question(), Completion("yes"))
        first.cancel()
        return await asyncio.wrap_future(second)

    assert asyncio.run(main()).outcome is Outcome.PASS


def test_a_worker_that_cannot_be_started_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with Scorer(QUICK) as scorer:
        (verdict,) = ask(scorer, question(), "yes")
    assert (verdict.outcome, verdict.cause) == (Outcome.ERROR, "verifier_failed")
    assert "no process could be started" in verdict.reason


def test_token_ids_and_messages_arrive() -> None:
    from rlvr.scoring import wire

    completion = Completion(
        "a\ud800", (1, 2, 151_643), (), prefill="<think>", messages=({"role": "user", "content": "x"},)
    )
    assert wire.completion_from_json(json.loads(json.dumps(wire.completion_to_json(completion)))) == completion
