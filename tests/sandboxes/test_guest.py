"""The parts of the supervisor that can be seen without one."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest

from rlvr.sandboxes._guest import confine, frames, sample, sweep
from rlvr.sandboxes._guest.compare import same
from rlvr.sandboxes._guest.stand_ins import update

ROOT = Path(__file__).resolve().parents[2]
GUEST = ROOT / "sandboxes/_guest"

V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"
V2 = "low 0\nhigh 0\nmax 812\noom 5\noom_kill 4\noom_group_kill 0\n"


@pytest.mark.parametrize(("text", "kills"), [(V1, 3), (V2, 4), ("oom_kill_disable 0\nunder_oom 0\n", 0)])
def test_the_kernels_count_is_read_from_both_kinds_of_cgroup(tmp_path: Path, text: str, kills: int) -> None:
    """Recorded from kernel 6.18 (v1) and from the format of cgroup v2, which is untested on an engine here."""
    (tmp_path / "file").write_text(text)
    assert confine.oom_kills((str(tmp_path / "absent"), str(tmp_path / "file"))) == kills


def test_no_count_is_none_killed(tmp_path: Path) -> None:
    assert confine.oom_kills((str(tmp_path / "absent"),)) == 0


def test_emptying_copes_with_depth_links_and_names(tmp_path: Path) -> None:
    box, outside = tmp_path / "box", tmp_path / "outside"
    box.mkdir()
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (box / "link").symlink_to(outside)
    (box / "loop").symlink_to("loop")
    (box / "-rf\n").write_text("x")
    os.mkfifo(box / "fifo")
    here = os.getcwd()
    os.chdir(box)
    try:
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        os.chmod(".", 0)
        sweep.empty(str(box))
    finally:
        os.chdir(here)
    assert list(box.iterdir()) == []
    assert (outside / "kept").read_text() == "kept"


def test_a_candidate_has_no_way_to_a_verdict() -> None:
    assert confine.VERDICT not in sample.ROLES["calls"]
    assert set(sample.ROLES["program"]) == {0, 1, 2}


def test_long_messages_are_split_into_frames() -> None:
    data = os.urandom(2 * frames.CHUNK + 5)
    pieces = frames.split(data)
    assert [len(piece) for piece in pieces] == [frames.CHUNK, frames.CHUNK, 5]
    assert b"".join(pieces) == data


@pytest.mark.parametrize("path", sorted(GUEST.glob("*.py")), ids=lambda path: path.name)
def test_the_guest_is_small_and_speaks_python_39(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
        if not (isinstance(node, ast.ImportFrom) and node.level)
    }
    assert imported.isdisjoint({"rlvr", "numpy", "docker"})
    assert len(path.read_text().splitlines()) <= 450


def test_the_seccomp_profile_denies_what_it_must() -> None:
    profile = json.loads((ROOT / "sandboxes/docker/seccomp.json").read_text())
    rules = {name: rule for rule in profile["syscalls"] for name in rule["names"]}
    denied = (
        "socket connect bind listen accept ptrace process_vm_readv process_vm_writev keyctl add_key io_uring_setup "
        "unshare setns mount umount2 pivot_root bpf perf_event_open userfaultfd shmget msgget semget mq_open "
        "memfd_create pidfd_getfd pidfd_open personality setpriority kexec_load init_module reboot open_by_handle_at"
    )
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert [name for name in denied.split() if name in rules] == []
    assert rules["clone3"]["errnoRet"] == 38
    assert rules["clone"]["args"][0]["value"] == 0x7E020000
    assert {arch["architecture"] for arch in profile["archMap"]} == {"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"}
    assert all(not arch["subArchitectures"] for arch in profile["archMap"])


def test_values_are_compared_by_type_and_value() -> None:
    assert same((1, [2.0]), [1, [2]], 0)
    assert same({"a": None}, {"a": None}, 0)
    assert not same(1, True, 0)
    assert not same(True, 1, 0)
    assert not same("1", 1, 0)
    assert not same({1: 2}, {"1": 2}, 0)
    assert not same([1], [1, 2], 0)
    assert same(0.1 + 0.2, 0.3, 1e-9)
    assert not same(0.1 + 0.2, 0.3, 0)
    assert not same(float("nan"), 0.3, 1.0)
    assert not same(10**400, 0.5, 1e-9)
    assert not same(1, float("inf"), 0.1)
    assert same(float("inf"), float("inf"), 0.1)


def test_arguments_change_in_place_and_keep_their_inner_containers() -> None:
    inner = [1]
    outer = {"a": inner, "b": {2}}
    update(outer, {"a": [1, 5], "c": 3})
    assert outer == {"a": [1, 5], "c": 3}
    assert outer["a"] is inner
    unchanged = [1]
    update(unchanged, {"not": "a list"})
    assert unchanged == [1]
