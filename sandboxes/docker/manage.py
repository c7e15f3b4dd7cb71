"""What `rlvr sandbox status | build | prune` do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlvr.sandboxes.docker import image, owners
from rlvr.sandboxes.docker.container import OWNER_LABEL, ROLE_LABEL, remove
from rlvr.sandboxes.docker.engine import calling, connect

SOCKET_WARNING = (
    "Whoever may use the engine's socket is root on its host. The sandbox keeps model-written code from it; "
    "it cannot keep you, or the processes you run, from it."
)


def status(engine: str | None = None, packages: Sequence[str] = ()) -> dict[str, Any]:
    """The engine, what it cannot enforce, the image, and all sandbox containers. Raises SandboxUnavailable."""
    client = connect(engine)
    try:
        with calling("ask the engine for its state"):
            info = client.info()
            containers = _containers(client)
        name = image.tag(packages)
        return {
            "engine": info["ServerVersion"],
            "cgroup": info.get("CgroupVersion", "1"),
            "rootless": any("rootless" in option for option in info.get("SecurityOptions") or ()),
            "runtimes": sorted(info.get("Runtimes") or ()),
            "image": name,
            "image_present": has_image(client, name),
            "containers": [_describe(container) for container in containers],
            "warnings": [*_lacks(info), SOCKET_WARNING],
        }
    finally:
        client.close()


def _lacks(info: dict[str, Any]) -> list[str]:
    """What this engine will not enforce."""
    options = " ".join(info.get("SecurityOptions") or ())
    lacks = {
        "no limit on memory": not info.get("MemoryLimit", True),
        "no limit on swap: a sample may use more memory than its limit": not info.get("SwapLimit", True),
        "no limit on processes": not info.get("PidsLimit", True),
        "no limit on system calls (seccomp)": "seccomp" not in options,
    }
    return [f"this engine enforces {what}" for what, is_so in lacks.items() if is_so]


def _describe(container: dict[str, Any]) -> dict[str, Any]:
    owner = container["Labels"].get(OWNER_LABEL, "")
    return {
        "id": container["Id"][:12],
        "role": container["Labels"].get(ROLE_LABEL, ""),
        "state": container["State"],
        "owner": owner,
        "owner_dead": owners.is_dead(owner),
    }


def build(base: str = image.DEFAULT_BASE, packages: Sequence[str] = (), engine: str | None = None) -> str:
    """Build the image. Returns its name; raises SandboxUnavailable or EnvironmentLacks."""
    client = connect(engine)
    try:
        return image.build(client, base, packages)
    finally:
        client.close()


def prune(engine: str | None = None, everything: bool = False) -> dict[str, list[str]]:
    """Remove containers of dead owners and images of other versions of the project.

    With `everything` also the containers of living owners (their jobs are lost) and of owners on other
    machines, and the present image.
    """
    client = connect(engine)
    try:
        return {
            "containers": prune_containers(client, everything),
            "images": _prune_images(client, everything),
        }
    finally:
        client.close()


def prune_containers(client: Any, everything: bool = False) -> list[str]:
    """Remove the containers of dead owners, or all. Returns their ids."""
    with calling("remove leftover containers"):
        found = _containers(client)
        dead = {name for name in {c["Labels"][OWNER_LABEL] for c in found} if owners.is_dead(name)}
        doomed = [c["Id"] for c in found if everything or c["Labels"][OWNER_LABEL] in dead]
        for identity in doomed:
            remove(client, identity)
    for name in dead:
        owners.forget(name)
    return doomed


def _prune_images(client: Any, everything: bool) -> list[str]:
    with calling("remove old images"):
        names = [name for found in client.images(name=image.REPOSITORY) for name in found["RepoTags"] or ()]
        doomed = [name for name in names if everything or not name.startswith(image.tag())]
        for name in doomed:
            client.remove_image(name, force=True)
    return doomed


def has_image(client: Any, name: str) -> bool:
    """Whether the engine holds an image of that name."""
    with calling("look for the sandbox image"):
        return bool(client.images(name=name))


def _containers(client: Any) -> list[dict[str, Any]]:
    return list(client.containers(all=True, filters={"label": OWNER_LABEL}))
