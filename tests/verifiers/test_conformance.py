"""Every built-in goes through the conformance kit, under the options that change how it reads a text."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.compose import COMPOSITES
from rlvr.problem import Completion, FinishReason, VerifierSpec
from rlvr.registry import build_verifier, verifiers
from rlvr.testing import conforms

#: One line a configuration of a verifier that judges in a worker: its name and its options.
CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
    ("math", {}),
    ("math", {"extraction": "lenient"}),
    ("keywords", {}),
    ("keywords", {"thinking": "require"}),
    ("keywords", {"thinking": "keep"}),
    ("json_schema", {}),
    ("json_schema", {"engine": "jsonschema"}),
    ("json_schema", {"find": "fenced", "thinking": "strip"}),
    ("json_schema", {"find": "either", "thinking": "require"}),
    ("tags", {}),
    ("tags", {"tags": ["think"], "ends_with": "text"}),
    ("tags", {"code": "python"}),
    ("exact", {}),
    ("exact", {"after": "Answer:", "ignore_case": True}),
    ("choice", {}),
    ("choice", {"find": "mention", "after": "Answer:"}),
    ("refusal", {}),
    ("refusal", {"thinking": "require"}),
    ("instructions", {}),
    ("instructions", {"graded": True, "thinking": "require"}),
    ("instructions", {"mode": "reference"}),
    ("reasoning_gym", {}),
    ("reasoning_gym", {"after": "Answer:", "thinking": "require"}),
    ("regex", {}),
    ("regex", {"match": "search", "thinking": "require"}),
]

CASES = [pytest.param(name, options, id=f"{name}-{options}") for name, options in CONFIGURATIONS]

#: Judged by running code: these need the sandbox.
SANDBOXED = ["code"]

#: Judged by a server that must be there: `test_remote.py` runs real ones.
ELSEWHERE = {"remote"}


def test_no_built_in_is_left_out() -> None:
    built_in = {entry.name for entry in verifiers.names() if entry.origin == "built-in"}
    assert built_in == {name for name, _ in CONFIGURATIONS} | set(SANDBOXED) | ELSEWHERE | set(COMPOSITES)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_it_conforms(name: str, options: dict[str, Any]) -> None:
    conforms(name, options, deadline_seconds=60)


@pytest.mark.docker
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", SANDBOXED)
def test_it_conforms_in_a_sandbox(name: str) -> None:
    conforms(name, deadline_seconds=60)


@pytest.mark.parametrize(("name", "options"), [case for case in CASES if case.values[0] != "math"])
def test_a_cut_completion_fails(name: str, options: dict[str, Any]) -> None:
    verifier = build_verifier(VerifierSpec(name, options))
    canary = next(iter(verifier.examples()))
    cut = Completion(canary.completion.text, finish_reason=FinishReason.LENGTH)
    assert verifier.verify(canary.problem(VerifierSpec(name, options)), cut).cause == "truncated"
