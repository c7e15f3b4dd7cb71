"""What a run will take, in bytes, from the model's shape alone: no weight is loaded.

The model is built on torch's `meta` device, adapter included, so the parameter counts are exact. What
is kept for the backward pass depends on kernels and is an estimate; every part states its formula.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from rlvr.critic import HEAD_FEATURES
from rlvr.device import choose_device, choose_dtype
from rlvr.errors import EnvironmentLacks
from rlvr.recipe import Recipe
from rlvr.runtime import with_lora

#: float32 value, gradient and AdamW's two moments of a trained parameter.
_TRAINED_BYTES = 16
#: Rows of logits that the policy's head holds at once (`LogProbHead`), in float32: logits, log-probs, probs.
_HEAD_ROWS, _HEAD_COPIES = 1024, 3
#: Matrices over all pairs of features while a critic's head learns: precision, bound, their sum, its factor.
_REGRESSION_COPIES = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One consumer of memory, with the formula its bytes come from."""

    what: str
    bytes: int
    formula: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """All parts, and what the device has free. The sum is an upper bound: not all parts peak together."""

    parts: tuple[Part, ...]
    available: int
    device: str

    @property
    def total(self) -> int:
        """Bytes of all parts together."""
        return sum(part.bytes for part in self.parts)


def estimate_memory(recipe: Recipe, config: Any, prompt_tokens: int) -> Estimate:
    """For prompts of up to so many tokens. Raises UsageError when the adapter does not fit the model."""
    device = choose_device(recipe.model.device)
    size = choose_dtype(recipe.model.dtype, device).itemsize
    base = build_on_meta(config, recipe.model.trust_remote_code)
    weights = sum(parameter.numel() for parameter in base.parameters())
    adapted = with_lora(base, recipe.lora)
    trained = sum(parameter.numel() for parameter in adapted.parameters() if parameter.requires_grad)
    merged = sum(layer.get_base_layer().weight.numel() for layer in _adapted_layers(adapted))
    shape = _Shape.of(config, size, prompt_tokens, recipe.sampling.max_completion_length)
    batch, generations = recipe.train.micro_batch_size, recipe.algorithm.num_generations
    parts = (
        Part("base weights", weights * size, f"{weights:,} parameters x {size} bytes"),
        Part("merged copies to sample from", merged * size, f"{merged:,} adapted weights x {size} bytes"),
        Part(
            "adapter and optimizer",
            trained * _TRAINED_BYTES,
            f"{trained:,} parameters x {_TRAINED_BYTES} bytes (value, gradient, 2 moments, float32)",
        ),
        *_second_adapters(recipe, trained),
        *_regression(recipe, shape, device),
        shape.cache(recipe.sampling.rows),
        shape.logits(recipe.sampling.rows),
        shape.activations(batch, -(-batch // generations), recipe.train.gradient_checkpointing),
    )
    return Estimate(parts, available_bytes(device), str(device))


def _second_adapters(recipe: Recipe, trained: int) -> Iterator[Part]:
    """A critic with an adapter of its own is trained like the policy's; the start of a run is kept as it was."""
    if recipe.algorithm.advantage == "gae" and recipe.critic.kind == "adapter":
        yield Part("critic's adapter and optimizer", trained * _TRAINED_BYTES, f"{trained:,} x {_TRAINED_BYTES} bytes")
    if recipe.model.adapter or recipe.warm_start.problems:
        yield Part("starting adapter", trained * 4, f"{trained:,} parameters x 4 bytes")


def _regression(recipe: Recipe, shape: _Shape, device: torch.device) -> Iterator[Part]:
    """The head of a critic is fitted in float64 in the host's memory."""
    if recipe.algorithm.advantage == "gae" and recipe.critic.kind == "head" and device.type == "cpu":
        size = shape.hidden + HEAD_FEATURES + 1
        formula = f"{_REGRESSION_COPIES} x {size} x {size} x 8 bytes"
        yield Part("critic's regression", _REGRESSION_COPIES * size * size * 8, formula)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The numbers of a decoder, bytes a value, and the most tokens of a prompt and of a completion."""

    layers: int
    hidden: int
    inner: int
    key_values: int
    vocabulary: int
    size: int
    prompt: int
    completion: int

    @classmethod
    def of(cls, config: Any, size: int, prompt: int, completion: int) -> _Shape:
        """The numbers under the names that transformers gives them."""
        config = config.get_text_config()
        heads = config.num_attention_heads
        head = getattr(config, "head_dim", None) or config.hidden_size // heads
        groups = getattr(config, "num_key_value_heads", None) or heads
        inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
        layers, hidden = config.num_hidden_layers, config.hidden_size
        return cls(layers, hidden, inner, groups * head, config.vocab_size, size, prompt, completion)

    def cache(self, rows: int) -> Part:
        """Keys and values of every row, as long as it may grow."""
        tokens = self.prompt + self.completion
        formula = f"2 x {rows} rows x {tokens} tokens x {self.layers} layers x {self.key_values} x {self.size} bytes"
        count = 2 * rows * tokens * self.layers * self.key_values
        return Part("key-value cache", count * self.size, formula)

    def logits(self, rows: int) -> Part:
        """Of one token of every row when sampling, of a chunk of tokens when training."""
        rows = max(rows, _HEAD_ROWS)
        count = _HEAD_COPIES * rows * self.vocabulary * 4
        return Part("logits", count, f"{_HEAD_COPIES} x {rows} rows x {self.vocabulary:,} tokens x 4 bytes")

    def activations(self, completions: int, prompts: int, checkpointing: bool) -> Part:
        """Kept by each layer a token: about 16 hidden and 5 inner vectors, and float32 inputs of 7 adapters.

        A group's prompt stands once in a micro-batch.
        """
        tokens = prompts * self.prompt + completions * self.completion
        layer = (16 * self.hidden + 5 * self.inner) * self.size + (6 * self.hidden + self.inner) * 4
        counted = f"({prompts} x {self.prompt} + {completions} x {self.completion}) tokens"
        if checkpointing:
            kept = self.layers * self.hidden * self.size + layer
            return Part("activations", tokens * kept, f"{counted} x {kept:,} bytes (layers' inputs, one layer whole)")
        formula = f"{counted} x {self.layers} layers x {layer:,} bytes"
        return Part("activations", tokens * self.layers * layer, formula)


def build_on_meta(config: Any, trust_remote_code: bool) -> Any:
    """The model without its weights."""
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=trust_remote_code)
    return model.requires_grad_(False)


def available_bytes(device: torch.device) -> int:
    """Memory that is free now. Raises EnvironmentLacks where the platform does not say."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError) as error:
        raise EnvironmentLacks("this platform does not say how much memory is free.") from error


def _adapted_layers(adapted: Any) -> list[Any]:
    from peft.tuners.lora import LoraLayer

    return [module for module in adapted.modules() if isinstance(module, LoraLayer)]
