"""A process that judges texts while everything that could run code or reach the system is watched.

Reads a JSON list of [gold, text] from standard input; prints a JSON object: how many were judged, which events
of Python's audit hook occurred while they were, and whether the hook sees a control that is run on purpose.

Watched are compilation and execution of code, new processes, files, sockets, foreign functions and imports.
What sympy imports on first use comes from its own files, and it compiles products of monomials from a template
of its own that holds no text but `a0, a1, ...`; both are allowed, nothing else is.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verifiers.math.extract import Ambiguous, find_answer
from rlvr.verifiers.math.judge import read
from rlvr.verifiers.math.symbolic import Undecided, equal_symbolically

_WATCHED = (
    "compile", "exec", "open", "import", "os.", "subprocess.", "socket.", "ctypes.", "shutil.", "pathlib.", "pickle.",
    "marshal.", "code.", "builtins.", "signal.", "pty.", "tempfile.", "urllib.", "glob.", "winreg.",
)  # fmt: skip
_LIBRARY = (os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix), os.path.dirname(os.__file__))
_SPEC = VerifierSpec("math", {"extraction": "lenient"})
_verifier = build_verifier(_SPEC)
_events: list[str] = []
_armed = False
_MONOMIAL = re.compile(rb"monomial_\w+|[abr]\d+|def|return|if|else|None|A|B|k")
_NAME = re.compile(rb"[A-Za-z_]\w*")


def _is_of_library(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether it is a module of an installed library being imported."""
    if event == "import":
        return str(arguments[0]).partition(".")[0] in ("sympy", "mpmath", *sys.stdlib_module_names)
    if event == "compile" and isinstance(arguments[0], bytes):
        return all(_MONOMIAL.fullmatch(name) for name in _NAME.findall(arguments[0]))
    if event == "exec":
        names = getattr(arguments[0], "co_names", ())
        if len(names) == 1 and names[0].startswith("monomial_"):
            return True
        place = getattr(arguments[0], "co_filename", "")
    elif event in ("open", "os.listdir", "os.scandir"):
        place = arguments[0]
        if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return False
    elif event in ("compile", "marshal.loads"):
        return event == "marshal.loads" or str(arguments[1]).startswith(_LIBRARY)
    else:
        return False
    return isinstance(place, str) and os.path.realpath(place).startswith(_LIBRARY)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _armed and event.startswith(_WATCHED) and not _is_of_library(event, arguments):
        _events.append(f"{event}{arguments!r:.120}")


def _judge(gold: str, text: str) -> None:
    """By the verifier, and the extracted answer once more by its last stage, whether or not it came that far."""
    _verifier.verify(Problem("p", "", {"answer": gold}, "t", _SPEC), Completion(text))
    try:
        found = find_answer(text, lenient=True)
    except Ambiguous:
        return
    nodes = [read(gold).node, read(found.text).node if found else None]
    if nodes[0] is not None and nodes[1] is not None:
        try:
            equal_symbolically(nodes[0], nodes[1])
        except (Undecided, ArithmeticError, AttributeError, NotImplementedError, RecursionError, TypeError, ValueError):
            return


def main() -> None:
    """Judge, then run the control."""
    global _armed
    pairs = json.load(sys.stdin)
    _judge(r"\sin(x)^2", r"\boxed{1-\cos(x)^2}")
    sys.addaudithook(_watch)
    _armed = True
    for gold, text in pairs:
        _judge(gold, text)
    _armed = False
    seen, _events[:] = list(_events), []
    _armed = True
    eval("1 + 1")
    _armed = False
    print(json.dumps({"judged": len(pairs), "events": seen, "control": bool(_events)}))


if __name__ == "__main__":
    main()
