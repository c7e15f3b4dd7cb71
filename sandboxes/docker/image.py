"""The sandbox's image: what it is called, and how it is built.

The name holds a digest of everything of ours that is in it, so an image that is found is always the one
this version of the project needs, whatever base it was built on.
"""

from __future__ import annotations

import hashlib
import io
import shlex
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rlvr.errors import EnvironmentLacks
from rlvr.sandboxes.docker.engine import calling

REPOSITORY = "rlvr-sandbox"
DEFAULT_BASE = "python:3.12-slim"
_HERE = Path(__file__).resolve().parent
_GUEST = _HERE.parent / "_guest"


def tag(packages: Sequence[str] = ()) -> str:
    """The image's name, such as `rlvr-sandbox:0a1b2c3d4e5f` or `rlvr-sandbox:0a1b2c3d4e5f-numpy`."""
    digest = hashlib.sha256()
    for name, data in _files():
        digest.update(name.encode() + b"\0" + data + b"\0")
    return "-".join([f"{REPOSITORY}:{digest.hexdigest()[:12]}", *sorted(packages)])


def lacking(packages: Sequence[str] = (), engine: str | None = None) -> EnvironmentLacks:
    """What to say where the engine does not hold the image: how that very image is built, on that engine."""
    words = [word for package in packages for word in ("--package", package)]
    command = shlex.join(["rlvr", "sandbox", "build", *words, *(("--engine", engine) if engine else ())])
    return EnvironmentLacks(f"there is no image {tag(packages)}.", f"Make it: {command}")


def build(client: Any, base: str = DEFAULT_BASE, packages: Sequence[str] = ()) -> str:
    """Build the image on `base`, a Python of at least 3.9. Returns its name; raises EnvironmentLacks."""
    name = tag(packages)
    arguments = {
        "BASE": base,
        "PACKAGES": " ".join(packages),
        "WARM": " ".join(package for package in packages if package != "pytest"),
    }
    with calling("build the sandbox image"):
        steps = client.build(
            fileobj=_context(), custom_context=True, tag=name, buildargs=arguments, rm=True, forcerm=True,
            decode=True, labels={"rlvr.base": base, "rlvr.packages": " ".join(packages)},
        )  # fmt: skip
        said = [step for step in steps if step]
    failure = next((step["error"] for step in said if "error" in step), None)
    if failure is not None:
        told = "".join(str(step.get("stream", "")) for step in said)[-500:]
        mend = "Without a registry, make a base first: sandboxes/docker/debootstrap.sh, then --base rlvr-base"
        raise EnvironmentLacks(f"the sandbox image cannot be built on {base}: {failure}\n{told}", mend)
    return name


def _files() -> list[tuple[str, bytes]]:
    """What goes into the image, by its path in the build's context."""
    guest = [(f"_guest/{path.name}", path.read_bytes()) for path in sorted(_GUEST.glob("*.py"))]
    return [("Dockerfile", (_HERE / "Dockerfile").read_bytes()), *guest]


def _context() -> io.BytesIO:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, data in _files():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    archive.seek(0)
    return archive
