"""A verifier that needs a sandbox."""

from rlvr.sandbox import Job, JobStatus, Limits
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, SandboxVerifier


class Running(SandboxVerifier):
    """Runs the completion as it is."""

    name, version = "running", "1"

    def prepare(self, problem, completion):
        if not completion.text:
            return Verdict.failed("no_answer", "there is no code")
        return Job(completion.text, "asserts", {"n": 1}, Limits(wall_seconds=3))

    def conclude(self, problem, result):
        if result.status is JobStatus.PASSED:
            return Verdict.passed(result.reason)
        return Verdict.failed("wrong_answer", result.reason)

    def examples(self):
        return [Example.of({}, "fine", Outcome.PASS)]
