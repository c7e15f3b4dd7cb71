"""Any text is judged without an exception. `tests/benchmarks/fuzz_math.py` has the long forms."""

from __future__ import annotations

import random
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome

INPUTS = runpy.run_path(str(Path(__file__).with_name("inputs.py")))
SPEC = VerifierSpec("math", {"extraction": "lenient"})
VERIFIER = build_verifier(SPEC)


def outcome(text: str, gold: str) -> Outcome:
    return VERIFIER.verify(Problem("p", "", {"answer": gold}, "t", SPEC), Completion(text)).outcome


def test_arbitrary_texts_raise_nothing() -> None:
    draw = random.Random(3)
    for _ in range(1_000):
        assert outcome(INPUTS["arbitrary"](draw), draw.choice(INPUTS["GOLDS"])) in (Outcome.PASS, Outcome.FAIL)


@settings(max_examples=400)
@given(st.text(max_size=200), st.sampled_from(INPUTS["GOLDS"]))
def test_arbitrary_unicode_raises_nothing(text: str, gold: str) -> None:
    for wrapped in (text, f"\\boxed{{{text}}}"):
        assert outcome(wrapped, gold) in (Outcome.PASS, Outcome.FAIL)


@settings(max_examples=400)
@given(*[st.lists(st.sampled_from(INPUTS["PIECES"]), max_size=40).map(" ".join)] * 2)
def test_arbitrary_mathematics_is_no_trouble_as_a_gold_either(text: str, gold: str) -> None:
    assert outcome(f"\\boxed{{{text}}}", gold or "1") in (Outcome.PASS, Outcome.FAIL)


def test_hostile_texts_do_not_equal_what_they_do_not_say(judge: Callable[..., Any]) -> None:
    for text in INPUTS["hostile"](20_000):
        assert judge(text, "x+41").outcome is Outcome.FAIL, text[:40]
