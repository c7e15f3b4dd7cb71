"""Adapters merged into the weights that are sampled from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rlvr.decoder import Decoder
from rlvr.models import load_base
from rlvr.policy import Policy
from rlvr.recipe import LoraOptions
from rlvr.runtime import with_lora


@pytest.fixture
def pair(tiny_model: Path) -> tuple[Policy, Decoder]:
    torch.manual_seed(0)
    base = load_base(str(tiny_model), None, torch.float32)
    decoder = Decoder(base)
    policy = Policy(with_lora(base, LoraOptions(r=4)), torch.device("cpu"), torch.float32)
    with torch.no_grad():
        for parameter in policy.parameters:
            parameter.copy_(torch.randn_like(parameter) * 0.1)
    return policy, decoder


IDS = torch.tensor([[1, 2, 3, 4]])


def test_merged_weights_say_what_the_adapted_model_says(pair: tuple[Policy, Decoder]) -> None:
    policy, decoder = pair
    decoder.load(policy.model)
    torch.testing.assert_close(decoder.model(IDS).logits, policy.model(IDS).logits, atol=1e-5, rtol=1e-5)


def test_restoring_gives_the_base_back_to_the_bit(pair: tuple[Policy, Decoder]) -> None:
    policy, decoder = pair
    with policy.model.disable_adapter():
        expected = policy.model(IDS).logits
    decoder.load(policy.model)
    decoder.restore(policy.model)
    assert torch.equal(decoder.model(IDS).logits, expected)


def test_loading_again_and_again_does_not_drift(pair: tuple[Policy, Decoder]) -> None:
    policy, decoder = pair
    decoder.load(policy.model)
    expected = decoder.model(IDS).logits
    for _ in range(5):
        decoder.load(policy.model)
    assert torch.equal(decoder.model(IDS).logits, expected)
