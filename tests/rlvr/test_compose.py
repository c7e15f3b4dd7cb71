"""`rlvr.compose`: how parts' outcomes combine, with real verifiers, nested, every part's verdict kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rlvr.compose import COMPOSITES, Composite
from rlvr.errors import UsageError
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier, check_reference
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Outcome, Verdict

PASS = Verdict.passed("fine")
FAIL = Verdict.failed("wrong_answer", "no")
ERROR = Verdict.error("verifier_failed", "ours")


def of(name: str, *parts: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"name": name, "options": {"parts": list(parts), **options}}


def combined(name: str, verdicts: list[Verdict], **options: Any) -> Verdict:
    parts = [{"name": "exact", "label": str(number)} for number in range(len(verdicts))]
    composite = build_verifier(VerifierSpec(name, {"parts": parts, **options}))
    assert isinstance(composite, Composite)
    return composite.combine(verdicts)


@pytest.mark.parametrize(
    ("name", "verdicts", "outcome", "reward"),
    [
        ("all_of", [PASS, PASS], Outcome.PASS, 1.0),
        ("all_of", [PASS, FAIL], Outcome.FAIL, 0.0),
        ("all_of", [ERROR, FAIL], Outcome.FAIL, 0.0),
        ("all_of", [PASS, ERROR], Outcome.ERROR, None),
        ("any_of", [FAIL, PASS], Outcome.PASS, 1.0),
        ("any_of", [ERROR, PASS], Outcome.PASS, 1.0),
        ("any_of", [FAIL, ERROR], Outcome.ERROR, None),
        ("any_of", [FAIL, FAIL], Outcome.FAIL, 0.0),
        ("gate", [FAIL], Outcome.FAIL, 0.0),
        ("gate", [PASS, FAIL], Outcome.FAIL, 0.0),
        ("gate", [PASS, PASS], Outcome.PASS, 1.0),
        ("weighted", [PASS, FAIL], Outcome.FAIL, 0.5),
        ("weighted", [PASS, ERROR], Outcome.ERROR, None),
        ("weighted", [PASS, PASS], Outcome.PASS, 1.0),
    ],
)
def test_outcomes_combine(name: str, verdicts: list[Verdict], outcome: Outcome, reward: float | None) -> None:
    verdict = combined(name, verdicts)
    assert (verdict.outcome, verdict.reward) == (outcome, reward)
    assert len(verdict.details["parts"]) == len(verdicts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([{"name": "math"}, {"nam": "tags"}], "unknown key 'parts.1.nam'. Did you mean 'name'?"),
        ([{"name": "math"}, "tags"], "'parts.1': write `{name: tags}`"),
        (["math"], "'parts.0': write `{name: math}` (is 'math')"),
        ("math", "'parts': write `[{name: math}]`"),
    ],
)
def test_a_wrong_part_is_named_with_what_to_write(parts: Any, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        build_verifier(VerifierSpec("all_of", {"parts": parts}))
    assert told in str(caught.value)
    assert "uple" not in str(caught.value)


def test_a_wrong_reference_of_a_part_is_told_with_that_parts_keys() -> None:
    spec = VerifierSpec("all_of", {"parts": [{"name": "exact", "label": "word"}]})
    with pytest.raises(
        ValueError, match=r"part 'word': 'answer' is missing; unknown key 'anser'\. Did you mean 'answer'"
    ):
        check_reference(build_verifier(spec), Problem("p", "", {"word": {"anser": "x"}}, "t", spec))


def test_a_threshold_says_from_where_a_weighted_score_passes() -> None:
    assert combined("weighted", [PASS, FAIL], threshold=0.5).outcome is Outcome.PASS


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    with Scorer() as scorer:
        yield scorer


SEARCH = {"name": "regex", "options": {"match": "search", "thinking": "keep"}}
KEEP = {"options": {"thinking": "keep"}}
WORDS = of(
    "all_of",
    {"name": "keywords", **KEEP},
    {"name": "instructions", **KEEP},
    of("any_of", {**SEARCH, "label": "lake"}, {**SEARCH, "label": "sea"}),
)
WHOLE = of("gate", {"name": "tags", "label": "format"}, {**WORDS, "label": "content"})
REFERENCE = {
    "format": {},
    "content": {
        "keywords": {"required": ["boat"]},
        "instructions": {"instructions": [{"id": "punctuation:no_comma", "kwargs": {}}]},
        "any_of": {"lake": {"pattern": "lake"}, "sea": {"pattern": "sea"}},
    },
}


@pytest.mark.parametrize(
    ("text", "outcome", "why"),
    [
        ("<think>r</think><answer>The boat is on the lake.</answer>", Outcome.PASS, "content"),
        ("<think>r</think><answer>The boat is on the sea.</answer>", Outcome.PASS, "content"),
        ("<think>r</think><answer>nothing at all here</answer>", Outcome.FAIL, "content: keywords"),
        ("<think>r</think><answer>Now, the boat is on the lake.</answer>", Outcome.FAIL, "content: instructions"),
        ("<think>r</think><answer>The boat is on the road.</answer>", Outcome.FAIL, "content: any_of: sea"),
        ("The boat is on the lake.", Outcome.FAIL, "format: "),
    ],
)
def test_nested_constraints_say_which_of_them_failed(scorer: Scorer, text: str, outcome: Outcome, why: str) -> None:
    """The parts read the answer with its tags here; format alone pays nothing, nor does content without it."""
    spec = VerifierSpec(WHOLE["name"], WHOLE["options"])
    problem = Problem("p", "", REFERENCE, "t", spec)
    check_reference(build_verifier(spec), problem)
    verdict = scorer.score([(problem, Completion(text))])[0]
    assert verdict.outcome is outcome and why in verdict.reason, verdict
    if why.startswith("content: any_of"):
        kept: Any = verdict.details["parts"]
        inner = kept["content"]["details"]["parts"]["any_of"]["details"]["parts"]
        assert [inner[key]["outcome"] for key in ("lake", "sea")] == ["fail", "fail"]


def test_two_parts_of_one_name_need_labels() -> None:
    with pytest.raises(UsageError, match="label"):
        build_verifier(VerifierSpec("all_of", {"parts": [{"name": "exact"}, {"name": "exact"}]}))


@pytest.mark.parametrize("name", ["all_of", "any_of", "gate"])
def test_a_weight_that_nothing_would_read_is_refused(name: str) -> None:
    spec = VerifierSpec(name, {"parts": [{"name": "tags"}, {"name": "exact", "weight": 2}]})
    with pytest.raises(UsageError, match=f"verifier '{name}': only `weighted` reads a `weight`.*exact"):
        build_verifier(spec)


def test_a_reference_of_no_part_is_refused() -> None:
    spec = VerifierSpec("all_of", {"parts": [{"name": "exact"}]})
    with pytest.raises(ValueError, match="belongs to no part"):
        check_reference(build_verifier(spec), Problem("p", "", {"exat": {"answer": "x"}}, "t", spec))


def test_there_are_four() -> None:
    assert set(COMPOSITES) == {"all_of", "any_of", "gate", "weighted"}
