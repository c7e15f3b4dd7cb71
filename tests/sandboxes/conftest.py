"""The Docker engine and its image, for the tests that need them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from rlvr.errors import EnvironmentLacks
from rlvr.sandboxes.docker import DockerOptions, DockerSandbox, image, manage
from rlvr.sandboxes.docker.engine import connect


@pytest.fixture(scope="session")
def engine() -> None:
    """An engine that answers, with the image built. Where RLVR_REQUIRE_DOCKER is set, its lack is a failure."""
    try:
        client = connect()
        if not manage.has_image(client, image.tag()):
            base = os.environ.get("RLVR_SANDBOX_BASE", "rlvr-base")
            if not manage.has_image(client, base):
                raise EnvironmentLacks(f"neither {image.tag()} nor the base image {base} is there")
            image.build(client, base)
        client.close()
    except EnvironmentLacks as error:
        if os.environ.get("RLVR_REQUIRE_DOCKER"):
            pytest.fail(f"RLVR_REQUIRE_DOCKER is set, but {error}")
        pytest.skip(f"no sandbox: {error.what}")


@pytest.fixture(scope="module")
def sandbox(engine: None) -> Iterator[DockerSandbox]:
    """A sandbox with one slot, so that jobs follow one another in the same containers."""
    with DockerSandbox(DockerOptions(slots=1)) as made:
        yield made
