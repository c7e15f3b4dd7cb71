"""`rlvr verify`: a file of completions in, a file of verdicts out, in order."""

from __future__ import annotations

import gc
import json
import os
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


def test_without_a_file_json_is_the_summary_alone(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "exact", rows, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"pass": 1, "fail": 2, "error": 0}


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
        ('{"completion": "x", "reference": {"answer": ' + "9" * 5000 + "}}", "line 2: not JSON"),
        ('{"completion": "x", "reference": {"answer": ' + "[" * 5000 + "]" * 5000 + "}}", "line 2: lists and mappings"),
        # What can still be read, and no longer be written.
        ('{"completion": "x", "reference": {"answer": ' + "[" * 800 + "]" * 800 + "}}", "line 2: lists and mappings"),
        ('{"completion": "x", "prompt": [3]}', "line 2: 'prompt' must be a text or a list of messages, not [3]"),
        ('{"completion": "x", "prompt": {"a": 1}}', "line 2: 'prompt' must be"),
        ('{"completion": "x", "prompt": [{"role": "user"}]}', "line 2: 'prompt' must be"),
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


def test_rows_of_an_export(rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"completion": "dog", "reference": {"answer": "dog"}, "prompt": [{"role": "user", "content": "Which?"}]}
    lines = [json.dumps(row) for row in (first, {**first, "id": None, "prompt": None})]
    rows.write_text("\ufeff" + "\n\n".join(lines), encoding="utf-8")
    out = rows.with_name("out.jsonl")
    assert run(monkeypatch, "exact", rows, "--out", out) == 0
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["1", "3"]


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_a_file_without_rows(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    rows.write_text(text, encoding="utf-8")
    assert run(monkeypatch, "exact", rows) == 2
    assert "holds no rows" in capsys.readouterr().err


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be judged."""
    monkeypatch.setattr("rlvr.scoring.scorer.Scorer.submit", lambda *_: pytest.fail("a row was judged"))


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("name", ["rows.jsonl", "link.jsonl", "other"])
def test_the_input_is_never_replaced(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    before = rows.read_bytes()
    rows.with_name("link.jsonl").symlink_to(rows)
    rows.with_name("other.partial").hardlink_to(rows)  # where an output called `other` would grow
    assert run(monkeypatch, "exact", rows, "--out", rows.with_name(name)) == 2
    assert f"would replace {rows}" in capsys.readouterr().err
    assert rows.read_bytes() == before


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize(
    ("out", "code", "part"),
    [(".", 2, "is a folder"), ("pipe", 2, "no plain file"), ("none/x.jsonl", 3, "none/x.jsonl cannot be written")],
)
def test_an_output_that_cannot_be(
    rows: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    out: str,
    code: int,
    part: str,
) -> None:
    monkeypatch.chdir(rows.parent)
    os.mkfifo("pipe")
    assert run(monkeypatch, "exact", rows, "--out", out) == code
    err = capsys.readouterr().err
    assert part in err
    assert "--out" in err
    assert sorted(path.name for path in rows.parent.iterdir()) == ["pipe", "rows.jsonl"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is always full")
def test_a_full_disk(rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    out = rows.with_name("out.jsonl")
    rows.with_name("out.jsonl.partial").symlink_to("/dev/full")
    assert run(monkeypatch, "exact", rows, "--out", out) == 3
    err = capsys.readouterr().err
    assert "out.jsonl cannot be written: [Errno 28]" in err
    assert "give another --out" in err
    assert not out.exists()


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


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # docker-py's, when it cannot connect
def test_an_engine_that_does_not_answer_is_known_before_anything_is_judged(
    rows: Path, unjudged: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    out = rows.with_name("out.jsonl")
    assert run(monkeypatch, "code", rows, "--out", out) == 3
    assert "Is Docker running" in capsys.readouterr().err
    assert not out.exists()
    gc.collect()


def test_an_unknown_sandbox_is_named(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "code", rows, "--sandbox", "dockr") == 2
    assert "'dockr'" in capsys.readouterr().err


def samples(**problems: str) -> str:
    """Rows by problem: r is a right sample, w a wrong one."""
    rows = [
        {"id": name, "completion": {"r": "dog", "w": "cat"}[kind], "reference": {"answer": "dog"}}
        for name, kinds in problems.items()
        for kind in kinds
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_pass_at_k_of_given_samples(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows.write_text(samples(a="rwww", b="wwww", c="rrrrr"))
    words = ("exact", rows, "--k", 4, "--k", 1, "--k", 1)
    assert run(monkeypatch, *words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["pass", "fail", "error", "problems", "samples", "pass@1", "pass@4"]
    assert (found["problems"], found["samples"]) == (3, {"least": 4, "most": 5})
    assert found["pass@1"]["mean"] == pytest.approx((1 / 4 + 0 + 1) / 3)  # by problem, and not 6 of 13
    assert found["pass@4"]["mean"] == pytest.approx((1 + 0 + 1) / 3)
    assert run(monkeypatch, *words) == 0
    err = capsys.readouterr().err.splitlines()
    assert err[-3:] == ["problems 3  samples of each 4 to 5", "pass@1: 0.417", "pass@4: 0.667"]


def test_errors_leave_a_bracket_whose_lower_end_stands_first(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A problem whose reference cannot be judged against: both of its samples are errors.
    bad = {"id": "b", "completion": "dog", "reference": {"anser": "dog"}}
    rows.write_text(samples(a="rw") + (json.dumps(bad) + "\n") * 2)
    assert run(monkeypatch, "exact", rows, "--k", 1, "--json") == 1
    assert json.loads(capsys.readouterr().out)["pass@1"] == {"mean": 0.25, "if_errors_right": 0.75}
    assert run(monkeypatch, "exact", rows, "--k", 1) == 1
    assert "pass@1: 0.250 (if errors were right, 0.750)" in capsys.readouterr().err


@pytest.mark.usefixtures("unjudged")
def test_samples_that_give_no_pass_at_k(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows.write_text(samples(a="rwww", b="ww", c="rrr"))
    assert run(monkeypatch, "exact", rows, "--k", 1, "--k", 3) == 2
    assert "pass@3 needs 3 samples of each problem, and problem 'b' has 2" in capsys.readouterr().err
    rows.write_text(samples(a="rw") + samples(a="r").replace('{"answer": "dog"}', '{"answer": "cow"}'))
    assert run(monkeypatch, "exact", rows, "--k", 1) == 2
    assert "rows of id 'a' differ in prompt or reference" in capsys.readouterr().err
    assert run(monkeypatch, "exact", rows, "--k", 0) == 2
