"""The Docker engine: how it is reached, and what its failures mean here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rlvr.errors import SandboxUnavailable

_TIMEOUT_SECONDS = 60
_MEND = (
    "Is Docker running, and may you use it? `docker version` tells. Code that you would run yourself needs none: "
    "`sandbox: {name: process, options: {allow_unsafe: true}}` in a recipe, "
    "`--sandbox process --sandbox-options allow_unsafe=true` after `rlvr verify`."
)


def connect(url: str | None = None, timeout_seconds: float = _TIMEOUT_SECONDS) -> Any:
    """A `docker.APIClient` for the engine at `url`, or the one the environment names (DOCKER_HOST).

    Raises SandboxUnavailable when no engine answers there.
    """
    import docker

    address = url or os.environ.get("DOCKER_HOST", "")
    if address.startswith("ssh://"):
        mend = "Forward its socket: ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST; use unix:///tmp/docker.sock."
        raise SandboxUnavailable(f"an engine at {address} is not supported.", mend)
    with calling("reach the Docker engine"):
        if url is not None:
            return docker.APIClient(base_url=url, version="auto", timeout=timeout_seconds)
        return docker.APIClient(**docker.utils.kwargs_from_env(), version="auto", timeout=timeout_seconds)


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Turn whatever keeps the engine from doing `what` into SandboxUnavailable."""
    import requests.exceptions
    import urllib3.exceptions

    import docker.errors

    try:
        yield
    except (
        docker.errors.DockerException,
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        OSError,
        ValueError,  # docker-py's, for an answer cut short
    ) as error:
        raise SandboxUnavailable(f"cannot {what}: {error}", _MEND) from error
