"""The whole check and its quick form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rlvr.errors import CheckFailed, EnvironmentLacks, UsageError
from rlvr.finding import State
from rlvr.preflight.check import Report, check_quickly, check_recipe, to_json
from rlvr.recipe import Recipe
from rlvr.recipe_file import parse
from rlvr.tasks import load_task

from .conftest import JUDGES


@pytest.fixture
def make_recipe(tiny_model: Path, tmp_path: Path, sums: list[dict[str, Any]]) -> Any:
    file = tmp_path / "sums.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in sums))

    def make(judge: str, **sections: Any) -> Recipe:
        task = {"name": "t", "source": {"file": str(file)}, "format": "text", "verifier": {"name": f"{JUDGES}:{judge}"}}
        fixed = {
            "name": "r",
            "model": {"name": str(tiny_model), "device": "cpu", "dtype": "float32"},
            "algorithm": {"num_generations": 2, "prompts_per_step": 2},
            "sampling": {"max_completion_length": 24},
            "scoring": {"workers": 1},
        }
        return parse({**fixed, "tasks": [task], **sections}, "test")

    return make


def check(recipe: Recipe, rows: int = 0) -> Report:
    return check_recipe(recipe, [load_task(options) for options in recipe.tasks], rows, lambda text: None)


def test_a_sound_recipe(make_recipe: Any) -> None:
    report = check(make_recipe("Sound"))
    assert report.exit_code == 0
    assert {finding.state for finding in report.findings} == {State.OK}
    whats = {finding.what for finding in report.findings}
    assert {"t: references", "t: right answers", "t: junk", "model", "lengths", "memory"} <= whats
    printed = json.loads(json.dumps(to_json(report)))
    assert printed["memory"]["total"] > 0
    assert printed["wrong"] == []
    assert len(printed["batch"]) == 5


def test_what_went_wrong_is_told_in_full(make_recipe: Any) -> None:
    report = check(make_recipe("Never"))
    assert report.exit_code == 1
    wrong = to_json(report)["wrong"]
    assert len(wrong) == 12
    assert wrong[0]["task"] == "t"
    assert wrong[0]["verdict"]["cause"] == "wrong_answer"


def test_a_model_that_is_not_there_is_lacking_and_the_rest_is_still_looked_at(make_recipe: Any) -> None:
    report = check(make_recipe("Sound", model={"name": "package:no_such_package/x.gguf"}))
    assert report.exit_code == 3
    lacking = [finding for finding in report.findings if finding.state is State.LACKS]
    assert [finding.what for finding in lacking] == ["model"]
    assert "pip install" in lacking[0].mend
    assert "t: junk" in {finding.what for finding in report.findings}


def test_a_failed_check_weighs_more_than_what_is_lacking(make_recipe: Any) -> None:
    assert check(make_recipe("Never", model={"name": "package:no_such_package/x.gguf"})).exit_code == 1


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # docker-py's, when it cannot connect
def test_a_sandbox_that_does_not_answer_is_lacking(make_recipe: Any) -> None:
    sandbox = {"name": "docker", "options": {"engine": "unix:///nonexistent/docker.sock"}}
    task = {
        "name": "code",
        "source": {"generator": "functions"},
        "format": "text",
        "verifier": {"name": "code", "options": {"extract": "continuation"}},
    }
    report = check(make_recipe("Sound", tasks=[task], sandbox=sandbox), rows=2)
    assert report.exit_code == 3
    assert "sandbox" in {finding.what for finding in report.findings if finding.state is State.LACKS}


def with_adapter(recipe: Recipe, folder: Path) -> Recipe:
    return recipe.model_copy(update={"model": recipe.model.model_copy(update={"adapter": str(folder)})})


def test_an_adapter_is_looked_for(make_recipe: Any, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    recipe = with_adapter(make_recipe("Sound"), tmp_path)
    (lacking,) = [finding for finding in check(recipe).findings if finding.state is State.LACKS]
    assert (lacking.what, "holds no adapter_model.safetensors" in lacking.found) == ("adapter", True)
    tasks = [load_task(options) for options in recipe.tasks]
    with pytest.raises(EnvironmentLacks, match="there is no adapter in"):
        check_quickly(recipe, tasks, new=True)
    check_quickly(recipe, tasks)  # a run that goes on has its own copy
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    assert {finding.what: finding.state for finding in check(recipe).findings}["adapter"] is State.OK


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that takes no other, whoever asks")
def test_a_place_that_takes_no_folder_is_lacking_though_its_rights_would_do(make_recipe: Any) -> None:
    recipe = make_recipe("Sound", track={"dir": "/proc/runs"})
    (lacking,) = [finding for finding in check(recipe).findings if finding.state is State.LACKS]
    assert (lacking.what, "track.dir" in lacking.mend) == ("run folder", True)
    with pytest.raises(EnvironmentLacks, match="run folder"):
        check_quickly(recipe, [load_task(options) for options in recipe.tasks], new=True)


def test_looking_at_the_place_of_a_run_leaves_nothing_there(make_recipe: Any, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert check(make_recipe("Sound", track={"dir": str(tmp_path / "deep" / "runs")})).exit_code == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_sampler_that_is_not_there_is_a_wrong_recipe(make_recipe: Any) -> None:
    recipe = make_recipe("Sound", sampling={"sampler": "nativ"})
    with pytest.raises(UsageError, match=r"there is no 'nativ'(.|\n)*Did you mean 'native'"):
        check(recipe)
    with pytest.raises(UsageError, match="there is no 'nativ'"):
        check_quickly(recipe, [load_task(options) for options in recipe.tasks])


def test_completions_without_room(make_recipe: Any) -> None:
    report = check(make_recipe("Sound", sampling={"max_completion_length": 4}))
    states = {finding.what: finding.state for finding in report.findings}
    assert states["t: room"] is State.WARN
    report = check(make_recipe("Sound", sampling={"max_completion_length": 100_000}))
    assert {f.what for f in report.findings if f.state is State.FAIL} == {"lengths"}


def test_a_batch_larger_than_the_data_is_a_wrong_recipe(make_recipe: Any) -> None:
    with pytest.raises(UsageError, match="larger than the data"):
        check(make_recipe("Sound", algorithm={"num_generations": 2, "prompts_per_step": 13}))


@pytest.mark.parametrize(
    ("judge", "part"), [("Never", "right answers"), ("Always", "junk"), ("Raises", "out of order")]
)
def test_the_quick_form_stops_a_broken_verifier(make_recipe: Any, judge: str, part: str) -> None:
    recipe = make_recipe(judge)
    with pytest.raises(CheckFailed) as caught:
        check_quickly(recipe, [load_task(options) for options in recipe.tasks])
    assert part in str(caught.value)
    assert "rlvr check" in caught.value.mend
    assert caught.value.exit_code == 1


def test_the_quick_form_lets_a_sound_one_through(make_recipe: Any) -> None:
    recipe = make_recipe("Sound")
    check_quickly(recipe, [load_task(options) for options in recipe.tasks])
