"""No answer is ever run as code: an audit hook watches a process that judges what wants to be run."""

from __future__ import annotations

import json
import random
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CASES = Path(__file__).parents[4] / "shared" / "cases" / "math_cases.jsonl"
INPUTS = runpy.run_path(str(HERE / "inputs.py"))
GOLDS = ("31", "z+5")


def watched(pairs: list[tuple[str, str]], folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / "tripwire.py")], input=json.dumps(pairs), capture_output=True, text=True,
        cwd=folder, env={"PYTHONPATH": str(HERE.parents[2])}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_payloads_run_nothing(tmp_path: Path) -> None:
    forms = ("\\boxed{%s}", "<answer>%s</answer>", "the answer is %s", "%s")
    pairs = [(gold, form.replace("%s", payload)) for payload in INPUTS["PAYLOADS"] for gold in GOLDS for form in forms]
    found = watched(pairs, tmp_path)
    assert found == {"judged": len(pairs), "events": [], "control": True}
    assert list(tmp_path.iterdir()) == []


def test_arbitrary_texts_run_nothing(tmp_path: Path) -> None:
    draw = random.Random(4)
    found = watched([(draw.choice(INPUTS["GOLDS"]), INPUTS["arbitrary"](draw)) for _ in range(150)], tmp_path)
    assert found == {"judged": 150, "events": [], "control": True}


@pytest.mark.skipif(not CASES.is_file(), reason="the labelled cases lie beside the developers' checkout")
def test_labelled_injections_run_nothing(tmp_path: Path) -> None:
    cases = [json.loads(line) for line in CASES.read_text().splitlines()]
    chosen = [(case["gold"], case["prediction"]) for case in cases if case["category"] in ("injection", "adversarial")]
    found = watched(chosen, tmp_path)
    assert chosen
    assert found == {"judged": len(chosen), "events": [], "control": True}
    assert list(tmp_path.iterdir()) == []
