"""From problems to judged rollouts: encode, sample, and score each completion the moment it ends.

Training and evaluation both go through `Collector.collect`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import groupby

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

    def __add__(self, other: Collected) -> Collected:
        seconds = {phase: value + other.seconds[phase] for phase, value in self.seconds.items()}
        return Collected(self.rollouts + other.rollouts, self.prompts + other.prompts, seconds)

    def groups(self) -> Iterator[list[Rollout]]:
        """The rollouts of each group, in order."""
        for _, group in groupby(self.rollouts, key=lambda rollout: rollout.group):
            yield list(group)


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
        first_group: int = 0,
        on_sampled: OnSampled = lambda done, total: None,
    ) -> Collected:
        """Answer every problem n times and judge the answers.

        Tokens depend on the run's seed, `salt` (such as the step), the problem and the number of its
        group; groups are numbered from `first_group`. Whoever has put the rollouts away asks
        `scorer.check_health`.
        """
        started = time.perf_counter()
        requests = list(self._requests(problems, n, params, salt, first_group))
        pending: dict[tuple[int, int], tuple[Rollout, Future[Verdict]]] = {}
        for sampled in self.sampler.sample(requests):
            problem = problems[sampled.request]
            rollout = Rollout(problem, sampled.completion, first_group + sampled.request, version)
            verdict = self.scorer.submit(problem, sampled.completion)
            pending[sampled.request, sampled.index] = (rollout, verdict)
            on_sampled(len(pending), len(problems) * n)
        ended = time.perf_counter()
        judged = [replace(rollout, verdict=verdict.result()) for _, (rollout, verdict) in sorted(pending.items())]
        seconds = {"sample": ended - started, "score": time.perf_counter() - ended}
        return Collected(judged, [requests[r.group - first_group].prompt_ids for r in judged], seconds)

    def _requests(
        self, problems: Sequence[Problem], n: int, params: SamplingParams, salt: str, first_group: int
    ) -> Iterator[Request]:
        for i, problem in enumerate(problems):
            encoded = self.encoder.encode(problem.prompt)
            if not encoded.ids:
                raise UsageError(f"problem {problem.id!r} of task {problem.task!r} has an empty prompt.")
            yield Request(i, encoded.ids, n, self._seed(salt, first_group + i, problem.id), params, encoded.prefill)

    def _seed(self, salt: str, group: int, problem: str) -> int:
        text = f"{self.seed}\0{salt}\0{group}\0{problem}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big")
