"""The Docker engine: how it is reached, and what its failures mean here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rlvr.errors import SandboxUnavailable

_TIMEOUT_SECONDS = 60


def connect(url: str | None = None) -> Any:
    """A `docker.APIClient` for the engine at `url`, or the one the environment names (DOCKER_HOST).

    Raises SandboxUnavailable when no engine answers there.
    """
    import docker

    with calling("reach the Docker engine"):
        if url is not None:
            return docker.APIClient(base_url=url, version="auto", timeout=_TIMEOUT_SECONDS)
        return docker.APIClient(**docker.utils.kwargs_from_env(), version="auto", timeout=_TIMEOUT_SECONDS)


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
        mend = "Is Docker running, and may you use it? `docker version` tells; `sandbox: process` needs none."
        raise SandboxUnavailable(f"cannot {what}: {error}", mend) from error
