"""Lays a batch out for one forward pass so that no token is computed twice.

What all prompts have in common (worked examples, a system message) goes through the model once, as a row
of its own whose keys and values every other row sees. A group is then one row: the rest of its prompt,
followed by its completions side by side, each of which sees the prompt and itself only.

Not here: the pass itself (`rlvr.policy`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rlvr.batch import RolloutBatch


@dataclass(frozen=True, slots=True)
class Packed:
    """Model input of R rows of at most S tokens that stand behind P common ones (P may be 0).

    prefix:          (P,) ids at the positions 0 to P - 1.
    input_ids:       (R, S) ids of the rows, 0 beyond their end.
    position_ids:    (R, S) positions, which begin at P.
    attention_mask:  (R, 1, S, P + S) bool, what each token sees.
    predictors:      (N,) for each completion token in row-major order of (B, T), the flat index in (R, S)
                     of the state that predicts it.
    """

    prefix: Tensor
    input_ids: Tensor
    position_ids: Tensor
    attention_mask: Tensor
    predictors: Tensor


def pack(batch: RolloutBatch, device: torch.device, *, share_prompts: bool, share_prefix: bool) -> Packed:
    """Each group as one row, or each completion as its own; common tokens apart where asked for."""
    rows: list[tuple[tuple[int, ...], list[list[int]]]] = []
    for prompt, completions in batch.group_tokens():
        rows.extend([(prompt, completions)] if share_prompts else [(prompt, [c]) for c in completions])
    common = common_prefix([prompt for prompt, _ in rows]) if share_prefix else 0
    prefix = torch.tensor(rows[0][0][:common], dtype=torch.long)
    width = max(len(p) - common + sum(len(c) - 1 for c in cs) for p, cs in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    positions = torch.full_like(ids, common)
    seen = torch.zeros(len(rows), 1, width, common + width, dtype=torch.bool)
    seen[..., :common] = True
    own = seen[:, 0, :, common:]
    own.diagonal(dim1=1, dim2=2).fill_(True)  # padding sees itself: a row of no scores is NaN
    predictors = []
    for r, (prompt, completions) in enumerate(rows):
        rest = prompt[common:]
        p = len(rest)
        ids[r, :p] = torch.tensor(rest)
        positions[r, :p] = torch.arange(common, common + p)
        own[r, :p, :p] = _triangle(p)
        at = p
        for completion in completions:
            n = len(completion) - 1
            ids[r, at : at + n] = torch.tensor(completion[:-1], dtype=torch.long)
            positions[r, at : at + n] = torch.arange(common + p, common + p + n)
            own[r, at : at + n, :p] = True
            own[r, at : at + n, at : at + n] = _triangle(n)
            predictors.append(r * width + torch.tensor([p - 1, *range(at, at + n)]))
            at += n
    return Packed(*(part.to(device) for part in (prefix, ids, positions, seen, torch.cat(predictors))))


def common_prefix(prompts: Sequence[tuple[int, ...]]) -> int:
    """How many tokens all prompts begin with. The last one of each stays with its row, which it predicts from."""
    # What the least and the greatest share, all in between share too.
    return min(shared_length(min(prompts), max(prompts)), *(len(prompt) - 1 for prompt in prompts))


def shared_length(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the longest common prefix of two."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def _triangle(n: int) -> Tensor:
    return torch.ones(n, n, dtype=torch.bool).tril()
