"""The pool of workers: what closing it does."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.scoring import wire
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.pool import Pool
from rlvr.scoring.worker import Worker

SPEC = VerifierSpec(f"{Path(__file__).parents[2] / 'data' / 'misbehaving.py'}:Misbehaving")


def test_closing_starts_no_process_for_what_has_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Worker] = []
    begun = threading.Event()
    open_ = Worker._open

    def counted(worker: Worker) -> object:
        started.append(worker)
        begun.set()
        return open_(worker)

    monkeypatch.setattr(Worker, "_open", counted)
    pool = Pool(SPEC, ScoringOptions(deadline_seconds=10**6), count=1)
    problem = wire.problem_to_json(Problem("p", "", {}, "t", SPEC))
    replies = [
        pool.submit({"problem": problem, "completion": wire.completion_to_json(Completion(str(n)))}) for n in range(200)
    ]
    begun.wait()
    pool.close()
    assert len(started) == 1
    assert isinstance(replies[-1].exception(), CancelledError)
