"""`rlvr.verifiers.regex`: full and partial matches, and patterns that must not hang or surprise."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Verdict


def judge(text: str, reference: dict[str, Any], **options: Any) -> Verdict:
    spec = VerifierSpec("regex", options)
    return build_verifier(spec).verify(Problem("p", "", reference, "t", spec), Completion(text))


def test_full_and_search() -> None:
    assert judge(" abc ", {"pattern": "a.c"}).reward == 1.0
    assert judge("abcd", {"pattern": "a.c"}).reward == 0.0
    assert judge("xabcd", {"pattern": "a.c"}, match="search").extracted == "abc"


def test_at_least_counts_places() -> None:
    steps = {"pattern": r"Step \d+:", "at_least": 2}
    assert judge("Step 1: a\nStep 2: b", steps, match="search").reward == 1.0
    assert judge("Step 1: a", steps, match="search").reward == 0.0


def test_options_of_the_engine() -> None:
    assert judge("ABC", {"pattern": "abc"}, ignore_case=True).reward == 1.0
    assert judge("a\nc", {"pattern": "a.c"}).reward == 0.0
    assert judge("a\nc", {"pattern": "a.c"}, dot_all=True).reward == 1.0


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "(a*)*b", "(x+x+)+y", "^(([a-z])+.)+[A-Z]$"])
def test_catastrophic_patterns_end(pattern: str) -> None:
    assert judge("a" * 50_000 + "!", {"pattern": pattern}).reward == 0.0


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"^\d$", "\u0663", False),
        (r"^\u0041\cJ?$", "A", True),
        (r"^\u{1F600}$", "\U0001f600", True),
        (r"^\p{Letter}+$", "é", True),
        (r"^\\u0041$", r"\u0041", True),
        ("a", "\ud800a", False),
    ],
)
def test_patterns_read_as_ecma_reads_them(pattern: str, text: str, matches: bool) -> None:
    assert (judge(text, {"pattern": pattern}).reward == 1.0) is matches


@pytest.mark.parametrize("pattern", ["(?=a)a", r"(a)\1", "(", ""])
def test_patterns_beyond_the_engine_are_refused(pattern: str) -> None:
    spec = VerifierSpec("regex")
    with pytest.raises(ValueError):
        build_verifier(spec).check_reference(Problem("p", "", {"pattern": pattern}, "t", spec))
