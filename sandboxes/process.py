"""A sandbox that protects from accidents only: child processes with resource limits, on this machine.

It is for machines without a container engine, and for code you would run yourself. The same supervisors
and the same tests run as in the Docker sandbox, so verdicts agree; but model-written code may read your
files, use your network and outlive its sample. Every verdict says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from rlvr.errors import UsageError
from rlvr.sandbox import Job, JobResult
from rlvr.sandboxes._host.link import ProcessLink
from rlvr.sandboxes._host.pool import Pool
from rlvr.sandboxes._host.slot import Shape, Slot
from rlvr.verifier import Model

UNSAFE = "unsafe-process"
_GUEST_PARENT = Path(__file__).resolve().parent
_BOOT = "import sys; sys.path[0] = sys.argv[2]; from _guest.supervisor import main; main(sys.argv[1])"
_START_SECONDS = 60.0


class ProcessOptions(Model):
    """What a recipe may set. Without `allow_unsafe` nothing runs."""

    allow_unsafe: bool = False
    slots: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)


class ProcessSandbox:
    """Runs jobs in child processes. Raises UsageError unless the danger has been accepted."""

    name: ClassVar[str] = "process"
    Options: ClassVar[type[Model]] = ProcessOptions

    def __init__(self, options: ProcessOptions | None = None) -> None:
        self.options = options or ProcessOptions()
        if not self.options.allow_unsafe:
            mend = (
                "Use docker; or, if you would run that code yourself, write "
                "`sandbox: {name: process, options: {allow_unsafe: true}}` into the recipe, "
                "or `--sandbox process --sandbox-options allow_unsafe=true` after `rlvr verify`."
            )
            raise UsageError("the process sandbox does not contain model-written code.", mend)
        self._pool = Pool(Processes(), self.options.slots)

    def run(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """Run each job; every result says that it was not contained."""
        # Not a generator: one would end at a job that raises, and keep the results behind it.
        return map(_uncontained, self._pool.run(jobs))

    def status(self) -> Mapping[str, Any]:
        """This sandbox's counts."""
        return {"engine": "none", "warnings": [f"trust: {UNSAFE}"], **self._pool.counts}

    def close(self) -> None:
        """End every supervisor."""
        self._pool.close()

    def __enter__(self) -> ProcessSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _uncontained(result: JobResult) -> JobResult:
    return replace(result, trust=UNSAFE)


class Processes:
    """Makes slots of two processes."""

    def open(self, shape: Shape) -> Slot:
        """A slot whose supervisors are ready."""
        return Slot.opened(shape, (_start, _start), _START_SECONDS)


class _FolderLink(ProcessLink):
    """A supervisor's process, and the folder its samples may write to."""

    def __init__(self, process: subprocess.Popen[bytes], folder: str) -> None:
        super().__init__(process)
        self.folder = folder

    def close(self) -> None:
        super().close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _start() -> _FolderLink:
    folder = tempfile.mkdtemp(prefix="rlvr-process-")
    settings = {"uid": None, "folders": [folder], "contained": False}
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "TMPDIR": folder, "PYTHONHASHSEED": "0"}
    try:
        process = subprocess.Popen(
            [sys.executable, "-s", "-c", _BOOT, json.dumps(settings), str(_GUEST_PARENT)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, env=environment,
        )  # fmt: skip
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _FolderLink(process, folder)
