"""`rlvr new verifier`: what it writes is installed, tested and used as its README says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlvr.errors import EnvironmentLacks, UsageError
from rlvr.scaffold import new_verifier

ROOT = Path(__file__).parents[3]


def run(*words: object, cwd: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(part) for part in (site, ROOT) if part)
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_from_nothing_to_verdicts(tmp_path: Path) -> None:
    site = tmp_path / "site"
    made = run("rlvr", "new", "verifier", "unit_price", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "pip install -e 'unit_price[dev]'" in made.stdout
    folder = tmp_path / "unit_price"

    flags = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    installed = run("pip", "install", *flags, "--target", site, folder, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr

    tested = run("pytest", "-q", "-p", "no:cacheprovider", cwd=folder, site=site)
    assert tested.returncode == 0, tested.stdout
    assert "6 passed" in tested.stdout

    listed = run("rlvr", "list", "verifiers", "--json", cwd=tmp_path, site=site)
    assert json.loads(listed.stdout)["verifiers"]["unit_price"] == "rlvr-unit-price"

    judged = run("rlvr", "verify", "unit_price", folder / "rows.jsonl", cwd=tmp_path, site=site)
    assert judged.returncode == 0, judged.stderr
    outcomes = {row["id"]: row["outcome"] for row in map(json.loads, judged.stdout.splitlines())}
    assert outcomes == {"right": "pass", "wrong": "fail", "both": "fail"}

    from rlvr.recipe_file import load_recipe

    recipe = load_recipe(folder / "recipe.yaml", ())
    assert recipe.tasks[0].verifier.spec.name == "unit_price"


@pytest.mark.parametrize("name", ["Unit", "unit-price", "1st", "a", "class", "", "../up", "unit price", "_x", "x_"])
def test_names_that_cannot_be(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be a verifier's name"):
        new_verifier(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_names_that_are_taken(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is a built-in of the name 'math'"):
        new_verifier("math", tmp_path)
    with pytest.raises(UsageError, match="there is a built-in of the name 'all_of'"):
        new_verifier("all_of", tmp_path)
    (tmp_path / "taken").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        new_verifier("taken", tmp_path)


def test_a_folder_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentLacks, match="cannot be written"):
        new_verifier("parity", tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    done = run("rlvr", "new", "verifier", "math", cwd=tmp_path)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: there is a built-in of the name 'math'.")
    done = run("rlvr", "new", "verifier", "class", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: 'class' is a Python keyword and cannot be a verifier's name.\n  Choose another"
    )
    assert not list(tmp_path.iterdir())
