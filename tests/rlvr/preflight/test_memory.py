"""Memory from the model's shape: the counts are those of the model itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlvr.critic import HEAD_FEATURES
from rlvr.errors import UsageError
from rlvr.models import load_base, load_config
from rlvr.online_regression import OnlineRegression
from rlvr.preflight.memory import estimate_memory
from rlvr.recipe import Recipe
from rlvr.recipe_file import parse


def recipe(tiny_model: Path, **sections: Any) -> Recipe:
    task = {"name": "t", "source": {"generator": "sums"}, "verifier": {"name": "exact"}}
    model = {"name": str(tiny_model), "device": "cpu", "dtype": "float32"}
    return parse({"name": "r", "model": model, "tasks": [task], **sections}, "test")


def parts(tiny_model: Path, prompt: int = 10, **sections: Any) -> dict[str, int]:
    estimate = estimate_memory(recipe(tiny_model, **sections), load_config(str(tiny_model)), prompt)
    assert estimate.total == sum(part.bytes for part in estimate.parts)
    assert estimate.available > 0
    return {part.what: part.bytes for part in estimate.parts}


def test_weights_and_adapter_are_counted_exactly(tiny_model: Path) -> None:
    import torch

    from rlvr.policy import Policy
    from rlvr.recipe import LoraOptions
    from rlvr.runtime import with_lora

    found = parts(tiny_model, lora={"r": 4})
    base = load_base(str(tiny_model), None, torch.float32)
    assert found["base weights"] == 4 * sum(p.numel() for p in base.parameters())
    policy = Policy(with_lora(base, LoraOptions(r=4)), torch.device("cpu"), torch.float32)
    assert found["adapter and optimizer"] == 16 * sum(p.numel() for p in policy.parameters)
    linear = [m.get_base_layer().weight.numel() for m in policy.model.modules() if hasattr(m, "get_base_layer")]
    assert found["merged copies to sample from"] == 4 * sum(linear)


def test_the_cache_is_as_large_as_the_samplers(tiny_model: Path) -> None:
    import torch

    from rlvr.sampling._rows import Rows

    found = parts(tiny_model, prompt=10, sampling={"rows": 3, "max_completion_length": 6})
    rows = Rows(load_base(str(tiny_model), None, torch.float32), 3)
    _, prompt = rows.prefill(tuple(range(10)))
    rows.admit(0, prompt, 16)
    held = sum(t.numel() * t.element_size() for layer in rows.layers for t in (layer.keys, layer.values))
    assert found["key-value cache"] == held


def test_checkpointing_and_smaller_batches_need_less(tiny_model: Path) -> None:
    usual = parts(tiny_model)["activations"]
    assert parts(tiny_model, train={"gradient_checkpointing": True})["activations"] < usual
    assert parts(tiny_model, train={"micro_batch_size": 8})["activations"] == usual // 2


def test_an_adapter_that_does_not_fit_is_known_without_weights(tiny_model: Path) -> None:
    with pytest.raises(UsageError, match="no_such_layer"):
        parts(tiny_model, lora={"target_modules": ["no_such_layer"]})


def test_a_second_adapter_is_counted(tiny_model: Path) -> None:
    usual = parts(tiny_model, lora={"r": 4})
    assert "starting adapter" not in usual and "critic's adapter and optimizer" not in usual
    warm = parts(tiny_model, lora={"r": 4}, warm_start={"problems": 2})
    assert warm["starting adapter"] * 4 == usual["adapter and optimizer"]
    ppo = {"algorithm": {"name": "ppo"}, "lora": {"r": 4}}
    assert "critic's adapter and optimizer" not in parts(tiny_model, **ppo)
    critic = parts(tiny_model, critic={"kind": "adapter"}, **ppo)
    assert critic["critic's adapter and optimizer"] == usual["adapter and optimizer"]


def test_the_matrices_of_a_critics_head_are_counted(tiny_model: Path) -> None:
    from transformers import AutoConfig

    width = AutoConfig.from_pretrained(tiny_model).hidden_size
    held = OnlineRegression(width + HEAD_FEATURES, logistic=True).precision
    found = parts(tiny_model, algorithm={"name": "ppo"})
    assert found["critic's regression"] == 4 * held.numel() * held.element_size()
    assert "critic's regression" not in parts(tiny_model)
    assert "critic's regression" not in parts(tiny_model, algorithm={"name": "ppo"}, critic={"kind": "adapter"})
