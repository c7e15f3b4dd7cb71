"""Every attack once, in random order, each followed by an honest program in the same containers.

`tests/benchmarks/bench_sandbox.py attacks` runs each twenty times.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rlvr.sandboxes.docker import DockerSandbox
from rlvr.sandboxes.docker.container import OWNER_LABEL
from rlvr.sandboxes.docker.engine import connect
from rlvr.sandboxes.docker.owners import own_name


def _load(name: str) -> ModuleType:
    """A module that lies beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


attacks = _load("attacks")


@pytest.fixture(scope="module")
def client(engine: None) -> Iterator[Any]:
    """A connection of our own to the engine."""
    made = connect()
    yield made
    made.close()


@pytest.mark.docker
@pytest.mark.parametrize("folder", [attacks.OWN, attacks.SHARED], ids=["own", "shared"])
def test_no_attack_passes_or_leaves_anything(sandbox: DockerSandbox, client: Any, folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"the shared cases are not at {folder}")
    found = attacks.load(folder)
    random.Random(0).shuffle(found)
    assert len(found) >= 30
    for attack in found:
        result, honest = attacks.judge(sandbox, attack)
        assert attacks.verdict_is_allowed(attack, result), f"{attack.path.name}: {result}"
        assert honest.status == "passed", f"after {attack.path.name}: {honest}"
        assert attacks.leftovers(client) == [], attack.path.name


@pytest.mark.docker
def test_the_look_from_outside_sees_what_is_left(sandbox: DockerSandbox, client: Any) -> None:
    """The check above can fail: a file and a process of ours are seen, and gone after the next sample."""
    honest = attacks.load(attacks.OWN)[0].honest()
    assert [result.status for result in sandbox.run([honest])] == ["passed"]
    assert attacks.leftovers(client) == []
    # Attached, an exec returns when its shell has ended; what the shell started is there by then.
    for container in client.containers(filters={"label": f"{OWNER_LABEL}={own_name()}"}):
        command = ["sh", "-c", "touch /box/left; sleep 60 >/dev/null 2>&1 &"]
        client.exec_start(client.exec_create(container["Id"], command)["Id"])
    seen = [what.partition(": ")[2] for what in attacks.leftovers(client)]
    assert seen.count("/box/left") == 2
    assert sum("sleep 60" in what for what in seen) == 2
    assert len(seen) == 4
    assert [result.status for result in sandbox.run([honest])] == ["passed"]
    assert attacks.leftovers(client) == []


def test_the_supervisor_is_known_by_its_pid_and_not_by_its_place() -> None:
    """As `ps` listed them after the kernel had run out of pids and begun anew."""
    processes = [["2018", "sleep", "60"], ["30103", "python3", "-s"]]
    assert attacks.beside("30103", processes) == ["sleep 60"]
    assert attacks.beside("30103", processes[1:]) == []
