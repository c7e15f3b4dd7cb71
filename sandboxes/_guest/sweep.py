"""After a sample nothing of it is left: every process killed and reaped, every file removed, both verified."""

from __future__ import annotations

import os
import select
import signal
import stat
import time
from collections.abc import Sequence
from typing import Any

#: Until the last process must be gone, and until the last file must be.
_PATIENCE_SECONDS = 5.0


def kill_everything(bell: int) -> list[Any]:
    """As process 1: kill and reap every other process. `bell` becomes readable when one dies."""
    usages: list[Any] = []
    ringing = select.poll()
    ringing.register(bell, select.POLLIN)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if nobody_left(signal.SIGKILL) and not reap(usages):
            break
        if reap(usages):
            ringing.poll(50)
            silence(bell)
    return usages


def silence(bell: int) -> None:
    """Make the bell unreadable until the next death."""
    try:
        while os.read(bell, 4096):
            pass
    except BlockingIOError:
        return


def kill_session(leader: int) -> list[Any]:
    """As an ordinary process: kill and reap the sample's process group. What left it escapes."""
    usages: list[Any] = []
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return usages
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while reap(usages) and time.monotonic() < deadline:
        time.sleep(0.0005)
    return usages


def reap(usages: list[Any]) -> bool:
    """Collect every dead child. True when living ones remain."""
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        usages.append(usage)


def nobody_left(number: int = 0) -> bool:
    """As process 1: whether no other process exists. The signal goes to those that do."""
    try:
        os.kill(-1, number)
    except ProcessLookupError:
        return True
    return False


def wipe(folders: Sequence[str], uid: int | None) -> bool:
    """Empty the folders, as the sample's own user, and forget their times. True when they are empty at the end."""
    clean = True
    if dirty := [folder for folder in folders if not _is_empty(folder)]:
        _empty_as(uid, dirty)
        clean = all(_is_empty(folder) for folder in dirty)
    for folder in folders:
        _forget_times(folder)  # also of those whose files the sample removed itself
    return clean


def _empty_as(uid: int | None, dirty: list[str]) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            if uid is not None:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            for folder in dirty:
                empty(folder)
        finally:
            os._exit(0)  # whether it worked is seen from what is left, not from this code
    _wait_or_kill(pid)


def _wait_or_kill(pid: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.0005)


def _is_empty(folder: str) -> bool:
    with os.scandir(folder) as entries:
        return next(entries, None) is None


def _forget_times(folder: str) -> None:
    """A folder's times would tell the next sample something of the last one."""
    os.utime(folder, (0, 0))


def empty(folder: str) -> None:
    """Remove everything in a folder, however deep, without ever following a link.

    Every step is relative to the directory it stands in, so neither the length of a path nor the
    depth of recursion can stop it. Permissions are restored on the way down.
    """
    os.chdir(folder)
    path: list[str] = []
    while True:
        below = _unlink_all_but_one_folder()
        if below is not None:
            os.chmod(below, 0o700)
            os.chdir(below)
            path.append(below)
        elif path:
            os.chdir("..")
            os.rmdir(path.pop())
        else:
            return


def _unlink_all_but_one_folder() -> str | None:
    for name in os.listdir("."):
        if stat.S_ISDIR(os.lstat(name).st_mode):
            return name
        os.unlink(name)
    return None
