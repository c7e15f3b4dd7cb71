"""The conformance kit: what every verifier owes before anything is trained on its verdicts.

    from rlvr.testing import conforms

    def test_it_conforms():
        conforms("parity")

That is all a plug-in's tests need. It uses no test framework: `breaches` returns what was found, for
whoever wants to print it. What is looked at:

    builds       its spec builds it in a fresh worker process, and unknown keys are refused
    examples     the first passes, at least one fails, each has the outcome it states
    others       another example's right answer does not pass, nor do all answers at once
    hostile      no text of `rlvr.testing.hostile` passes
    worker       nothing raises, crashes, eats the memory or misses the deadline
    verdict      causes are of the closed list or its own `name:cause`; the reason is one line
    repeats      in another order, in another process, every verdict is the same
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rlvr.errors import CheckFailed
from rlvr.problem import VerifierSpec
from rlvr.sandbox import Sandbox
from rlvr.testing.breach import Breach, summary
from rlvr.testing.examination import Examination
from rlvr.verdict import Json

__all__ = ["Breach", "breaches", "conforms"]


def conforms(
    name: str,
    options: Mapping[str, Json] | None = None,
    *,
    sandbox: Sandbox | None = None,
    deadline_seconds: float = 10.0,
    allow: Collection[str] = (),
) -> None:
    """Raise CheckFailed that lists every breach of a verifier: a built-in, a plug-in, `path/to/file.py:Class`.

    `sandbox` is for verifiers that run code; without one Docker is used, and ended afterwards. `allow`
    names texts that may pass, because what the verifier asks for is really in them, as a breach names them.
    Raises UsageError for an `allow` that is no text's name.
    """
    found = breaches(
        VerifierSpec(name, dict(options or {})), sandbox=sandbox, deadline_seconds=deadline_seconds, allow=allow
    )
    if found:
        raise CheckFailed(f"{name} does not conform:\n{summary(found)}")


def breaches(
    spec: VerifierSpec,
    *,
    sandbox: Sandbox | None = None,
    deadline_seconds: float = 10.0,
    allow: Collection[str] = (),
) -> list[Breach]:
    """Everything in which the verifier falls short; empty when it conforms."""
    return Examination(spec, sandbox, deadline_seconds, frozenset(allow)).run()
