"""The soft overlong penalty."""

from __future__ import annotations

import pytest
import torch

from rlvr.algorithms.shaping import overlong_penalty
from rlvr.errors import UsageError


def test_it_falls_linearly_over_the_last_tokens() -> None:
    lengths = torch.tensor([0, 80, 81, 90, 100, 120])
    assert overlong_penalty(lengths, 100, 20).tolist() == pytest.approx([0, 0, -0.05, -0.5, -1, -1])


@pytest.mark.parametrize("cache", [0, -1, 101])
def test_a_zone_that_cannot_be_is_refused(cache: int) -> None:
    with pytest.raises(UsageError, match="cache"):
        overlong_penalty(torch.tensor([1]), 100, cache)
