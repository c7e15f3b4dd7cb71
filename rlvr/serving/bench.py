"""Rows to verdicts, from an event loop: the bench on which the judges sit.

The scorer takes its questions from a few threads (it looks at references there), a bounded number of rows
of each request at a time, so that a large batch does not keep a small one waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.scoring.scorer import Scorer
from rlvr.serving.meters import Meters
from rlvr.serving.offer import Offer
from rlvr.verdict import Verdict

_AHEAD = 64
_THREADS = 4


class Bench:
    """Judges with one scorer, which it closes."""

    def __init__(self, offer: Offer, scorer: Scorer, meters: Meters) -> None:
        self.offer = offer
        self._scorer = scorer
        self._meters = meters
        self._threads = ThreadPoolExecutor(_THREADS, "rlvr-serve")

    async def judge(
        self, names: Sequence[str], pairs: Sequence[tuple[Problem, Completion]], wanted: Callable[[], bool]
    ) -> list[Verdict] | None:
        """Verdicts in order; `names` are the verifiers' for the meters. None once they are no longer wanted.

        What was begun is finished even then, so that a request holds its place as long as it costs anything.
        """
        window = asyncio.Semaphore(_AHEAD)

        async def one(name: str, problem: Problem, completion: Completion) -> Verdict | None:
            async with window:
                return await self._one(name, problem, completion) if wanted() else None

        found = await asyncio.gather(*(one(name, *pair) for name, pair in zip(names, pairs, strict=True)))
        verdicts = [verdict for verdict in found if verdict is not None]
        return verdicts if len(verdicts) == len(found) else None

    async def spec(self, name: str, options: dict[str, object]) -> VerifierSpec:
        """The offered verifier's spec; built in a thread, since a first build imports. Raises UsageError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.offer.spec, name, options)

    async def _one(self, name: str, problem: Problem, completion: Completion) -> Verdict:
        loop = asyncio.get_running_loop()
        judgement = await loop.run_in_executor(self._threads, self._scorer.submit, problem, completion)
        verdict = await asyncio.wrap_future(judgement)
        self._meters.count("verdicts_total", verifier=name, outcome=verdict.outcome.value, cause=verdict.cause)
        self._meters.time(name, judgement.seconds)
        return verdict

    def close(self) -> None:
        """End the workers."""
        self._threads.shutdown()
        self._scorer.close()
