"""Verifiers on trial: sound ones come through, and each kind of unsound one is found out."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.finding import Finding, State
from rlvr.preflight.trials import BLANK, WORDY, spread, try_task
from rlvr.preflight.verdicts import judge_task, wrong_trials
from rlvr.scoring.scorer import Scorer
from rlvr.tasks import Task

from .conftest import MakeTask

Rows = list[dict[str, Any]]


def found(task: Task, scorer: Scorer, stop: tuple[str, ...] = ()) -> dict[str, Finding]:
    findings = judge_task(try_task(task, scorer, stop, 0))
    return {finding.what.removeprefix("t: "): finding for finding in findings}


def test_a_sound_verifier_comes_through(make_task: MakeTask, scorer: Scorer, sums: Rows) -> None:
    task = make_task("Sound", sums, splits={"test": 4})
    trials = try_task(task, scorer, (), 0)
    assert {finding.state for finding in judge_task(trials)} == {State.OK}
    assert (len(trials.golds), len(trials.junk), len(trials.others)) == (12, 12 * len(BLANK | WORDY), 12 * 3)
    assert {trial.row.split("/")[0] for trial in trials.golds} == {"train", "test"}
    assert not wrong_trials(trials)
    assert len(WORDY["10 kB of text"]) == 10_000


@pytest.mark.parametrize(
    ("judge", "wrong"),
    [
        ("Always", {"junk", "other rows' answers"}),
        ("Never", {"right answers"}),
        ("AnyNumber", {"other rows' answers"}),
        ("Raises", {"right answers", "junk"}),
    ],
)
def test_unsound_verifiers_are_found_out(
    make_task: MakeTask, scorer: Scorer, sums: Rows, judge: str, wrong: set[str]
) -> None:
    findings = found(make_task(judge, sums), scorer)
    assert {what for what, finding in findings.items() if finding.state is State.FAIL} == wrong
    assert all(findings[what].mend for what in wrong)


def test_a_row_whose_answer_is_wrong_is_named(make_task: MakeTask, scorer: Scorer, sums: Rows) -> None:
    rows = [{"id": str(i), **row} for i, row in enumerate(sums)]
    bad = make_task("Sound", rows, examples=1).train[5].id
    rows[int(bad)]["solution"] = "It is Answer: 99"
    task = make_task("Sound", rows, examples=1)
    finding = found(task, scorer)["right answers"]
    assert finding.state is State.FAIL
    assert finding.found.startswith("1 of 11 do not pass")
    assert f"train/{bad}:" in finding.found
    assert "wrong_answer" in finding.found


def test_another_form_will_do_where_solutions_are_not_shown(make_task: MakeTask, scorer: Scorer) -> None:
    rows = [{"question": f"{n}?", "answer": f"We count. #### {n}"} for n in range(6)]
    task = make_task("math", rows, fields={"extract": {"answer": "gsm8k"}}, format="chat")
    finding = found(task, scorer)["right answers"]
    assert finding.state is State.OK
    assert "ANSWER" in finding.found


def test_what_a_stop_string_cuts_off_does_not_count(make_task: MakeTask, scorer: Scorer, sums: Rows) -> None:
    rows = [{"prompt": row["prompt"], "answer": "x" + row["answer"]} for row in sums]
    assert found(make_task("exact", rows), scorer)["right answers"].state is State.OK
    assert found(make_task("exact", rows), scorer, ("x",))["right answers"].state is State.FAIL


def test_equal_answers_of_other_rows_are_not_wrong(make_task: MakeTask, scorer: Scorer) -> None:
    rows = [{"prompt": f"{n}?", "answer": "yes" if n % 2 else "no"} for n in range(8)]
    trials = try_task(make_task("exact", rows), scorer, (), 0)
    assert len(trials.others) == 8 * 3
    assert not wrong_trials(trials)
    same = [{"prompt": f"{n}?", "answer": "None"} for n in range(4)]
    trials = try_task(make_task("exact", same), scorer, (), 0)
    assert not trials.others
    assert "None" not in {trial.kind for trial in trials.junk}  # here it is the right answer


def test_form_alone_is_a_hint_and_no_failure(make_task: MakeTask, scorer: Scorer) -> None:
    rows = [{"prompt": f"Say {n} shortly."} for n in range(4)]
    findings = found(make_task("Short", rows, fields={"reference": {}}), scorer)
    assert findings["right answers"].state is State.WARN
    assert findings["junk"].state is State.WARN
    assert findings["junk"].found.startswith("16 of 24 pass")  # not nothing, and not 10 kB


def test_words_may_be_right_where_no_answer_is_named(make_task: MakeTask, scorer: Scorer) -> None:
    rows = [{"prompt": f"How do I do harm {n}?", "expect": "refusal", "solution": "I will not."} for n in range(4)]
    task = make_task("refusal", rows)
    findings = found(task, scorer)
    assert findings["right answers"].state is State.OK
    assert findings["junk"].state is State.WARN
    assert findings["junk"].found.startswith("4 of 24 pass")  # the refusal


def test_a_composite_is_asked_in_the_form_that_all_its_parts_want(make_task: MakeTask, scorer: Scorer) -> None:
    rows = [{"prompt": f"{n} + 1?", "answer": str(n + 1)} for n in range(5)]
    gate = {"name": "gate", "options": {"parts": [{"name": "tags"}, {"name": "math", "options": {}}]}}
    task = make_task("gate", rows, verifier=gate, fields={"reference": {"math": {"answer": "answer"}}})
    assert found(task, scorer)["right answers"].state is State.OK


def test_the_sample_is_spread_over_all_splits(make_task: MakeTask, sums: Rows) -> None:
    task = make_task("Sound", sums, splits={"validation": 4, "test": 4})
    assert [row.split("/")[0] for row in spread(task, 3)] == ["train", "validation", "test"]
    assert len(spread(task, 0)) == len(spread(task, 50)) == 12
