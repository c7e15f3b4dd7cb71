"""What every request passes before anything looks into it: key, size, and how many are inside already.

An ASGI layer. It reads the whole body under a limit and a clock and hands it on, so that nothing behind it
waits for a client's bytes. It keeps a request's place until the answer has left, or the client has.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rlvr.serving.meters import Meters
from rlvr.serving.options import ServingOptions

#: Open to anybody: a load balancer has no key, and it says nothing but that the server takes requests.
_OPEN = frozenset({"/health"})
_AGAIN_SECONDS = 1


class Refused(Exception):
    """A request is turned away: status, reason, further headers."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})


class Gate:
    """Wraps an application. `key` None lets everybody in, for a server that listens to this machine alone."""

    def __init__(self, app: ASGIApp, key: str | None, options: ServingOptions, meters: Meters) -> None:
        self._app = app
        self._key = None if key is None else _digest(key)
        self._options = options
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, self._options.io_seconds)
        try:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            self._check_key(scope["path"], headers)
            await self._admit(scope, headers, receive, answer)
        except Refused as refused:
            self._meters.count("refused_total", reason=str(refused.status))
            await answer.refuse(refused, lambda: self._discard(receive))
        finally:
            endpoint = getattr(scope.get("endpoint"), "__name__", "none")
            self._meters.count("requests_total", route=endpoint, status=str(answer.status))

    def _check_key(self, path: str, headers: Mapping[str, str]) -> None:
        """A bearer key, or a Basic password, which is what a URL `http://x:KEY@host/` turns into."""
        if self._key is None or path in _OPEN:
            return
        given = _key_in(headers.get("authorization", ""))
        if not hmac.compare_digest(_digest(given), self._key):
            raise Refused(401, "the key is missing or wrong", {"WWW-Authenticate": "Bearer"})

    async def _admit(self, scope: Scope, headers: Mapping[str, str], receive: Receive, answer: _Answer) -> None:
        if scope["method"] != "POST":
            await self._app(scope, receive, answer)
            return
        size = self._size(headers)
        self._meters.count("in_flight_requests")
        self._meters.count("in_flight_bytes", size)
        try:
            body = await self._read(receive, size)
            if body is None:
                self._meters.count("hangups_total")
                return
            await self._app(scope, _replay(body, receive), answer)
        finally:
            self._meters.count("in_flight_requests", -1)
            self._meters.count("in_flight_bytes", -size)

    def _size(self, headers: Mapping[str, str]) -> int:
        """The body's size, when there is room for it."""
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            # A page in somebody's browser can send plain text to this machine without asking, and JSON not.
            raise Refused(415, "the body must be application/json")
        length = headers.get("content-length", "")
        if not length.isdecimal():
            raise Refused(411, "a body needs its Content-Length")
        limit = int(self._options.max_body_mb * 2**20)
        if len(length) > 12 or int(length) > limit:
            raise Refused(413, f"the body is larger than {limit} bytes; send fewer rows at once")
        requests, held = self._meters.value("in_flight_requests"), self._meters.value("in_flight_bytes")
        full = held and held + int(length) > self._options.max_in_flight_mb * 2**20
        if full or requests >= self._options.max_requests:
            raise Refused(429, "the server is full; come again", {"Retry-After": str(_AGAIN_SECONDS)})
        return int(length)

    async def _discard(self, receive: Receive) -> None:
        """Let a refused body come in for a while, unkept: a client that is cut off while it sends never learns why."""
        left = self._options.max_body_mb * 2**20
        try:
            async with asyncio.timeout(self._options.io_seconds):
                while left > 0:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return
        except TimeoutError:
            return

    async def _read(self, receive: Receive, size: int) -> bytes | None:
        """The body, None when the client leaves first."""
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(self._options.io_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    parts.append(message.get("body", b""))
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise Refused(408, f"the body did not come within {self._options.io_seconds:g} s") from None


class _Answer:
    """The way back: notes the status, and does not wait for ever on a client that does not read."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        async with asyncio.timeout(self._seconds):
            await self._send(message)

    async def refuse(self, refused: Refused, discard: Callable[[], Awaitable[None]]) -> None:
        """Say why, take what is still coming, and close the connection."""
        body = json.dumps({"error": refused.reason}).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        fields = [(name.encode(), value.encode()) for name, value in {**headers, **refused.headers}.items()]
        await self({"type": "http.response.start", "status": refused.status, "headers": fields})
        await self({"type": "http.response.body", "body": body, "more_body": True})
        await discard()
        await self({"type": "http.response.body", "body": b""})


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _key_in(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then whatever comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message
