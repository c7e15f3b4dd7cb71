"""The loop: problems -> rollouts -> verdicts -> advantages -> one optimizer step, again and again.

Reads from top to bottom. What it calls: `rollouts.Collector` (sampling and scoring), `algorithms`
(advantages), `learner.Learner` (loss and optimizer), `store` and `checkpoint` (what lasts).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import torch

from rlvr.algorithms.advantages import group_advantages, has_signal
from rlvr.batch import RolloutBatch
from rlvr.checkpoint import list_checkpoints, load_checkpoint, save_checkpoint
from rlvr.errors import Interrupted, RlvrError, TooManyErrors
from rlvr.learner import Learner
from rlvr.metrics import batch_metrics
from rlvr.problem import Rollout
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
        #: Whether groups without signal are replaced by others.
        self.replaces = recipe.algorithm.needs_mixed_groups and recipe.curriculum.refill > 0
        self.learner = Learner(
            runtime.policy,
            recipe.algorithm,
            recipe.train,
            temperature=recipe.sampling.temperature,
            max_tokens=recipe.sampling.max_completion_length,
            ranks=self.ranks,
        )

    def train(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Run to `max_steps` and write the adapter; `stop` is asked after every step.

        Raises TooManyErrors, or Interrupted when it is to stop, in both cases after saving a checkpoint.
        """
        options = self.recipe.train
        while self.learner.step < options.max_steps:
            try:
                metrics = self.step()
            except TooManyErrors as error:
                self._leave("stopped", error)
            self.display.step(self.learner.step, options.max_steps, metrics)
            if stop():
                what = f"the run stopped after step {self.learner.step} of {options.max_steps}, as it was asked to."
                self._leave("interrupted", Interrupted(what, f"Go on with: rlvr train {self.run.path} --resume"))
            if self.learner.step % options.save_steps == 0 or self.learner.step == options.max_steps:
                self.save()
        self.policy.save(self.run.adapter)

    def _leave(self, kind: str, error: RlvrError) -> NoReturn:
        """Say why in the store, save, and raise."""
        self.store.append([EventRecord(self.learner.step, kind, str(error))])
        self.save()
        raise error

    def step(self) -> Mapping[str, float | None]:
        """One step of the loop; returns its metrics."""
        started = time.perf_counter()
        number = self.learner.step + 1
        self.decoder.load(self.policy.model)
        loaded = time.perf_counter()
        collected = self._collect(number)
        sampled = RolloutBatch.of(collected.rollouts, collected.prompts)
        rows = self._useful(sampled)
        batch = self._estimate(sampled.select(rows))
        judged = time.perf_counter()
        metrics = {**batch_metrics(sampled), **self.learner.update(batch)}
        ended = time.perf_counter()
        metrics |= {f"seconds/{phase}": seconds for phase, seconds in collected.seconds.items()}
        metrics |= {"seconds/merge": loaded - started, "seconds/update": ended - judged}
        metrics["seconds/step"] = ended - started
        advantages = dict(zip(rows, batch.advantages[:, 0].tolist(), strict=True))
        self._record(number, collected, advantages, metrics)
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
        self.run.rewind_metrics(self.learner.step)
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
        """The step's groups; those without signal are replaced by others, up to the curriculum's bound."""
        wanted = self.recipe.algorithm.prompts_per_step
        bound = wanted + int(wanted * self.recipe.curriculum.refill) if self.replaces else wanted
        collected = self._ask(number, wanted, 0)
        while (asked := len(list(collected.groups()))) < bound:
            missing = wanted - sum(_differ(group) for group in collected.groups())
            if not missing:
                break
            collected += self._ask(number, min(missing, bound - asked), asked)
        return collected

    def _ask(self, number: int, count: int, first_group: int) -> Collected:
        """Groups of the stream's next problems, from whose verdicts the curriculum learns."""
        with self.display.phase(f"step {number}", quiet=True) as on_sampled:
            collected = self.collector.collect(
                self.stream.take(count),
                self.recipe.algorithm.num_generations,
                self.params,
                salt=f"train/{number}",
                version=self.learner.step,
                first_group=first_group,
                on_sampled=on_sampled,
            )
        for group in collected.groups():
            self.stream.curriculum.learn(group[0].problem, [r.verdict for r in group if r.verdict])
        return collected

    def _useful(self, batch: RolloutBatch) -> list[int]:
        """The rows that the update sees: where groups are replaced, only those of groups with signal.

        All of them when none has any, so that a KL term still acts.
        """
        if not self.replaces:
            return list(range(len(batch)))
        signal = has_signal(batch.rewards, batch.group_index)
        rows = [row for rows, live in zip(batch.group_rows(), signal, strict=True) if live for row in rows]
        return rows or list(range(len(batch)))

    def _estimate(self, batch: RolloutBatch) -> RolloutBatch:
        """The batch with one advantage a completion, the same for all of its tokens."""
        scale = self.recipe.algorithm.scale_rewards
        advantages = group_advantages(batch.rewards, batch.group_index, scale)
        return batch.with_advantages(advantages.float()[:, None] * batch.mask)

    def _record(
        self, number: int, collected: Collected, advantages: Mapping[int, float], metrics: Mapping[str, float | None]
    ) -> None:
        """Keep every rollout, with the advantage of those that were trained on."""
        if not self.ranks.is_main:
            return
        self.store.append(
            RolloutRecord(number, "train", rollout, advantages.get(row))
            for row, rollout in enumerate(collected.rollouts)
        )
        self.store.append([MetricsRecord(number, metrics)])
        self.store.commit(number)
        self.run.log_metrics({"step": number, **metrics})


def _differ(group: Sequence[Rollout]) -> bool:
    """Whether the judged rewards of a group differ: on the verdict, whatever is done to rewards later."""
    rewards = {rollout.verdict.reward for rollout in group if rollout.verdict} - {None}
    return len(rewards) > 1
