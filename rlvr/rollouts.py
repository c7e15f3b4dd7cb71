"""From problems to judged rollouts: encode, sample, and score each completion the moment it ends.

Training and evaluation both go through `Collector.collect`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from rlvr.encoder import Encoder
from rlvr.errors import UsageError
from rlvr.problem import Problem, Rollout
from rlvr.sampler import Request, Sampler, SamplingParams
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Verdict

#: Called with the number of completions sampled so far and in all.
OnSampled = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Collected:
    """Judged rollouts in order of problem and completion, their prompts' token ids, seconds by phase."""

    rollouts: list[Rollout]
    prompts: list[tuple[int, ...]]
    seconds: dict[str, float]


@dataclass(slots=True)
class Collector:
    """What turns problems into judged rollouts."""

    encoder: Encoder
    sampler: Sampler
    scorer: Scorer
    seed: int

    def collect(
        self,
        problems: Sequence[Problem],
        n: int,
        params: SamplingParams,
        *,
        salt: str,
        version: int = 0,
        on_sampled: OnSampled = lambda done, total: None,
    ) -> Collected:
        """Answer every problem n times and judge the answers.

        Tokens depend on the run's seed, `salt` (such as the step), the problem and its place in the
        list. Raises TooManyErrors when too large a share of the verdicts are ours.
        """
        started = time.perf_counter()
        requests = list(self._requests(problems, n, params, salt))
        pending: dict[tuple[int, int], tuple[Rollout, Future[Verdict]]] = {}
        for sampled in self.sampler.sample(requests):
            problem = problems[sampled.request]
            rollout = Rollout(problem, sampled.completion, sampled.request, version)
            verdict = self.scorer.submit(problem, sampled.completion)
            pending[sampled.request, sampled.index] = (rollout, verdict)
            on_sampled(len(pending), len(problems) * n)
        ended = time.perf_counter()
        judged = [replace(rollout, verdict=verdict.result()) for _, (rollout, verdict) in sorted(pending.items())]
        self.scorer.check_health()
        seconds = {"sample": ended - started, "score": time.perf_counter() - ended}
        return Collected(judged, [requests[r.group].prompt_ids for r in judged], seconds)

    def _requests(self, problems: Sequence[Problem], n: int, params: SamplingParams, salt: str) -> Iterator[Request]:
        for i, problem in enumerate(problems):
            encoded = self.encoder.encode(problem.prompt)
            if not encoded.ids:
                raise UsageError(f"problem {problem.id!r} of task {problem.task!r} has an empty prompt.")
            yield Request(i, encoded.ids, n, self._seed(salt, i, problem.id), params, encoded.prefill)

    def _seed(self, salt: str, place: int, problem: str) -> int:
        text = f"{self.seed}\0{salt}\0{place}\0{problem}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big")
