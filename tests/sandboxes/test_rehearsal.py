"""What is learned from tests without a program never changes what they conclude about one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rlvr.sandbox import Job, JobResult, JobStatus, Limits
from rlvr.sandboxes._guest import frames
from rlvr.sandboxes._host.script import Script
from rlvr.sandboxes._host.slot import Shape, Slot
from rlvr.sandboxes._host.styles import conduct
from rlvr.sandboxes.process import Processes

LIMITS = Limits(wall_seconds=5.0, memory_bytes=256 * 2**20)
DOUBLE = "def f(x):\n    return 2 * x"


@pytest.fixture
def slot() -> Iterator[Slot]:
    made = Processes().open(Shape.of(LIMITS))
    yield made
    made.close()


def judge(slot: Slot, source: str, tests: str, limits: Limits = LIMITS) -> JobResult:
    return conduct(slot, Job(source, "asserts", {"tests": tests, "entry_point": "f"}, limits))


def script_of(slot: Slot) -> Script:
    (script,) = slot.scripts.values()
    return script


@pytest.mark.parametrize(
    ("tests", "calls"),
    [
        ("import random\nfor _ in range(100):\n    x = random.randint(0, 9)\n    assert f(x) == 2 * x", 100),
        ("for x in range(5):\n    got = f([x])\n    assert abs(got[0] - x) < 1 or got", 5),
        ("def same(got, want):\n    assert got == want\nfor x in range(9):\n    same(f(x), 2 * x)", 9),
        ("try:\n    f(None)\nexcept TypeError:\n    pass\nassert f(1) == 2", 2),
        ("for x in range(3):\n    assert f(x) == 2 * x\n    assert f(x + 1) > f(x) - 1, str(x)", 9),
    ],
)
def test_tests_that_ask_the_same_whatever_they_are_answered_are_asked_at_once(
    slot: Slot, tests: str, calls: int
) -> None:
    for _ in range(2):
        assert judge(slot, DOUBLE, tests).status is JobStatus.PASSED
        script = script_of(slot)
        assert (len(script.requests), script.is_complete, script.is_sure) == (calls, True, False)
    wrong = judge(slot, "def f(x):\n    return 7", tests)
    assert wrong.status in (JobStatus.WRONG_ANSWER, JobStatus.RUNTIME_ERROR)
    assert script_of(slot).is_complete


ANSWER_DEPENDENT = [
    # (tests, a right program, a wrong one)
    ("x = 1\nfor _ in range(5):\n    x = f(x)\nassert x == 32", DOUBLE, "def f(x):\n    return 2 * x if x < 16 else 0"),
    ("if f(1) == 3:\n    assert f(2) == 5\nelse:\n    assert f(3) == 6\n    assert f(4) == 8", DOUBLE, "f = abs"),
    ("x = [3]\nf(x)\nf(x)\nassert x == [3, 1, 1]", "def f(x):\n    x.append(1)", "def f(x):\n    x.append(len(x))"),
    (
        "n = 0\nwhile f(n) < 4:\n    n += 1\nassert f(n) == 4 and n == 2\nassert f(9) == 18",
        DOUBLE,
        "def f(x):\n    return x + 2",
    ),
    # The program counts its calls: one too many would be seen.
    (
        "got = f()\nassert got == 1 or f() == 0\nassert f() == 2",
        "n = 0\ndef f():\n    global n\n    n += 1\n    return n",
        "def f():\n    return 1",
    ),
    ("a = f(1) == 2\nassert f(a) is True and a", "def f(x):\n    return x if x is True else 2 * x", DOUBLE),
    ("try:\n    assert f(f(1)) == 4\nexcept:\n    pass\nassert f(3) == 6", DOUBLE, "def f(x):\n    return 2 * x % 6"),
    ("s = f(1)\ns.push(2)\nassert s.top() == 2\nassert f(0).top() == 0",
     "class f:\n    def __init__(self, x):\n        self.x = [x]\n    def push(self, x):\n        self.x.append(x)\n"
     "    def top(self):\n        return self.x[-1]",
     "class f:\n    def __init__(self, x):\n        self.x = x\n    def push(self, x):\n        self.x = x\n"
     "    def top(self):\n        return self.x or None"),
]  # fmt: skip


@pytest.mark.parametrize(("tests", "right", "wrong"), ANSWER_DEPENDENT)
@pytest.mark.parametrize("order", ["right first", "wrong first"])
def test_tests_that_ask_according_to_the_answers_are_judged_as_ever(
    slot: Slot, tests: str, right: str, wrong: str, order: str
) -> None:
    programs = [(right, True), (wrong, False)] if order == "right first" else [(wrong, False), (right, True)]
    for source, passes in programs * 2:
        assert (judge(slot, source, tests).status is JobStatus.PASSED) is passes


def test_a_script_that_misled_is_not_used_again(slot: Slot) -> None:
    tests = "assert f(1) == 2\nif f(2) == 3:\n    f(3)\nelse:\n    assert f(4) == 8"
    assert judge(slot, DOUBLE, tests).status is JobStatus.PASSED
    # What stands in the text remains: the first call is sure to come.
    assert (len(script_of(slot).requests), script_of(slot).is_sure) == (1, True)


def test_a_program_sees_no_call_twice(slot: Slot) -> None:
    """What it was asked in vain is asked of another process."""
    tests = "y = f(1)\nif y != 1:\n    raise ValueError(y)\nz = f(2) if y == 2 else f(3)\nassert z == 2"
    counting = "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n"
    for _ in range(3):
        assert judge(slot, counting, tests).status is JobStatus.PASSED


@pytest.mark.parametrize(
    "tests",
    [
        "n = 0\nwhile f(n) != 0:\n    n += 1\nassert n == 0",
        "n = 0\nx = f(0)\nhoard = []\nwhile x > n:\n    hoard.append(bytes(2**20))\n    n += 1\nassert n == 0",
        "x = f(0)\nwhile x != 0:\n    pass\nassert x == 0",
        "import os\nos.write(5, b'[1]\\n{')\nassert f(0 * 1) == 0",
        "import sys\nif f(0) != 0:\n    sys.exit(1)\nassert f(1) == 2",
    ],
)
def test_a_rehearsal_that_comes_to_no_end_does_no_harm(slot: Slot, tests: str) -> None:
    result = judge(slot, DOUBLE, tests)
    if "os.write" in tests:
        assert (result.status, result.reason) == (JobStatus.INVALID_TESTS, "the tests wrote a verdict of their own")
    else:
        assert result.status is JobStatus.PASSED
    assert not slot.doubtful


@pytest.mark.parametrize("end", ["os._exit(3)", "print('x' * 10**6)", "while True: pass", "[0] * 10**9"])
def test_a_call_that_was_not_to_be_made_has_no_say(slot: Slot, end: str) -> None:
    """Nothing is both 0 and 1 but what agrees with everything, so the second call is made in vain."""
    tests = "x = f(0)\nif x == 0 and x == 1:\n    f(1)\nassert x == 0"
    for _ in range(3):
        result = judge(slot, f"import os\ndef f(x):\n    if x:\n        {end}\n    return x", tests)
        assert (result.status, result.passed, result.total) == (JobStatus.PASSED, 1, 1)
    assert len(script_of(slot).requests) == 2


def test_a_scripts_last_line_may_be_cut_short() -> None:
    ask = b'{"ask": {"name": "f", "args": [1], "kwargs": {}}}\n'
    whole = Script.of_rehearsal(ask * 2 + b'{"complete": true}\n')
    cut = Script.of_rehearsal(ask + ask[:20])
    assert (len(whole.requests), whole.is_complete) == (2, True)
    assert (len(cut.requests), cut.is_complete) == (1, False)
    for junk in (b"5", b"[]", b'{"ask"', b"null", b'{"complete": true}\nnull'):
        assert not Script.of_rehearsal(junk).is_complete


SEARCHER = r"""
import ctypes, re

def f():
    found = 0
    for line in open("/proc/self/maps"):
        where, rights = line.split()[:2]
        low, high = (int(x, 16) for x in where.split("-"))
        if rights[:2] == "rw" and "[v" not in line and high - low < 1 << 26:
            found += len(re.findall(rb"words[-]of[-]another", ctypes.string_at(low, high - low)))
    return found
"""


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="memory is searched by way of /proc")
@pytest.mark.parametrize("kind", [frames.DATA, frames.AHEAD])
def test_what_came_too_late_for_a_sample_is_not_there_for_the_next(slot: Slot, kind: bytes) -> None:
    assert judge(slot, "def f():\n    return 1", "assert f() == 1").status is JobStatus.PASSED
    slot.candidate.post(kind, b"words-of-another " * 1000)
    result = judge(slot, SEARCHER, "assert f() == 0")
    assert result.status is JobStatus.PASSED, result.reason
