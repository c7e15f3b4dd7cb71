"""Whether too many of the last verdicts were errors."""

from __future__ import annotations

import threading
from collections import deque

from rlvr.errors import TooManyErrors
from rlvr.verdict import Outcome, Verdict

#: Fewer verdicts than this say nothing about a rate.
_FEWEST = 10


class ErrorWindow:
    """The last verdicts of a run, from any thread."""

    def __init__(self, size: int, max_rate: float) -> None:
        self.max_rate = max_rate
        self._lock = threading.Lock()
        self._errors: deque[str | None] = deque(maxlen=size)

    def add(self, verdict: Verdict) -> None:
        """Take note of a verdict."""
        with self._lock:
            self._errors.append(verdict.reason if verdict.outcome is Outcome.ERROR else None)

    def check(self) -> None:
        """Raise TooManyErrors, with the last error's reason, when the share is above the limit."""
        with self._lock:
            reasons = [reason for reason in self._errors if reason is not None]
            count = len(self._errors)
        if count >= _FEWEST and len(reasons) > self.max_rate * count:
            what = f"{len(reasons)} of the last {count} verdicts were errors of ours, the last: {reasons[-1]}"
            raise TooManyErrors(what, "Mend the verifier or the sandbox, then train with --resume.")
