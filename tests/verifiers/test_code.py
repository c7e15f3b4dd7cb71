from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from rlvr.errors import UsageError
from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.sandbox import Job, JobResult, JobStatus, Limits
from rlvr.sandboxes.process import ProcessOptions, ProcessSandbox
from rlvr.verdict import CAUSES, Outcome, Verdict
from rlvr.verifier import build
from rlvr.verifiers.code import Code, Options
from rlvr.verifiers.code.extract import NoProgram, continuation, extract
from rlvr.verifiers.code.reference import Reference

ADD = {"style": "functions", "entry_point": "add", "cases": [{"args": [1, 2], "expected": 3}]}


def problem(reference: dict[str, Any] = ADD, prompt: Any = "") -> Problem:
    return Problem("p", prompt, reference, "t", VerifierSpec("code"))


def fenced(text: str, finish: FinishReason = FinishReason.EOS, prefill: str = "") -> str:
    return extract("last_fenced", "", Completion(text, finish_reason=finish, prefill=prefill))


# -- where the program is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("```python\nx = 1\n```", "x = 1\n"),
        ("first\n```python\nx = 1\n```\nbetter\n```py\nx = 2\n```\ndone", "x = 2\n"),
        ("```python\nx = 1\n```\nIt prints\n```\n1\n```", "x = 1\n"),
        ("```python\nx = 1\n```\n```text\n1\n```\n```json\n{}\n```", "x = 1\n"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("```Python title=a.py\nx = 1\n```", "x = 1\n"),
        ("~~~python\nx = '```'\n~~~", "x = '```'\n"),
        ("````python\ns = '''\n```\n'''\n````", "s = '''\n```\n'''\n"),
        ("1. So:\n   ```python\n   if x:\n       y = 1\n   ```", "if x:\n    y = 1\n"),
        ("```python\nx = 1", "x = 1\n"),
        ("<think>\n```python\nx = 1\n```\n</think>\n```python\nx = 2\n```", "x = 2\n"),
        ("```python\r\nx = 1\r\n```", "x = 1\n"),
        ("```python\nx = 'a\u2028b\x0c'\n\x0c\ny = 1\n```", "x = 'a\u2028b\x0c'\n\x0c\ny = 1\n"),
        ('```python\nx = """a\n  \n"""\n```', 'x = """a\n  \n"""\n'),
    ],
)
def test_the_last_python_block_is_the_program(text: str, program: str) -> None:
    assert fenced(text) == program


def test_a_fence_may_have_been_opened_by_the_template() -> None:
    assert fenced("x = 1\n", FinishReason.STOP, prefill="```python\n") == "x = 1\n"


@pytest.mark.parametrize(
    ("text", "finish", "cause"),
    [
        ("x = 1", FinishReason.EOS, "no_answer"),
        ("", FinishReason.EOS, "no_answer"),
        ("```python\n\n```", FinishReason.EOS, "no_answer"),
        ("```json\n{}\n```", FinishReason.EOS, "no_answer"),
        ("<think>```python\nx = 1\n```", FinishReason.EOS, "no_answer"),
        ("so x = 1", FinishReason.LENGTH, "truncated"),
        ("```python\nx = 1", FinishReason.LENGTH, "truncated"),
        ("```python\nx = 0\n```\n```python\nx = 1", FinishReason.LENGTH, "truncated"),
    ],
)
def test_without_a_program_there_is_a_cause(text: str, finish: FinishReason, cause: str) -> None:
    with pytest.raises(NoProgram) as caught:
        fenced(text, finish)
    assert caught.value.cause == cause
    verdict = Code(Options()).prepare(problem(), Completion(text, finish_reason=finish))
    assert isinstance(verdict, Verdict)
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, cause)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" x + 1", " x + 1\n"),
        ("    return 1\n\n\n    # more\n    x\n\ndef other():\n    pass\n", "    return 1\n\n\n    # more\n    x\n\n"),
        ("    return f(\n        1,\n)\nprint(1)", "    return f(\n        1,\n)\n"),
        ("    return 1\nif __name__ == '__main__':\n    x", "    return 1\n"),
        ("    return 1\n# Test", "    return 1\n"),
        ("def add(a, b):\n    return a\nx = 1", "def add(a, b):\n    return a\n"),
    ],
)
def test_a_continuation_ends_where_something_new_begins(text: str, kept: str) -> None:
    assert continuation(text).rstrip("\n") == kept.rstrip("\n")
    assert extract("continuation", "head\n", Completion(text)).startswith("head\n" + kept.rstrip("\n"))


def test_the_whole_text_is_a_program() -> None:
    assert extract("whole", "", Completion("x = 1\n")) == "x = 1\n"
    with pytest.raises(NoProgram):
        extract("whole", "", Completion(" \n"))


# -- references ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reference",
    [
        ADD,
        {"style": "asserts", "tests": ["assert f(1) == 2", "assert f(2) == 3"], "entry_point": "f"},
        {"style": "asserts", "tests": "assert g() == f()", "entry_point": ["f", "g"], "imports": "import math"},
        {"style": "stdio", "cases": [{"stdin": "", "stdout": "1"}], "tolerance": 1e-6},
        {"style": "pytest", "tests": "def test(): pass", "trust": "same-process"},
        {"style": "asserts", "tests": "assert f() == eval('1')", "entry_point": "f"},
        {"style": "asserts", "tests": "assert eval(f()) == 1", "entry_point": "f", "trust": "same-process"},
    ],
)
def test_good_references(reference: dict[str, Any]) -> None:
    Code(Options()).check_reference(problem(reference))
    json.dumps(Reference.model_validate(reference).tests_of_job())


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ({"style": "assert"}, "asserts"),
        ({"style": "asserts", "tests": "assert f()"}, "needs 'entry_point'"),
        ({"style": "asserts", "tests": "assert f(", "entry_point": "f"}, "is not Python"),
        ({"style": "asserts", "tests": " ", "entry_point": "f"}, "there are no tests"),
        ({"style": "asserts", "tests": "assert f()", "entry_point": "f()"}, "no name in Python"),
        ({"style": "asserts", "tests": "assert f()", "entry_point": []}, "no name in Python"),
        ({"style": "asserts", "tests": "assert f()", "entry_point": "f", "cases": []}, "has no 'cases'"),
        ({"style": "functions", "entry_point": "f", "cases": []}, "needs cases"),
        ({"style": "functions", "entry_point": "f", "cases": [{"stdin": "", "stdout": ""}]}, "args and expected"),
        ({"style": "functions", "entry_point": ["f"], "cases": [{"args": [], "expected": 1}]}, "one function"),
        ({"style": "stdio", "cases": [{"stdin": "x"}]}, "stdout"),
        ({"style": "stdio", "cases": [{"stdin": "", "stdout": ""}], "tolerance": -1}, "tolerance"),
        ({"style": "asserts", "tests": "assert eval(f()) == 1", "entry_point": "f"}, "call 'eval'"),
        ({"style": "asserts", "tests": "e = eval\nassert e(f()) == 1", "entry_point": "f"}, "call 'eval'"),
        (
            {"style": "asserts", "tests": "import pickle\nassert pickle.loads(f())", "entry_point": "f"},
            "'pickle.loads'",
        ),
        (
            {
                "style": "asserts",
                "tests": "assert g(f())",
                "imports": "from builtins import eval as g",
                "entry_point": "f",
            },
            "from builtins import eval",
        ),
        ({"style": "pytest", "tests": "def test(): pass"}, "needs 'trust'"),
        ({"style": "pytest", "tests": "def test(): pass", "trust": "isolated"}, "same-process"),
    ],
)
def test_bad_references_say_what_is_wrong(reference: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Code(Options()).check_reference(problem(reference))
    assert said in str(caught.value)


def test_only_text_can_be_continued() -> None:
    verifier = Code(Options(extract="continuation"))
    verifier.check_reference(problem(prompt="def add(a, b):"))
    with pytest.raises(ValueError, match="not messages"):
        verifier.check_reference(problem(prompt=({"role": "user", "content": "x"},)))


def test_options_name_what_they_do_not_know() -> None:
    with pytest.raises(UsageError, match="Did you mean 'wall_seconds'"):
        build(Code, {"wall_second": 3})


# -- the job and its verdict -----------------------------------------------------------------------


def test_a_job_carries_source_tests_and_limits() -> None:
    verifier = Code(Options(wall_seconds=2, memory_mib=128, output_kib=8, file_mib=4, processes=5, cpu_seconds=1))
    job = verifier.prepare(problem(), Completion("```python\nx\n```"))
    assert isinstance(job, Job)
    tests = {"entry_point": "add", "cases": ADD["cases"]}
    assert (job.source, job.style, job.tests) == ("x\n", "functions", tests)
    assert job.limits == Limits(2, 1, 128 * 2**20, 5, 8 * 2**10, 4 * 2**20)


@pytest.mark.parametrize("status", JobStatus)
def test_every_status_has_its_verdict(status: JobStatus) -> None:
    result = JobResult(status, "why", 1, 2, "out", {"cpu_seconds": 0.5}, source="x = 1")
    verdict = Code(Options()).conclude(problem(), result)
    assert verdict.cause in CAUSES[verdict.outcome]
    expected = {
        JobStatus.PASSED: ("pass", "correct"),
        JobStatus.INVALID_TESTS: ("error", "invalid_reference"),
        JobStatus.LOST: ("error", "sandbox_unavailable"),
    }.get(status, ("fail", status.value))
    assert (verdict.outcome.value, verdict.cause) == expected
    assert verdict.details["passed"] == 1
    assert verdict.details["total"] == 2
    assert verdict.details["output"] == "out"
    assert verdict.extracted == "x = 1"
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_less_than_full_trust_is_said_in_every_verdict() -> None:
    for status in JobStatus:
        verdict = Code(Options()).conclude(problem(), JobResult(status, "why", trust="same-process"))
        assert verdict.details["trust"] == "same-process"
        assert "same-process" in verdict.reason


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    with ProcessSandbox(ProcessOptions(allow_unsafe=True, slots=1)) as made:
        yield made


@pytest.mark.parametrize("how", ["last_fenced", "whole", "continuation"])
def test_its_examples_come_out_as_it_says(sandbox: ProcessSandbox, how: str) -> None:
    verifier = Code(Options(extract=how))  # type: ignore[arg-type]
    examples = list(verifier.examples())
    assert examples[0].outcome is Outcome.PASS
    for example in examples:
        asked = example.problem(VerifierSpec("code"))
        verifier.check_reference(asked)
        job = verifier.prepare(asked, example.completion)
        assert isinstance(job, Job)
        assert verifier.conclude(asked, next(iter(sandbox.run([job])))).outcome is example.outcome
