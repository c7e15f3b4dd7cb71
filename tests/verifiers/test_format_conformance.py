"""What every constraint verifier owes: its examples hold, and no hostile text passes or crashes it."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.errors import UsageError
from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome
from rlvr.verifier import Verifier

#: One line a configuration: the verifier's name and its options.
CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
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

HOSTILE = {
    "nothing": "",
    "a full stop": ".",
    "whitespace": " \n\t\u00a0\u2003",
    "invisible": "\u200b\u200c\u200d\ufeff\u2060",
    "lone surrogate": "\ud800",
    "nul": "\x00",
    "junk": "I do not know",
    "None": "None",
    "deep": "[" * 100_000,
    "deep and closed": "[" * 50_000 + "]" * 50_000,
    "long word": "a" * 200_000,
    "long line of words": "word " * 40_000,
    "stars": "*" * 100_000,
    "quotes": "\"'" * 50_000,
    "tags": "<think>" * 10_000,
    "fences": "```" * 30_000,
    "combining": "a" + "\u0301" * 50_000,
    "digits": "9" * 50_000,
    "too long": "x" * (1 << 21),
}

CASES = [pytest.param(name, options, id=f"{name}-{options}") for name, options in CONFIGURATIONS]


def of(name: str, options: dict[str, Any]) -> tuple[VerifierSpec, Verifier]:
    spec = VerifierSpec(name, options)
    return spec, build_verifier(spec)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_examples_hold(name: str, options: dict[str, Any]) -> None:
    spec, verifier = of(name, options)
    examples = list(verifier.examples())
    assert examples[0].outcome is Outcome.PASS, "the first example is the canary"
    assert sum(example.outcome is Outcome.FAIL for example in examples) >= 3
    for example in examples:
        problem = example.problem(spec)
        verifier.check_reference(problem)
        verdict = verifier.verify(problem, example.completion)
        assert verdict.outcome is example.outcome, (example, verdict)
        assert len(verdict.reason) > 5 and "\n" not in verdict.reason


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_fails(name: str, options: dict[str, Any], text: str) -> None:
    spec, verifier = of(name, options)
    canary = next(iter(verifier.examples()))
    verdict = verifier.verify(canary.problem(spec), Completion(text))
    assert verdict.outcome is Outcome.FAIL, verdict
    assert len(verdict.reason) < 600


@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_cut_completion_fails(name: str, options: dict[str, Any]) -> None:
    spec, verifier = of(name, options)
    canary = next(iter(verifier.examples()))
    cut = Completion(canary.completion.text, finish_reason=FinishReason.LENGTH)
    assert verifier.verify(canary.problem(spec), cut).cause == "truncated"


@pytest.mark.parametrize(("name", "options"), CASES)
def test_unknown_keys_are_refused(name: str, options: dict[str, Any]) -> None:
    spec, verifier = of(name, options)
    reference = {**next(iter(verifier.examples())).reference, "misspelt": 1}
    with pytest.raises(ValueError, match="misspelt"):
        verifier.check_reference(Problem("p", "", reference, "t", spec))
    with pytest.raises(UsageError, match="misspelt"):
        build_verifier(VerifierSpec(name, {**options, "misspelt": 1}))


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_same_verdict_every_time(name: str, options: dict[str, Any]) -> None:
    spec, verifier = of(name, options)
    for example in verifier.examples():
        problem = example.problem(spec)
        verdicts = {str(verifier.verify(problem, example.completion).to_json()) for _ in range(20)}
        assert len(verdicts) == 1
