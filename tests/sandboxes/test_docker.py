"""What only containers do: limits by the kernel, nothing left behind, owners, images."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rlvr.errors import EnvironmentLacks, SandboxUnavailable
from rlvr.sandbox import Job, JobResult, Limits
from rlvr.sandboxes.docker import DockerOptions, DockerSandbox, image, manage, owners
from rlvr.sandboxes.docker.container import OWNER_LABEL
from rlvr.sandboxes.docker.engine import connect

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits(wall_seconds=5.0, memory_bytes=128 * 2**20, processes=12)


def program(sandbox: DockerSandbox, source: str, stdout: str = "ok", limits: Limits = LIMITS) -> JobResult:
    tests: Any = {"cases": [{"stdin": "", "stdout": stdout}]}
    (result,) = sandbox.run([Job(source, "stdio", tests, limits)])
    return result


@pytest.mark.docker
def test_the_container_is_locked_down(sandbox: DockerSandbox) -> None:
    assert program(sandbox, "print('ok')").status == "passed"
    client = connect()
    found = client.containers(filters={"label": f"{OWNER_LABEL}={owners.own_name()}"})
    assert {container["Labels"]["rlvr.role"] for container in found} == {"candidate", "judge"}
    for container in found:
        details = client.inspect_container(container["Id"])
        host = details["HostConfig"]
        assert details["Mounts"] == []
        assert host["NetworkMode"] == "none"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert sorted(cap.removeprefix("CAP_") for cap in host["CapAdd"]) == ["KILL", "SETGID", "SETUID"]
        assert host["Memory"] == host["MemorySwap"] == LIMITS.memory_bytes + 16 * 2**20
        assert host["PidsLimit"] == LIMITS.processes + 2
        assert not host["Privileged"]
        assert any(option == "no-new-privileges" for option in host["SecurityOpt"])
        assert any("SCMP_ACT_ERRNO" in option for option in host["SecurityOpt"])
    client.close()


@pytest.mark.docker
@pytest.mark.parametrize(
    "question",
    [
        "os.getuid() >= 20_000 and os.getgid() == os.getuid() and os.getgroups() == []",
        "os.getpid() != 1 and os.getsid(0) == os.getpid()",
        "sorted(map(int, os.listdir('/proc/self/fd')))[:4] == [0, 1, 2, 3] and len(os.listdir('/proc/self/fd')) == 4",
        "'CapEff:\\t0000000000000000' in open('/proc/self/status').read()",
        "'NoNewPrivs:\\t1' in open('/proc/self/status').read()",
        "'Seccomp:\\t2' in open('/proc/self/status').read()",
        "open('/proc/self/oom_score_adj').read().strip() == '1000'",
        "resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)",
        "os.getcwd() == '/box' and os.listdir('/box') == os.listdir('/tmp') == []",
        "open('/box/f', 'w').write('x') and open('/tmp/f', 'w').write('x')",
        "not os.access('/', os.W_OK) and not os.access('/opt/rlvr', os.W_OK) and not os.access('/dev', os.W_OK)",
        "os.listdir('/sys/class/net') == ['lo']",
        "'DOCKER_HOST' not in os.environ and not os.path.exists('/var/run/docker.sock')",
    ],
)
def test_what_a_sample_finds(sandbox: DockerSandbox, question: str) -> None:
    result = program(sandbox, f"import os, resource\nprint('ok' if ({question}) else 'no')")
    assert result.status == "passed", result


@pytest.mark.docker
def test_memory_is_limited_for_all_processes_together(sandbox: DockerSandbox) -> None:
    bomb = "import os\nfor _ in range(3):\n    os.fork()\nheld = []\nwhile True:\n    held.append(bytearray(1 << 20))"
    assert program(sandbox, bomb).status == "memory_limit"
    assert program(sandbox, "x = bytearray(90 << 20)\nprint('ok')").status == "passed"


@pytest.mark.docker
def test_processes_files_and_sizes_are_limited(sandbox: DockerSandbox) -> None:
    many = "import os, time\nfor _ in range(50):\n    if os.fork() == 0:\n        time.sleep(9)\n        os._exit(0)"
    assert "Resource temporarily unavailable" in program(sandbox, many).reason
    large = "open('big', 'wb').write(b'x' * (17 << 20))"
    assert program(sandbox, large).status == "runtime_error"
    files = "for n in range(5000):\n    open(f'/box/{n}', 'w').close()"
    assert "No space left" in program(sandbox, files).reason
    assert program(sandbox, "print('ok')").status == "passed"


@pytest.mark.docker
def test_the_folders_tell_nothing_of_earlier_samples(sandbox: DockerSandbox) -> None:
    brief = "import os\nfor f in ('/box/f', '/tmp/f'):\n    open(f, 'w').close()\n    os.unlink(f)\nprint('ok')"
    assert program(sandbox, brief).status == "passed"
    times = "import os\ns = [os.stat(f) for f in ('/box', '/tmp')]\nprint(*(int(x.st_mtime + x.st_atime) for x in s))"
    assert program(sandbox, times, "0 0").status == "passed"


@pytest.mark.docker
def test_a_container_killed_from_outside_costs_no_verdict(sandbox: DockerSandbox) -> None:
    client = connect()
    tests: Any = {"tests": "assert f() == 3", "entry_point": "f"}
    jobs = [Job(f"import time\ndef f():\n    time.sleep(0.1)\n    return {n % 4}", "asserts", tests) for n in range(8)]
    jobs += [Job(f"def f():\n    return {n % 4}  # {n}", "asserts", tests) for n in range(40)]
    seen = []
    for number, result in enumerate(sandbox.run(jobs)):
        seen.append(result.status.value)
        if number in (1, 20):
            mine = client.containers(filters={"label": f"{OWNER_LABEL}={owners.own_name()}"})
            client.kill(mine[number % len(mine)]["Id"])
    client.close()
    assert seen == [("passed" if n % 4 == 3 else "wrong_answer") for n in [*range(8), *range(40)]]


@pytest.mark.docker
def test_nothing_is_left_when_a_process_is_killed(engine: None) -> None:
    """The engine closes the supervisors' stdin, they exit, and it removes them."""
    script = (
        "from rlvr.sandboxes.docker import *\nfrom rlvr.sandboxes.docker.owners import own_name\n"
        "from rlvr.sandbox import Job\nimport time\ns = DockerSandbox(DockerOptions(slots=1))\n"
        "list(s.run([Job('', 'stdio', {'cases': [{'stdin': '', 'stdout': ''}]})]))\n"
        "print(own_name(), flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    client = connect()

    def containers() -> list[Any]:
        return list(client.containers(all=True, filters={"label": f"{OWNER_LABEL}={name}"}))

    assert len(containers()) == 2
    assert not owners.is_dead(name)
    process.kill()
    process.wait()
    process.stdout.close()
    assert owners.is_dead(name)
    deadline = time.monotonic() + 30
    while containers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert containers() == []
    client.close()
    owners.forget(name)


@pytest.mark.docker
def test_leftovers_of_dead_owners_are_pruned_and_others_are_not(engine: None) -> None:
    dead, elsewhere = "dead0000dead0000", "elsewhere0000000"
    (owners.folder() / dead).touch()
    client = connect()
    made = {}
    for name in (dead, elsewhere, owners.own_name()):
        created = client.create_container(image.tag(), ["1"], entrypoint="sleep", labels={OWNER_LABEL: name})
        made[name] = created["Id"]
    try:
        shown = {each["owner"]: each["owner_dead"] for each in manage.status()["containers"]}
        assert shown[dead]
        assert not shown[elsewhere]
        assert manage.prune_containers(client) == [made[dead]]
        assert not (owners.folder() / dead).exists()
        left = {each["Id"] for each in client.containers(all=True, filters={"label": OWNER_LABEL})}
        assert made[elsewhere] in left
        assert made[owners.own_name()] in left
    finally:
        for name in (elsewhere, owners.own_name()):
            client.remove_container(made[name], force=True)
        client.close()


@pytest.mark.docker
def test_status_says_what_there_is(engine: None) -> None:
    status = manage.status()
    assert status["image_present"]
    assert status["image"] == image.tag()
    assert any("root on its host" in warning for warning in status["warnings"])
    json.dumps(status)


@pytest.mark.docker
def test_packages_of_the_image_can_be_used(packages_image: tuple[str, ...]) -> None:
    head = "import numpy as np\ndef f(x):\n    return np"
    asserts: Any = {"entry_point": "f", "tests": "assert f([1, 2]) == 3"}
    arrays: Any = {"entry_point": "f", "tests": "import numpy\nassert numpy.array_equal(f([1, 2]), [1, 3])"}
    file: Any = {"trust": "same-process", "tests": "from solution import f\ndef test():\n    assert f([1, 2]) == 3"}
    jobs = [
        Job(f"{head}.sum(x)", "asserts", asserts),
        Job(f"{head}.cumsum(x)", "asserts", arrays),
        Job(f"{head}.sum(x)", "pytest", file),
        Job(f"{head}.prod(x)", "pytest", file),
    ]
    with DockerSandbox(DockerOptions(slots=1, packages=packages_image)) as made:
        results = list(made.run(jobs))
    assert [result.status.value for result in results] == ["passed", "passed", "passed", "wrong_answer"]
    assert [result.trust for result in results] == ["isolated", "isolated", "same-process", "same-process"]


@pytest.mark.docker
def test_a_missing_image_is_named_with_its_mend(engine: None) -> None:
    with (
        DockerSandbox(DockerOptions(packages=("no-such-package",))) as sandbox,
        pytest.raises(EnvironmentLacks, match="rlvr sandbox build --package no-such-package"),
    ):
        sandbox.run([])


@pytest.mark.docker
def test_a_build_that_fails_says_why(engine: None) -> None:
    with pytest.raises(EnvironmentLacks, match="no-such-base"):
        manage.build("no-such-base:at-all")


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # docker-py's, when it cannot connect
def test_without_an_engine_nothing_runs_and_the_mend_is_told() -> None:
    sandbox = DockerSandbox(DockerOptions(engine="unix:///nonexistent/docker.sock"))
    with pytest.raises(SandboxUnavailable, match=r"sandbox: \{name: process, options: ") as caught:
        sandbox.run([])
    assert "--sandbox process --sandbox-options allow_unsafe=true" in caught.value.mend
    sandbox.close()
    del caught
    gc.collect()


def test_an_image_is_asked_for_with_its_packages_and_its_engine() -> None:
    assert image.lacking().mend == "Make it: rlvr sandbox build"
    error = image.lacking(("numpy", "pytest"), "tcp://there:2376")
    assert error.mend == "Make it: rlvr sandbox build --package numpy --package pytest --engine tcp://there:2376"
    assert image.tag(("numpy", "pytest")) in error.what


def test_the_images_name_follows_its_contents_and_packages() -> None:
    assert image.tag() == image.tag()
    assert image.tag(("pytest", "numpy")) == f"{image.tag()}-numpy-pytest"
