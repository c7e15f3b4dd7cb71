"""KL estimates: expectations over a whole distribution, on-policy and from an older policy."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rlvr.algorithms.kl import k1, k3, k3_corrected


def distributions(seed: int, count: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(6, generator=generator, dtype=torch.float64).log_softmax(0) for _ in range(count)]


@given(st.integers(0, 1000))
def test_k1_and_k3_are_unbiased_and_k3_is_never_negative(seed: int) -> None:
    p, q = distributions(seed, 2)
    exact = float((p.exp() * (p - q)).sum())
    assert float((p.exp() * k1(p, q)).sum()) == pytest.approx(exact)
    assert float((p.exp() * k3(p, q)).sum()) == pytest.approx(exact)
    assert (k3(p, q) >= 0).all()
    assert not k3(p, p).any()


@given(st.integers(0, 1000))
def test_corrected_k3_has_the_gradient_of_the_kl_off_policy_too(seed: int) -> None:
    p, q, drawn_from = distributions(seed, 3)
    exact, estimated = (p.clone().requires_grad_() for _ in range(2))
    new = exact.log_softmax(0)
    (new.exp() * (new - q)).sum().backward()  # type: ignore[no-untyped-call]
    value = (drawn_from.exp() * k3_corrected(estimated.log_softmax(0), q, drawn_from)).sum()
    value.backward()  # type: ignore[no-untyped-call]
    assert value.item() == pytest.approx(float((p.exp() * (p - q)).sum()))
    torch.testing.assert_close(estimated.grad, exact.grad)
