"""Saves a training run and brings it back, exactly.

`checkpoints/step-000050/` holds `tensors.safetensors` (adapter and optimizer moments) and `state.json`
(everything else, with the store's position); no pickle. A checkpoint is written under another name,
flushed to disk and renamed in, so one that has its final name is whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from rlvr.disk import remove_folder, write_folder

_TENSOR = "__tensor__"


def save_checkpoint(folder: Path, step: int, state: Mapping[str, Any], keep: int) -> Path:
    """Write `step-NNNNNN` under `folder` and remove all but the `keep` newest.

    Raises EnvironmentLacks when it cannot be written; older checkpoints are then untouched.
    """
    final = folder / f"step-{step:06d}"
    tensors: dict[str, Tensor] = {}
    plain = _split(state, "", tensors)

    def fill(scratch: Path) -> None:
        save_file(tensors, scratch / "tensors.safetensors")
        (scratch / "state.json").write_text(json.dumps(plain))

    write_folder(final, fill)
    for old in list_checkpoints(folder)[:-keep]:
        remove_folder(old)
    return final


def list_checkpoints(folder: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    return sorted(folder.glob("step-*")) if folder.is_dir() else []


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The state that was saved."""
    tensors = load_file(path / "tensors.safetensors")
    state = _join(json.loads((path / "state.json").read_text()), tensors)
    assert isinstance(state, dict)
    return state


def _split(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    """JSON with tensors taken out; keys that are no strings keep their kind in a list of pairs."""
    if isinstance(value, Tensor):
        tensors[path] = value.detach().cpu().contiguous().clone()
        return {_TENSOR: path}
    if isinstance(value, Mapping):
        return {"__pairs__": [[key, _split(v, f"{path}/{key}", tensors)] for key, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [_split(v, f"{path}/{i}", tensors) for i, v in enumerate(value)]
    return value


def _join(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_join(v, tensors) for v in value]
    if isinstance(value, dict):
        if _TENSOR in value:
            return tensors[value[_TENSOR]]
        return {key: _join(v, tensors) for key, v in value["__pairs__"]}
    return value
