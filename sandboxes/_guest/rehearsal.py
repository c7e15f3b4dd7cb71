"""The tests run once with no candidate, to learn what they will ask of each one.

What stands in for the answers agrees with everything, so the tests go on as if all were well. Most tests
ask the same whatever they are answered; later candidates can answer those without waiting for their judge.
What is asked goes to the supervisor line by line, so that whatever ends the rehearsal keeps what was learned:

    {"ask": request}
    {"complete": true}     the tests ran to their end
"""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from . import codec, confine
from .candidate import MAX_PAYLOAD, draw_the_same_lots
from .channel import Channel
from .judge import Ended, Judge

#: So much is learned at most, in requests and in bytes of them.
_MOST_REQUESTS, _MOST_BYTES = 2000, 128 * 1024


def run() -> NoReturn:
    """Rehearse the tests of one payload."""
    payload = codec.read(confine.IN, MAX_PAYLOAD)
    # Answers that always agree can make a test's loop endless. Out of memory, it must not take the container along.
    confine.lower(resource.RLIMIT_AS, payload["memory_bytes"], payload["memory_bytes"])
    draw_the_same_lots(payload["tests"] + payload["imports"])
    rehearsal = Rehearsal(payload, Channel(confine.IN, confine.OUT))
    try:
        rehearsal.prepare()
        rehearsal.run_tests()
        rehearsal.say({"complete": True})
    except BaseException:  # the tests did not go on, for whatever reason
        os._exit(1)
    os._exit(0)


class Rehearsal(Judge):
    """A judge that notes what would be asked, and blames nobody."""

    def __init__(self, payload: Mapping[str, Any], channel: Channel) -> None:
        super().__init__(payload, channel)
        self.requests_left, self.bytes_left = _MOST_REQUESTS, _MOST_BYTES

    def fail(self, status: str, reason: str) -> None:
        pass

    def end(self, status: str, reason: str) -> NoReturn:
        raise Ended

    def ask(self, request: Mapping[str, Any]) -> NoReturn:
        """An attribute of the program: only the program knows whether that is a value or a method."""
        raise Ended

    def call(self, target: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Note a call. The end, when enough has been learned."""
        sent = [self.encode(value) for value in args]
        named = {key: self.encode(value) for key, value in kwargs.items()}
        request = {**target, "args": sent, "kwargs": named}
        self.requests_left -= 1
        self.bytes_left -= len(codec.dump(request))
        if min(self.requests_left, self.bytes_left) < 0:
            os._exit(1)  # a bare `except` in the tests must not go on from here
        self.say({"ask": request})
        return Agreeable()


class Agreeable:
    """Stands in for any answer: equal to everything, greater and less, and as good after any arithmetic."""

    def _true(self, *_: Any) -> bool:
        return True

    def _itself(self, *_: Any) -> Agreeable:
        return self

    def _zero(self, *_: Any) -> int:
        return 0

    def __getattr__(self, name: str) -> NoReturn:
        """The object may be one of the program's, whose methods are asked of it."""
        raise AttributeError(name) if name.startswith("__") else Ended

    def __iter__(self) -> Any:
        return iter(())

    def __float__(self) -> float:
        return 0.0

    def __str__(self) -> str:
        return ""

    __repr__ = __str__
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = _true
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _itself
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _itself
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _itself
    __abs__ = __neg__ = __pos__ = __round__ = __getitem__ = __call__ = _itself
    __len__ = __int__ = __index__ = __hash__ = _zero
