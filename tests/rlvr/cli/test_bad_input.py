"""Whatever a user gets wrong ends with one clear message, the right exit code, and nothing half-written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rlvr.cli import main

from ..conftest import StoredRun

RECIPE = """
name: bad
model: {{name: {model}, dtype: float32}}
lora: {{r: 4}}
tasks:
  - name: file
    source: {{file: {data}}}
    format: text
    verifier: {{name: exact}}
    splits: {{test: 2}}
algorithm: {{num_generations: 2, prompts_per_step: 2}}
sampling: {{max_completion_length: 4}}
train: {{max_steps: 1}}
track: {{dir: {runs}}}
"""
ROWS = [{"prompt": f"{i} + 1 =", "answer": str(i + 1)} for i in range(8)]

Rlvr = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rlvr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Rlvr:
    """Runs the command line in this process: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

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
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(model=tiny_model, data=data, runs=tmp_path / "runs"))
    return path


def one_message(code: int, err: str, expected: int) -> str:
    assert code == expected, err
    assert "Traceback" not in err
    assert err.count("error: ") == 1
    return err.split("error: ", 1)[1]


def nothing_written(folder: Path) -> bool:
    return not (folder / "runs").exists()


@pytest.mark.parametrize(
    ("override", "code", "parts"),
    [
        ("train.max_stepz=3", 2, ["train.max_stepz", "Did you mean 'max_steps'?"]),
        ("algorithm.num_generations=1", 2, ["algorithm.num_generations", "without a group"]),
        ("algorithm.prompts_per_step=7", 2, ["7", "6"]),
        ("model.name=./no/such/folder", 3, ["no/such/folder", "hub id"]),
        ("model.name=package:no_such_package/x.gguf", 3, ["no_such_package", "pip install"]),
        ("model.device=nonsense", 3, ["nonsense", "cpu"]),
        ("tasks.0.source.file=nowhere.jsonl", 2, ["nowhere.jsonl"]),
        ("tasks.0.verifier.name=exakt", 2, ["exakt", "Did you mean 'exact'?"]),
        ("tasks.0.verifier.options={strict: yes}", 2, ["unknown key 'strict'"]),
        ("tasks.0.fields.prompt=promt", 2, ["promt", "prompt"]),
        ("tasks.0.splits.test=100", 2, ["100", "8"]),
        ("lora.target_modules=[no_such_layer]", 2, ["no_such_layer", "lora.target_modules"]),
        ("sampling.sampler=vvllm", 2, ["vvllm", "native"]),
    ],
)
def test_a_wrong_setting(rlvr: Rlvr, recipe: Path, override: str, code: int, parts: list[str]) -> None:
    found, _, err = rlvr("train", recipe, override)
    message = one_message(found, err, code)
    for part in parts:
        assert part in message
    assert nothing_written(recipe.parent)


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("train.max_stepz=3", ["train.max_stepz", "Did you mean 'max_steps'?"]),
        ("algorithm.num_generations=1", ["algorithm.num_generations", "without a group"]),
        ("algorithm.prompts_per_step=7", ["7", "6"]),
        ("tasks.0.source.file=nowhere.jsonl", ["nowhere.jsonl"]),
        ("tasks.0.verifier.name=exakt", ["exakt", "Did you mean 'exact'?"]),
        ("lora.target_modules=[no_such_layer]", ["no_such_layer", "lora.target_modules"]),
    ],
)
def test_checking_says_the_same_as_training(rlvr: Rlvr, recipe: Path, override: str, parts: list[str]) -> None:
    code, out, err = rlvr("check", recipe, override)
    message = one_message(code, err, 2)
    assert out == ""
    assert all(part in message for part in parts)


@pytest.mark.parametrize(
    ("override", "what"),
    [
        ("model.name=./no/such/folder", "model"),
        ("track.dir={file}/runs", "run folder"),
        ("track.dir={file}", "run folder"),
    ],
)
def test_checking_lists_what_is_lacking(rlvr: Rlvr, recipe: Path, override: str, what: str) -> None:
    (recipe.parent / "file").write_text("")
    code, out, err = rlvr("check", recipe, override.format(file=recipe.parent / "file"), "--json")
    assert (code, "Traceback" in err) == (3, False)
    assert [finding["what"] for finding in json.loads(out)["findings"] if finding["state"] == "lacks"] == [what]


@pytest.mark.parametrize("verb", ["train", "check"])
def test_a_missing_recipe(rlvr: Rlvr, tmp_path: Path, verb: str) -> None:
    code, _, err = rlvr(verb, tmp_path / "nowhere.yaml")
    assert "nowhere.yaml" in one_message(code, err, 2)


def test_a_row_without_its_answer_is_named(rlvr: Rlvr, recipe: Path) -> None:
    rows = [*ROWS[:3], {"prompt": "3 + 1 ="}, *ROWS[4:]]
    (recipe.parent / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, _, err = rlvr("train", recipe)
    message = one_message(code, err, 2)
    assert "row 4" in message
    assert "answer" in message
    assert nothing_written(recipe.parent)


def test_an_empty_data_set(rlvr: Rlvr, recipe: Path) -> None:
    (recipe.parent / "data.jsonl").write_text("")
    code, _, err = rlvr("train", recipe)
    assert "holds no rows" in one_message(code, err, 2)
    assert nothing_written(recipe.parent)


def test_a_run_folder_that_cannot_be_made(rlvr: Rlvr, recipe: Path) -> None:
    (recipe.parent / "file").write_text("")
    for folder in ("file", "file/runs"):
        code, _, err = rlvr("train", recipe, f"track.dir={recipe.parent / folder}")
        assert "track.dir" in one_message(code, err, 3)
        assert "parameters are trained" not in err  # known before a model is loaded
    assert (recipe.parent / "file").read_text() == ""


def test_resuming_what_is_no_run(rlvr: Rlvr, recipe: Path, tmp_path: Path) -> None:
    code, _, err = rlvr("train", tmp_path, "--resume")
    assert "is no run folder" in one_message(code, err, 2)
    code, _, err = rlvr("train", recipe, "train.max_steps=2", "--resume")
    assert "keeps its recipe" in one_message(code, err, 2)
    code, _, err = rlvr("train", recipe, "--resume")
    assert "there is no such folder" in one_message(code, err, 2)


@pytest.mark.parametrize("missing", ["recipe.yaml", "environment.json"])
def test_what_a_run_folder_lacks_is_named(rlvr: Rlvr, stored_run: StoredRun, missing: str) -> None:
    run = stored_run.folder.path
    (run / missing).unlink()
    for words in (("train", run, "--resume"), ("eval", run), ("rescore", run), ("explain", run, 1)):
        code, _, err = rlvr(*words)
        assert f"it holds no {missing}." in one_message(code, err, 2)


def test_a_run_folder_where_a_recipe_file_belongs(rlvr: Rlvr, stored_run: StoredRun) -> None:
    code, _, err = rlvr("train", stored_run.folder.path)
    message = one_message(code, err, 2)
    assert "is a run folder" in message
    assert "add --resume" in message


def test_evaluating_what_is_not_there(rlvr: Rlvr, tmp_path: Path) -> None:
    code, _, err = rlvr("eval", tmp_path / "nope")
    message = one_message(code, err, 2)
    assert "there is no" in message
    assert "run folder" in message
    assert "recipe file" in message


@pytest.mark.parametrize(
    ("out", "code", "part"),
    [
        (".", 2, "is a folder"),
        ("nowhere/x.json", 3, "give another --out"),
        ("recipe.yaml", 2, "would replace"),
        ("data.jsonl", 2, "would replace"),
    ],
)
def test_an_evaluation_that_could_not_be_written_does_not_begin(
    rlvr: Rlvr, recipe: Path, out: str, code: int, part: str
) -> None:
    before = sorted((path, path.is_file() and path.read_bytes()) for path in recipe.parent.iterdir())
    found, _, err = rlvr("eval", recipe, "--out", out)
    assert part in one_message(found, err, code)
    assert "--resume" not in err
    assert "parameters are trained" not in err  # known before a model is loaded
    assert before == sorted((path, path.is_file() and path.read_bytes()) for path in recipe.parent.iterdir())


def test_debug_shows_the_traceback(rlvr: Rlvr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rlvr.errors import RecipeError

    monkeypatch.setenv("RLVR_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["rlvr", "train", str(tmp_path / "nowhere.yaml")])
    with pytest.raises(RecipeError):
        main()


def test_an_interruption_has_its_own_exit_code(rlvr: Rlvr, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rlvr.cli.app", interrupt)
    code, _, err = rlvr("list")
    assert (code, err) == (130, "interrupted\n")
