"""`rlvr check`, `train` with its quick check, `rescore` and `explain`, through the command line."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr.cli import main

from ..conftest import StoredRun

JUDGES = Path(__file__).parents[2] / "data" / "judges_on_trial.py"
RECIPE = """
name: tiny
model: {{name: {model}, dtype: float32, device: cpu}}
lora: {{r: 4}}
tasks:
  - name: sums
    source: {{file: {data}}}
    format: text
    verifier: {{name: "{judges}:Sound"}}
    splits: {{test: 4}}
algorithm: {{num_generations: 2, prompts_per_step: 2}}
sampling: {{max_completion_length: 16}}
train: {{max_steps: 1, threads: 1}}
scoring: {{workers: 1}}
eval: {{samples: 2, k: [1], temperatures: [0.0]}}
track: {{dir: {runs}}}
"""

Rlvr = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rlvr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rlvr:
    """Runs the command line in this process: exit code, standard output, standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rlvr", *map(str, words)])
        with pytest.raises(SystemExit) as caught:
            main()
            sys.exit(0)
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return run


@pytest.fixture
def recipe(tiny_model: Path, tmp_path: Path) -> Path:
    data = tmp_path / "data.jsonl"
    rows = [{"prompt": f"{n} + 1 =", "answer": str(n + 1), "solution": f"Answer: {n + 1}"} for n in range(12)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(model=tiny_model, data=data, judges=JUDGES, runs=tmp_path / "runs"))
    return path


def test_check_prints_a_table_and_the_arithmetic(rlvr: Rlvr, recipe: Path) -> None:
    code, out, _ = rlvr("check", recipe)
    assert code == 0
    assert "sums: right answers" in out
    assert "all 12 pass as 'solution' (12 of 12 rows tried)" in out
    assert "a rollout: 2 prompts x 2 completions each = 4 completions" in out
    assert "base weights" in out
    assert not (recipe.parent / "runs").exists()


def test_check_fails_with_its_findings(rlvr: Rlvr, recipe: Path) -> None:
    code, out, _ = rlvr("check", recipe, f"tasks.0.verifier.name={JUDGES}:AnyNumber", "--rows", 6, "--json")
    assert code == 1
    found: dict[str, Any] = json.loads(out)
    assert found["exit_code"] == 1
    (failed,) = [finding for finding in found["findings"] if finding["state"] == "fail"]
    assert failed["what"] == "sums: other rows' answers"
    assert {row["verdict"]["outcome"] for row in found["wrong"]} == {"pass"}


def test_check_says_what_is_lacking(rlvr: Rlvr, recipe: Path) -> None:
    code, out, err = rlvr("check", recipe, "model.name=package:no_such_package/x.gguf", "--probe")
    assert code == 3
    assert "pip install" in out
    assert "was not sampled" in err


def test_a_probe_that_finds_nothing_to_learn_from_fails(rlvr: Rlvr, recipe: Path) -> None:
    code, out, _ = rlvr("check", recipe, "--probe", "--problems", 4)
    assert code == 1  # a random model never writes "Answer: 7"
    assert "no: 0% of the groups" in out
    assert "easier problems" in out


def test_training_does_not_begin_on_a_broken_verifier_unless_told_to(rlvr: Rlvr, recipe: Path) -> None:
    never = f"tasks.0.verifier.name={JUDGES}:Never"
    code, _, err = rlvr("train", recipe, never)
    assert code == 1
    assert "4 of 4 do not pass" in err
    assert "rlvr check" in err
    assert not (recipe.parent / "runs").exists()
    code, out, _ = rlvr("train", recipe, never, "--no-check")
    assert code == 0
    assert (recipe.parent / "runs" / "tiny" / "result.json").is_file()
    assert "run: " in out


def test_a_run_is_judged_again_and_explained(rlvr: Rlvr, recipe: Path) -> None:
    assert rlvr("train", recipe)[0] == 0
    run = recipe.parent / "runs" / "tiny"
    code, out, _ = rlvr("rescore", run, "--json")
    same = json.loads(out)
    assert (code, same["flipped"]) == (0, 0)
    assert same["judged"] > 4 + 4 * 2
    rows = run.with_name("rows.jsonl")
    code, out, _ = rlvr("rescore", run, "--verifier", f"{JUDGES}:Always", "--phase", "train", "--out", rows)
    assert code == 0
    assert "fail -> pass" in out
    assert "whatever it was" in out
    assert all(json.loads(line)["phase"] == "train" for line in rows.read_text().splitlines())
    code, out, _ = rlvr("explain", run, 1)
    assert code == 0
    assert "completion (" in out
    code, out, _ = rlvr("explain", run, 1, "--json")
    assert len(json.loads(out)["group"]) == 2


def test_verdicts_that_cannot_be_had_are_an_exit_code_of_1(rlvr: Rlvr, stored_run: StoredRun) -> None:
    code, out, _ = rlvr("rescore", stored_run.folder.path, "--verifier", f"{JUDGES}:Raises", "--limit", 2)
    assert code == 1
    assert "error 2" in out
    code, out, _ = rlvr("rescore", stored_run.folder.path, "tasks.0.verifier.options.ignore_case=true")
    assert code == 0
    assert "flipped 4: 1 error -> pass, 3 fail -> pass" in out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("explain", "{run}", 99), "1 to 6 (train)"),
        (("explain", "{parent}", 1), "is no run folder"),
        (("rescore", "{parent}"), "is no run folder"),
        (("rescore", "{run}", "--phase", "tset"), "test/base/1"),
        (("rescore", "{run}", "--verifier", "exakt"), "Did you mean 'exact'?"),
        (("rescore", "{run}", "--options", "ignore_caze=true"), "Did you mean 'ignore_case'?"),
        (("rescore", "{run}", "--options", "ignore_case"), "key=value"),
        (("check", "{parent}/nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_wrong_input_has_one_message(rlvr: Rlvr, stored_run: StoredRun, words: tuple[object, ...], part: str) -> None:
    places = {"run": stored_run.folder.path, "parent": stored_run.folder.path.parent}
    code, out, err = rlvr(*(str(word).format(**places) for word in words))
    assert (code, out) == (2, "")
    assert err.count("error: ") == 1
    assert part in err
    assert "Traceback" not in err


def test_an_output_that_cannot_be_written(rlvr: Rlvr, stored_run: StoredRun) -> None:
    code, _, err = rlvr("rescore", stored_run.folder.path, "--out", stored_run.folder.path / "none" / "x.jsonl")
    assert code == 3
    assert "give another --out" in err


@pytest.mark.parametrize("name", ["run.sqlite", "recipe.yaml", "metrics.jsonl", "."])
def test_an_output_that_would_replace_what_the_run_holds(rlvr: Rlvr, stored_run: StoredRun, name: str) -> None:
    run = stored_run.folder.path
    stored_run.folder.log_metrics({"step": 1})
    stored_run.store.close()
    before = {path: path.read_bytes() for path in run.iterdir()}
    code, out, err = rlvr("rescore", run, "--out", run / name)
    assert (code, out) == (2, "")
    assert ("is a folder" if name == "." else f"would replace {run / name}") in err
    assert {path: path.read_bytes() for path in run.iterdir()} == before


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # docker-py's, when it cannot connect
def test_an_engine_that_does_not_answer(rlvr: Rlvr, stored_run: StoredRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    out = stored_run.folder.path / "again.jsonl"
    code, _, err = rlvr("rescore", stored_run.folder.path, "--verifier", "code", "--out", out)
    assert code == 3
    assert "Is Docker running" in err
    assert not list(out.parent.glob("again*"))
    gc.collect()


def test_a_store_that_training_never_made(rlvr: Rlvr, stored_run: StoredRun) -> None:
    stored_run.store.close()
    stored_run.folder.store_path.unlink()
    code, _, err = rlvr("rescore", stored_run.folder.path)
    assert code == 2
    assert "has not begun" in err
    assert not stored_run.folder.store_path.exists()
