"""The future of a verdict."""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from rlvr.verdict import Verdict


class Judgement(Future[Verdict]):
    """A verdict that is there, or will be; `seconds` then says how long judging took, without waiting.

    Equal questions share one, so it cannot be cancelled: whoever no longer cares lets go of it. In asyncio:
    `await asyncio.wrap_future(judgement)`. Raises CancelledError when the scorer was closed before.
    """

    def __init__(self) -> None:
        super().__init__()
        self.set_running_or_notify_cancel()
        self.seconds = 0.0
        #: Whether the same question would get the same verdict again, whatever the clock says.
        self.repeatable = True
        #: How often it was asked for before it was settled; used under the scorer's lock.
        self.asked = 0
        self.settled: Verdict | None = None

    def fail(self, error: BaseException) -> None:
        """Tell whoever waits that there will be no verdict."""
        with suppress(InvalidStateError):  # it was settled at the same moment, from another thread
            self.set_exception(error)
