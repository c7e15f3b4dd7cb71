"""The loop: problems -> rollouts -> verdicts -> advantages -> optimizer steps, again and again.

Reads from top to bottom. What it calls: `rollouts.Collector` (sampling and scoring), `estimator`
(advantages), `buffer` (which rollouts an update sees), `learner.Learner` (loss, optimizer, critic),
`validation` and `diagnosis` (how it goes), `store` and `checkpoint` (what lasts).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import torch

from rlvr.algorithms.advantages import has_signal
from rlvr.batch import RolloutBatch
from rlvr.buffer import RolloutBuffer
from rlvr.checkpoint import list_checkpoints, load_checkpoint, save_checkpoint
from rlvr.critic import Critic, make_critic
from rlvr.diagnosis import Diagnosis
from rlvr.disk import sweep
from rlvr.errors import Interrupted, RlvrError, TooManyErrors
from rlvr.estimator import AdvantageEstimator
from rlvr.learner import Learner
from rlvr.metrics import batch_metrics
from rlvr.problem import Rollout
from rlvr.ranks import Ranks
from rlvr.rollouts import Collected
from rlvr.run_folder import RunFolder
from rlvr.runtime import Runtime
from rlvr.stateful import Stateful
from rlvr.store import EventRecord, MetricsRecord, RolloutRecord, Store
from rlvr.tasks.mix import ProblemStream
from rlvr.validation import Validation

Metrics = dict[str, float | None]


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
        self.estimator = AdvantageEstimator(recipe.algorithm, recipe.critic, self.params.max_tokens)
        self.buffer = RolloutBuffer(recipe.algorithm.num_mini_batches, recipe.algorithm.num_iterations)
        self.validation = Validation(runtime, run, store)
        self.diagnosis = Diagnosis(recipe.train.max_steps)
        self.learner = Learner(
            runtime.policy,
            recipe.algorithm,
            recipe.train,
            temperature=recipe.sampling.temperature,
            max_tokens=self.params.max_tokens,
            ranks=self.ranks,
            critic=self._critic(),
        )
        #: Judged in a step that has not come to its advantages.
        self._judged: list[Rollout] = []
        #: Whether groups without signal are replaced by others.
        self.replaces = recipe.algorithm.needs_mixed_groups and recipe.curriculum.refill > 0

    def train(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Run to `max_steps` and write the adapter; `stop` is asked after every step.

        Raises TooManyErrors, or Interrupted when it is to stop, in both cases after saving a checkpoint.
        """
        options = self.recipe.train
        if self.policy.has_start and not list_checkpoints(self.run.checkpoints):
            self.save()  # the record of the start is to outlast a kill before the first step's checkpoint
        while self.learner.step < options.max_steps:
            before = self.learner.step, self.stream.state_dict()
            try:
                metrics = self.step()
            except TooManyErrors as error:
                self._break_off(*before, error)
            self.display.step(self.learner.step, options.max_steps, metrics)
            self._diagnose(metrics)
            if stop():
                what = f"the run stopped after step {self.learner.step} of {options.max_steps}, as it was asked to."
                self._leave("interrupted", Interrupted(what, f"Go on with: rlvr train {self.run.path} --resume"))
            if self.learner.step % options.save_steps == 0 or self.learner.step == options.max_steps:
                self.save()
        if chosen := self.validation.finish():
            self._note("chosen", chosen)
        self.policy.save(self.run.adapter)

    def step(self) -> Metrics:
        """One optimizer step, on new rollouts where those of before are used up; returns its metrics."""
        started = time.perf_counter()
        number = self.learner.step + 1
        metrics = {} if self.buffer else self._fill(number)
        ready = time.perf_counter()
        metrics |= self.learner.update(self.buffer.next())
        metrics["seconds/update"] = time.perf_counter() - ready
        try:
            if self.validation.due(number):
                metrics |= self.validation.look(number)
        finally:  # whatever comes of that, the step has been made
            metrics |= self.collector.scorer.take_metrics()
            metrics["seconds/step"] = time.perf_counter() - started
            self._record(number, metrics)
        return metrics

    def save(self) -> None:
        """Database first, then a checkpoint that names its position."""
        if self.ranks.is_main:
            state = {**self.state_dict(), "position": self.store.commit(self.learner.step)}
            keep = self.recipe.train.save_total_limit
            save_checkpoint(self.run.checkpoints, self.learner.step, state, keep)
            self.validation.prune()

    def resume(self) -> bool:
        """Go on from the newest checkpoint of the run; False when there is none, and it begins anew."""
        for folder in (self.run.path, self.run.checkpoints):
            sweep(folder)
        found = list_checkpoints(self.run.checkpoints)
        state = load_checkpoint(found[-1]) if found else None
        if state:
            self.load_state_dict(state)
        self.store.rewind(state["position"] if state else self.store.origin)
        self.run.rewind_metrics(self.learner.step)
        return bool(found)

    def state_dict(self) -> Mapping[str, Any]:
        """Everything that decides what comes next."""
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        return {**parts, "generators": self._generators()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        torch.set_rng_state(state["generators"]["cpu"])
        device = self.policy.device
        if device.type in state["generators"] and device.type != "cpu":
            torch.get_device_module(device).set_rng_state(state["generators"][device.type], device)

    def _generators(self) -> dict[str, torch.Tensor]:
        """What dropout draws from, by the kind of device."""
        device, states = self.policy.device, {"cpu": torch.get_rng_state()}
        if device.type != "cpu":  # untested: there is no accelerator where this is developed
            states[device.type] = torch.get_device_module(device).get_rng_state(device)
        return states

    def _critic(self) -> Critic | None:
        algorithm = self.recipe.algorithm
        if algorithm.advantage != "gae":
            return None
        return make_critic(self.policy, self.recipe.critic, algorithm.num_iterations)

    def _parts(self) -> dict[str, Stateful]:
        return {
            "policy": self.policy,
            "learner": self.learner,
            "stream": self.stream,
            "buffer": self.buffer,
            "validation": self.validation,
            "diagnosis": self.diagnosis,
        }

    def _fill(self, number: int) -> Metrics:
        """Sample and judge the groups of a rollout, estimate their advantages, put them into the buffer."""
        started = time.perf_counter()
        self.decoder.load(self.policy.model)
        loaded = time.perf_counter()
        collected = self._collect(number)
        judged = time.perf_counter()
        sampled = RolloutBatch.of(collected.rollouts, collected.prompts)
        rows = self._useful(sampled)
        prepared, metrics = self.learner.prepare(sampled.select(rows))
        batch = self.estimator.estimate(prepared)
        self.buffer.put(batch)
        means = (batch.advantages.sum(1) / batch.lengths).tolist()
        advantages = {rows[i]: mean for i, mean in enumerate(means) if batch.judged[i]}
        self.store.append(
            RolloutRecord(number, "train", rollout, advantages.get(row))
            for row, rollout in enumerate(collected.rollouts)
        )
        self._judged.clear()
        seconds = {**collected.seconds, "merge": loaded - started, "prepare": time.perf_counter() - judged}
        return {
            **batch_metrics(sampled),
            **metrics,
            **{f"seconds/{phase}": value for phase, value in seconds.items()},
        }

    def _collect(self, number: int) -> Collected:
        """The rollout's groups; those without signal are replaced by others, up to the curriculum's bound.

        A small batch takes nearly as long to sample as a large one, so as many more are asked for at once
        as the share with signal so far calls for. All that have signal are used.
        """
        wanted = self.recipe.algorithm.prompts_per_step
        bound = wanted + int(wanted * self.recipe.curriculum.refill) if self.replaces else wanted
        collected = self._ask(number, wanted, 0)
        asked = wanted
        while asked < bound:
            live = sum(_differ(group) for group in collected.groups())
            if live >= wanted:
                break
            more = math.ceil((wanted - live) * asked / max(live, 1))
            more = min(more, bound - asked, self.stream.most)
            collected += self._ask(number, more, asked)
            asked += more
        return collected

    def _ask(self, number: int, count: int, first_group: int) -> Collected:
        """Groups of the stream's next problems, from whose verdicts the curriculum learns. Raises TooManyErrors."""
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
        self._judged += collected.rollouts
        self.collector.scorer.check_health()
        if self.recipe.algorithm.num_generations > 1:  # one answer is no group that could have signal
            for group in collected.groups():
                self.stream.curriculum.learn(group[0].problem, [r.verdict for r in group if r.verdict])
        return collected

    def _useful(self, batch: RolloutBatch) -> list[int]:
        """The rows that updates see: where groups are replaced, only those of groups with signal.

        All of them when none has any, so that a KL term still acts.
        """
        if not self.replaces:
            return list(range(len(batch)))
        signal = has_signal(batch.rewards, batch.group_index)
        rows = [row for rows, live in zip(batch.group_rows(), signal, strict=True) if live for row in rows]
        return rows or list(range(len(batch)))

    def _record(self, number: int, metrics: Metrics) -> None:
        if self.ranks.is_main:
            self.store.append([MetricsRecord(number, metrics)])
            self.store.commit(number)
            self.run.log_metrics({"step": number, **metrics})

    def _diagnose(self, metrics: Metrics) -> None:
        for finding in self.diagnosis.look(self.learner.step, metrics):
            self._note("diagnosis", finding)

    def _note(self, kind: str, text: str) -> None:
        """Say it, and keep it with the run."""
        self.display.say(text)
        self.store.append([EventRecord(self.learner.step, kind, text)])

    def _break_off(self, step: int, stream: Mapping[str, Any], error: TooManyErrors) -> NoReturn:
        """Leave from within a step. One in which nothing was learnt is to be made again, and so is not counted.

        What was judged in it is kept for a look at the errors, until the run goes on.
        """
        if self.learner.step == step:
            self.stream.load_state_dict(stream)
        try:
            self._leave("stopped", error)
        finally:
            self.store.append(RolloutRecord(step + 1, "train", rollout, None) for rollout in self._judged)
            self.store.commit(step)

    def _leave(self, kind: str, error: RlvrError) -> NoReturn:
        """Say why in the store, save, and raise."""
        self.store.append([EventRecord(self.learner.step, kind, str(error))])
        self.save()
        raise error


def _differ(group: Sequence[Rollout]) -> bool:
    """Whether the judged rewards of a group differ: on the verdict, whatever is done to rewards later."""
    rewards = {rollout.verdict.reward for rollout in group if rollout.verdict} - {None}
    return len(rewards) > 1
