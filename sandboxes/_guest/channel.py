"""The judge's end of the pipe to the candidate: requests out, replies in."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from . import codec


class Astray(Exception):
    """The tests ask something else than in their rehearsal: the candidate was asked what it should not have been."""


class Channel:
    """Asks the candidate."""

    def __init__(
        self,
        read_fd: int,
        write_fd: int,
        requests: Iterable[Mapping[str, Any]] = (),
        is_complete: bool = False,
        is_sure: bool = True,
        recorded: int = 0,
    ) -> None:
        self.read_fd = read_fd
        self.write_fd = write_fd
        self.asked = 0
        #: How many requests have their reply.
        self.answered = 0
        #: Asked by the host already, in this order; the replies are on their way.
        self.ahead = deque(requests)
        #: Whether nothing can be asked beyond that.
        self.is_complete = is_complete
        #: Whether no answer can change what is asked.
        self.is_sure = is_sure
        #: So many messages come first that an earlier candidate sent. They stand for this one's first ones.
        self.repeated = recorded
        self._one_at_a_time = _thread.allocate_lock()  # tests may have threads

    def receive(self) -> Mapping[str, Any]:
        """The next message. Raises EOFError and codec.Malformed."""
        message = codec.read(self.read_fd)
        if not isinstance(message, dict):
            raise codec.Malformed("not an object")
        return message

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """One request, one reply. The reply may be on its way already.

        Raises Astray, EOFError, codec.TooLarge and codec.Malformed.
        """
        self.asked += 1
        with self._one_at_a_time:
            reply = self._ask(codec.dump(request))
        self.answered += 1
        return reply

    def _ask(self, request: bytes) -> Mapping[str, Any]:
        while self.ahead:
            is_this = codec.dump(self.ahead.popleft()) == request  # the values could be equal and differ, as 1 and True
            # Where sure ones differ, the test raised before it came to that call; it has failed by then.
            if not is_this and not self.is_sure:
                raise Astray
            reply = self.receive()
            if is_this:
                return reply
        if self.is_complete and not self.is_sure:
            raise Astray
        while self.repeated:  # nothing can be asked before all that is ahead has been
            self.repeated -= 1
            codec.read(self.read_fd)
        try:
            codec.send(self.write_fd, request)
        except BrokenPipeError:
            raise EOFError from None
        return self.receive()
