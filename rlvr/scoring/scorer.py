"""Judges completions: from a problem and a completion to the future of a verdict.

Verifiers judge in worker processes, jobs run in the sandbox, composites combine the verdicts of their
parts. Equal questions are judged once.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from rlvr.compose import Composite
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier, source_hash
from rlvr.sandbox import JobResult, Sandbox
from rlvr.scoring import wire
from rlvr.scoring.health import ErrorWindow
from rlvr.scoring.jobs import JobRunner
from rlvr.scoring.judgement import Judgement
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.pool import Pool, Reply
from rlvr.scoring.tally import Tally
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Verifier, fault

#: A reference that is wrong in every one of its values has an error message for each of them.
_LONGEST_REASON = 4000


@dataclass(slots=True)
class _Judge:
    """A verifier as the scorer knows it: the object for what needs no completion, the pool for the rest."""

    verifier: Verifier
    identity: str
    pool: Pool | None
    total: Tally = field(default_factory=Tally)
    recent: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, who judges it, and where the verdict goes."""

    judge: _Judge
    problem: Problem
    completion: Completion
    key: str
    judgement: Judgement


class Scorer:
    """Use as a context manager: leaving it ends every process it started. Usable from any thread."""

    def __init__(self, options: ScoringOptions | None = None, sandbox: Sandbox | None = None) -> None:
        self.options = options or ScoringOptions()
        self._window = ErrorWindow(self.options.error_window, self.options.max_error_rate)
        self._jobs = JobRunner(sandbox)
        self._lock = threading.RLock()
        self._room = threading.Semaphore(self.options.max_pending)
        self._judges: dict[str, _Judge] = {}
        self._known: OrderedDict[str, Judgement] = OrderedDict()
        self._closed = False

    def __enter__(self) -> Scorer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, problem: Problem, completion: Completion) -> Judgement:
        """The verdict on a completion, when it is there.

        Waits while `max_pending` verdicts are outstanding. Raises UsageError for an unknown verifier.
        """
        judge = self._judge(problem.verifier)  # a mistake of the caller's is known before it waits
        self._room.acquire()
        try:
            judgement = self._submit(judge, problem, completion)
        except BaseException:
            self._room.release()
            raise
        with self._lock:
            settled = judgement.settled
            judgement.asked += 1
        if settled is not None:
            self._window.add(settled)
        judgement.add_done_callback(lambda _: self._room.release())
        return judgement

    def score(self, pairs: Iterable[tuple[Problem, Completion]]) -> list[Verdict]:
        """Verdicts in the order of the pairs."""
        return [future.result() for future in [self.submit(*pair) for pair in pairs]]

    def check_health(self) -> None:
        """Raise TooManyErrors when too many of the last verdicts were errors."""
        self._window.check()

    def metrics(self) -> dict[str, dict[str, Any]]:
        """For each verifier, since the beginning: verdicts by cause, seconds, failures, cache hits, dear problems."""
        with self._lock:
            return {name: tally.report() for name, tally in self._tallies(lambda judge: judge.total).items()}

    def take_metrics(self) -> dict[str, float]:
        """For each verifier, since the last call, plain numbers: `verifier/<name>/p99_ms` and the like."""
        with self._lock:
            tallies = self._tallies(lambda judge: judge.recent)
            for judge in self._judges.values():
                judge.recent = Tally()
        return {
            f"verifier/{name}/{key}": value
            for name, tally in tallies.items()
            if tally.verdicts or tally.cached
            for key, value in tally.numbers().items()
        }

    def close(self) -> None:
        """End all workers; whoever waits for what was not judged yet gets CancelledError."""
        with self._lock:
            self._closed = True
            pools = [judge.pool for judge in self._judges.values() if judge.pool]
        self._jobs.close()
        for pool in pools:
            pool.close()
        with self._lock:
            waiting = list(self._known.values())
        for judgement in waiting:
            judgement.fail(CancelledError("the scorer was closed before this was judged"))

    def _tallies(self, which: Callable[[_Judge], Tally]) -> dict[str, Tally]:
        """By the verifier's name, which several judges share when their options differ."""
        tallies: dict[str, Tally] = {}
        for judge in self._judges.values():
            tallies.setdefault(judge.verifier.name, Tally()).merge(which(judge))
        return tallies

    def _judge(self, spec: VerifierSpec) -> _Judge:
        name = json.dumps([spec.name, spec.options], sort_keys=True)
        with self._lock:
            if self._closed:
                raise CancelledError("the scorer was closed")
            if name not in self._judges:
                verifier = build_verifier(spec)
                for part in getattr(verifier.options, "parts", ()):
                    self._judge(part.spec)  # a wrong part is known now, not in the middle of a run
                identity = f"{name}/{verifier.version}/{source_hash(type(verifier))}"
                pool = None
                if not isinstance(verifier, Composite):
                    count = self.options.workers or min(os.cpu_count() or 1, 4)
                    pool = Pool(spec, self.options, count, verifier.waits_seconds)
                self._judges[name] = _Judge(verifier, identity, pool)
            return self._judges[name]

    def _submit(self, judge: _Judge, problem: Problem, completion: Completion) -> Judgement:
        """The judgement of an equal question if there is one, else a new one, begun."""
        key = _key(judge.identity, problem, completion)
        with self._lock:
            if self._closed:
                raise CancelledError("the scorer was closed")
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                judge.total.cached += 1
                judge.recent.cached += 1
                return known
            judgement = self._known[key] = Judgement()
        question = _Question(judge, problem, completion, key, judgement)
        with self._telling(question):
            if isinstance(judge.verifier, Composite):
                self._begin_whole(question, judge.verifier)
            else:
                self._ask(question, {"completion": wire.completion_to_json(completion)})
        return judgement

    def _ask(self, question: _Question, message: Mapping[str, Any], so_far: float = 0.0) -> None:
        assert question.judge.pool is not None
        future = question.judge.pool.submit({"problem": wire.problem_to_json(question.problem), **message})
        self._then(question, future, lambda reply: self._replied(question, reply, so_far))

    def _then(self, question: _Question, future: Future[Any], step: Callable[[Any], None]) -> None:
        """Go on when a future is there."""

        def run(done: Future[Any]) -> None:
            with self._telling(question):
                step(done.result())

        future.add_done_callback(run)

    @contextmanager
    def _telling(self, question: _Question) -> Iterator[None]:
        """What goes wrong on the way to a verdict reaches whoever waits for it."""
        try:
            yield
        except Exception as error:
            self._forget(question.key)
            question.judgement.fail(error)

    def _replied(self, question: _Question, reply: Reply, so_far: float) -> None:
        """A verdict, or a job whose result makes one."""
        with self._lock:
            for tally in (question.judge.total, question.judge.recent):
                tally.failures += reply.failures
                tally.late += reply.late
        seconds = so_far + reply.seconds
        if isinstance(reply.answer, Verdict):
            self._finish(question, reply.answer, seconds, keep=reply.repeatable)
        else:
            self._then(question, self._jobs.submit(reply.answer), lambda ran: self._ran(question, ran, seconds))

    def _ran(self, question: _Question, result: JobResult | Verdict, seconds: float) -> None:
        if isinstance(result, Verdict):
            self._finish(question, result, seconds, keep=False)
        else:
            self._ask(question, {"result": asdict(result)}, seconds)

    def _begin_whole(self, question: _Question, whole: Composite) -> None:
        try:
            whole.check_reference(question.problem)
        except ValueError as error:
            self._finish(question, _invalid(whole, error), 0.0, keep=False)
        else:
            self._next_part(question, whole, [])

    def _next_part(self, question: _Question, whole: Composite, judged: list[Judgement]) -> None:
        """Judge the parts one after another; stop where the composite does."""
        parts = whole.options.parts
        verdicts = [part.result() for part in judged]
        stop = whole.stops_early and verdicts and verdicts[-1].outcome is not Outcome.PASS
        if stop or len(verdicts) == len(parts):
            seconds = sum(part.seconds for part in judged)
            self._finish(question, whole.combine(verdicts), seconds, keep=all(part.repeatable for part in judged))
            return
        try:
            problem = whole.problem_of(parts[len(verdicts)], question.problem)
        except ValueError as error:
            self._finish(question, _invalid(whole, error), 0.0, keep=False)
            return
        part = self._submit(self._judge(problem.verifier), problem, question.completion)
        self._then(question, part, lambda _: self._next_part(question, whole, [*judged, part]))

    def _finish(self, question: _Question, verdict: Verdict, seconds: float, *, keep: bool) -> None:
        judgement = question.judgement
        judgement.repeatable = keep and verdict.outcome is not Outcome.ERROR and verdict.cause not in _BY_THE_CLOCK
        if not judgement.repeatable or not self.options.cache_size:
            self._forget(question.key)
        with self._lock:
            for tally in (question.judge.total, question.judge.recent):
                tally.add(question.problem, verdict, seconds)
            judgement.settled = verdict
            asked = judgement.asked
            while len(self._known) > max(self.options.cache_size, 1) and next(iter(self._known.values())).done():
                self._known.popitem(last=False)
        for _ in range(asked):
            self._window.add(verdict)
        judgement.seconds = seconds
        judgement.set_result(verdict)

    def _forget(self, key: str) -> None:
        with self._lock:
            self._known.pop(key, None)


#: Causes that another day may not bring again.
_BY_THE_CLOCK = frozenset({"time_limit"})


def _invalid(verifier: Verifier, error: ValueError) -> Verdict:
    what = fault(verifier, error)[:_LONGEST_REASON]
    return Verdict.error("invalid_reference", f"the reference cannot be judged against: {what}")


def _key(identity: str, problem: Problem, completion: Completion) -> str:
    """Equal for questions that are equal in all that a verifier is sent."""
    question = [identity, wire.problem_to_json(problem), wire.completion_to_json(completion)]
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
