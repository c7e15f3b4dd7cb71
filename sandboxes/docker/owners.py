"""Whose containers are whose, and which owners are dead.

Every process that uses the sandbox is an owner: it holds a lock on a file of its own for as long as it
lives, and its containers carry the file's name. The kernel lets go of the lock however the process ends,
so a lock that can be taken means a dead owner, without process ids that may have been given to another.
An owner whose file is not on this machine is none of our business.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import uuid
from pathlib import Path

_lock = threading.Lock()
#: The process that holds the lock, its name, and the open file that is the lock.
_own: tuple[int, str, int] | None = None


def folder() -> Path:
    """Where owners keep their files: one folder for each user."""
    path = Path(tempfile.gettempdir()) / f"rlvr-sandbox-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def own_name() -> str:
    """This process's name as an owner."""
    global _own
    with _lock:
        # A forked child is an owner of its own: such locks are not inherited.
        if _own is None or _own[0] != os.getpid():
            name = uuid.uuid4().hex[:16]
            fd = os.open(folder() / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.lockf(fd, fcntl.LOCK_EX)
            _own = os.getpid(), name, fd
        return _own[1]


def is_dead(name: str) -> bool:
    """Whether the owner is known to be gone. False for ourselves, and for owners not known here."""
    path = folder() / name
    if name == own_name() or not path.is_file():
        return False
    with path.open("r+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def forget(name: str) -> None:
    """Remove a dead owner's file, once nothing of it is left."""
    (folder() / name).unlink(missing_ok=True)
