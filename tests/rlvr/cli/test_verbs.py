"""`rlvr list`, `doctor`, and `train` with `eval` from one end to the other."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rlvr.cli import main

RECIPE = """
name: tiny
model: {{name: {model}, dtype: float32, device: cpu}}
lora: {{r: 4}}
tasks:
  - {{name: sums, source: {{generator: sums}}, format: text, verifier: {{name: exact}}, splits: {{test: 6}}}}
algorithm: {{num_generations: 2, prompts_per_step: 2}}
sampling: {{max_completion_length: 4}}
train: {{max_steps: 2, threads: 1}}
eval: {{samples: 2, k: [1, 2], temperatures: [0.0, 0.5]}}
track: {{dir: {runs}}}
"""


def rlvr(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["rlvr", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        main()
        sys.exit(0)
    return int(caught.value.code or 0)


def output(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert rlvr(monkeypatch, "list", "--json") == 0
    found = output(capsys)
    assert found["verifiers"]["exact"] == "built-in"
    assert "word_problem" in found["generators"]
    assert "quickstart" in found["recipes"]
    assert set(found["samplers"]) >= {"native"}
    assert rlvr(monkeypatch, "list", "samplers") == 0
    assert "native" in capsys.readouterr().out


def test_runs_are_listed_where_the_recipe_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for run in ("runs/here", "elsewhere/there"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "recipe.yaml").write_text("")
    assert rlvr(monkeypatch, "list", "runs", "--json") == 0
    assert output(capsys) == {"runs": {"here": "runs/here"}}
    assert rlvr(monkeypatch, "list", "runs", "--dir", "elsewhere", "--json") == 0
    assert output(capsys) == {"runs": {"there": "elsewhere/there"}}
    assert rlvr(monkeypatch, "list", "runs", "--dir", "nowhere") == 2
    assert "nowhere" in capsys.readouterr().err


def test_doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert rlvr(monkeypatch, "doctor", "--json") == 0
    found = {finding["what"]: finding for finding in output(capsys)}
    assert {"python", "torch", "device", "model cache", "docker engine", "disk"} <= set(found)
    assert all(finding["mend"] for finding in found.values() if finding["state"] != "ok")


def test_train_then_eval(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.format(model=tiny_model, runs=tmp_path / "runs"))
    assert rlvr(monkeypatch, "train", recipe, "--json") == 0
    printed = output(capsys)
    run = Path(printed.pop("run"))
    assert printed == json.loads((run / "result.json").read_text())
    row = printed["comparison"]["pass@1"]
    assert {"base", "trained", "difference", "low", "high", "problems", "base_best_temperature"} <= set(row)
    assert row["problems"] == 6
    assert set(printed["base_by_temperature"]) == {"0", "0.5", "1"}

    out = tmp_path / "again.json"
    assert rlvr(monkeypatch, "eval", run, "--out", out) == 0
    assert "pass@1: base" in capsys.readouterr().out
    assert json.loads(out.read_text())["comparison"] == printed["comparison"]
    assert not list(tmp_path.glob("*.partial"))

    if Path("/dev/full").exists():
        out.with_name("full.json.partial").symlink_to("/dev/full")
        assert rlvr(monkeypatch, "eval", run, "--out", out.with_name("full.json"), "--json") == 3
        assert output(capsys)["comparison"] == printed["comparison"]  # a full disk does not take the result along

    assert rlvr(monkeypatch, "eval", recipe, "--json") == 0
    base = output(capsys)
    assert base["base"]["pass@1"] == row["base"]
    assert "comparison" not in base


def test_resuming_a_finished_run_changes_nothing(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.format(model=tiny_model, runs=tmp_path / "runs"))
    assert rlvr(monkeypatch, "train", recipe) == 0
    run = tmp_path / "runs" / "tiny"
    before = (run / "adapter" / "adapter_model.safetensors").read_bytes()
    assert f"run: {run}" in capsys.readouterr().out
    assert rlvr(monkeypatch, "train", run, "--resume") == 0
    assert (run / "adapter" / "adapter_model.safetensors").read_bytes() == before

    for file in run.glob("run.sqlite*"):
        file.unlink()
    (run / "run.sqlite").write_text("not a database, as it is long enough to be seen to be none" * 100)
    capsys.readouterr()
    assert rlvr(monkeypatch, "train", run, "--resume") == 2
    assert "run.sqlite is no database of a run" in capsys.readouterr().err
