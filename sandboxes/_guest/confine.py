"""What a forked child gives up before it reads a byte of model-written code, and what the kernel says of it.

Order matters: descriptors and limits need rights that are gone once the user id has changed.
System calls are limited by the container's seccomp profile, not here.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Mapping
from typing import Any

#: Descriptors of a child. A candidate has no VERDICT, a program has neither IN, OUT nor VERDICT.
IN, OUT, VERDICT = 3, 4, 5
_STACK_BYTES = 64 * 2**20
_OPEN_FILES = 128
#: Where the kernel counts processes it killed for want of memory: cgroup v1, cgroup v2.
OOM_FILES = ("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events")


def confine(fds: Mapping[int, int], limits: Mapping[str, Any], uid: int | None, home: str) -> None:
    """Make the calling child fit to run a sample: `fds` maps the child's descriptors to present ones."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    keep_only(fds)
    if uid is not None:
        _volunteer_for_oom()
    _limit(limits, address_space=uid is None)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    os.chdir(home)
    os.umask(0o022)


def keep_only(fds: Mapping[int, int]) -> None:
    """Put the given descriptors at their numbers and close every other one."""
    # Copies above all targets first, so that no target overwrites a source still needed.
    floor = max(fds) + 1
    copies = {target: _above(source, floor) for target, source in fds.items()}
    for target, copy in copies.items():
        # Only 0, 1 and 2 survive an exec: a program the sample starts holds none of our pipes.
        os.dup2(copy, target, inheritable=target <= 2)
    for number in range(max(fds)):
        if number not in fds:
            _close(number)
    os.closerange(floor, max(4096, *copies.values()) + 1)


def _above(fd: int, floor: int) -> int:
    held = []
    copy = os.dup(fd)
    while copy < floor:
        held.append(copy)
        copy = os.dup(fd)
    for number in held:
        os.close(number)
    return copy


def _close(fd: int) -> None:
    try:
        os.close(fd)
    except OSError:
        return  # was not open


def _volunteer_for_oom() -> None:
    """Be the first to die when memory runs out, before the supervisor."""
    # Plain system calls: a text file would touch, and so copy, many more of the supervisor's pages.
    fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    os.write(fd, b"1000")
    os.close(fd)


def _limit(limits: Mapping[str, Any], address_space: bool) -> None:
    cpu = max(1, round(limits["cpu_seconds"] + 0.499))
    wanted = {
        "RLIMIT_CPU": (cpu, cpu + 1),
        "RLIMIT_FSIZE": (limits["file_bytes"],) * 2,
        "RLIMIT_NOFILE": (_OPEN_FILES,) * 2,
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_NPROC": (limits["processes"],) * 2,
        "RLIMIT_STACK": (_STACK_BYTES,) * 2,
        "RLIMIT_MEMLOCK": (0, 0),
        "RLIMIT_MSGQUEUE": (0, 0),
        "RLIMIT_SIGPENDING": (64, 64),
    }
    if address_space:  # no container counts its memory or its processes
        wanted["RLIMIT_AS"] = (limits["memory_bytes"],) * 2
        del wanted["RLIMIT_NPROC"]  # counts the user's other processes too
    for name, (soft, hard) in wanted.items():
        kind = getattr(resource, name, None)  # macOS lacks some
        if kind is not None:
            lower(kind, soft, hard)


def lower(kind: int, soft: int, hard: int) -> None:
    """Set a limit, but never above the present hard one."""
    ceiling = resource.getrlimit(kind)[1]
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(kind, (soft, hard))


def oom_kills(files: tuple[str, ...] = OOM_FILES) -> int:
    """How often the kernel has killed in this container's memory group; 0 where it does not say."""
    for path in files:
        try:
            fd = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        try:
            text = os.read(fd, 4096)
        finally:
            os.close(fd)
        for line in text.splitlines():
            key, _, value = line.partition(b" ")
            if key == b"oom_kill":
                return int(value)
    return 0
