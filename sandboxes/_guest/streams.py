"""The standard streams of a sample, and the end of a program as the interpreter would have it."""

from __future__ import annotations

import atexit
import gc
import io
import sys
import traceback
import types
import weakref
from typing import Any

#: What the interpreter exits with when the output cannot be written.
UNWRITTEN = 120


def prepare() -> None:
    """Make the standard streams that samples use, once, while their descriptors are pipes."""
    sys.stdin = _named(io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8"), "<stdin>", "r")
    sys.stdout = _named(io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8"), "<stdout>", "w")
    errors = io.BufferedWriter(io.FileIO(2, "w", closefd=False))
    sys.stderr = _named(io.TextIOWrapper(errors, "utf-8", "backslashreplace", line_buffering=True), "<stderr>", "w")
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def _named(stream: Any, name: str, mode: str) -> Any:
    """With the name and mode the interpreter's own streams have; fast readers of input look at the mode."""
    stream.buffer.raw.name = name
    stream.mode = mode
    return stream


def finish(code: int) -> int:
    """Wait for threads, run exit functions, let go of the program's objects, write everything out.

    A real exit would take down all warm modules, slowly. Returns the exit code.
    """
    if "threading" in sys.modules:
        sys.modules["threading"]._shutdown()
    atexit._run_exitfuncs()
    written = _flush(sys.stdout) & _flush(sys.stderr)
    _let_go()
    # The first streams may be hidden by others, which wrote into them as they ended; or be closed or detached.
    _flush(sys.__stdout__)
    _flush(sys.__stderr__)
    return code if written or code else UNWRITTEN


def _let_go() -> None:
    """Let go of the program, as at the end of any: a file that it never closed is written out by that."""
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    module = weakref.ref(sys.modules.pop("__main__", types.ModuleType("")))
    gc.collect()
    space = vars(module() or types.ModuleType(""))
    for name in [name for name in space if name != "__builtins__"]:  # something still holds it
        space[name] = None


def _flush(stream: Any) -> bool:
    """Whether a stream has written what it held. One that does not say it is closed is open."""
    try:
        if stream is None or stream.closed:
            return True
    except Exception:  # a program's own stream, or a detached one
        pass
    try:
        stream.flush()
    except Exception:
        _tell()
        return False
    return True


def _tell() -> None:
    """Say what went wrong, if that can still be said."""
    try:
        traceback.print_exc(limit=0)
    except Exception:
        return
