"""A verifier as verl's `compute_score`: called by keyword, from threads, with what verl's rows hold."""

from __future__ import annotations

import inspect
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from rlvr.errors import NoVerdict, UsageError
from rlvr.integrations.judge import Gold
from rlvr.integrations.verl import ComputeScore
from rlvr.problem import VerifierSpec
from rlvr.scoring.options import ScoringOptions

ONE = ScoringOptions(workers=1)
KEYS = ["score", "acc", "pred", "outcome", "cause", "reason", "error"]


def ask(score: ComputeScore, text: str, truth: Any, source: str = "openai/gsm8k", **extra: Any) -> dict[str, Any]:
    """As its reward managers do: by keyword, from an executor's thread, with keywords nobody asked for."""
    with ThreadPoolExecutor(1) as thread:
        info = {"num_turns": 2, "rollout_reward_scores": {}, "index": 3}
        words = {"data_source": source, "solution_str": text, "ground_truth": truth, "extra_info": info, **extra}
        return thread.submit(lambda: score(**words)).result()


def test_a_dict_with_the_same_keys_for_every_row() -> None:
    score = ComputeScore("math", scoring=ONE)
    right, wrong = ask(score, r"\boxed{4}", "4", reward_router_address=None), ask(score, "no", "4")
    assert (list(right), list(wrong)) == (KEYS, KEYS)
    assert (right["score"], right["acc"], right["pred"]) == (1.0, 1.0, "4")
    assert (wrong["score"], wrong["cause"], wrong["pred"], wrong["error"]) == (0.0, "no_answer", "", 0.0)
    for key in KEYS:  # verl makes one array of each key
        assert np.array([right[key], wrong[key]]).dtype.kind in "fU"
    assert not inspect.iscoroutinefunction(score)
    score.close()


def test_an_error_raises_unless_it_was_said_what_it_counts_as() -> None:
    score = ComputeScore("math", scoring=ONE)
    with pytest.raises(NoVerdict, match=r"invalid_reference(.|\n)*blank"):
        ask(score, r"\boxed{4}", " ")
    score.close()
    lenient = ComputeScore("math", error_score=0.25, scoring=ONE)
    found = ask(lenient, r"\boxed{4}", " ")
    assert (list(found), found["score"], found["acc"], found["error"]) == (KEYS, 0.25, 0.0, 1.0)
    lenient.close()


def test_ground_truths_as_rows_hold_them() -> None:
    schema = {"type": "object", "required": ["a"]}
    score = ComputeScore("json_schema", gold=Gold(extract="json"), scoring=ONE)
    assert ask(score, '{"a": 1}', json.dumps({"schema": schema}))["score"] == 1.0
    score.close()
    words = ComputeScore("keywords", scoring=ONE)
    assert ask(words, "A dog barks loudly.", {"required": np.array(["dog"]), "max_words": None})["score"] == 1.0
    with pytest.raises(UsageError, match="not one key but several"):
        ask(words, "A dog barks loudly.", "dog")
    words.close()


def test_a_mixture_has_a_verifier_a_source() -> None:
    specs = {"gsm8k": VerifierSpec("math"), "colours": VerifierSpec("exact", {"ignore_case": True})}
    score = ComputeScore(specs, scoring=ONE)
    assert ask(score, r"\boxed{4}", "4", "gsm8k")["score"] == 1.0
    assert ask(score, "RED", "red", "colours")["score"] == 1.0
    with pytest.raises(UsageError, match="Did you mean 'colours'"):
        ask(score, "RED", "red", "colors")
    score.close()
    with pytest.raises(UsageError, match="one verifier"):
        ComputeScore(specs, {"ignore_case": True})
