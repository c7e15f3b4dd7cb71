"""Files and folders that are replaced are whole, whatever goes wrong."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from rlvr import disk
from rlvr.errors import EnvironmentLacks


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.json"
    disk.write_whole(path, "old")
    monkeypatch.setattr(disk, "flush", full)
    with pytest.raises(EnvironmentLacks, match="No space left"):
        disk.write_whole(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    disk.write_folder(folder, lambda scratch: (scratch / "weights").write_text("old"))

    def half(scratch: Path) -> None:
        (scratch / "weights").write_text("ne")
        full()

    with pytest.raises(EnvironmentLacks, match=r"adapter cannot be written.*\n.*--resume"):
        disk.write_folder(folder, half)
    assert (folder / "weights").read_text() == "old"
    disk.write_folder(folder, lambda scratch: (scratch / "other").write_text("new"))
    assert [entry.name for entry in folder.iterdir()] == ["other"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["adapter"]


def test_what_a_kill_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".step-000004.123").mkdir()
    (tmp_path / ".step-000004.123" / "half").touch()
    (tmp_path / ".result.json.77").touch()
    for name in ("step-000002", ".hidden", ".gitignore.bak", "v1.2"):
        (tmp_path / name).touch()
    disk.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore.bak", ".hidden", "step-000002", "v1.2"]
    disk.sweep(tmp_path / "nowhere")
