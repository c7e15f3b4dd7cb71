"""A run's folder has one writer."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlvr.errors import UsageError
from rlvr.run_folder import RunFolder


def test_two_processes_never_write_to_one_run(tmp_path: Path) -> None:
    for name in ("recipe.yaml", "environment.json"):
        (tmp_path / name).write_text("{}")
    run = RunFolder.open(tmp_path)
    with run.claimed(), pytest.raises(UsageError, match="another process is training"), run.claimed():
        pass
    with run.claimed():
        pass
