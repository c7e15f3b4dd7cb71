"""Judges completions: from a problem and a completion to the future of a verdict.

Verifiers judge in worker processes, jobs run in the sandbox, composites combine the verdicts of their
parts. Equal questions are judged once.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from typing import Any

from rlvr.compose import Composite
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier, source_hash
from rlvr.sandbox import JobResult, Sandbox
from rlvr.scoring import wire
from rlvr.scoring.health import ErrorWindow
from rlvr.scoring.jobs import JobRunner
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.pool import Pool, Reply
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Verifier

#: A reference that is wrong in every one of its values has an error message for each of them.
_LONGEST_REASON = 4000


@dataclass(slots=True)
class _Judge:
    """A verifier as the scorer knows it: the object for what needs no completion, the pool for the rest."""

    verifier: Verifier
    identity: str
    pool: Pool | None
    causes: Counter[str] = field(default_factory=Counter)
    cached: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))


class Judgement(Future[Verdict]):
    """The future of a verdict. When it is there, `seconds` says how long judging took, without waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0


class Scorer:
    """Use as a context manager: leaving it ends every process it started."""

    def __init__(self, options: ScoringOptions | None = None, sandbox: Sandbox | None = None) -> None:
        self.options = options or ScoringOptions()
        self._window = ErrorWindow(self.options.error_window, self.options.max_error_rate)
        self._jobs = JobRunner(sandbox)
        self._lock = threading.RLock()
        self._judges: dict[str, _Judge] = {}
        self._known: OrderedDict[str, Judgement] = OrderedDict()

    def __enter__(self) -> Scorer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, problem: Problem, completion: Completion) -> Judgement:
        """The verdict on a completion, when it is there. Raises UsageError for an unknown verifier."""
        judge = self._judge(problem.verifier)
        key = _key(judge.identity, problem, completion)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                judge.cached += 1
            else:
                verdict = self._known[key] = Judgement()
        if known is not None:
            known.add_done_callback(lambda done: self._window.add(done.result()) if not done.cancelled() else None)
            return known
        verdict.set_running_or_notify_cancel()
        self._begin(judge, problem, completion, lambda v, keep, s: self._finish(judge, key, verdict, v, keep, s))
        return verdict

    def score(self, pairs: Iterable[tuple[Problem, Completion]]) -> list[Verdict]:
        """Verdicts in the order of the pairs."""
        return [future.result() for future in [self.submit(*pair) for pair in pairs]]

    def check_health(self) -> None:
        """Raise TooManyErrors when too many of the last verdicts were errors."""
        self._window.check()

    def metrics(self) -> dict[str, dict[str, Any]]:
        """For each verifier: verdicts by cause, seconds a verdict, late answers, restarts, cache hits."""
        with self._lock:
            judges = list(self._judges.values())
        return {judge.verifier.name: _metrics(judge) for judge in judges}

    def close(self) -> None:
        """End all workers; what was not judged yet is cancelled."""
        self._jobs.close()
        for judge in self._judges.values():
            if judge.pool:
                judge.pool.close()

    def _judge(self, spec: VerifierSpec) -> _Judge:
        name = json.dumps([spec.name, spec.options], sort_keys=True)
        with self._lock:
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

    def _begin(self, judge: _Judge, problem: Problem, completion: Completion, done: Done) -> None:
        """Start judging; `done` gets the verdict and whether it may be kept."""
        try:
            judge.verifier.check_reference(problem)
        except ValueError as error:
            done(_invalid(error), False, 0.0)
            return
        if isinstance(judge.verifier, Composite):
            self._next_part(judge.verifier, problem, completion, [], done)
            return
        message = {"problem": wire.problem_to_json(problem), "completion": wire.completion_to_json(completion)}
        self._ask(judge, message, lambda reply: self._replied(judge, problem, reply, done))

    def _ask(self, judge: _Judge, message: Mapping[str, Any], then: Callable[[Reply], None]) -> None:
        assert judge.pool is not None
        future = judge.pool.submit(message)
        future.add_done_callback(lambda reply: None if reply.cancelled() else then(reply.result()))

    def _replied(self, judge: _Judge, problem: Problem, reply: Reply, done: Done) -> None:
        """A verdict, or a job whose result makes one."""
        judge.seconds.append(reply.seconds)
        if isinstance(reply.answer, Verdict):
            done(reply.answer, reply.repeatable, reply.seconds)
            return

        def ran(result: JobResult | Verdict) -> None:
            if isinstance(result, Verdict):
                done(result, False, reply.seconds)
                return
            message = {"problem": wire.problem_to_json(problem), "result": asdict(result)}
            self._ask(judge, message, lambda concluded: self._replied(judge, problem, concluded, done))

        self._jobs.submit(reply.answer, ran)

    def _next_part(
        self, whole: Composite, problem: Problem, completion: Completion, judged: list[Judgement], done: Done
    ) -> None:
        """Judge the parts one after another; stop where the composite does."""
        parts = whole.options.parts
        verdicts = [part.result() for part in judged]
        stop = whole.stops_early and verdicts and verdicts[-1].outcome is not Outcome.PASS
        if stop or len(verdicts) == len(parts):
            done(whole.combine(verdicts), True, sum(part.seconds for part in judged))
            return
        try:
            part = whole.problem_of(parts[len(verdicts)], problem)
        except ValueError as error:
            done(_invalid(error), False, 0.0)
            return
        judgement = self.submit(part, completion)
        judgement.add_done_callback(
            lambda v: None if v.cancelled() else self._next_part(whole, problem, completion, [*judged, judgement], done)
        )

    def _finish(self, judge: _Judge, key: str, future: Judgement, verdict: Verdict, keep: bool, seconds: float) -> None:
        judge.causes[f"{verdict.outcome.value}/{verdict.cause}"] += 1
        self._window.add(verdict)
        with self._lock:
            if not keep or verdict.outcome is Outcome.ERROR or not self.options.cache_size:
                self._known.pop(key, None)
            while len(self._known) > max(self.options.cache_size, 1) and next(iter(self._known.values())).done():
                self._known.popitem(last=False)
        future.seconds = seconds
        future.set_result(verdict)


#: What to do with a verdict: whether it may be kept for equal questions, and the seconds it took.
Done = Callable[[Verdict, bool, float], None]


def _invalid(error: ValueError) -> Verdict:
    what = str(error)[:_LONGEST_REASON]
    return Verdict.error("invalid_reference", f"the reference cannot be judged against: {what}")


def _key(identity: str, problem: Problem, completion: Completion) -> str:
    question = [identity, problem.id, problem.prompt, problem.reference]
    answer = [completion.prefill, completion.text, completion.finish_reason, completion.messages]
    return hashlib.sha256(json.dumps([question, answer], sort_keys=True).encode()).hexdigest()


def _metrics(judge: _Judge) -> dict[str, Any]:
    seconds = sorted(judge.seconds)
    return {
        "verdicts": dict(judge.causes),
        "p50_seconds": seconds[len(seconds) // 2] if seconds else None,
        "p99_seconds": seconds[int(len(seconds) * 0.99)] if seconds else None,
        "late": judge.pool.late if judge.pool else 0,
        "restarts": judge.pool.restarts if judge.pool else 0,
        "cached": judge.cached,
    }
