from __future__ import annotations

import pytest

from rlvr.sandboxes._guest import codec
from rlvr.sandboxes._host.asserts import imported, prepare


def foreseen(source: str, callee: str = "f") -> list[list[object]]:
    asked = [request["args"] for request in prepare(source, callee).script.requests]
    return [[codec.decode(arg) for arg in args] for args in asked]


def test_assertions_are_guarded_where_nothing_could_catch_them() -> None:
    tests = prepare(
        "assert f(1) == 2\n"
        "for x in range(3):\n    assert f(x)\n"
        "try:\n    assert f(4)\nexcept ValueError:\n    pass\n"
        "def helper():\n    assert f(5)\n",
        "f",
    )
    assert tests.count == 2
    assert tests.tests.count("__rlvr_guard__") == 2
    assert list(tests.shown.values()) == ["assert f(1) == 2", "assert f(x)"]


def test_lines_are_counted_as_python_does() -> None:
    tests = prepare("x = '\\f'  # \f\nassert f(1) == 2\r\nassert f(2) == 3", "f")
    assert list(tests.shown.values()) == ["assert f(1) == 2", "assert f(2) == 3"]


def test_check_is_called_unless_the_tests_call_it() -> None:
    check = "def check(candidate):\n    assert candidate(1) == 2\n"
    assert prepare(check, "f").call_check
    assert not prepare(f"{check}check(f)\n", "f").call_check
    assert not prepare("assert f(1) == 2", "f").call_check
    assert prepare(check, "f").count == 1


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("assert f(1, [2.5]) == 3\nassert 4 == f('x')", [[1, [2.5]], ["x"]]),
        ("def check(c):\n    assert abs(c(1) - 2.0) < 1e-6, 'text'\n    assert c((1,)) == 3", [[1], [(1,)]]),
        ("METADATA = {'a': 1}\nimport math\ndef check(c):\n    assert math.isclose(c(-1), 2)", [[-1]]),
        ("assert True\nassert f(1) == 2\nassert 2 > 1, 'x'\nassert f(2)", [[1], [2]]),
        # What follows is not sure to come, or not in this order.
        ("assert f(1) == 2\nx = 3\nassert f(2) == 3", [[1]]),
        ("assert f(1) == 2 or f(2) == 3", []),
        ("assert f(1) == f(2)", []),
        ("assert 1 < f(1) < f(2)", []),
        ("assert f(1) == 2, f(3)", []),
        ("assert f(x) == 2", []),
        ("assert f(1).x == 2\nassert f(2)", []),
        ("assert f(1) == 2\nassert C.x == 1\nassert f(2)", [[1]]),
        ("assert f(1).strip() == 'a'\nassert f(2)", []),
        ("assert helper(f(1)) == 2\nassert f(2)", []),
        ("assert helper() == 2\nassert f(2)", []),
        ("assert f(1, key=2) == 2", []),
        ("assert all(f(x) for x in [1])", []),
        ("assert (lambda: f(1))() == 1", []),
        ("assert f(f(1)) == 1", []),
        ("def check(c):\n    assert c(1)\ncheck = print", []),
        ("def check(c):\n    assert c(1)\ncheck(f)", []),
        ("def check(c, d):\n    assert c(1)", []),
        ("for x in [1]:\n    assert f(1)", []),
    ],
)
def test_only_calls_that_are_sure_to_come_are_foreseen(source: str, calls: list[list[object]]) -> None:
    assert foreseen(source) == calls


@pytest.mark.parametrize(
    ("source", "complete"),
    [
        ("assert f(1) == 2\nassert True", True),
        ("def check(c):\n    'doc'\n    assert c(1) == 2\n    assert c(2) == 3\n", True),
        ("assert f(1) == 2\nf(3)", False),
        ("assert f(1) == 2\nassert f(x)", False),
        ("def check(c):\n    assert f(1) == 2\n    assert c(2) == g(3)\n", False),
    ],
)
def test_it_is_known_whether_those_are_all_calls(source: str, complete: bool) -> None:
    assert prepare(source, "f").script.is_complete is complete


@pytest.mark.parametrize(
    ("source", "hangs"),
    [
        ("import math\nassert f(1) == math.pi", False),
        ("import time\nassert f(1) == 2", True),
        ("from time import perf_counter as now\nassert f(now()) == 2", True),
        ("import concurrent.futures as c\nassert f(1) == 2", True),
        ("from datetime import datetime\nassert f(datetime.now()) == 2", True),
        ("assert f(timestamp=1) == 'time'", False),
    ],
)
def test_tests_that_could_see_time_pass_are_known(source: str, hangs: bool) -> None:
    assert prepare(source, "f").hangs_on_time is hangs


def test_names_that_the_tests_give_are_known() -> None:
    source = (
        "import a\nfrom b import c\nd = e\nfor g, h in f(1):\n    def i(j): k = 1\nwith l as m: (n := o)\nclass p: 0"
    )
    assert prepare(source, "f").bound == ["d", "g", "h", "i", "k", "m", "n", "p"]
    patterns = "match f(1):\n    case [a, *b] | {'x': c, **d} if e:\n        import g.h, i as j"
    assert prepare(patterns, "f").bound == ["a", "b", "c", "d", "g", "j"]


def test_modules_that_the_tests_import_are_known() -> None:
    assert imported("import a.b, c as d", "def f():\n    from g.h import i") == ["a", "c", "g"]


def test_tests_that_are_not_python_are_refused() -> None:
    with pytest.raises(SyntaxError):
        prepare("assert f(", "f")


def test_an_expression_too_deep_to_write_out_is_left_as_it_is() -> None:
    source = "assert f(1) == " + "+".join(["1"] * 700)
    assert prepare(source, "f").tests == source
