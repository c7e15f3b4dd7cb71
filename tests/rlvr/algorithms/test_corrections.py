"""Importance weights: bound, levels, and isolation from what is masked."""

from __future__ import annotations

import pytest
import torch

from rlvr.algorithms.corrections import importance_weights

NAN = float("nan")
MASK = torch.tensor([[1, 1, 0], [1, 1, 1]], dtype=torch.bool)
SAMPLER = torch.zeros(2, 3, dtype=torch.float64)
TRAINER = torch.tensor([[4.0, 0.1, NAN], [1.0, 0.5, 1.0]], dtype=torch.float64).log()


@pytest.mark.parametrize(
    ("level", "mode", "expected"),
    [
        ("token", "truncate", [[2, 0.1, 1], [1, 0.5, 1]]),
        ("token", "mask", [[0, 0.1, 1], [1, 0.5, 1]]),
        ("sequence", "truncate", [[0.4] * 3, [0.5] * 3]),
        ("sequence", "mask", [[0.4] * 3, [0.5] * 3]),
    ],
)
def test_weights_by_level_and_mode(level: str, mode: str, expected: list[list[float]]) -> None:
    trainer = TRAINER.clone().requires_grad_()
    found = importance_weights(trainer, SAMPLER, MASK, level, mode, 2.0)  # type: ignore[arg-type]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))
    assert not found.requires_grad


@pytest.mark.parametrize("level", ["token", "sequence"])
@pytest.mark.parametrize("mode", ["truncate", "mask"])
def test_without_mismatch_all_weights_are_1(level: str, mode: str) -> None:
    found = importance_weights(TRAINER, TRAINER, MASK, level, mode, 2.0)  # type: ignore[arg-type]
    assert found.tolist() == torch.ones(2, 3).tolist()
