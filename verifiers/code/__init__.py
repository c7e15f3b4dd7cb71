"""Judges a program by running it against tests, in a sandbox.

Program and tests share nothing but plain data (see `rlvr.sandboxes`), so a program cannot fake a pass.
What cannot be tested that way must say `trust: same-process` in its reference; the verdicts of such
tests can be faked, and each of them says so. All tests must pass; `details` tells how many did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pydantic import Field

from rlvr.problem import Completion, Problem
from rlvr.sandbox import Job, JobResult, JobStatus, Limits
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, SandboxVerifier
from rlvr.verifiers.code.extract import NoProgram, extract
from rlvr.verifiers.code.reference import Reference

_ISOLATED = "isolated"


class Options(Model):
    """What a recipe may set.

    `extract`: where the program is in a completion. `last_fenced`: the last Python code block after any
    thinking; `whole`: all of the text; `continuation`: the prompt followed by the completion, up to the
    first line that begins anew at the left margin. The limits are those of one completion, all its tests
    together: seconds, MiB, KiB and counts.
    """

    extract: Literal["last_fenced", "whole", "continuation"] = "last_fenced"
    wall_seconds: float = Field(10.0, gt=0)
    cpu_seconds: float = Field(10.0, gt=0)
    memory_mib: int = Field(512, ge=64)
    processes: int = Field(32, ge=1)
    output_kib: int = Field(64, ge=1)
    file_mib: int = Field(16, ge=1)

    def limits(self) -> Limits:
        """The limits of a job."""
        return Limits(
            self.wall_seconds,
            self.cpu_seconds,
            self.memory_mib * 2**20,
            self.processes,
            self.output_kib * 2**10,
            self.file_mib * 2**20,
        )


class Code(SandboxVerifier):
    """The completion holds a program that passes every test."""

    name = "code"
    version = "3"
    Options: ClassVar[type[Model]] = Options
    Reference: ClassVar[type[Model]] = Reference

    def check_reference(self, problem: Problem) -> None:
        """Raise ValueError unless the tests can be run and the prompt can be continued, if it is to be."""
        self.reference(problem)
        if self.options.extract == "continuation" and not isinstance(problem.prompt, str):
            raise ValueError("extract=continuation needs a prompt that is text, not messages")

    def prepare(self, problem: Problem, completion: Completion) -> Job | Verdict:
        """The program found in the completion, with the tests of the reference."""
        try:
            source = extract(self.options.extract, problem.prompt, completion)
        except NoProgram as nothing:
            return Verdict.failed(nothing.cause, str(nothing))
        reference: Reference = self.reference(problem)
        return Job(source, reference.style, reference.tests_of_job(), self.options.limits())

    def conclude(self, problem: Problem, result: JobResult) -> Verdict:
        """What the job's result means for the completion."""
        details: dict[str, Json] = {
            "passed": result.passed,
            "total": result.total,
            "output": result.output,
            "usage": dict(result.usage),
            "trust": result.trust,
        }
        reason = result.reason
        if result.trust != _ISOLATED:
            reason += f" [trust: {result.trust}, can be faked]"
        source = result.source or None
        if result.status is JobStatus.PASSED:
            return Verdict.passed(reason, extracted=source, details=details)
        if result.status is JobStatus.INVALID_TESTS:
            return Verdict.error("invalid_reference", reason, extracted=source, details=details)
        if result.status is JobStatus.LOST:
            return Verdict.error("sandbox_unavailable", reason, extracted=source, details=details)
        return Verdict.failed(result.status.value, reason, extracted=source, details=details)

    def examples(self) -> Iterable[Example]:
        """A sum, right and wrong in several ways."""
        tests = {"style": "functions", "entry_point": "add", "cases": [{"args": [1, 2], "expected": 3}]}
        return [
            self._example(tests, "return a + b", Outcome.PASS),
            self._example(tests, "return a - b", Outcome.FAIL),
            self._example(tests, "raise SystemExit(0)", Outcome.FAIL),
            self._example(tests, "return type('Any', (), {'__eq__': lambda *_: True})()", Outcome.FAIL),
        ]

    def _example(self, tests: dict[str, Any], body: str, outcome: Outcome) -> Example:
        head = "def add(a, b):\n"
        if self.options.extract == "continuation":
            return Example.of(tests, f"    {body}\n", outcome, prompt=head)
        source = f"{head}    {body}\n"
        text = source if self.options.extract == "whole" else f"```python\n{source}```"
        return Example.of(tests, text, outcome)
