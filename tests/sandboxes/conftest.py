"""The Docker sandbox, for the tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rlvr.sandboxes.docker import DockerOptions, DockerSandbox


@pytest.fixture(scope="module")
def sandbox(engine: None) -> Iterator[DockerSandbox]:
    """A sandbox with one slot, so that jobs follow one another in the same containers."""
    with DockerSandbox(DockerOptions(slots=1)) as made:
        yield made
