"""Writing so that a kill at any instant and a full disk leave whole files behind.

Files are replaced by renaming a finished one over them. Whatever goes wrong in writing becomes one error
that names the place and the mend.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rlvr.errors import EnvironmentLacks

#: In the name of a folder that stands aside while another takes its place.
_ASIDE = ".replaced"


@contextmanager
def writing(path: Path, mend: str = "Make room or mend the rights, then go on with --resume.") -> Iterator[None]:
    """Turns a failure to write into EnvironmentLacks."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, sqlite3.Error, SafetensorError) as error:
        raise EnvironmentLacks(f"{path} cannot be written: {error}.", mend) from error


def write_whole(path: Path, text: str) -> None:
    """Replace a file so that no reader and no crash ever sees part of it. Raises EnvironmentLacks."""
    scratch = _beside(path)
    with writing(path):
        try:
            scratch.write_text(text, encoding="utf-8")
            flush(scratch)
            scratch.replace(path)
            flush(path.parent)
        except OSError:
            scratch.unlink(missing_ok=True)
            raise


def write_folder(folder: Path, fill: Callable[[Path], object]) -> None:
    """Replace a folder by one that `fill` writes, all of it or nothing. Raises EnvironmentLacks.

    No system renames a folder over another. For an instant the old one stands aside, and after a kill in
    that instant `sweep` puts it back.
    """
    scratch, aside = _beside(folder), _beside(folder, _ASIDE)
    with writing(folder):
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            fill(scratch)
            for file in (*scratch.iterdir(), scratch):
                flush(file)
            if folder.exists():
                folder.rename(aside)
            scratch.rename(folder)
            flush(folder.parent)
            shutil.rmtree(aside, ignore_errors=True)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def remove_folder(folder: Path) -> None:
    """Remove a folder so that no half of it is ever there under its name."""
    doomed = _beside(folder)
    folder.rename(doomed)
    shutil.rmtree(doomed)


def sweep(folder: Path) -> None:
    """Put right what processes that were killed in the middle of writing left in a folder."""
    for aside in folder.glob(f".*{_ASIDE}.*"):
        path = folder / aside.name[1:].rpartition(_ASIDE)[0]
        if not path.exists():
            aside.rename(path)
    for path in folder.glob(".*.*"):
        if path.suffix[1:].isdigit():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def flush(path: Path) -> None:
    """Make a file or folder entry last through a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _beside(path: Path, what: str = "") -> Path:
    """Where a replacement is written: never mistaken for the real one, and its own for each process."""
    return path.with_name(f".{path.name}{what}.{os.getpid()}")
