"""Checkpoints: exact, whole or not there at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rlvr import disk
from rlvr.checkpoint import list_checkpoints, load_checkpoint, save_checkpoint
from rlvr.errors import EnvironmentLacks


def test_state_comes_back_exactly(tmp_path: Path) -> None:
    state = {
        "adapter": {"a.weight": torch.randn(3, 4), "b.weight": torch.randn(2, dtype=torch.bfloat16)},
        "optimizer": {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.99)}]},
        "step": 7,
        "nothing": None,
    }
    found = load_checkpoint(save_checkpoint(tmp_path, 7, state, keep=2))
    assert torch.equal(found["adapter"]["a.weight"], state["adapter"]["a.weight"])  # type: ignore[index]
    assert torch.equal(found["adapter"]["b.weight"], state["adapter"]["b.weight"])  # type: ignore[index]
    assert found["optimizer"]["state"][0]["step"] == 3.0
    assert found["optimizer"]["param_groups"] == [{"lr": 1e-4, "betas": [0.9, 0.99]}]
    assert (found["step"], found["nothing"]) == (7, None)


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for step in (5, 10, 15):
        save_checkpoint(tmp_path, step, {"w": torch.zeros(1)}, keep=2)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["step-000010", "step-000015"]


def test_saving_a_step_again_replaces_it(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 5, {"w": torch.zeros(1)}, keep=2)
    save_checkpoint(tmp_path, 5, {"w": torch.ones(1)}, keep=2)
    assert load_checkpoint(list_checkpoints(tmp_path)[0])["w"] == 1


def test_a_failed_write_leaves_the_older_ones_and_no_half_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, 5, {"w": torch.zeros(1)}, keep=2)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "flush", full)
    with pytest.raises(EnvironmentLacks, match="No space left"):
        save_checkpoint(tmp_path, 10, {"w": torch.zeros(1)}, keep=2)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000005"]


def test_a_folder_that_was_never_written_has_none(tmp_path: Path) -> None:
    assert list_checkpoints(tmp_path / "checkpoints") == []
