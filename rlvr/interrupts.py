"""Ctrl-C and SIGTERM as a request: finish the step, save, then stop. A second one stops at once.

Signal handlers belong to the main thread; elsewhere nobody asks and the run goes on.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def listening(say: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Yields a function that says whether a signal has come; the second signal raises KeyboardInterrupt."""
    request = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if request.is_set():
            raise KeyboardInterrupt
        request.set()
        say(f"{signal.Signals(number).name}: the run stops after this step; once more stops it at once")

    if threading.current_thread() is not threading.main_thread():
        yield request.is_set
        return
    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield request.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
