"""Hands a candidate the requests that are ahead of it one by one.

The next comes when one more whole message has been sent: first that it has loaded, then each reply. A
candidate that could read what it will be asked next would find answers there, because tests of a function
and its inverse ask the one for what they expect of the other.
"""

from __future__ import annotations

from . import frames

_LENGTH_BYTES = 4


class Pace:
    """The requests of one candidate, in a buffer that is its supervisor's."""

    def __init__(self, buffer: memoryview) -> None:
        self.buffer = buffer
        #: Bytes of requests that came from the host, and that were handed over.
        self.known = 0
        self.given = 0
        #: Messages that were sent and not followed by a request yet.
        self._due = 0
        self._head_left = _LENGTH_BYTES
        self._body_left = 0

    @property
    def is_over(self) -> bool:
        """Whether no request is left."""
        return self.given == self.known

    def put_by(self, requests: memoryview) -> None:
        """Keep requests, or a part of them, for later. Raises EOFError when they are more than may be."""
        end = self.known + len(requests)
        if end > frames.AHEAD_BYTES:
            raise EOFError("the host lost its measure")
        self.buffer[self.known : end] = requests
        self.known = end

    def heard(self, data: memoryview) -> None:
        """Count the messages in what the candidate sent. A length that lies only hurts the one who wrote it."""
        at = 0
        while at < len(data):
            if self._head_left:
                self._body_left = self._body_left << 8 | data[at]
                self._head_left -= 1
                at += 1
                if self._head_left:
                    continue
            step = min(self._body_left, len(data) - at)
            self._body_left -= step
            at += step
            if not self._body_left:
                self._due += 1
                self._head_left = _LENGTH_BYTES

    def next(self) -> memoryview:
        """The next request, if it is its turn and is here whole; else nothing."""
        body = self.given + _LENGTH_BYTES
        if not self._due or body > self.known:
            return self.buffer[:0]
        end = body + int.from_bytes(self.buffer[self.given : body], "big")
        if end > self.known:
            return self.buffer[:0]
        request = self.buffer[self.given : end]
        self.given = end
        self._due -= 1
        return request
