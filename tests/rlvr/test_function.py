"""Functions as verifiers: what their parameters mean, and that they judge in workers like any other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rlvr.errors import UsageError
from rlvr.function import verifier
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.recipe import SandboxOptions
from rlvr.registry import build_verifier, source_hash, verifiers
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
from rlvr.tasks.options import TaskOptions
from rlvr.tasks.task import load_task
from rlvr.verdict import Outcome
from rlvr.verify_file import verify_file

FILE = Path(__file__).parents[1] / "data" / "functions.py"


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    with Scorer(ScoringOptions(workers=1, deadline_seconds=5)) as scorer:
        yield scorer


def problem(name: str, reference: dict[str, Any], **options: Any) -> Problem:
    return Problem("p", "", reference, "t", VerifierSpec(f"{FILE}:{name}", options))


def test_parameters_are_reference_and_options() -> None:
    kind = verifiers.get(f"{FILE}:near")
    assert (kind.name, kind.version, kind.__doc__) == (
        "near",
        "1",
        "Whether the text is a number close to the right one.",
    )
    assert list(kind.Reference.model_fields) == ["answer"]
    assert {name: field.default for name, field in kind.Options.model_fields.items()} == {"tolerance": 0.1}
    assert len(source_hash(kind)) == 12


@pytest.mark.parametrize(
    ("asked", "text", "outcome", "cause"),
    [
        (problem("near", {"answer": 3.1}), "3.15", Outcome.PASS, "correct"),
        (problem("near", {"answer": 3.1}, tolerance=0.01), "3.15", Outcome.FAIL, "wrong_answer"),
        (problem("near", {"answer": "three"}), "3", Outcome.ERROR, "invalid_reference"),
        (problem("near", {"answer": 3.1, "unit": "m"}), "3", Outcome.ERROR, "invalid_reference"),
        (problem("polite", {}), "please", Outcome.PASS, "correct"),
        (problem("polite", {}), "now", Outcome.FAIL, "polite:rude"),
        (problem("polite", {}), "raise", Outcome.FAIL, "undecidable"),
        (problem("vague", {}), "yes", Outcome.ERROR, "verifier_failed"),
    ],
)
def test_a_function_judges_in_a_worker(scorer: Scorer, asked: Problem, text: str, outcome: Outcome, cause: str) -> None:
    (verdict,) = scorer.score([(asked, Completion(text))])
    assert (verdict.outcome, verdict.cause) == (outcome, cause), verdict.reason


def test_what_is_not_a_verdict_is_named_in_one_line(scorer: Scorer) -> None:
    # The first to fail names the reason for all that are not even tried afterwards.
    (verdict,) = scorer.score([(problem("vague", {}), Completion("no"))])
    assert "not a bool or a Verdict" in verdict.reason
    assert "\n" not in verdict.reason
    assert "Traceback" in str(verdict.details["worker"])


def test_options_are_checked() -> None:
    with pytest.raises(UsageError, match="Did you mean 'tolerance'"):
        build_verifier(VerifierSpec(f"{FILE}:near", {"tolerence": 1}))


def test_a_function_without_examples_is_refused() -> None:
    with pytest.raises(UsageError, match=r"without a decorator.*\n.*@verifier"):
        verifiers.get(f"{FILE}:undecorated")


def no_type(text, answer):  # type: ignore[no-untyped-def]
    return True


def no_text() -> bool:
    return True


def many(text: str, *answers: str) -> bool:
    return True


def lone(text: str) -> bool:
    return bool(text)


def plain(text: str, answer: str, unit: str = "m") -> bool:
    return text == answer + unit


@pytest.mark.parametrize(
    ("function", "passes", "fails", "message"),
    [
        (no_type, [("a", "a")], [("b", "a")], "parameter 'answer' is no single value with a type"),
        (no_text, [()], [()], "takes no text"),
        (many, [("a", "a")], [("b", "a")], "parameter 'answers' is no single"),
        (plain, [], [("b", "a")], "no example that passes"),
        (plain, [("a", "a")], [], "no example that fails"),
        (plain, [("a",)], [("b", "a")], r"\('a',\) is no call of it"),
        (plain, ["am"], [("b", "a")], r"'am' is no call of it.\n.*Give a tuple \(text, answer, unit\)\."),
        (lone, ["am"], [("b",)], r"Give a tuple \(text,\)\."),
    ],
)
def test_what_cannot_be_understood_is_said_when_it_is_written(
    function: Callable[..., bool], passes: list[Any], fails: list[Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        verifier("x", passes=passes, fails=fails)(function)


def test_a_function_stays_a_function_and_defaults_of_the_reference_may_be_left_out() -> None:
    same = verifier("plain", passes=[("3m", "3"), ("3s", "3", "s")], fails=[("3", "3")])(plain)
    assert same("3m", "3") is True
    found = same.as_verifier()  # type: ignore[attr-defined]
    for example in found.examples():
        judged = found.verify(example.problem(VerifierSpec("plain")), example.completion)
        assert judged.outcome is example.outcome


def test_a_file_whose_decorator_is_wrong_is_reported_with_the_mend(tmp_path: Path) -> None:
    file = tmp_path / "half.py"
    file.write_text(
        "from rlvr.function import verifier\n@verifier('half', passes=[], fails=[])\ndef half(text): pass\n"
    )
    with pytest.raises(UsageError, match=r"'half' has no example that passes.\n.*Give it one"):
        verifiers.get(f"{file}:half")


def test_a_function_in_a_recipe() -> None:
    options = {"name": "sums", "source": {"generator": "sums"}, "verifier": {"name": f"{FILE}:near"}}
    task = load_task(TaskOptions.model_validate(options))
    assert task.train[0].verifier == VerifierSpec(f"{FILE}:near")
    assert float(str(task.train[0].reference["answer"])) > 0


def test_a_function_judges_a_file(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    lines = [{"id": text, "completion": text, "reference": {"answer": 3.1}} for text in ("3.0", "4", "x")]
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
    counts = verify_file(
        f"{FILE}:near", {"tolerance": 0.2}, rows, tmp_path / "out", lambda done, total: None, SandboxOptions()
    )
    assert counts == {"pass": 1, "fail": 2, "error": 0}
