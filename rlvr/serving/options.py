"""What bounds a server."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rlvr.verifier import Model


class ServingOptions(Model):
    """Limits of one server process.

    max_body_mb: the largest request. max_requests, max_in_flight_mb: requests, and the sum of their bodies,
    held at once; more are told to come again (429). A body may take up to 40 times its size in memory, if
    somebody with the key means harm (`tests/benchmarks/bench_serve.py memory`). max_variants: different
    verifiers with different options, each of which has its own worker processes. io_seconds: how long a
    client may take to send its body, and to take each part of the answer. grace_seconds: how long accepted
    requests may still take once the server is told to stop.
    """

    max_body_mb: Annotated[float, Field(gt=0, le=1024)] = 8.0
    max_requests: Annotated[int, Field(ge=1)] = 512
    max_in_flight_mb: Annotated[float, Field(gt=0)] = 32.0
    max_variants: Annotated[int, Field(ge=1)] = 16
    io_seconds: Annotated[float, Field(gt=0)] = 30.0
    grace_seconds: Annotated[int, Field(ge=1)] = 120
