"""Drawing tokens: the right distribution, exact at the edges."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlvr.sampling._draw import draw

COUNT = 20_000


def draws(logits: list[float], temperature: float = 1.0, top_p: float = 1.0) -> torch.Tensor:
    """Share of each token over a fine grid of uniform numbers."""
    rows = torch.tensor(logits).expand(COUNT, -1)
    uniform = (torch.arange(COUNT) + 0.5) / COUNT
    full = torch.full((COUNT,), 1.0)
    tokens, _ = draw(rows, full * temperature, full * top_p, uniform)
    return tokens.bincount(minlength=len(logits)) / COUNT


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_follow_the_softmax(temperature: float) -> None:
    logits = torch.linspace(-2, 2, 700).tolist()
    expected = torch.softmax(torch.tensor(logits) / temperature, -1)
    assert (draws(logits, temperature) - expected).abs().max() < 2e-4


def test_temperature_zero_takes_the_likeliest() -> None:
    shares = draws([0.0, 3.0, 1.0], temperature=0.0)
    assert shares[1] == 1.0


def test_top_p_keeps_the_smallest_set_that_reaches_it() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().tolist()
    shares = draws(logits, top_p=0.8)
    torch.testing.assert_close(shares, torch.tensor([0.625, 0.375, 0.0, 0.0]), atol=1e-3, rtol=0)


def test_log_probs_are_those_of_the_tempered_distribution() -> None:
    logits = torch.randn(5, 40)
    temperature = torch.tensor([1.0, 0.5, 0.0, 2.0, 1.0])
    tokens, logprobs = draw(logits, temperature, torch.ones(5), torch.rand(5))
    scale = torch.where(temperature == 0, torch.tensor(1.0), temperature)
    expected = torch.log_softmax(logits / scale[:, None], -1).gather(1, tokens[:, None])[:, 0]
    torch.testing.assert_close(logprobs, expected)


def test_log_probs_are_those_of_the_nucleus() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().expand(3, -1)
    uniform, full = torch.tensor([0.1, 0.9, 0.9]), torch.ones(3)
    tokens, logprobs = draw(logits, torch.tensor([1.0, 1.0, 0.0]), full * 0.8, uniform)
    assert tokens.tolist() == [0, 1, 0]
    torch.testing.assert_close(logprobs, torch.tensor([0.625, 0.375, 0.5]).log())


@given(
    uniform=st.sampled_from([0.0, 1e-9, 0.5, 0.9999999, 0.99999997]),
    size=st.integers(2, 1500),
    at=st.integers(0, 10**6),
)
def test_a_token_of_no_weight_is_never_drawn(uniform: float, size: int, at: int) -> None:
    logits = torch.full((1, size), float("-inf"))
    logits[0, at % size] = 0.0
    tokens, _ = draw(logits, torch.ones(1), torch.ones(1), torch.tensor([uniform]))
    assert tokens.item() == at % size
