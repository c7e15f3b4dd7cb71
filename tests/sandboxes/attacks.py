"""Programs that try to fake a pass or to do damage, and how one is judged. Used by test and benchmark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlvr.sandbox import Job, JobResult, Limits
from rlvr.sandboxes.docker import DockerSandbox
from rlvr.sandboxes.docker.container import OWNER_LABEL
from rlvr.sandboxes.docker.owners import own_name

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests/data/attacks"
SHARED = ROOT.parent / "shared/cases/attacks"

ADD = "assert add(1, 2) == 3\nassert add(-1, 5) == 4\nassert add(10, 20) == 30\n"
CASES = [{"stdin": "1 2", "stdout": "3"}, {"stdin": "10 20", "stdout": "30"}, {"stdin": "-5 6", "stdout": "1"}]
HONEST = {
    "asserts": "def add(a, b):\n    return a + b\n",
    "stdio": "a, b = map(int, input().split())\nprint(a + b)\n",
}
LIMITS = Limits(wall_seconds=1.5, cpu_seconds=1.0, memory_bytes=128 * 2**20, processes=16)
PATIENT = Limits(wall_seconds=10.0, cpu_seconds=5.0, memory_bytes=128 * 2**20, processes=16)


@dataclass(frozen=True)
class Attack:
    """One program, the verdicts it may get, and the tests it attacks."""

    path: Path
    style: str
    expected: tuple[str, ...]
    tests: str

    @property
    def job(self) -> Job:
        """The attack."""
        return Job(self.path.read_text(), self.style, self._tests, LIMITS)

    def honest(self) -> Job:
        """A right program for the same style, under limits of the same shape."""
        tests: Any = {"tests": ADD, "entry_point": "add"} if self.style == "asserts" else {"cases": CASES}
        return Job(HONEST[self.style], self.style, tests, PATIENT)

    @property
    def _tests(self) -> Any:
        if self.style == "stdio":
            return {"cases": CASES}
        return {"tests": self.tests or ADD, "entry_point": "add"}


def load(folder: Path) -> list[Attack]:
    """All attacks of a folder's manifest."""
    rows = map(json.loads, (folder / "manifest.jsonl").read_text().splitlines())
    styles = {"assert": "asserts"}
    return [
        Attack(
            folder / row["file"],
            styles.get(row["style"], row["style"]),
            tuple(row["expected"]),
            row.get("tests", ""),
        )
        for row in rows
    ]


def judge(sandbox: DockerSandbox, attack: Attack) -> tuple[JobResult, JobResult]:
    """The attack's result, and that of an honest program in the same slot right after."""
    first, second = sandbox.run([attack.job, attack.honest()])
    return first, second


def verdict_is_allowed(attack: Attack, result: JobResult) -> bool:
    """Whether it is no pass and one of the causes its manifest allows."""
    return result.status.value in attack.expected and result.status.value != "passed"


def leftovers(client: Any) -> list[str]:
    """Processes and files in this process's containers that are not the supervisor's, seen from outside."""
    return [f"{identity[:12]}: {what}" for identity in _containers(client) for what in _left_in(client, identity)]


def _containers(client: Any) -> list[str]:
    found = client.containers(filters={"label": f"{OWNER_LABEL}={own_name()}"})
    return [container["Id"] for container in found]


def _left_in(client: Any, identity: str) -> Iterator[str]:
    supervisor = str(client.inspect_container(identity)["State"]["Pid"])
    yield from beside(supervisor, client.top(identity, ps_args="-eo pid,args")["Processes"])
    command = ["find", "/box", "/tmp", "/dev", "-mindepth", "1", "-not", "-type", "c", "-not", "-type", "l"]
    listed = client.exec_start(client.exec_create(identity, command)["Id"]).decode().split()
    yield from (path for path in listed if path not in {"/dev/pts", "/dev/fd", "/dev/mqueue"})


def beside(supervisor: str, processes: list[list[str]]) -> list[str]:
    """The command lines of all processes, as (pid, command), but the supervisor's.

    It need not be the first: `ps` sorts by pid, and the kernel begins anew with low ones.
    """
    return [" ".join(command) for pid, *command in processes if pid != supervisor]
