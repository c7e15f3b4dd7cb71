"""The key-value cache of continuous batching: one row a running completion, of any length each.

Rows are filled from a prompt that was prefilled once for its whole group, and are overwritten as
soon as their completion has ended.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

from rlvr.packing import shared_length

KeyValue = tuple[Tensor, Tensor]


class RowLayer(CacheLayerMixin):  # type: ignore[misc]
    """Keys and values of one layer: (rows, heads, width, head_dim)."""

    is_sliding = False

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.prefix: KeyValue | None = None
        self.prefilled: KeyValue | None = None
        self.positions: Tensor | None = None
        self.width = 0

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> KeyValue:
        """Called by the model's attention. Decoding when positions are set, else prefilling one prompt."""
        if self.positions is None:
            if self.prefix is not None:
                key_states = torch.cat([self.prefix[0], key_states], dim=2)
                value_states = torch.cat([self.prefix[1], value_states], dim=2)
            self.prefilled = (key_states, value_states)
            return self.prefilled
        count = len(self.positions)
        row = torch.arange(count, device=self.positions.device)
        self.keys[row, :, self.positions] = key_states[:, :, 0]
        self.values[row, :, self.positions] = value_states[:, :, 0]
        return self.keys[:count, :, : self.width], self.values[:count, :, : self.width]

    def reserve(self, like: Tensor, width: int) -> None:
        """Make room for rows of `width` tokens, keeping what is there. `like` is (1, heads, n, head_dim)."""
        old = getattr(self, "keys", None)
        if old is not None and old.shape[2] >= width:
            return
        shape = (self.rows, like.shape[1], width, like.shape[3])
        for name in ("keys", "values"):
            fresh = torch.zeros(shape, dtype=like.dtype, device=like.device)
            if old is not None:
                fresh[:, :, : old.shape[2]] = getattr(self, name)
            setattr(self, name, fresh)

    def get_seq_length(self) -> int:
        """Part of the cache's interface; masks and positions are given explicitly, so it is never used."""
        return self.width

    def get_max_length(self) -> int:
        """No fixed limit."""
        return -1

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Part of the cache's interface, see `get_seq_length`."""
        return self.width, 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing to do before the first prompt."""


class Rows:
    """All layers together, and the decoding model's forward pass over them."""

    def __init__(self, model: Any, count: int) -> None:
        self.backbone = getattr(model, model.base_model_prefix)
        self.head = model.get_output_embeddings()
        self.count = count
        self.layers = [RowLayer(count) for _ in range(model.config.num_hidden_layers)]
        self.cache = Cache(layers=self.layers)
        self.device = next(model.parameters()).device
        self._last: tuple[tuple[int, ...], list[KeyValue]] = ((), [])

    def forget(self) -> None:
        """Drop the last prompt: its keys and values belong to the weights of before."""
        self._last = ((), [])

    def prefill(self, ids: tuple[int, ...]) -> tuple[Tensor, list[KeyValue]]:
        """Logits (1, V) after the prompt, and its keys and values by layer.

        What the prompt shares with the one before (few-shot examples, a system message) is not
        computed again.
        """
        known, prompt = self._last
        shared = shared_length(known, ids[:-1])
        for i, layer in enumerate(self.layers):
            layer.positions = None
            layer.prefix = (prompt[i][0][:, :, :shared], prompt[i][1][:, :, :shared]) if shared else None
        new = torch.tensor([ids[shared:]], device=self.device)
        position = torch.arange(shared, len(ids), device=self.device)
        mask = torch.arange(len(ids), device=self.device)[None, :] <= position[:, None]
        logits = self._forward(new, position[None], mask[None, None])
        prompt = [layer.prefilled for layer in self.layers if layer.prefilled is not None]
        self._last = (ids, prompt)
        return logits, prompt

    def admit(self, row: int, prompt: list[KeyValue], width: int) -> None:
        """Start a row from a prefilled prompt; `width` is the most it may grow to."""
        for layer, (keys, values) in zip(self.layers, prompt, strict=True):
            layer.reserve(keys, width)
            layer.keys[row, :, : keys.shape[2]] = keys[0]
            layer.values[row, :, : keys.shape[2]] = values[0]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` tokens of a row over another."""
        for layer in self.layers:
            layer.keys[target, :, :length] = layer.keys[source, :, :length]
            layer.values[target, :, :length] = layer.values[source, :, :length]

    def step(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """One token (B,) at its position (B,) in each of the first B rows -> logits (B, V)."""
        width = int(positions.max()) + 1
        for layer in self.layers:
            layer.positions, layer.width = positions, width
        mask = torch.arange(width, device=self.device)[None, :] <= positions[:, None]
        return self._forward(tokens[:, None], positions[:, None], mask[:, None, None])

    def _forward(self, ids: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        """Logits (B, V) at the last position of each row; mask (B, 1, Q, K).

        The head gets a matrix, as in training: of three dimensions, some devices copy all its weights first.
        """
        states = self.backbone(
            input_ids=ids, position_ids=positions, attention_mask=mask, past_key_values=self.cache, use_cache=True
        ).last_hidden_state[:, -1]
        return self.head(states)  # type: ignore[no-any-return]
