"""The loop: problems -> rollouts -> verdicts -> advantages -> one optimizer step, again and again.

Reads from top to bottom. What it calls: `rollouts.Collector` (sampling and scoring), `algorithms`
(advantages), `learner.Learner` (loss and optimizer), `store` and `checkpoint` (what lasts).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch

from rlvr.algorithms.advantages import group_advantages
from rlvr.batch import RolloutBatch
from rlvr.checkpoint import list_checkpoints, load_checkpoint, save_checkpoint
from rlvr.errors import TooManyErrors
from rlvr.learner import Learner
from rlvr.metrics import batch_metrics
from rlvr.ranks import Ranks
from rlvr.rollouts import Collected
from rlvr.run_folder import RunFolder
from rlvr.runtime import Runtime
from rlvr.store import EventRecord, MetricsRecord, RolloutRecord, Store
from rlvr.tasks.mix import ProblemStream


class Trainer:
    """Trains a policy on the problems of a stream, as a recipe says."""

    def __init__(self, runtime: Runtime, run: RunFolder, stream: ProblemStream, store: Store) -> None:
        self.recipe = recipe = runtime.recipe
        self.run = run
        self.policy = runtime.policy
        self.decoder = runtime.decoder
        self.collector = runtime.collector
        self.display = runtime.display
        self.stream = stream
        self.store = store
        self.ranks = Ranks()
        self.params = recipe.sampling.params()
        self.learner = Learner(
            runtime.policy,
            recipe.algorithm,
            recipe.train,
            temperature=recipe.sampling.temperature,
            max_tokens=recipe.sampling.max_completion_length,
            ranks=self.ranks,
        )

    def train(self) -> None:
        """Run to `max_steps` and write the adapter. Raises TooManyErrors after saving a checkpoint."""
        options = self.recipe.train
        while self.learner.step < options.max_steps:
            try:
                metrics = self.step()
            except TooManyErrors as error:
                self.store.append([EventRecord(self.learner.step, "stopped", str(error))])
                self.save()
                raise
            self.display.step(self.learner.step, options.max_steps, metrics)
            if self.learner.step % options.save_steps == 0 or self.learner.step == options.max_steps:
                self.save()
        self.policy.save(self.run.adapter)

    def step(self) -> Mapping[str, float | None]:
        """One step of the loop; returns its metrics."""
        started = time.perf_counter()
        number = self.learner.step + 1
        self.decoder.load(self.policy.model)
        loaded = time.perf_counter()
        collected = self._collect(number)
        batch = self._estimate(RolloutBatch.of(collected.rollouts, collected.prompts))
        sampled = time.perf_counter()
        metrics = {**batch_metrics(batch), **self.learner.update(batch)}
        ended = time.perf_counter()
        metrics |= {f"seconds/{phase}": seconds for phase, seconds in collected.seconds.items()}
        metrics |= {"seconds/merge": loaded - started, "seconds/update": ended - sampled}
        metrics["seconds/step"] = ended - started
        self._record(number, collected, batch, metrics)
        return metrics

    def save(self) -> None:
        """Database first, then a checkpoint that names its position."""
        if self.ranks.is_main:
            state = {**self.state_dict(), "position": self.store.commit(self.learner.step)}
            keep = self.recipe.train.save_total_limit
            save_checkpoint(self.run.checkpoints, self.learner.step, state, keep)

    def resume(self) -> bool:
        """Go on from the newest checkpoint of the run; False when there is none."""
        found = list_checkpoints(self.run.checkpoints)
        if not found:
            return False
        state = load_checkpoint(found[-1])
        self.load_state_dict(state)
        self.store.rewind(state["position"])
        return True

    def state_dict(self) -> Mapping[str, Any]:
        """Adapter, optimizer, data cursor and torch's generator."""
        return {
            "policy": self.policy.state_dict(),
            "learner": self.learner.state_dict(),
            "stream": self.stream.state_dict(),
            "generator": torch.get_rng_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.policy.load_state_dict(state["policy"])
        self.learner.load_state_dict(state["learner"])
        self.stream.load_state_dict(state["stream"])
        torch.set_rng_state(state["generator"])

    def _collect(self, number: int) -> Collected:
        algorithm = self.recipe.algorithm
        problems = self.stream.take(algorithm.prompts_per_step)
        with self.display.phase(f"step {number}", quiet=True) as on_sampled:
            return self.collector.collect(
                problems,
                algorithm.num_generations,
                self.params,
                salt=f"train/{number}",
                version=self.learner.step,
                on_sampled=on_sampled,
            )

    def _estimate(self, batch: RolloutBatch) -> RolloutBatch:
        """The batch with one advantage a completion, the same for all of its tokens."""
        scale = self.recipe.algorithm.scale_rewards
        advantages = group_advantages(batch.rewards, batch.group_index, scale)
        return batch.with_advantages(advantages.float()[:, None] * batch.mask)

    def _record(
        self, number: int, collected: Collected, batch: RolloutBatch, metrics: Mapping[str, float | None]
    ) -> None:
        if not self.ranks.is_main:
            return
        advantages = batch.advantages[:, 0].tolist()
        pairs = zip(collected.rollouts, advantages, strict=True)
        self.store.append(RolloutRecord(number, "train", rollout, advantage) for rollout, advantage in pairs)
        self.store.append([MetricsRecord(number, metrics)])
        self.store.commit(number)
        self.run.log_metrics({"step": number, **metrics})
