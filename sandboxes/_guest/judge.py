"""The side that knows the tests: runs them against stand-ins for the candidate's functions and objects.

It shares nothing with the candidate but a pipe, and takes nothing from it but plain data. What the
tests conclude goes to the supervisor through a pipe of its own, line by line:

    {"first": {"status": ..., "reason": ...}}     the first failure, at once, so that no crash hides it
    {"done": [passed, total]}                     the tests ran to their end
    {"astray": answered}                          the rehearsal misled us: nothing of this verdict counts but
                                                  that so many calls were answered before
"""

from __future__ import annotations

import builtins
import json
import os
import sys
import types
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

from . import codec, confine
from .candidate import MAX_PAYLOAD, compiled, draw_the_same_lots
from .channel import Astray, Channel
from .compare import same
from .stand_ins import Function, Handle, NotPlainData, number_of, update

_REASON_CHARACTERS = 400
_SHOWN_CHARACTERS = 100
#: Raised by a candidate, these would mean something to the machinery of a test rather than to the test.
_NEVER_RAISED = (AssertionError, StopIteration, StopAsyncIteration, GeneratorExit)


class CandidateError(RuntimeError):
    """The candidate raised something that the judge does not raise in its name."""


def run() -> NoReturn:
    """Judge one candidate."""
    payload = codec.read(confine.IN, MAX_PAYLOAD)
    draw_the_same_lots(payload.get("tests", "") + payload.get("imports", ""))
    judge = Judge(payload, Channel(confine.IN, confine.OUT, **payload["script"]))
    run_tests = judge.run_cases if payload["style"] == "functions" else judge.run_asserts
    try:
        judge.prepare()  # while the candidate loads
        judge.await_candidate()
        run_tests()
    except Ended:
        pass
    os._exit(0)


class Ended(BaseException):
    """The verdict is known; nothing else may run."""


class Judge:
    """Runs the tests of one payload and reports."""

    def __init__(self, payload: Mapping[str, Any], channel: Channel) -> None:
        self.payload = payload
        self.channel = channel
        self.passed = 0
        self.executed = 0
        self.total = 0
        self.failed = False

    # -- reporting -------------------------------------------------------------------------------

    def fail(self, status: str, reason: str) -> None:
        """Report the first failure; later ones only count."""
        if not self.failed:
            self.failed = True
            first = {"status": status, "reason": reason[:_REASON_CHARACTERS]}
            self.say({"first": first})

    def end(self, status: str, reason: str) -> NoReturn:
        """A failure after which nothing can go on."""
        self.fail(status, reason)
        self.done()
        raise Ended

    def done(self) -> None:
        """Report the counts. What was not reached counts as not passed, unless all that was reached passed."""
        total = max(self.executed, self.total if self.failed else 1)
        self.say({"done": [self.passed if self.failed else total, max(total, 1)]})

    def say(self, line: Mapping[str, Any]) -> None:
        """A line of the verdict."""
        os.write(confine.VERDICT, json.dumps(line).encode() + b"\n")

    def prepare(self) -> None:
        """Everything that can be done without the candidate."""
        if self.payload["style"] == "functions":
            self.total = len(self.payload["cases"])
            return
        self.total = self.payload["count"]
        self.space = self._namespace()
        try:
            self.code = compiled(self.payload["tests"], "tests.py")
        except SyntaxError as error:  # good Python on the host, but not for this one
            self.end("invalid_tests", f"the tests do not compile in the sandbox: {error}")

    # -- the candidate ---------------------------------------------------------------------------

    def await_candidate(self) -> None:
        """Wait until the candidate's source is loaded."""
        try:
            message = self.channel.receive()
        except EOFError:
            self.end("gone", "the program ended while it was loaded")
        except codec.Malformed as error:
            self.end("protocol_violation", f"instead of loading, the program sent {error}")
        if message == {"ready": True}:
            return
        failure = message.get("failed")
        if not isinstance(failure, dict):
            self.end("protocol_violation", "instead of loading, the program sent something else")
        text = _one_line(failure)
        if failure.get("compile"):
            self.end("compile_error", f"does not compile: {text}")
        if failure.get("type") == "MemoryError":
            self.end("memory_limit", f"out of memory while it was loaded: {text}")
        self.end("runtime_error", f"raised while it was loaded: {text}")

    def ask(self, request: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
        """A reply's value and the whole reply. Raises in the candidate's name what it raised."""
        try:
            reply = self.channel.ask(request)
            if "raised" in reply:
                raise _as_exception(reply["raised"])
            if "unsendable" in reply:
                self.refuse(f"{_shown_request(request)} returned {reply['unsendable']}, which is no plain data")
            if reply.get("method") is True:
                return None, reply
            if "ok" not in reply:
                raise codec.Malformed("neither a result nor an exception")
            return codec.decode(reply["ok"], self._handle), reply
        except Astray:
            self.say({"astray": self.channel.answered})
            os._exit(0)  # a bare `except` in the tests must not keep this from being the end
        except EOFError:
            self.end("gone", f"the program ended during {_shown_request(request)}")
        except codec.TooLarge as error:
            self._too_much(f"{error} to {_shown_request(request)}", self.channel.asked > 1)
        except codec.Malformed as error:
            what = f"answered {_shown_request(request)} with what is no answer: {error}"
            self.end("protocol_violation", f"the program {what}")

    def _handle(self, number: int) -> Handle:
        return Handle(self, number)

    def encode(self, value: Any) -> Any:
        """An argument of a call."""
        try:
            return codec.encode(value, number_of)
        except codec.TooMuch as error:
            self._too_much(str(error), self.channel.asked > 0)
        except codec.Unsendable as error:
            mend = "such tests need trust: same-process"
            self.end("invalid_tests", f"a test passes {error} to the program; {mend}")

    def _too_much(self, what: str, has_answered: bool) -> NoReturn:
        """A test sends too much. What it sends may be made of what it was answered; it is ours only if it cannot."""
        if has_answered:
            self.refuse(f"what the program returned makes a test send {what}")
        self.end("invalid_tests", f"a test sends {what}")

    def refuse(self, why: str) -> NoReturn:
        """Fail, and end the assertion: a test that expects an exception must not take this for one."""
        self.fail("runtime_error", why)
        raise NotPlainData(why)

    def call(self, target: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Call a function or method of the candidate, and change the arguments as it changed them."""
        sent = [self.encode(value) for value in args]
        named = {key: self.encode(value) for key, value in kwargs.items()}
        result, reply = self.ask({**target, "args": sent, "kwargs": named})
        changes = reply.get("args")
        if isinstance(changes, list) and len(changes) == len(args):
            for value, change in zip(args, changes):
                self._change(value, change)
        return result

    def _change(self, value: Any, change: Any) -> None:
        if change is None or not isinstance(value, (list, dict, set, bytearray)):
            return
        try:
            update(value, codec.decode(change, self._handle))
        except codec.Malformed as error:
            self.end("protocol_violation", f"the program changed an argument into no data: {error}")

    # -- styles ----------------------------------------------------------------------------------

    def run_cases(self) -> None:
        """`functions`: each case a call and the value it must return."""
        cases, name = self.payload["cases"], self.payload["names"][0]
        for number, case in enumerate(cases, 1):
            self.executed += 1
            shown = f"{name}({', '.join(_shown(arg) for arg in case['args'])})"
            try:
                got = self.call({"name": name}, case["args"], {})
            except Exception as error:
                self.fail(*_blame(error, f"test {number}, {shown},"))
                continue
            if same(got, case["expected"], self.payload["tolerance"]):
                self.passed += 1
            else:
                expected = f"expected {_shown(case['expected'])}, got {_shown(got)}"
                self.fail("wrong_answer", f"test {number}, {shown}: {expected}")
        self.done()

    def run_asserts(self) -> None:
        """`asserts`: the tests are Python; `check(candidate)` is called when they define it."""
        try:
            self.run_tests()
        except Exception as error:
            self._broken(error)
        except SystemExit as stop:
            # Tests that say by their exit code that an answer is wrong; that one is right they must not say so.
            # They say the former, too, if they stop quietly before their last assertion.
            wrong = (bool(stop.code) or self.executed < self.total) and self.channel.asked > 0
            self.fail("wrong_answer" if wrong else "invalid_tests", f"the tests call exit({stop.code!r})")
        self._conclude()

    def run_tests(self) -> None:
        """The tests, as they are. Raises whatever they raise."""
        exec(self.code, self.space)
        if self.payload["call_check"]:
            self.space["check"](self.space["candidate"])

    def _namespace(self) -> dict[str, Any]:
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        space = module.__dict__
        try:
            exec(compiled(self.payload["imports"], "imports.py"), space)
        except Exception as error:
            self.end("invalid_tests", f"the imports of the reference raise {error!r}")
        names = self.payload["names"]
        space.update({first: Function(self, first) for first in (name.split(".")[0] for name in names)})
        space["candidate"] = Function(self, names[0])
        space["__rlvr_guard__"] = Guard(self)
        return space

    def held(self) -> None:
        """An assertion holds."""
        self.executed += 1
        self.passed += 1

    def broke(self, error: Exception, place: str, remembers: bool) -> None:
        """The assertion at that place does not hold, or raised."""
        self.executed += 1
        text = self.payload["shown"][place]
        if not isinstance(error, AssertionError):
            self._broken(error, text)
            return
        got, trace = "", error.__traceback__
        if remembers and trace is not None:
            seen = trace.tb_frame.f_locals
            got = f"; got {_shown(seen['__rlvr_got__'])}" if "__rlvr_got__" in seen else ""
        message = f" ({error})" if str(error) else ""
        self.fail("wrong_answer", f"{_cut(text, 2)}{message}{got}")

    def _broken(self, error: Exception, text: str | None = None) -> None:
        """The tests raised. Ours is only what no candidate can bring about."""
        where = _cut(self._line(_line_of(error)) if text is None else text, 2)
        theirs = hasattr(error, "raised_by_candidate")
        never_asked = self.channel.asked == 0
        if not theirs and (never_asked or self._lacks(error)):
            self.fail("invalid_tests", f"the tests raise {_shown(error)} at: {where}")
        elif isinstance(error, AssertionError):
            self.fail("wrong_answer", f"{where} {error}".strip())
        else:
            self.fail(*_blame(error, where))

    def _lacks(self, error: Exception) -> bool:
        """Whether the tests use what is nowhere.

        That is no name they give, such as that of a loop that found nothing, and no module but one they import
        by name: which one `import_module` is given may be for the program to say.
        """
        if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
            name = str(error).partition("'")[2].partition("'")[0]
            return name not in self.payload["bound"]
        return isinstance(error, ImportError) and str(error.name).partition(".")[0] in self.payload["imported"]

    def _line(self, number: int) -> str:
        lines = self.payload["tests"].splitlines()
        return str(lines[number - 1]).strip() if 0 < number <= len(lines) else ""

    def _conclude(self) -> None:
        if not self.failed and self.channel.asked == 0:
            self.fail("invalid_tests", "the tests never call the program")
        if self.total and not self.executed:
            self.fail("wrong_answer", "no assertion of the tests was reached")
        self.done()


class Guard:
    """Around every rewritten assertion."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def __call__(self, place: str, remembers: bool) -> Guard:
        self._place = place, remembers
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if error is None:
            self._judge.held()
        elif isinstance(error, Exception):
            self._judge.broke(error, *self._place)
        return isinstance(error, Exception)


def _as_exception(raised: Any) -> Exception:
    """The candidate's exception, as the built-in one that tests may expect."""
    if not isinstance(raised, dict):
        raise codec.Malformed("an exception that is none")
    kind = getattr(builtins, str(raised.get("type")), None)
    fits = isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, _NEVER_RAISED)
    text = str(raised.get("message", ""))
    error: Any
    try:
        args = codec.decode(raised["args"]) if "args" in raised else [text]
        error = kind(*args) if fits and kind is not None else CandidateError(_one_line(raised))
    except Exception:  # such as of UnicodeDecodeError, which wants five arguments
        error = CandidateError(_one_line(raised))
    error.raised_by_candidate = _one_line(raised)
    return cast(Exception, error)


def _one_line(failure: Mapping[str, Any]) -> str:
    line = failure.get("line")
    where = f" (line {line})" if isinstance(line, int) else ""
    return f"{failure.get('name')}: {failure.get('message')}{where}"[:_REASON_CHARACTERS]


def _blame(error: Exception, where: str) -> tuple[str, str]:
    """Status and reason for an exception that is not ours."""
    if isinstance(error, MemoryError):
        return "memory_limit", f"{where} out of memory"
    text = getattr(error, "raised_by_candidate", None)
    if text is not None:
        return "runtime_error", f"{where} raised {text}"
    return "runtime_error", f"{where} cannot be tested with what the program returned: {_shown(error)}"


def _line_of(error: Exception) -> int:
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "tests.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _shown_request(request: Mapping[str, Any]) -> str:
    return f"{request['name']}(…)"


def _shown(value: Any) -> str:
    try:
        text = ascii(value) if not isinstance(value, str) else repr(value)
    except Exception as error:  # a handle, or an integer too long to print
        return f"<{type(error).__name__}>"
    return _cut(text, 1)


def _cut(text: str, times: int) -> str:
    limit = times * _SHOWN_CHARACTERS
    return text if len(text) <= limit else text[:limit] + "…"
