"""Draws one token a row from logits, with numbers that were fixed when the row was admitted.

Inverse-CDF sampling with one uniform number a token: what a completion says then depends on its own
numbers only, not on which rows it shared a batch with.
"""

from __future__ import annotations

import torch
from torch import Tensor

_BLOCK = 256


def draw(logits: Tensor, temperature: Tensor, top_p: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """logits (B, V); temperature, top_p, uniform (B,) -> tokens (B,) and log-probs (B,), float32.

    Temperature 0 takes the likeliest token. Log-probs are those of what was drawn from: of
    softmax(logits / temperature), cut off by top-p and renormalised; at temperature 0 of softmax(logits).
    """
    greedy = temperature == 0
    scale = torch.where(greedy, torch.ones_like(temperature), temperature)
    logprobs = torch.log_softmax(logits.float() / scale[:, None], dim=-1)
    kept = _nucleus(logprobs, top_p)
    tokens = _invert(kept, uniform)
    if bool(greedy.any()):
        tokens = torch.where(greedy, logprobs.argmax(-1), tokens)
    drawn = logprobs.gather(1, tokens[:, None])[:, 0]
    cut = (top_p < 1) & ~greedy
    return tokens, torch.where(cut, drawn - kept.sum(-1).log(), drawn) if bool(cut.any()) else drawn


def _nucleus(logprobs: Tensor, top_p: Tensor) -> Tensor:
    """Probabilities (B, V) with all but the smallest set of mass >= top_p set to 0, not renormalised."""
    p = logprobs.exp()
    if bool((top_p >= 1).all()):
        return p
    ordered, index = p.sort(dim=-1, descending=True)
    before = ordered.cumsum(-1) - ordered
    ordered = ordered.masked_fill(before >= top_p[:, None], 0.0)
    return torch.zeros_like(p).scatter_(1, index, ordered)


def _invert(p: Tensor, uniform: Tensor) -> Tensor:
    """The index at which the running sum of p passes uniform * total: first the block, then inside it."""
    rows, vocabulary = p.shape
    blocks = torch.nn.functional.pad(p, (0, -vocabulary % _BLOCK)).view(rows, -1, _BLOCK)
    running = blocks.sum(-1).cumsum(-1)
    target = uniform[:, None] * running[:, -1:]
    block = torch.searchsorted(running, target, right=True).clamp_(max=running.shape[1] - 1)
    before = torch.where(block > 0, running.gather(1, (block - 1).clamp(min=0)), torch.zeros_like(target))
    inside = blocks[torch.arange(rows, device=p.device), block[:, 0]].cumsum(-1)
    offset = torch.searchsorted(inside, target - before, right=True)
    # Rounding may land beyond the last token of weight in the block: step back to it.
    last = _BLOCK - 1 - (inside.diff(dim=-1, prepend=torch.zeros_like(target)) > 0).flip(-1).int().argmax(-1)
    return block[:, 0] * _BLOCK + torch.minimum(offset[:, 0], last)
