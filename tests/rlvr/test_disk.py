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


@pytest.mark.parametrize("instant", ["before the old one stands aside", "before the new one is in", "at the end"])
def test_a_kill_leaves_the_old_folder_or_the_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant: str) -> None:
    folder = tmp_path / "step-000050"
    disk.write_folder(folder, lambda scratch: (scratch / "weights").write_text("old"))
    renames = {"before the old one stands aside": 0, "before the new one is in": 1, "at the end": 2}[instant]
    rename = Path.rename

    def killed(path: Path, target: Path) -> Path:
        nonlocal renames
        if not renames:
            raise KeyboardInterrupt
        renames -= 1
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", killed)
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # a killed process removes nothing
    with pytest.raises(KeyboardInterrupt):
        disk.write_folder(folder, lambda scratch: (scratch / "weights").write_text("new"))
        raise KeyboardInterrupt
    monkeypatch.undo()
    disk.sweep(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == [folder.name]
    assert (folder / "weights").read_text() == ("new" if instant == "at the end" else "old")


def test_a_folder_goes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "best-000050"
    disk.write_folder(folder, lambda scratch: (scratch / "weights").write_text("old"))
    monkeypatch.setattr("shutil.rmtree", full)
    with pytest.raises(OSError, match="No space"):
        disk.remove_folder(folder)
    monkeypatch.undo()
    assert not folder.exists()
    disk.sweep(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_a_kill_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".step-000004.123").mkdir()
    (tmp_path / ".step-000004.123" / "half").touch()
    (tmp_path / ".result.json.77").touch()
    for name in ("step-000002", ".hidden", ".gitignore.bak", "v1.2"):
        (tmp_path / name).touch()
    disk.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore.bak", ".hidden", "step-000002", "v1.2"]
    disk.sweep(tmp_path / "nowhere")
