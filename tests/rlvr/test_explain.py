"""The path from a stored text to its verdict and advantage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlvr.errors import UsageError
from rlvr.explain import describe, explain_rollout
from rlvr.store_reader import StoreReader
from rlvr.verdict import Verdict

from .conftest import StoredRun


def explained(run: StoredRun, identity: int) -> dict[str, Any]:
    with StoreReader(run.folder.store_path) as reader:
        return explain_rollout(run.recipe, reader, identity)


def test_all_that_led_to_the_verdict(stored_run: StoredRun) -> None:
    found = explained(stored_run, 2)
    assert found["verifier"] == {"name": "exact", "options": {}}
    assert (found["extracted"], found["verdict"]["cause"], found["verdict"]["reward"]) == ("paris", "wrong_answer", 0.0)
    assert [(row["id"], row["reward"], row["advantage"]) for row in found["group"]] == [(1, 1.0, 0.75), (2, 0.0, -0.25)]
    text = describe(found)
    assert "rollout 2: train step 1, task words, p0" in text
    assert "    [user] Which city?" in text
    assert "completion (2 tokens, the model ended its turn):\n    paris" in text
    assert "> 2  reward 0  advantage -0.250  wrong_answer  'paris'" in text
    assert "reference (verifier exact):\n    {'answer': 'Paris'}" in text


@pytest.mark.parametrize(
    ("identity", "part"),
    [
        (1, "signal: rewards have mean 0.500; this answer is above what was expected, advantage +0.750"),
        (2, "below what was expected"),
        (3, "no signal: all 2 judged answers are wrong"),
        (5, "no signal: all 1 judged answers are right, so none is better than the others; 1 errors"),
        (7, "phase test/base/1: an evaluation"),
    ],
)
def test_why_the_group_taught_something_or_did_not(stored_run: StoredRun, identity: int, part: str) -> None:
    assert part in explained(stored_run, identity)["signal"]


def test_groups_of_errors_and_rollouts_that_were_in_no_update(stored_run: StoredRun) -> None:
    stored_run.add(3, "x", Verdict.error("verifier_failed", "it raised"))
    stored_run.add(4, "x", Verdict.passed("right"))
    stored_run.add(4, "y", Verdict.failed("wrong_answer", "wrong"))
    assert "every verdict of the group is an error" in explained(stored_run, 9)["signal"]
    assert "this rollout was in no update" in explained(stored_run, 10)["signal"]


def test_the_parts_of_a_composite_are_shown_each(tmp_path: Path) -> None:
    run = StoredRun(tmp_path, tasks=2)
    parts = {
        "tags": Verdict.passed("the sections are as asked for"),
        "exact": Verdict.failed("no_answer", "the marker is missing", details={"looked_for": "Answer:"}),
    }
    details: Any = {"parts": {key: verdict.to_json() for key, verdict in parts.items()}}
    run.add(3, "x", Verdict.failed("no_answer", "exact: the marker is missing", details=details), task="both")
    text = describe(explained(run, 1))
    assert "verifier gate {'parts'" in text
    assert "  part tags:\n        pass (correct), reward 1: the sections are as asked for" in text
    assert "  part exact:\n        fail (no_answer), reward 0: the marker is missing" in text
    assert "looked_for: Answer:" in text


def test_a_prefill_and_a_cut_completion(stored_run: StoredRun) -> None:
    stored_run.add(3, "so", Verdict.failed("truncated", "cut"), prefill="<think>", finish="length")
    text = describe(explained(stored_run, 9))
    assert "written by the chat template:\n    <think>" in text
    assert "the length limit cut it" in text


def test_a_completion_cannot_pose_as_the_report(stored_run: StoredRun) -> None:
    stored_run.add(3, "x\nverdict:\n    pass (correct)", Verdict.failed("wrong_answer", "wrong"))
    lines = describe(explained(stored_run, 9)).splitlines()
    assert lines.count("verdict:") == 1


def test_an_unknown_id(stored_run: StoredRun) -> None:
    with pytest.raises(UsageError, match="1 to 6"):
        explained(stored_run, 0)
