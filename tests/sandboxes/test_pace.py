"""A candidate is handed a request when it has sent one more message, and not before."""

from __future__ import annotations

import pytest

from rlvr.sandboxes._guest import frames
from rlvr.sandboxes._guest.codec import dump
from rlvr.sandboxes._guest.pace import Pace

FIRST, SECOND = dump({"name": "f", "args": [1]}), dump({"name": "f", "args": [2]})
READY = dump({"ready": True})


def pace_of(*requests: bytes) -> Pace:
    pace = Pace(memoryview(bytearray(frames.AHEAD_BYTES)))
    for request in requests:
        pace.put_by(memoryview(request))
    return pace


def handed(pace: Pace) -> list[bytes]:
    found = []
    while request := pace.next():
        found.append(bytes(request))
    return found


def test_each_message_brings_one_request() -> None:
    pace = pace_of(FIRST + SECOND)
    assert handed(pace) == []
    pace.heard(memoryview(READY))
    assert handed(pace) == [FIRST]
    assert not pace.is_over
    pace.heard(memoryview(dump({"ok": 1})))
    assert handed(pace) == [SECOND]
    assert pace.is_over
    pace.heard(memoryview(dump({"ok": 2}) * 3))
    assert handed(pace) == []


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_messages_and_requests_may_come_in_any_pieces(size: int) -> None:
    pace = pace_of()
    said = READY + dump({}) + b"\0\0\0\0" + dump({"ok": "x" * 50})
    for at in range(0, len(said), size):
        pace.heard(memoryview(said[at : at + size]))
    sent = FIRST + SECOND + FIRST + SECOND
    found = []
    for at in range(0, len(sent), size):
        pace.put_by(memoryview(sent[at : at + size]))
        found += handed(pace)
    assert found == [FIRST, SECOND, FIRST, SECOND]


def test_half_a_message_brings_nothing() -> None:
    pace = pace_of(FIRST)
    pace.heard(memoryview(READY[:-1]))
    assert handed(pace) == []
    pace.heard(memoryview(READY[-1:]))
    assert handed(pace) == [FIRST]


def test_more_than_may_be_ahead_is_no_host_of_ours() -> None:
    pace = pace_of(bytes(frames.AHEAD_BYTES))
    with pytest.raises(EOFError):
        pace.put_by(memoryview(b"x"))
