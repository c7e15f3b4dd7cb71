"""Framing between the host and a supervisor: one kind byte, four length bytes (big-endian), the payload.

Both ends are ours. What a sample writes only ever travels as the payload of a frame, so nothing it
writes can be taken for one.
"""

from __future__ import annotations

import struct

HEADER = struct.Struct(">cI")
#: No payload is longer; whoever has more to say sends several frames.
CHUNK = 64 * 1024
#: All requests ahead of one sample together are no longer.
AHEAD_BYTES = 256 * 1024

# Host to supervisor.
JOB = b"J"  # JSON: the role and limits of the next sample, and nothing that is secret
AHEAD = b"A"  # requests for the sample, of which it gets one after each of its messages
DATA = b"D"  # bytes for the sample's input; from a supervisor: bytes the sample sent
END = b"E"  # the input is complete
KILL = b"K"  # end the sample now

# Supervisor to host, beside DATA.
HELLO = b"H"  # JSON, once: the supervisor is ready
STDOUT = b"O"
STDERR = b"S"
VERDICT = b"V"  # bytes of the judge's verdict pipe
RESULT = b"R"  # JSON, last of a sample: how it ended and whether the container is clean again


def split(data: bytes) -> list[memoryview]:
    """`data` in pieces that fit a frame each."""
    view = memoryview(data)
    return [view[start : start + CHUNK] for start in range(0, len(view), CHUNK)]
