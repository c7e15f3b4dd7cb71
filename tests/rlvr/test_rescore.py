"""Stored rollouts judged again: what flips, what does not, and that the store stays as it is."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rlvr.errors import UsageError
from rlvr.rescore import Selection, Summary, rescore, verifiers_of
from rlvr.verdict import Verdict

from .conftest import StoredRun


def again(
    run: StoredRun,
    selection: Selection | None = None,
    name: str | None = None,
    options: Mapping[str, Any] | None = None,
    out: io.StringIO | None = None,
) -> Summary:
    specs = verifiers_of(run.recipe, name, options or {})
    seen: list[tuple[int, int]] = []
    summary = rescore(
        run.recipe,
        run.folder.store_path,
        specs,
        selection or Selection(),
        out.write if out else None,
        lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (summary.judged, summary.judged)
    return summary


def test_the_same_verifier_changes_only_what_was_an_error(stored_run: StoredRun) -> None:
    summary = again(stored_run)
    assert summary.judged == 8
    assert dict(summary.flips) == {"error -> pass": 1}
    assert [one.rollout.id for one in summary.flipped] == [5]
    assert summary.rewards_changed == 1
    assert summary.errors == 0


def test_other_options_flip_verdicts(stored_run: StoredRun) -> None:
    summary = again(stored_run, options={"ignore_case": True})
    assert dict(summary.flips) == {"fail -> pass": 3, "error -> pass": 1}
    assert [one.rollout.id for one in summary.flipped] == [2, 3, 5, 7]
    first = summary.to_json()["rollouts"][0]
    assert (first["old"]["outcome"], first["new"]["outcome"], first["new"]["cause"]) == ("fail", "pass", "correct")
    assert first["completion"] == "paris"


def test_a_phase_and_a_limit(stored_run: StoredRun) -> None:
    assert again(stored_run, Selection("test"), options={"ignore_case": True}).judged == 2
    assert again(stored_run, Selection("train", 3)).judged == 3
    with pytest.raises(UsageError) as caught:
        again(stored_run, Selection("validation"))
    assert "no rollouts of phase 'validation'" in caught.value.what
    assert "train, test/base/1, test/trained/1" in caught.value.mend


def test_another_verifier_starts_from_its_own_options(stored_run: StoredRun) -> None:
    summary = again(stored_run, name="math")
    assert summary.judged == 8
    with pytest.raises(UsageError, match="unknown key 'ignore_case'"):
        verifiers_of(stored_run.recipe, "math", {"ignore_case": True})
    with pytest.raises(UsageError, match="maths"):
        verifiers_of(stored_run.recipe, "maths", {})


def test_options_that_do_not_fit_every_task_say_how_to_name_one(tmp_path: Path) -> None:
    run = StoredRun(tmp_path, tasks=2)
    with pytest.raises(UsageError) as caught:
        verifiers_of(run.recipe, None, {"ignore_case": True})
    assert "'gate'" in caught.value.what
    assert "tasks.0.verifier.options" in caught.value.mend


def test_every_verdict_is_written_in_order_and_the_store_is_not_touched(stored_run: StoredRun) -> None:
    stored_run.store.close()
    before = hashlib.sha256(stored_run.folder.store_path.read_bytes()).hexdigest()
    out = io.StringIO()
    again(stored_run, options={"ignore_case": True}, out=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["id"] for row in rows] == list(range(1, 9))
    assert [row["id"] for row in rows if row["flipped"]] == [2, 3, 5, 7]
    assert hashlib.sha256(stored_run.folder.store_path.read_bytes()).hexdigest() == before


def test_a_reference_that_no_longer_fits_is_an_error_and_the_rest_goes_on(stored_run: StoredRun) -> None:
    stored_run.add(3, "Paris", Verdict.passed("right"), answer="")
    summary = again(stored_run)
    assert (summary.judged, summary.errors) == (9, 1)
    assert summary.flips["pass -> error"] == 1


def test_more_rollouts_than_are_sent_ahead(stored_run: StoredRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlvr.verify_file._AHEAD", 2)
    assert [one.rollout.id for one in again(stored_run, options={"ignore_case": True}).flipped] == [2, 3, 5, 7]
