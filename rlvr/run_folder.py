"""A run's folder: the resolved recipe, the environment, the store, checkpoints, the adapter, the result.

A kill at any instant leaves every file readable (`rlvr.disk`).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rlvr.disk import write_whole, writing
from rlvr.errors import EnvironmentLacks, UsageError
from rlvr.recipe import Recipe
from rlvr.recipe_file import dump
from rlvr.registry import stamp

#: What makes a folder a run's.
_MARKS = ("recipe.yaml", "environment.json")
#: Some network file systems have none: there nobody can be kept out.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)
_PACKAGES = ("rlvr", "torch", "transformers", "peft", "trl", "datasets", "sympy", "numpy", "pydantic")


class RunFolder:
    """`runs/<name>/`, or `runs/<name>-2/` and so on when that is taken."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, recipe: Recipe) -> RunFolder:
        """Make a new folder for a recipe. Raises EnvironmentLacks when it cannot be written."""
        parent = parent_of(recipe)
        names = (recipe.name if i == 1 else f"{recipe.name}-{i}" for i in range(1, sys.maxsize))
        try:
            parent.mkdir(parents=True, exist_ok=True)
            for name in names:
                try:
                    (parent / name).mkdir()
                except FileExistsError:
                    continue
                break
        except OSError as error:
            raise _cannot_be_made(parent, str(error.strerror)) from error
        run = cls(parent / name)
        write_whole(run.path / "recipe.yaml", dump(recipe))
        write_whole(run.path / "environment.json", _to_json(environment(recipe)))
        return run

    @staticmethod
    def check(recipe: Recipe) -> None:
        """Raise EnvironmentLacks if no folder could be made, as far as that is known without making one."""
        parent = parent_of(recipe)
        existing = next(path for path in (parent, *parent.absolute().parents) if path.exists())
        if not existing.is_dir():
            raise _cannot_be_made(parent, f"{existing} is no folder")
        if not os.access(existing, os.W_OK):
            raise _cannot_be_made(parent, f"{existing} cannot be written")

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run. Raises UsageError when the folder is none."""
        missing = " and no ".join(name for name in _MARKS if not (path / name).is_file())
        if missing:
            why = f"it holds no {missing}" if path.is_dir() else "there is no such folder"
            raise UsageError(f"{path} is no run folder: {why}.", "Give a folder under runs/.")
        return cls(path)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Inside, no other process writes to the run. Raises UsageError when one does already.

        The system lets go of the claim when its process ends, however it ends.
        """
        with (self.path / "environment.json").open() as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                what = f"another process is training in {self.path}."
                raise UsageError(what, "Wait for it, or end it and then go on with --resume.") from None
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
            yield

    @staticmethod
    def is_one(path: Path) -> bool:
        """Whether a folder is a run's."""
        return all((path / name).is_file() for name in _MARKS)

    @property
    def store_path(self) -> Path:
        """The SQLite file."""
        return self.path / "run.sqlite"

    @property
    def files(self) -> list[Path]:
        """The files that are the run's record, which no other output may replace."""
        return [self.path / name for name in (*_MARKS, "run.sqlite", "metrics.jsonl", "result.json")]

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints lie."""
        return self.path / "checkpoints"

    @property
    def start(self) -> Path:
        """The adapter that training started from, where it did not start from the bare model."""
        return self.path / "start"

    @property
    def adapter(self) -> Path:
        """The trained adapter, in PEFT's format."""
        return self.path / "adapter"

    def log_metrics(self, values: Mapping[str, Any]) -> None:
        """Append one line to metrics.jsonl. Raises EnvironmentLacks."""
        path = self.path / "metrics.jsonl"
        with writing(path), path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def rewind_metrics(self, step: int) -> None:
        """Drop the lines of metrics.jsonl after a step, and one that a kill cut short."""
        path = self.path / "metrics.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
        whole = (line for line in lines if line.endswith("\n"))
        write_whole(path, "".join(line for line in whole if json.loads(line)["step"] <= step))

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write result.json."""
        write_whole(self.path / "result.json", _to_json(result))


def parent_of(recipe: Recipe) -> Path:
    """Where the recipe's runs are kept."""
    return Path(recipe.track.dir).expanduser()


def _cannot_be_made(parent: Path, why: str) -> EnvironmentLacks:
    return EnvironmentLacks(
        f"run folder {parent} cannot be made: {why}.", "Set track.dir to a folder you can write to."
    )


def environment(recipe: Recipe) -> dict[str, Any]:
    """What the run ran on: versions, machine, time of start, and the code of its verifiers."""
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "verifiers": {task.name: stamp(task.verifier.spec) for task in recipe.tasks},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _to_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
