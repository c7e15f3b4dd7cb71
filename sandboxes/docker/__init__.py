"""The default sandbox: pairs of locked-down, warm containers, one for candidates and one for judges."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from rlvr.sandbox import Job
from rlvr.sandboxes._host.pool import Batch, Pool
from rlvr.sandboxes._host.slot import Shape, Slot
from rlvr.sandboxes.docker import image, manage, owners
from rlvr.sandboxes.docker.container import OWNER_LABEL, ROLE_LABEL, DockerLink, open_link
from rlvr.sandboxes.docker.engine import connect
from rlvr.verifier import Model

_START_SECONDS = 60.0


class DockerOptions(Model):
    """What a recipe may set.

    `slots`: jobs that run at a time, by default one for each processor. `engine`: such as
    `unix:///run/user/1000/docker.sock`, by default what DOCKER_HOST says. `runtime`: such as `runsc`.
    `packages`: what the image holds beside Python's standard library (see `rlvr sandbox build`).
    """

    slots: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    engine: str | None = None
    runtime: str | None = None
    packages: tuple[str, ...] = ()


class DockerSandbox:
    """Runs jobs in containers. Usable from any thread; `close` it, or leave a `with` block."""

    name: ClassVar[str] = "docker"
    Options: ClassVar[type[Model]] = DockerOptions

    def __init__(self, options: DockerOptions | None = None) -> None:
        self.options = options or DockerOptions()
        self._pool = Pool(_Containers(self.options), self.options.slots)
        self._checked = False

    def run(self, jobs: Iterable[Job]) -> Batch:
        """Run each job. Raises SandboxUnavailable without an engine, EnvironmentLacks without an image."""
        if not self._checked:
            self._check()
        return self._pool.run(jobs)

    def _check(self) -> None:
        """Fail now, with the mend, rather than once for every job; clear away what dead owners left."""
        client = connect(self.options.engine)
        try:
            if not manage.has_image(client, image.tag(self.options.packages)):
                raise image.lacking(self.options.packages, self.options.engine)
            manage.prune_containers(client)
        finally:
            client.close()
        self._checked = True

    def status(self) -> Mapping[str, Any]:
        """The engine's state and this sandbox's counts."""
        return {**manage.status(self.options.engine, self.options.packages), **self._pool.counts}

    def close(self) -> None:
        """End every container this sandbox started."""
        self._pool.close()

    def __enter__(self) -> DockerSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Containers:
    """Makes slots of two containers."""

    def __init__(self, options: DockerOptions) -> None:
        self.options = options
        self.image = image.tag(options.packages)

    def open(self, shape: Shape) -> Slot:
        """A slot whose supervisors are ready."""
        links = [partial(self._link, shape, role) for role in ("candidate", "judge")]
        return Slot.opened(shape, links, _START_SECONDS)

    def _link(self, shape: Shape, role: str) -> DockerLink:
        # A connection each: one client must not be used from two threads.
        client = connect(self.options.engine)
        labels = {OWNER_LABEL: owners.own_name(), ROLE_LABEL: role}
        return open_link(client, self.image, shape, labels, self.options.runtime)
