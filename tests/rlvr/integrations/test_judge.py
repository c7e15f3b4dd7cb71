"""Ground truths as frameworks keep them, and the life of the workers behind a reward function."""

from __future__ import annotations

import numpy as np
import psutil
import pytest

from rlvr.errors import UsageError
from rlvr.integrations.judge import Gold, Judge, plain
from rlvr.problem import Completion, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.scoring.options import ScoringOptions
from rlvr.verdict import Outcome

MATH, KEYWORDS = build_verifier(VerifierSpec("math")), build_verifier(VerifierSpec("keywords"))


def test_a_truth_becomes_a_reference() -> None:
    assert Gold().reference("4", MATH) == {"answer": "4"}
    assert Gold().reference({"answer": "4", "unit": None}, MATH) == {"answer": "4"}
    assert Gold(extract="boxed").reference(r"so \boxed{4}", MATH) == {"answer": "4"}
    assert Gold(extract="boxed").reference("so 4", MATH) == {}
    assert Gold("required", "json").reference('["a"]', KEYWORDS) == {"required": ["a"]}
    with pytest.raises(UsageError, match="name the key"):
        Gold().reference("a", KEYWORDS)


def test_tables_and_tensors_become_plain() -> None:
    value = {"a": np.array([1, 2]), "b": (np.float64(0.5), {"c": np.array(["x"])}), 3: None}
    assert plain(value) == {"a": [1, 2], "b": [0.5, {"c": ["x"]}], "3": None}


def test_workers_start_with_the_first_question_and_end_with_close() -> None:
    judge = Judge("exact", scoring=ScoringOptions(workers=1))
    before = set(psutil.Process().children(recursive=True))
    pair = (judge.problem("", {"answer": "a"}), Completion("a"))
    assert judge.verdicts([pair])[0].outcome is Outcome.PASS
    (worker,) = set(psutil.Process().children(recursive=True)) - before
    judge.close()
    assert not worker.is_running()
    assert judge.verdicts([pair])[0].outcome is Outcome.PASS
    judge.close()
