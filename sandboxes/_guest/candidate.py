"""The side that runs what a model wrote: as a whole program, or as a module whose functions are called.

Everything from `exec` on is hostile ground: this process has nothing that is worth taking. It knows
its own source and the arguments of the calls it is asked to answer, and its words are only data.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
import types
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from . import codec, confine, streams

#: Exit codes that say more than "failed". A program that fakes one only chooses the name of its failure.
BROKEN_CHANNEL, DOES_NOT_COMPILE, OUT_OF_MEMORY = 70, 71, 72
#: Source, tests and the like; never more than a host would send.
MAX_PAYLOAD = 64 * 2**20
_MESSAGE_CHARACTERS = 300
_ARGUMENT_BYTES = 2000


def run_program() -> NoReturn:
    """Run the source as a program, as `python program.py` would. Its input follows the payload."""
    payload = codec.read(0, MAX_PAYLOAD)
    os._exit(streams.finish(_execute(payload["source"], payload["imports"])))


def _execute(source: str, imports: str) -> int:
    """Run the program. Returns its exit code, and leaves its module to `sys.modules` alone."""
    module = _module("__main__", imports)
    draw_the_same_lots(source)
    try:
        code = compiled(source, "program.py")
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        traceback.print_exc(limit=0)
        return DOES_NOT_COMPILE
    try:
        exec(code, module.__dict__)
    except SystemExit as stop:
        return _exit_code(stop)
    except MemoryError:
        return OUT_OF_MEMORY
    except BaseException:
        traceback.print_exc(limit=-4)
        return 1
    return 0


def _exit_code(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code & 0xFF
    sys.stderr.write(f"{stop.code}\n")
    return 1


def _module(name: str, imports: str) -> types.ModuleType:
    """A fresh module in `sys.modules`."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    sys.argv = [f"{name}.py"]
    module.__file__ = sys.argv[0]
    exec(compiled(imports, "imports.py"), module.__dict__)
    return module


def compiled(source: str, name: str) -> types.CodeType:
    """The code of a source, under the rules it sets itself and none of this file's; a byte order mark is none of it."""
    return compile(source.removeprefix("\ufeff"), name, "exec", dont_inherit=True)


def draw_the_same_lots(source: str) -> None:
    """Seed `random` for code that may use it, so that its verdict is the same every time."""
    if "random" in source:
        random = importlib.import_module("random")
        random.seed(0)


def answer_calls() -> NoReturn:
    """Load the source, then answer calls until the judge has no more."""
    payload = codec.read(confine.IN, MAX_PAYLOAD)
    # The module is not called __main__, so that a program's own demonstration does not run.
    module = _module("solution", payload["imports"])
    draw_the_same_lots(payload["source"])
    try:
        _answer(payload["source"], module)
        sys.stdout.flush()
    except OSError:
        os._exit(1)
    except Exception:  # a result too large, or the program patched what this file runs on
        os._exit(BROKEN_CHANNEL)
    os._exit(0)


def _answer(source: str, module: types.ModuleType) -> None:
    """Load the source and answer until nothing more is asked."""
    failure = load(source, module)
    codec.write(confine.OUT, {"ready": True} if failure is None else {"failed": failure})
    answerer = Answerer(module)
    while failure is None:
        try:
            request = codec.read(confine.IN)
        except EOFError:
            return
        codec.write(confine.OUT, answerer.answer(request))


def load(source: str, module: types.ModuleType) -> dict[str, Any] | None:
    """Execute the source in the module. Returns what went wrong, if anything did."""
    try:
        code = compiled(source, "solution.py")
    # ValueError: a null byte; MemoryError and RecursionError: the parser's own limits.
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError) as error:
        return {"compile": True, **describe(error)}
    try:
        exec(code, module.__dict__)
    except BaseException as error:
        return {"compile": False, **describe(error)}
    return None


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as plain data: the nearest built-in type, its own name, message and line."""
    builtin: Any = next((kind for kind in type(error).__mro__ if kind.__module__ == "builtins"), Exception)
    described = {"type": builtin.__name__, "name": type(error).__name__, "message": _text(error), "line": _line(error)}
    # With a __str__ of its own, an exception's text says more than its arguments.
    args = _args(error) if type(error).__str__ is builtin.__str__ else None
    return described if args is None else {**described, "args": args}


def _args(error: BaseException) -> Any:
    """An exception's arguments, encoded; None unless they are plain and few."""
    try:
        sent = codec.encode(list(error.args))
        return sent if len(codec.dump(sent)) <= _ARGUMENT_BYTES else None
    except Exception:  # they may be anything
        return None


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_MESSAGE_CHARACTERS]
    except Exception:  # a program's exception may have any __str__
        return "(its message cannot be shown)"


def _line(error: BaseException) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "solution.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class Answerer:
    """Answers one request at a time. Objects of the program's own classes stay here, under a number."""

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module
        self.objects: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to a call or to the reading of an attribute."""
        try:
            target = self._target(request)
            if "args" not in request:
                return self._attribute(target)
            args = [codec.decode(item, self.objects.__getitem__) for item in request["args"]]
            kwargs = {k: codec.decode(v, self.objects.__getitem__) for k, v in request["kwargs"].items()}
            result = codec.encode(target(*args, **kwargs), self._register)
            return {"ok": result, "args": self._changed(args, request["args"])}
        except codec.Unsendable as error:
            return {"unsendable": str(error)}
        except BaseException as error:
            return {"raised": describe(error)}

    def _target(self, request: Mapping[str, Any]) -> Any:
        if "on" in request:
            return getattr(self.objects[request["on"]], request["name"])
        return _named(self.module.__dict__, request["name"])

    def _attribute(self, value: Any) -> dict[str, Any]:
        if callable(value) and self._register(value) is None:
            return {"method": True}
        return {"ok": codec.encode(value, self._register)}

    def _changed(self, args: list[Any], before: list[Any]) -> list[Any]:
        """The arguments after the call, where they can have changed; None where they have not."""
        changed = []
        for value, old in zip(args, before):
            new = codec.encode(value, self._register) if isinstance(value, (list, dict, set, bytearray)) else None
            changed.append(new if new != old else None)
        return changed

    def _register(self, value: Any) -> int | None:
        """A number for an object of one of the program's classes that is not plain data."""
        if type(value).__module__ != self.module.__name__ or isinstance(value, _PLAIN):
            return None
        if isinstance(value, Iterator):
            return None
        if id(value) not in self.numbers:
            number = len(self.objects)
            self.objects[number] = value
            self.numbers[id(value)] = number
        return self.numbers[id(value)]


_PLAIN = (int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset)


def run_together() -> NoReturn:
    """Source and tests in one process (`trust: same-process`): for what cannot be proxied.

    The program can fake this verdict; every verdict that comes of it says so. The nonce only keeps
    the simplest fakes out (an early exit, a printed token).
    """
    payload = codec.read(confine.IN, MAX_PAYLOAD)
    os.close(confine.IN)
    nonce = payload.pop("nonce")
    module = _module("solution", payload["imports"])
    failure = load(payload["source"], module)
    if failure is None:
        failure = _run_pytest(payload) if payload["style"] == "pytest" else _run_tests(payload, module)
    verdict = {"failed": failure} if failure else {"done": [1, 1], "nonce": nonce}
    os.write(confine.VERDICT, json.dumps(verdict).encode())
    os._exit(0)


def _run_tests(payload: Mapping[str, Any], module: types.ModuleType) -> dict[str, Any] | None:
    space = module.__dict__
    try:
        code = compiled(payload["tests"], "tests.py")
        space["candidate"] = _named(space, payload["entry_point"])
        check = space.pop("check", None)
        exec(code, space)
        if space.get("check") not in (None, check):
            space["check"](space["candidate"])
    except BaseException as error:
        return {"compile": False, **describe(error)}
    return None


def _named(space: Mapping[str, Any], entry: str | list[str]) -> Any:
    """What the program has under a name, or the first of several. Raises NameError."""
    first, *rest = (entry if isinstance(entry, str) else entry[0]).split(".")
    try:
        found = space[first]
    except KeyError:
        raise NameError(f"the program defines no {first!r}") from None
    for name in rest:
        found = _member(found, name)
    return found


def _member(found: Any, name: str) -> Any:
    """ "Solution.add" is the method of an instance, as judges of this kind expect; what is the class's own is not."""
    if isinstance(found, type):
        own = getattr(found, name, None)
        is_method = callable(own) and not isinstance(own, (type, types.MethodType))
        if own is None or is_method or isinstance(own, property):
            found = found()
    return getattr(found, name)


def _run_pytest(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    import pytest

    names = {"solution.py": payload["source"], "test_solution.py": payload["tests"]}
    for name, text in names.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
    del sys.modules["solution"]
    sys.path.insert(0, os.getcwd())
    status = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--no-header", "test_solution.py"])
    if status == 0:
        return None
    message = f"pytest ended with status {int(status)}"
    return {"type": "AssertionError", "name": "AssertionError", "message": message, "compile": False}
