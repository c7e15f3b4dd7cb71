"""What one update trains on: the rollouts of some groups as tensors.

Shapes: B completions (all of one group adjacent), T the longest completion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from rlvr.problem import Rollout
from rlvr.verdict import Verdict


@dataclass(frozen=True, slots=True)
class RolloutBatch:
    """Rollouts as tensors, on the CPU.

    prompts:             B token-id tuples (the same object within a group).
    tasks:               B names of the tasks the prompts come from.
    completion_ids:      (B, T) sampled ids, 0 beyond the end.
    mask:                (B, T) bool, true where a sampled token stands (from lengths, never from pad ids).
    sampler_logprobs:    (B, T) float32, the sampler's own, 0 where masked.
    group_index:         (B,) number of the group each completion belongs to.
    rewards:             (B,) float64, NaN where the verdict is ERROR.
    advantages:          (B, T) float32, 0 where masked and for ERROR rows; zeros until estimated.
    trainer_logprobs:    (B, T) the policy's own before any update, or None where nothing asks for them.
    reference_logprobs:  (B, T) the reference policy's, or None.
    values:              (B, T) a critic's estimates before each token, or None.
    returns:             (B, T) what a critic is trained towards, or None.
    """

    prompts: tuple[tuple[int, ...], ...]
    tasks: tuple[str, ...]
    completion_ids: Tensor
    mask: Tensor
    sampler_logprobs: Tensor
    group_index: Tensor
    verdicts: tuple[Verdict, ...]
    truncated: Tensor
    rewards: Tensor
    advantages: Tensor
    trainer_logprobs: Tensor | None = None
    reference_logprobs: Tensor | None = None
    values: Tensor | None = None
    returns: Tensor | None = None

    @classmethod
    def of(cls, rollouts: Sequence[Rollout], prompts: Sequence[tuple[int, ...]]) -> RolloutBatch:
        """From judged rollouts with their encoded prompts. Raises ValueError when one is not judged."""
        verdicts = tuple(r.verdict for r in rollouts if r.verdict is not None)
        if len(verdicts) != len(rollouts):
            raise ValueError("every rollout of a batch must have its verdict")
        lengths = [len(r.completion.token_ids) for r in rollouts]
        shape = (len(rollouts), max(lengths))
        ids = torch.zeros(shape, dtype=torch.long)
        logprobs = torch.zeros(shape, dtype=torch.float32)
        for i, rollout in enumerate(rollouts):
            ids[i, : lengths[i]] = torch.tensor(rollout.completion.token_ids)
            logprobs[i, : lengths[i]] = torch.tensor(rollout.completion.logprobs)
        return cls(
            prompts=tuple(prompts),
            tasks=tuple(r.problem.task for r in rollouts),
            completion_ids=ids,
            mask=torch.arange(shape[1])[None, :] < torch.tensor(lengths)[:, None],
            sampler_logprobs=logprobs,
            group_index=torch.tensor([r.group for r in rollouts]),
            verdicts=verdicts,
            truncated=torch.tensor([r.completion.truncated for r in rollouts]),
            rewards=torch.tensor([_number(v.reward) for v in verdicts], dtype=torch.float64),
            advantages=torch.zeros(shape, dtype=torch.float32),
        )

    def __len__(self) -> int:
        return len(self.prompts)

    @property
    def lengths(self) -> Tensor:
        """(B,) tokens of each completion."""
        return self.mask.sum(1)

    @property
    def judged(self) -> Tensor:
        """(B,) true where there is a reward: the verdict is no ERROR."""
        return ~self.rewards.isnan()

    @property
    def old_logprobs(self) -> Tensor:
        """(B, T) what a ratio is taken against: the trainer's own where they were computed, else the sampler's."""
        return self.sampler_logprobs if self.trainer_logprobs is None else self.trainer_logprobs

    def select(self, rows: Sequence[int]) -> RolloutBatch:
        """Only these rows, trimmed to their longest completion."""
        index = torch.tensor(rows)
        width = int(self.lengths[index].max())

        def take(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(value[i] for i in rows)
            if isinstance(value, Tensor):
                return value[index, :width] if value.dim() == 2 else value[index]
            return value

        return RolloutBatch(**{field.name: take(getattr(self, field.name)) for field in fields(self)})

    def state_dict(self) -> dict[str, Any]:
        """The batch as tensors and plain data."""
        state = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**state, "verdicts": [verdict.to_json() for verdict in self.verdicts]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> RolloutBatch:
        """The inverse of `state_dict`."""
        known: dict[tuple[int, ...], tuple[int, ...]] = {}
        prompts = (tuple(prompt) for prompt in state["prompts"])
        plain = {
            "prompts": tuple(known.setdefault(prompt, prompt) for prompt in prompts),
            "tasks": tuple(state["tasks"]),
            "verdicts": tuple(Verdict.from_json(verdict) for verdict in state["verdicts"]),
        }
        return cls(**{**state, **plain})

    def group_rows(self) -> list[list[int]]:
        """The rows of each group, in order."""
        index = self.group_index.tolist()
        return [list(rows) for _, rows in groupby(range(len(index)), key=index.__getitem__)]

    def group_tokens(self) -> Iterator[tuple[tuple[int, ...], list[list[int]]]]:
        """Each group's prompt ids and the ids of its completions."""
        lengths = self.lengths.tolist()
        ids = self.completion_ids.tolist()
        for rows in self.group_rows():
            yield self.prompts[rows[0]], [ids[i][: lengths[i]] for i in rows]

    def groups(self) -> Iterator[tuple[tuple[int, ...], list[int]]]:
        """Each group's prompt ids and the lengths of its completions."""
        for prompt, completions in self.group_tokens():
            yield prompt, [len(c) for c in completions]


def _number(reward: float | None) -> float:
    return float("nan") if reward is None else reward
