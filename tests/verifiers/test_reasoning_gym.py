"""`rlvr.verifiers.reasoning_gym`: every data set, right answers, junk, and code that must not be run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rlvr.errors import EnvironmentLacks
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Verdict
from rlvr.verifiers.reasoning_gym import judges, scorers

pytest.importorskip("reasoning_gym", reason="the package reasoning-gym is not installed")

SURVEY = Path(__file__).parents[1] / "data" / "reasoning_gym_survey.py"


def judge(
    dataset: str, text: str, answer: str | None, metadata: dict[str, Any] | None = None, **options: Any
) -> Verdict:
    spec = VerifierSpec("reasoning_gym", options)
    entry = {"question": "?", "answer": answer, "metadata": metadata or {}}
    verifier = build_verifier(spec)
    problem = Problem("p", "?", {"dataset": dataset, "entry": entry}, "t", spec)
    verifier.check_reference(problem)
    return verifier.verify(problem, Completion(text))


@pytest.fixture(scope="module")
def survey() -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, str(SURVEY)], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def test_on_every_data_set_gold_passes_and_junk_fails(survey: dict[str, Any]) -> None:
    assert len(survey["judged"]) >= 106
    assert survey["wrong"] == []


def test_no_answer_is_ever_run(survey: dict[str, Any]) -> None:
    assert survey["tripped"] == []
    assert any("getcwd" in event for event in survey["control"]), "the tripwire hears the packaged scorer"


@pytest.mark.parametrize(
    ("dataset", "answer", "metadata", "good", "bad"),
    [
        ("countdown", "4*6 + 1", {"numbers": [1, 4, 6], "target": 25}, "1 + (6*4)", ["25", "5*5", "4*6+1+0", "6**4+1"]),
        ("puzzle24", "4*6*1*1", {"numbers": [4, 6, 1, 1]}, "(6/1)*4*1", ["4*6", "3*8*1*1", "24", "4*6*1*1*1"]),
        ("simple_integration", "x**2/2 + C", {"variable": "x", "integrand": "x"}, "x^2/2 + 7", ["x**2", "x*x/2 + C*x"]),
        ("intermediate_integration", "sin(x)**2/2 + C", {"variable": "x"}, "-cos(x)**2/2 + C", ["cos(x)**2/2", "x"]),
        ("polynomial_multiplication", "x**2 - 1", {}, "(x + 1)*(x - 1)", ["x**2", "x**2 - 1 = 0", "y**2 - 1"]),
        ("game_of_life_halting", "True", {}, "True", ["False", "banana", "true or false"]),
        ("game_of_life", "[[0,1],[1,0]]", {}, "[[0, 1], [1, 0]]", ["[[0,1],[1,0],[1,1]]", "[[0,1]]", "[]"]),
        ("figlet_font", "BLACKBOARDS", {}, "black boards", ["blackboards and more", "BLACKBOARD"]),
        ("coin_flip", "0.171875", {}, "11/64", ["0", "0.1", "1", "0.5", "1e-9", "1/0"]),
        ("gsm_symbolic", "1687.5", {}, "1,687.50", ["1687.5 or 3", "-1687.5", "1687", "16,87.5", "1687,.5"]),
        ("gsm_symbolic", "15", {}, "15.0", ["1,5", "15,", "1,,5", "0,015"]),
        ("chain_sum", "1500", {}, "1,500", ["15,00", "1,50,0", "0,001,500"]),
        ("bitwise_arithmetic", "-0xff", {}, "-255", ["0xff", "255", "-0xff + 0"]),
        ("number_sorting", "['1.5', '2.0']", {}, "[1.5, 2]", ["[2, 1.5]", "[1.5, 2.4]", "[]", "[1.5]"]),
        ("number_sorting", "['7', '1500']", {}, "['7', '1,500']", ["['7', '15,00']", "['7', 'x']"]),
        ("knights_knaves", "Ann is a fool, and Bo is a sage.", {}, "Bo is a sage and Ann is a fool",
         ["Ann is a fool", "Ann is a fool, Bo is a sage, Bo is a fool", "Surely Ann is a fool, and Bo is a sage."]),
        ("n_queens", "Q _\n_ Q", {"valid_answers": ["Q _\n_ Q", "_ Q\nQ _"]}, "_ Q \nQ _", ["Q Q\n_ _", "_"]),
        ("letter_jumble", "the end", {}, "The End", ["the end the end", "end the"]),
        ("complex_arithmetic", "4.0 - 7.0i", {"result": [4.0, -7.0]}, "4-7i", ["nan", "nanj", "4", "7i"]),
        ("products", "5580", {}, "5,580.0", ["558", "55800", "5580 5580"]),
        ("prime_factorization", "3 × 3 × 37", {}, "37 × 3×3", ["three", "333", "3 × 111"]),
    ],
)  # fmt: skip
def test_right_answers_in_other_words(
    dataset: str, answer: str, metadata: dict[str, Any], good: str, bad: list[str]
) -> None:
    assert judge(dataset, good, answer, metadata).reward == 1.0
    for text in bad:
        assert judge(dataset, text, answer, metadata).reward == 0.0, text


def test_partial_credit_passes_only_where_the_options_say_so() -> None:
    assert judge("tower_of_hanoi", "x", "x").reward == 1.0
    near = ("calendar_arithmetic", "101", "100", {"task": "count_days"})
    assert judge(*near).reward == 0.0
    assert judge(*near, threshold=0.9).reward == 1.0


def test_a_composite_is_judged_as_its_member() -> None:
    assert judge("composite", "5", "5", {"source_dataset": "chain_sum"}).details["dataset"] == "chain_sum"
    assert judge("composite", "6", "5", {"source_dataset": "chain_sum"}).reward == 0.0


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no data set 'chain_sums'(.|\n)*chain_sum"):
        judge("chain_sums", "5", "5")
    with pytest.raises(ValueError, match="blank"):
        judge("polynomial_equations", "5", "")


def test_a_scorer_that_nobody_has_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(scorers.SHAPES, "products")
    scorers._packaged.cache_clear()
    with pytest.raises(ValueError, match="not been reviewed"):
        judge("products", "5", "5")
    scorers._packaged.cache_clear()


def test_no_data_set_is_judged_in_two_ways() -> None:
    assert not set(judges.JUDGES) & set(scorers.SHAPES)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(EnvironmentLacks, match="pip install"):
        build_verifier(VerifierSpec("reasoning_gym"))
