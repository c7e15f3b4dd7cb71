"""`rlvr verify`: a file of completions in, a file of verdicts out, in order."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rlvr.cli import main
from rlvr.verify_file import parse_options

ROWS = [
    {"id": "a", "completion": "dog", "reference": {"answer": "dog"}},
    {"id": "b", "completion": "cat", "reference": {"answer": "dog"}, "prompt": "Which animal barks?"},
    {"id": 3, "completion": "", "reference": {"answer": "dog"}},
]


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["rlvr", "verify", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        main()
        sys.exit(0)
    return int(caught.value.code or 0)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_verdicts_in_input_order(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = rows.with_name("out.jsonl")
    assert run(monkeypatch, "exact", rows, "--out", out, "--json") == 0
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["id"], row["outcome"]) for row in found] == [("a", "pass"), ("b", "fail"), (3, "fail")]
    assert list(found[0]) == ["id", "outcome", "cause", "reason", "extracted", "score", "seconds"]
    assert json.loads(capsys.readouterr().out) == {"pass": 1, "fail": 2, "error": 0}
    assert not list(rows.parent.glob("*.partial"))


def test_without_a_file_verdicts_go_to_the_terminal(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "exact", rows) == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["a", "b", 3]


def test_options_in_both_spellings(rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows.write_text(json.dumps({"id": "a", "completion": "yes", "reference": {}}) + "\n")
    file = Path(__file__).parents[2] / "data" / "misbehaving.py"
    words = [f"{file}:Misbehaving", rows, "--options", "kind=raise", "always=true", "--out", rows.with_name("o")]
    assert run(monkeypatch, *words) == 1
    assert json.loads(rows.with_name("o").read_text())["outcome"] == "error"


def test_options_are_read_as_in_a_recipe() -> None:
    found = parse_options(["tolerance=1e-5", "word=on", "number=010", "most=.inf", "strict=true", "none="])
    assert found == {"tolerance": 1e-5, "word": "on", "number": 10, "most": float("inf"), "strict": True, "none": None}


@pytest.mark.parametrize("flag", ["--options", "--sandbox-options"])
def test_an_option_that_is_not_yaml_is_named(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    assert run(monkeypatch, "exact", rows, flag, "a=[1") == 2
    assert "error: option 'a=[1' is not YAML" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{", "line 2: not JSON"),
        ('{"id": "x"}', "line 2: a row needs a text under 'completion'"),
        ('{"completion": "x", "reference": []}', "line 2: 'reference' must be a mapping"),
    ],
)
def test_a_wrong_row_is_named_before_anything_is_judged(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, part: str
) -> None:
    rows.write_text(json.dumps(ROWS[0]) + "\n" + line + "\n")
    out = rows.with_name("out.jsonl")
    assert run(monkeypatch, "exact", rows, "--out", out) == 2
    assert part in capsys.readouterr().err
    assert not out.exists()


def test_a_row_whose_reference_is_invalid_is_an_error_and_the_rest_goes_on(
    rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = {"id": "bad", "completion": "dog\u2028", "reference": {"anser": "dog"}}
    rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [bad, *ROWS]))
    out = rows.with_name("out.jsonl")
    assert run(monkeypatch, "exact", rows, "--out", out) == 1
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["outcome"] for row in found] == ["error", "pass", "fail", "fail"]
    assert found[0]["cause"] == "invalid_reference"
    assert "'answer' is missing; unknown key 'anser'. Did you mean 'answer'?" in found[0]["reason"]


def test_a_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "exact", tmp_path / "nowhere.jsonl") == 2
    assert "nowhere.jsonl cannot be read" in capsys.readouterr().err


def test_where_code_runs_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = {"style": "asserts", "entry_point": "f", "tests": "assert f(1) == 2"}
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"id": 1, "completion": "def f(x):\n    return x + 1", "reference": reference}))
    out = tmp_path / "out.jsonl"
    words = ("code", rows, "--options", "extract=whole", "--sandbox", "process", "--out", out)
    assert run(monkeypatch, *words) == 2
    assert not out.exists()
    assert run(monkeypatch, *words, "--sandbox-options", "allow_unsafe=true") == 0
    assert json.loads(out.read_text())["outcome"] == "pass"


def test_an_unknown_sandbox_is_named(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "code", rows, "--sandbox", "dockr") == 2
    assert "'dockr'" in capsys.readouterr().err
