"""What each style means, in both sandboxes: the same programs, the same verdicts."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from rlvr.errors import UsageError
from rlvr.sandbox import Job, JobResult, Limits, Sandbox
from rlvr.sandboxes import process
from rlvr.sandboxes._host.link import SlotLost
from rlvr.sandboxes._host.slot import Shape
from rlvr.sandboxes.process import ProcessOptions, ProcessSandbox

LIMITS = Limits(wall_seconds=5.0, memory_bytes=256 * 2**20)
STACK = """
class Stack:
    def __init__(self, *items):
        self.items = list(items)
        self.depth = len(items)
    def push(self, item):
        self.items.append(item)
        return self
    def pop(self):
        return self.items.pop()
    def merged(self, other):
        return Stack(*self.items, *other.items)
    def __len__(self):
        return len(self.items)
"""
#: A fast way to write, as many programs for contests have it; it does not say whether it is closed.
WRITER = """
import os, sys
class Writer:
    def __init__(self):
        self.parts = []
    def write(self, text):
        self.parts.append(text)
    def flush(self):
        os.write(1, "".join(self.parts).encode())
        self.parts.clear()
sys.stdout = Writer()
"""


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def runner(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if request.param == "docker":
        yield request.getfixturevalue("sandbox")
        return
    with ProcessSandbox(ProcessOptions(allow_unsafe=True, slots=1)) as made:
        yield made


def run(runner: Sandbox, source: str, style: str, limits: Limits = LIMITS, **tests: Any) -> JobResult:
    (result,) = runner.run([Job(source, style, tests, limits)])
    return result


def asserts(runner: Sandbox, source: str, tests: str, entry: str | list[str] = "f", **more: Any) -> JobResult:
    return run(runner, source, "asserts", tests=tests, entry_point=entry, **more)


@pytest.mark.parametrize(
    ("source", "tests"),
    [
        ("def f(x):\n    return x + 1", "assert f(1) == 2\nassert candidate(2) == 3"),
        ("def f(x):\n    return x + 1", "def check(candidate):\n    assert candidate(1) == 2"),
        ("def f(x):\n    return x + 1", "def check(candidate):\n    assert candidate(1) == 2\ncheck(f)"),
        ("def f(x):\n    x.append(3)", "x = [1]\nf(x)\nassert x == [1, 3]"),
        ("def f(x):\n    x['a'].append(1)", "a = []\nf({'a': a})\nassert a == [1]"),
        ("def f(x):\n    raise ValueError('no')", "try:\n    f(1)\n    assert False\nexcept ValueError:\n    pass"),
        ("class E(KeyError):\n    0\ndef f(x):\n    raise E", "try:\n    f(1)\n    assert 0\nexcept KeyError:\n    0"),
        ("def f(n):\n    yield from range(n)", "assert list(f(3)) == [0, 1, 2]"),
        ("def f(*, k):\n    return {(1, 2): {3}, 'k': k}", "assert f(k=b'x') == {(1, 2): {3}, 'k': b'x'}"),
        ("def f(x):\n    return x is None or isinstance(x, bool)", "assert f(None) is True\nassert f(1) is False"),
        ("class Solution:\n    def g(self, x):\n        return x * 2", "assert Solution.g(2) == 4"),
        ("count = 0\ndef f():\n    global count\n    count += 1\n    return count", "assert f() == 1\nassert f() == 2"),
        ("import asyncio\nasync def g():\n    return 5\ndef f():\n    return asyncio.run(g())", "assert f() == 5"),
        ("import dataclasses as d\n@d.dataclass\nclass P:\n    x: int\ndef f():\n    return P(3)", "assert f().x == 3"),
        ("def f(xs: List[int]) -> int:\n    return sum(xs)", "assert f([1, 2]) == twice(1) + 1"),
        ("if __name__ == '__main__':\n    input()\ndef f():\n    return 1", "assert f() == 1"),
        ("def f(x: int):\n    return f.__annotations__['x'](x)", "assert f('3') == 3"),
        ("def f(x):\n    raise KeyError(x, 2)",
         "try:\n    f(1)\nexcept KeyError as e:\n    a = e.args\nassert a == (1, 2)"),
        ("def f(x):\n    raise KeyError(x)",
         "try:\n    f('a')\nexcept KeyError as e:\n    a = str(e)\nassert a == \"'a'\""),
        ("class E(ValueError):\n    def __str__(self):\n        return 'no'\ndef f(x):\n    raise E(x)",
         "try:\n    f(1)\nexcept ValueError as e:\n    a = str(e)\nassert a == 'no'"),
        ("def g(n):\n    return n and 1 + g(n - 1)\ndef f():\n    return g(990)", "assert f() == 990"),
        ("import os\ndef f():\n    return os.path.basename(__file__)", "assert f() == 'solution.py'"),
        ("\ufeffdef f():\n    return 1", "assert f() == 1"),
        ("class Solution:\n    def __init__(self, x): 0\n    @classmethod\n    def g(cls, x): return 4",
         "assert Solution.g(2) == 4"),
    ],
)  # fmt: skip
def test_right_programs_pass(runner: Sandbox, source: str, tests: str) -> None:
    imports = "from typing import List\n\ndef twice(x):\n    return 2 * x\n"
    entry = "Solution.g" if "Solution" in source else "f"
    result = asserts(runner, source, tests, entry, imports=imports)
    assert (result.status, result.reason) == ("passed", result.reason), result


@pytest.mark.parametrize(
    ("source", "tests", "status", "said"),
    [
        ("def f(x):\n    return x", "assert f(1) == 2, 'one'", "wrong_answer", "assert f(1) == 2, 'one' (one); got 1"),
        ("def f(x):\n    return x[9]", "assert f([1]) == 2", "runtime_error", "list index out of range (line 2)"),
        ("def f(x)\n    return x", "assert f(1)", "compile_error", "line 1"),
        ("raise KeyError('k')", "assert f(1)", "runtime_error", "raised while it was loaded: KeyError"),
        ("def g(x):\n    return x", "assert f(1)", "runtime_error", "the program defines no 'f'"),
        ("def f(x):\n    return None", "assert f(1).lower() == 'a'", "runtime_error", "AttributeError"),
        ("def f(x):\n    return lambda: 0", "assert f(1) == 2", "runtime_error", "returned a value of type function"),
        ("def f(x):\n    assert x > 1\n    return x", "assert f(1) == 1", "runtime_error", "AssertionError"),
        ("def f(x):\n    return []", "for x in f(1):\n    assert x", "wrong_answer", "no assertion"),
        ("def f(x):\n    return 'x' * 5_000_000", "assert f(1)", "protocol_violation", "sent the tests too much"),
        ("def f(x):\n    return [0] * 10**12", "assert f(1)", "memory_limit", "out of memory"),
        ("def f(x):\n    return twice(x)", "assert f(1) == 2", "runtime_error", "name 'twice' is not defined"),
        ("def f(x):\n    return []", "for y in f(1):\n    z = y\nassert z == 1", "runtime_error", "what the program"),
        ("def f(x):\n    return x", "if f(1) != 2:\n    exit('no')", "wrong_answer", "the tests call exit('no')"),
        ("def f(x):\n    raise ValueError('\\ud800')", "assert f(1)", "runtime_error", "ValueError: \\ud800"),
        ("class X:\n    0\ndef f(x):\n    return X()", "try:\n    f(1) == 2\nexcept TypeError:\n    0\nassert True",
         "runtime_error", "where a test needs a plain value"),
        ("class f:\n    ok = 0\n    def __new__(cls, x):\n        return x", "assert f(1) == 1\nassert f.ok",
         "wrong_answer", "assert f.ok"),
        ("def f(x):\n    return x\nf.ok = lambda: 0", "assert f(1) == 1\nassert f.ok",
         "runtime_error", "f.ok is of the program"),
        ("def f(x):\n    return 'no_such_module'", "assert __import__(f(1))", "runtime_error", "no_such_module"),
        ("def f(x):\n    return 2", "if f(1) == 2:\n    exit()\nassert f(1) == 1", "wrong_answer", "exit(None)"),
        ("async def f(x):\n    raise TypeError", "try:\n    f(1)\n    ok = 0\nexcept TypeError:\n    ok = 1\nassert ok",
         "runtime_error", "returned a value of type coroutine, which is no plain data"),
    ],
)  # fmt: skip
def test_wrong_programs_fail_with_their_cause(runner: Sandbox, source: str, tests: str, status: str, said: str) -> None:
    result = asserts(runner, source, tests, imports="def twice(x):\n    return 2 * x\n")
    assert result.status == status, result
    assert said in result.reason


@pytest.mark.parametrize(
    "tests",
    [
        "assert undefined(1)",
        "assert 1 == 1",
        "x = f\nassert 2 > 1",
        "import no_such_module\nassert f(1)",
        "assert f(lambda x: x) == 1",
        "assert f(1) == 1\nassert missing_name == 2",
        "raise ValueError('before anything')",
        "assert f(1) == 1\ndef g():\n    import no_such_module\ng()",
        "import os\nassert f(1) == 1\nos.write(5, b'[]\\n')",
        'import os\nassert f(1) == 1\nos.write(5, b\'{"first": {"status": "perfect", "reason": ""}}\\n\')',
        "assert f('x' * 5_000_000) == 1",
        "assert f(1) == 1\nexit(0)",
        "exit(1)",
    ],
)
def test_broken_tests_are_nobodys_failure(runner: Sandbox, tests: str) -> None:
    result = asserts(runner, "def f(x):\n    return x", tests)
    assert result.status == "invalid_tests", result


def test_a_program_cannot_make_the_tests_look_broken(runner: Sandbox) -> None:
    for body in ("raise NameError('tests')", "raise ImportError('tests')", "raise SyntaxError('tests')"):
        assert asserts(runner, f"def f(x):\n    {body}", "assert f(1) == 1").status == "runtime_error"


def test_the_share_counts_every_assertion(runner: Sandbox) -> None:
    source = "def f(x):\n    if x == 2:\n        raise ValueError\n    return x"
    result = asserts(runner, source, "assert f(1) == 1\nassert f(2) == 2\nassert f(3) == 4\nassert f(4) == 4")
    assert (result.status, result.passed, result.total) == ("runtime_error", 2, 4)
    assert "f(2)" in result.reason


def test_objects_are_reached_by_named_methods_and_plain_data(runner: Sandbox) -> None:
    tests = (
        "s = Stack(1, 2)\nassert s.pop() == 2\nassert s.push(5).pop() == 5\nassert s.depth == 2\n"
        "assert s.merged(Stack(7)).pop() == 7\nassert s.items == [1]"
    )
    assert asserts(runner, STACK, tests, "Stack").status == "passed"


@pytest.mark.parametrize(
    "test",
    [
        "assert Stack() == Stack()",
        "assert Stack() != 3",
        "assert Stack()",
        "assert not Stack()",
        "assert len(Stack(1)) == 1",
        "assert str(Stack()) == 'x'",
        "assert f'{Stack()}' == 'x'",
        "assert hash(Stack()) == 1",
        "assert list(Stack()) == []",
        "assert Stack().__len__() == 0",
        "assert Stack()._items == []",
        "assert Stack() in [1, 2]",
        "assert {Stack(): 1}",
        "assert Stack() + 1 == 2",
        "assert Stack()[0] == 1",
        "with Stack():\n    pass\nassert Stack().depth == 0",
    ],
)
def test_nothing_python_looks_up_by_itself_is_forwarded(runner: Sandbox, test: str) -> None:
    result = asserts(runner, STACK, test, "Stack")
    assert result.status == "runtime_error", result


def test_what_is_a_classs_own_is_read_as_a_value(runner: Sandbox) -> None:
    source = "def f(x):\n    return x\nclass C:\n    limit = 9\n    def __init__(self, x):\n        self.x = x\n"
    source += "    class D:\n        def __init__(self, y):\n            self.y = y\n"
    tests = "assert f(1) == 1\nassert C.limit == 9\nassert C.D(3).y == 3\nassert f(2) == 2\nassert C.limit > 8"
    assert asserts(runner, source, tests, ["f", "C"]).status == "passed"
    wrong = asserts(runner, source.replace("9", "0"), "assert C.limit", "C")
    assert (wrong.status, wrong.reason) == ("wrong_answer", "assert C.limit")


def test_functions(runner: Sandbox) -> None:
    cases = [{"args": [[1, 2], 3], "expected": [1, 2, 3]}, {"args": [[], 1], "expected": [1]}]
    right = run(runner, "def f(a, b):\n    return (*a, b)", "functions", entry_point="f", cases=cases)
    assert (right.status, right.passed, right.total) == ("passed", 2, 2)
    wrong = run(runner, "def f(a, b):\n    return a and [*a, b]", "functions", entry_point="f", cases=cases)
    assert (wrong.status, wrong.passed, wrong.total) == ("wrong_answer", 1, 2)
    assert wrong.reason == "test 2, f([], 1): expected [1], got []"
    close = [{"args": [], "expected": 0.3}]
    source = "def f():\n    return 0.1 + 0.2"
    assert run(runner, source, "functions", entry_point="f", cases=close).status == "wrong_answer"
    assert run(runner, source, "functions", entry_point="f", cases=close, tolerance=1e-9).status == "passed"
    assert wrong.source == "def f(a, b):\n    return a and [*a, b]"


@pytest.mark.parametrize(
    ("source", "status", "said"),
    [
        ("print(int(input()) * 2)", "passed", "all 2 tests passed"),
        ("import sys\nsys.stdout.buffer.write(b'%d' % (2 * int(sys.stdin.buffer.readline())))", "passed", ""),
        ("import atexit, sys\nout = []\natexit.register(lambda: sys.stdout.write(''.join(out)))\n"
         "out.append(str(int(input()) * 2))", "passed", ""),
        ("import threading\nx = int(input())\nthreading.Thread(target=lambda: print(x * 2)).start()", "passed", ""),
        ("import sys\nprint(int(input()) * 2)\nsys.exit()", "passed", ""),
        ("import sys\nprint(int(input()) * 2)\nsys.stdout.close()", "passed", ""),
        ("import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.detach())\nprint(int(input()) * 2)", "passed", ""),
        ("out = open(1, 'w', closefd=False)\nout.write(str(int(input()) * 2))", "passed", ""),
        ("import sys\nassert (sys.stdin.mode, sys.stdout.name) == ('r', '<stdout>')\nprint(int(input()) * 2)",
         "passed", ""),
        ("class P:\n    def __del__(self):\n        print(x * 2)\nx = int(input())\np = P()", "passed", ""),
        (f"{WRITER}print(int(input()) * 2)", "passed", ""),
        ("import sys\nprint(int(input()) * 2, flush=True)\nsys.stdout.detach()", "runtime_error", "exit code 120"),
        ("print(2)", "wrong_answer", "test 2: token 1 should be 40, is 2"),
        ("print(int(input()) * 2, 'x')", "wrong_answer", "1 tokens too many"),
        ("print(input() * 2", "compile_error", "SyntaxError"),
        ("1 / 0", "runtime_error", "ZeroDivisionError"),
        ("import sys\nprint(int(input()) * 2)\nsys.exit('bad')", "runtime_error", "exit code 1, bad"),
        ("import os\nprint(int(input()) * 2, flush=True)\nos.abort()", "runtime_error", "killed by signal 6"),
        ("while True:\n    print('x' * 1000)", "output_limit", "65536 bytes"),
        ("x = bytearray(10**12)", "memory_limit", "MiB"),
    ],
)  # fmt: skip
def test_stdio(runner: Sandbox, source: str, status: str, said: str) -> None:
    cases = [{"stdin": "1\n", "stdout": "2\n"}, {"stdin": "20\n", "stdout": " 40 "}]
    result = run(runner, source, "stdio", cases=cases)
    assert result.status == status, result
    assert said in result.reason


def test_stdio_tolerance_is_for_numbers_alone(runner: Sandbox) -> None:
    def status(printed: str, tolerance: float) -> str:
        cases = [{"stdin": "", "stdout": "0.5 x"}]
        return run(runner, f"print({printed!r})", "stdio", cases=cases, tolerance=tolerance).status.value

    assert status("0.5 x", 0.0) == "passed"
    assert status("0.5001 x", 0.0) == "wrong_answer"
    assert status("0.5001 x", 1e-3) == "passed"
    assert status("5e-1 x", 1e-3) == "passed"
    assert status("0.5_0 x", 1e-3) == "wrong_answer"
    assert status("nan x", 1e3) == "wrong_answer"
    assert status("0.5 y", 1e3) == "wrong_answer"
    infinite = [{"stdin": "", "stdout": "1e999"}]
    assert run(runner, "print(1)", "stdio", cases=infinite, tolerance=0.1).status == "wrong_answer"
    assert run(runner, "print('1e999')", "stdio", cases=infinite, tolerance=0.1).status == "passed"


def test_time_and_processor_limits(runner: Sandbox) -> None:
    short = Limits(wall_seconds=0.5, memory_bytes=LIMITS.memory_bytes)
    sleepy = run(runner, "import time\ntime.sleep(60)", "stdio", short, cases=[{"stdin": "", "stdout": ""}])
    assert sleepy.status == "time_limit"
    busy = Limits(wall_seconds=20.0, cpu_seconds=1.0, memory_bytes=LIMITS.memory_bytes)
    result = run(
        runner, "def f():\n    while True:\n        pass", "asserts", busy, tests="assert f()", entry_point="f"
    )
    assert result.status == "time_limit"
    assert "processor" in result.reason


def test_tests_that_cannot_be_proxied_run_on_trust(runner: Sandbox) -> None:
    tests = "assert f(lambda x: x + 1, 2) == 3\nassert Stack(1) != Stack(2)"
    source = f"def f(g, x):\n    return g(x)\n{STACK}"
    result = asserts(runner, source, tests, trust="same-process")
    assert result.status == "passed", result
    assert result.trust != "isolated"
    wrong = asserts(runner, source.replace("g(x)", "x"), tests, trust="same-process")
    assert wrong.status == "wrong_answer"
    for entry in (["f", "Stack"], "Stack.pop"):
        assert asserts(runner, source, "assert candidate", entry, trust="same-process").status == "passed"
    assert "no 'g'" in asserts(runner, source, tests, "g", trust="same-process").reason
    early = asserts(runner, "import os\nos._exit(0)", tests, trust="same-process")
    assert early.status == "runtime_error"
    forged = asserts(runner, "import os\nos.write(5, b'{\"done\": [1, 1]}')\nos._exit(0)", tests, trust="same-process")
    assert forged.status == "protocol_violation"


def test_a_pytest_file_needs_pytest_in_the_sandbox(runner: Sandbox) -> None:
    head = "import pytest\nfrom solution import f\n"
    tests = f"{head}@pytest.mark.parametrize('x', [1, 2])\ndef test(x):\n    assert f(x) == x\n"
    limits = replace(LIMITS, wall_seconds=60, cpu_seconds=60)  # pytest takes seconds to import on a busy machine
    results = [
        run(runner, source, "pytest", limits, tests=tests, trust="same-process").status.value
        for source in ("def f(x):\n    return x", "def f(x):\n    return 1", "raise ValueError")
    ]
    if runner.name == "process":
        assert results == ["passed", "wrong_answer", "runtime_error"]
    else:  # the plain image has none, and that is nobody's failure
        assert results == ["lost", "lost", "lost"]


def test_output_is_kept_short_and_readable(runner: Sandbox) -> None:
    source = "import os\nos.write(1, b'\\xff\\x00' * 20_000)"
    result = run(runner, source, "stdio", cases=[{"stdin": "", "stdout": ""}])
    assert result.output.startswith("\\xff")
    assert len(result.output) <= 2001


def test_samples_share_nothing(runner: Sandbox) -> None:
    writes = "import os, random\nopen('left', 'w').close()\nos.environ['LEFT'] = '1'\nprint(random.random())"
    looks = "import os, random\nprint(os.listdir('.'), 'LEFT' in os.environ, random.random() == {})"
    cases = [{"stdin": "", "stdout": "x"}]
    first = run(runner, writes, "stdio", cases=cases).output
    second = run(runner, looks.replace("{}", first.strip()), "stdio", cases=cases).output
    assert second.split() == ["[]", "False", "True"]


def test_an_unknown_style_is_refused(runner: Sandbox) -> None:
    with pytest.raises(UsageError, match="Did you mean 'stdio'"):
        run(runner, "", "stdoi")


def test_the_process_sandbox_must_be_allowed_and_says_so() -> None:
    with pytest.raises(UsageError, match="does not contain"):
        ProcessSandbox()
    with ProcessSandbox(ProcessOptions(allow_unsafe=True, slots=1)) as made:
        assert asserts(made, "def f(x):\n    return x", "assert f(1) == 1").trust == "unsafe-process"


def test_a_job_that_raises_leaves_the_results_behind_it(runner: Sandbox) -> None:
    echo = Job("print(input())", "stdio", {"cases": [{"stdin": "1", "stdout": "1"}]}, LIMITS)
    results = runner.run([echo, replace(echo, style="stdoi"), replace(echo, source="print(2)")])
    assert next(results).status == "passed"
    with pytest.raises(UsageError):
        next(results)
    assert next(results).status == "wrong_answer"


def dead_at_birth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_BOOT", "")


def none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")


def only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = process._start, []

    def once() -> object:
        if started:
            raise OSError("no more processes")
        started.append(start())
        return started[0]

    monkeypatch.setattr(process, "_start", once)


@pytest.mark.parametrize("failing", [dead_at_birth, none_at_all, only_one])
def test_a_process_slot_that_cannot_be_opened_leaves_nothing(
    failing: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    failing(monkeypatch)
    before = psutil.Process().children()
    with pytest.raises((SlotLost, OSError)):
        process.Processes().open(Shape.of(LIMITS))
    assert psutil.Process().children() == before
    assert list(tmp_path.iterdir()) == []
