"""The policy's weights as they are sampled from: one plain model, adapters merged into it.

A LoRA layer costs two more products and two casts at every step of decoding; merged, none. The
merged weights are copies, computed from the untouched base each time, so nothing drifts. Everything
that carries no adapter (embeddings, norms, head) is shared with the policy's model.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from rlvr.policy import ADAPTER


class Decoder:
    """A model for sampling beside the one that is trained."""

    def __init__(self, base: Any) -> None:
        """`base` is the model before adapters are put in; its tensors are shared, not copied."""
        shared = {id(t): t for t in (*base.parameters(), *base.buffers())}
        self.model = copy.deepcopy(base, memo=shared)
        self.model.requires_grad_(False).eval()

    @torch.no_grad()
    def load(self, adapted: Any) -> None:
        """Take over the adapters of a PEFT model."""
        for name, layer in _lora_layers(adapted):
            base: Tensor = layer.get_base_layer().weight
            weight = base.float() + layer.get_delta_weight(ADAPTER).float()
            self._linear(name).weight = nn.Parameter(weight.to(base.dtype), requires_grad=False)

    def restore(self, adapted: Any) -> None:
        """Put the base's own weights back."""
        for name, layer in _lora_layers(adapted):
            self._linear(name).weight = layer.get_base_layer().weight

    def _linear(self, name: str) -> nn.Linear:
        module = self.model.get_submodule(name)
        assert isinstance(module, nn.Linear)
        return module


def _lora_layers(adapted: Any) -> list[tuple[str, Any]]:
    from peft.tuners.lora import LoraLayer

    modules = adapted.get_base_model().named_modules()
    return [(name, module) for name, module in modules if isinstance(module, LoraLayer)]
