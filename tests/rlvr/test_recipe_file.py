"""Recipes: strict YAML, inheritance, overrides, errors that help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rlvr.errors import RecipeError
from rlvr.recipe_file import dump, load_recipe, parse, read_yaml

BASE = """
name: test
model: {name: some/model}
tasks:
  - name: sums
    source: {generator: sums}
    verifier: {name: math}
train:
  learning_rate: 1e-5
"""
#: Texts that look like numbers, booleans, nothing, or YAML's own signs.
LOOKALIKE = st.from_regex(r"[-+.0-9eExo_~<=&*!|#:'\x85\u2028\ufeff\s]{0,8}", fullmatch=True) | st.sampled_from(
    ["1e5", "08", "on", "null", "true", ".inf", ".nan", "<<", "2020-01-01"]
)
TEXTS = st.text() | LOOKALIKE
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS | st.integers(), inner),
)
RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))


def write(folder: Path, text: str, name: str = "recipe.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refused(folder: Path, text: str, *overrides: str) -> str:
    with pytest.raises(RecipeError) as caught:
        load_recipe(write(folder, text), overrides)
    return str(caught.value)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_the_package_is_valid(path: Path) -> None:
    assert load_recipe(path).name


def test_scientific_notation_is_a_number(tmp_path: Path) -> None:
    assert load_recipe(write(tmp_path, BASE)).train.learning_rate == 1e-5


def test_yaml_1_1_surprises_are_gone(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, BASE + "sampling: {stop: [on, no, '010', 010x]}\n"))
    assert recipe.sampling.stop == ("on", "no", "010", "010x")


def test_a_recipe_comes_back_from_its_own_dump(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, BASE), ["lora.target_modules=[q_proj, v_proj]"])
    assert load_recipe(write(tmp_path, dump(recipe), "copy.yaml")) == recipe


@given(TEXTS, VALUES)
@example("1e5", None)
@example("08", float("inf"))
@example(".inf", {1: "a"})
def test_no_text_and_no_value_changes_in_a_dump(
    tmp_path_factory: pytest.TempPathFactory, text: str, value: Any
) -> None:
    task = {"name": "sums", "source": {"generator": "sums"}, "prompt": text}
    recipe = parse(
        {
            "name": "1e5",
            "model": {"name": text, "revision": text},
            "tasks": [{**task, "verifier": {"name": "math", "options": {text: value}}}],
            "critic": {"cliprange": "inf"},
        },
        "test",
    )
    assert load_recipe(write(tmp_path_factory.getbasetemp(), dump(recipe), "dump.yaml")) == recipe


def test_a_dump_states_every_value(tmp_path: Path) -> None:
    text = dump(load_recipe(write(tmp_path, BASE)))
    for key in ("epsilon_high", "warmup_steps", "max_error_rate", "num_generations", "lora_dropout"):
        assert f"{key}:" in text


def test_overrides_reach_any_depth(tmp_path: Path) -> None:
    path = write(tmp_path, BASE)
    recipe = load_recipe(path, ["train.max_steps=7", "tasks.0.splits.test=5", "model.dtype=float32", "seed=3"])
    assert (recipe.train.max_steps, recipe.tasks[0].splits.test, recipe.seed) == (7, 5, 3)


def test_extends_merges_mappings_and_replaces_the_rest(tmp_path: Path) -> None:
    write(tmp_path, BASE, "base.yaml")
    path = write(tmp_path, "extends: base.yaml\nname: child\ntrain: {max_steps: 3}\n")
    recipe = load_recipe(path)
    assert (recipe.name, recipe.train.max_steps, recipe.train.learning_rate) == ("child", 3, 1e-5)


def test_an_unknown_key_is_named_with_the_nearest(tmp_path: Path) -> None:
    message = refused(tmp_path, BASE, "train.max_stepz=3")
    assert "train.max_stepz" in message
    assert "Did you mean 'max_steps'?" in message
    assert "'tasks'" in refused(tmp_path, BASE + "taskz: []\n")


def test_an_unknown_key_inside_a_task_is_named(tmp_path: Path) -> None:
    assert "Did you mean 'format'?" in refused(tmp_path, BASE, "tasks.0.fromat=chat")


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("algorithm.num_generations=1", "algorithm.num_generations"),
        ("train.learning_rate=fast", "train.learning_rate"),
        ("eval.samples=2", "pass@8 needs at least 8 samples"),
        ("eval.every=5", "eval.every=5 evaluates on `validation`, of which no task has any"),
        ("algorithm.overlong_cache=513", "overlong_cache=513 is more than sampling.max_completion_length=512"),
        ("algorithm.delta=1.2", "delta=1.2 must be above 1 + epsilon_high=1.2"),
        ("algorithm={policy_loss: gspo, epsilon_high: 0.5, delta: 1.4}", "delta=1.4 must be above"),
        ("sampling.stop=['']", "sampling.stop.0"),
        ("a=[1", "override 'a=[1' is not YAML"),
        ("train.max_steps=[1", "override 'train.max_steps=[1' is not YAML"),
        ("train={? [a] : 1}", "['a'] cannot be a key"),
        ("seed=!!int x", "is not YAML"),
        ("tasks.\u00b2.name=x", "'\u00b2'"),
        ("name=../up", "name"),
        ("tasks.0.source={hub: a, file: b}", "exactly one of the keys"),
        ("tasks=[]", "tasks"),
        ("nonsense", "key=value"),
        ("tasks.3.name=x", "there is no '3' in 'tasks'.\n  It has one entry: 0."),
        ("tasks.name=x", "there is no 'name' in 'tasks'"),
        ("tasks.0.name.x=1", "'tasks.0.name' holds no keys, it is 'sums'.\n  Set tasks.0.name itself."),
    ],
)
def test_a_wrong_value_names_its_place(tmp_path: Path, override: str, part: str) -> None:
    assert part in refused(tmp_path, BASE, override)


def test_an_override_beyond_a_list_says_how_long_it_is(tmp_path: Path) -> None:
    tasks = "tasks=[{name: a}, {name: b}, {name: c}]"
    assert "It has 3 entries: 0 to 2." in refused(tmp_path, BASE, tasks, "tasks.3.weight=1")
    assert "It is empty." in refused(tmp_path, BASE, "tasks=[]", "tasks.0.weight=1")


@pytest.mark.parametrize(
    "override",
    [
        "tasks.0.splits.validate=5",
        "tasks.0.source={files: d.jsonl}",
        "tasks.0.fields.promt=a",
        "tasks.0.verifier=math",
        "tasks.0.source.optoins={}",
        "tasks.0.examples=[{prompt: a}]",
        "tasks=[math]",
    ],
)
def test_what_is_wrong_in_a_task_is_told_once_and_without_the_task(tmp_path: Path, override: str) -> None:
    message = refused(tmp_path, BASE, override)
    assert ";" not in message
    assert "generator: sums" not in message.replace("'", "")


@pytest.mark.parametrize(
    ("override", "mend"),
    [
        ("tasks.0.verifier=math", "'tasks.0.verifier': write `{name: math}` (is 'math')"),
        ("model=foo", "'model': write `{name: foo}`"),
        ("sandbox=process", "'sandbox': write `{name: process}`"),
        ("algorithm=ppo", "'algorithm': write `{name: ppo}`"),
        ("train=7", "'train': write `{max_steps: ...}`"),
        ("sampling.stop=x", "'sampling.stop': write `[x]`"),
        ("sampling.stop='5'", "'sampling.stop': write `[\"5\"]`"),
        ("eval.temperatures=0", "'eval.temperatures': write `[0]`"),
        ("tasks=math", "'tasks': write `[{name: ..., source: ..., verifier: ...}]`"),
        ("tasks=[]", "'tasks': needs at least 1, such as `[{name: ..."),
        ("tasks.0.fields.extract=gsm8k", "'tasks.0.fields.extract': write `{key: gsm8k}`"),
        ("tasks.0.examples=many", "'tasks.0.examples': Input should be a valid integer or `[{prompt: ..., solution"),
        ("lora.target_modules=5", "'lora.target_modules': Input should be a valid string or `[5]`"),
        ("tasks.0.source={files: d.jsonl}", "exactly one of the keys hub, file, generator. Did you mean 'file'?"),
        ("tasks.0.source=d.jsonl", "write `{file: rows.jsonl}`"),
        ("tasks.0.source.optoins={}", "unknown key 'tasks.0.source.optoins'. Did you mean 'options'?"),
    ],
)
def test_what_to_write_is_said_in_the_words_of_yaml(tmp_path: Path, override: str, mend: str) -> None:
    message = refused(tmp_path, BASE, override)
    assert mend in message
    assert not any(word in message.lower() for word in ("instance of", "tuple", "dictionary"))


def test_limits_that_just_fit_are_accepted(tmp_path: Path) -> None:
    overrides = ["algorithm={overlong_cache: 512, delta: 1.21}", "eval.every=5", "tasks.0.splits.validation=2"]
    assert load_recipe(write(tmp_path, BASE), overrides).algorithm.overlong_cache == 512
    unbounded = "algorithm={policy_loss: cispo, epsilon_high: 4, delta: 3}"  # a loss that does not read delta
    assert load_recipe(write(tmp_path, BASE), [unbounded]).algorithm.delta == 3


@pytest.mark.parametrize(("k", "found"), [("[2, 4]", (1, 2, 4)), ("[]", (1,)), ("[8, 1, 8, 2]", (1, 2, 8))])
def test_pass_at_1_is_always_reported(tmp_path: Path, k: str, found: tuple[int, ...]) -> None:
    assert load_recipe(write(tmp_path, BASE), [f"eval.k={k}"]).eval.k == found


def test_a_key_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    assert "'name' stands twice (line 10)" in refused(tmp_path, BASE + "name: again\n")


def test_merge_keys_bring_in_what_is_not_overridden(tmp_path: Path) -> None:
    train = "x: &x {max_steps: 3, seed: 1}\ny: &y {seed: 2, rest: 4}\nz: {<<: [*x, *y], seed: 5}\n"
    assert read_yaml(train, "test")["z"] == {"max_steps": 3, "seed": 5, "rest": 4}
    # Merged from further out first, which must not make the inner one's own key stand twice.
    inner = "b: &b {a: 1}\nouter: {inner: &x {<<: *b, a: 2}}\ny: {<<: *x}\n"
    assert read_yaml(inner, "test") == {"b": {"a": 1}, "outer": {"inner": {"a": 2}}, "y": {"a": 2}}
    recipe = load_recipe(write(tmp_path, BASE + "curriculum: &c {rest: 3}\nsandbox: {options: {<<: *c}}\n"))
    assert recipe.sandbox.options == {"rest": 3}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("x: &x {a: 1}\ny: {<<: *x, b: 1, b: 2}", "key 'b' stands twice (line 2)"),
        ("x: &x {a: 1}\ny: {<<: *x, <<: *x}", "key '<<' stands twice (line 2)"),
        ("x: &x {a: 1, a: 2}\ny: {<<: *x}", "key 'a' stands twice (line 1)"),
        ("y: {<<: 5}", "expected a mapping"),
        ("a: !!timestamp x", "the tag !!timestamp means nothing here (line 1)"),
        ("a: !!set [a]", "the tag !!set"),
        ("a: !own x", "the tag !own"),
        ("a: !!bool x", "neither true nor false"),
        ("a: !!map [a]", "expected a mapping"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ("a: " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("a: " + "{a: " * 5000, "nested too deeply"),
        ("- " * 5000 + "x", "nested too deeply"),
    ],
    ids=range(13),
)
def test_yaml_that_cannot_be_read_is_an_error_of_the_recipe(text: str, part: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read_yaml(text, "test")
    assert part in str(caught.value)
    assert caught.value.mend


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    assert "'model' is missing" in refused(tmp_path, BASE.replace("model: {name: some/model}", ""))


def test_files_that_are_no_recipes(tmp_path: Path) -> None:
    assert "is not YAML" in refused(tmp_path, "a: [1")
    assert "recipe.yaml: ['a'] cannot be a key (line 2)" in refused(tmp_path, "c: 1\n? [a]\n: b\n")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(RecipeError, match="is not UTF-8"):
        load_recipe(tmp_path / "latin.yaml")
    assert "holds no mapping" in refused(tmp_path, "- 1\n")
    assert "extends itself" in refused(tmp_path, "extends: recipe.yaml\n")
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(tmp_path / "nowhere.yaml")


def test_two_tasks_of_one_name_are_refused(tmp_path: Path) -> None:
    task = "{name: sums, source: {generator: sums}, verifier: {name: math}}"
    assert "share a name" in refused(tmp_path, BASE, f"tasks=[{task}, {task}]")
