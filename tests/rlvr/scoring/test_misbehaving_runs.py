"""Whole training runs with verifiers that misbehave: when a run stops, when it goes on, what it leaves.

These go through `rlvr train` with a tiny model; that they end at all is part of what they show.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import psutil
import pytest

from rlvr.checkpoint import list_checkpoints
from rlvr.cli import main
from rlvr.registry import verifiers

FILE = Path(__file__).parents[2] / "data" / "misbehaving.py"
RECIPE = """
name: run
model: {{name: {model}, dtype: float32, device: cpu}}
lora: {{r: 4}}
tasks:
  - name: sums
    source: {{generator: sums}}
    format: text
    fields: {{reference: {{}}}}
    verifier: {{name: "{file}:Misbehaving", options: {options}}}
algorithm: {{num_generations: 4, prompts_per_step: 3}}
curriculum: {{refill: 0}}
sampling: {{max_completion_length: 6}}
train: {{max_steps: {steps}, threads: 1}}
scoring: {{workers: 2, deadline_seconds: {deadline}, memory_mb: 1024}}
track: {{dir: {runs}}}
"""
KILLS = ("raise", "loop in C", "eat memory", "exit", "crash", "block signals", "not a verdict")


def train(
    monkeypatch: pytest.MonkeyPatch, folder: Path, model: Path, *, steps: int, deadline: float, **options: object
) -> int:
    recipe = folder / "recipe.yaml"
    values = {"model": model, "file": FILE, "options": json.dumps(options), "runs": folder / "runs"}
    recipe.write_text(RECIPE.format(**values, steps=steps, deadline=deadline))
    monkeypatch.setattr(sys, "argv", ["rlvr", "train", str(recipe), "--no-check"])
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(SystemExit) as caught:
        main()
        sys.exit(0)
    assert set(psutil.Process().children(recursive=True)) == before
    return int(caught.value.code or 0)


def rollouts(folder: Path) -> list[tuple[int, str, str, str]]:
    with sqlite3.connect(folder / "runs" / "run" / "run.sqlite") as db:
        return db.execute("SELECT step, completion, outcome, cause FROM rollouts").fetchall()


@pytest.mark.parametrize("kind", KILLS)
def test_a_verifier_that_never_works_stops_the_run_with_message_and_checkpoint(
    kind: str,
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert train(monkeypatch, tmp_path, tiny_model, steps=2, deadline=1, kind=kind, always=True) == 1
    message = capsys.readouterr().err
    assert "12 of the last 12 verdicts were errors of ours" in message
    assert "fails on its own example too" in message
    assert "--resume" in message
    run = tmp_path / "runs" / "run"
    assert [path.name for path in list_checkpoints(run / "checkpoints")] == ["step-000000"]
    assert not (run / "result.json").exists()


def test_texts_that_break_the_verifier_fail_and_the_run_goes_on(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert train(monkeypatch, tmp_path, tiny_model, steps=2, deadline=2, kind="by text") == 0
    kind_of = sys.modules[verifiers.get(f"{FILE}:Misbehaving").__module__].kind_of
    rows = rollouts(tmp_path)
    assert len(rows) == 24
    assert {step for step, *_ in rows} == {1, 2}
    causes = {"none": "wrong_answer", "eat memory": "memory_limit"}
    for _, text, outcome, cause in rows:
        assert (outcome, cause) == ("fail", causes.get(kind_of(text), "undecidable")), text
    assert {kind_of(text) for _, text, *_ in rows} > {"none"}


def test_a_flood_of_output_goes_nowhere(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert train(monkeypatch, tmp_path, tiny_model, steps=1, deadline=60, kind="print", always=True) == 0
    assert len(capfd.readouterr().out) < 10_000
    assert {outcome for _, _, outcome, _ in rollouts(tmp_path)} == {"fail"}
