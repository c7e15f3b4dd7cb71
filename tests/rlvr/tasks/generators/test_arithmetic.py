"""What all the generators with a visible chain of reasoning have in common."""

import re
from collections import Counter

import pytest

from rlvr.errors import DataError
from rlvr.tasks import TaskOptions, load_task
from rlvr.tasks.generator import build_generator
from rlvr.tasks.options import GeneratorSource

#: Generator, wordings, distinct problems.
SIZES = [("vars", 729, 165), ("sums", 1728, 364), ("product_sum", 576, 324), ("word_problem", 968, 242)]
NAMES = [name for name, *_ in SIZES]


def rows_of(name, **options):
    return list(build_generator(GeneratorSource(generator=name, options=options)).rows())


def numbers(text):
    return [int(digits) for digits in re.findall(r"\d+", text)]


@pytest.mark.parametrize(("name", "wordings", "problems"), SIZES)
def test_how_many_there_are(name, wordings, problems):
    rows = rows_of(name)
    assert len(rows) == len({row.columns["prompt"] for row in rows}) == wordings
    assert len({row.key for row in rows}) == problems


@pytest.mark.parametrize("name", NAMES)
def test_they_are_the_same_each_time_and_numbered(name):
    assert rows_of(name) == rows_of(name)
    assert [row.number for row in rows_of(name)] == list(range(1, len(rows_of(name)) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_every_step_of_every_solution_is_true_and_leads_to_the_answer(name):
    for row in rows_of(name):
        solution, answer = row.columns["solution"], row.columns["answer"]
        steps = re.findall(r"(\d+) ([-+*]) (\d+) = (\d+)", solution)
        assert len(steps) == 2 and solution.endswith(f"{steps[-1][3]}. Answer: {answer}")
        for left, sign, right, result in steps:
            value = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}[sign](int(left), int(right))
            assert value == int(result) > 0
        assert steps[1][0] == steps[0][3]


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_uses_the_prompts_numbers_in_their_order(name):
    for row in rows_of(name):
        used = [(int(a), int(b)) for a, b in re.findall(r"(\d+) [-+*] (\d+)", row.columns["solution"])]
        assert [used[0][0], used[0][1], used[1][1]] == numbers(row.columns["prompt"])


@pytest.mark.parametrize("name", NAMES)
def test_rows_of_one_key_are_one_problem_up_to_order(name):
    by_key = {}
    for row in rows_of(name):
        by_key.setdefault(row.key, set()).add((tuple(sorted(numbers(row.columns["prompt"]))), row.columns["answer"]))
    assert all(len(contents) == 1 for contents in by_key.values())


@pytest.mark.parametrize("name", ["vars", "sums"])
def test_equal_numbers_in_any_order_have_one_key(name):
    keys = {(row.key, tuple(sorted(numbers(row.columns["prompt"])))) for row in rows_of(name)}
    assert len(keys) == len({numbers for _, numbers in keys})


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_held_out_problems_share_no_numbers_with_training(name, ends):
    options = {"name": name, "source": {"generator": name}, "verifier": ends, "format": "text"}
    task = load_task(
        TaskOptions(**options, splits={"validation": 20, "test": 100}, examples=4, prompt="{{ prompt }}\n")
    )
    assert (len(task.validation), len(task.test)) == (20, 100)

    def signs(text):
        return sorted(numbers(text)), "loses" in text

    shown = [signs(line) for line in task.test[0].prompt.split("\n")[:-2:2]]
    asked = [
        [signs(problem.prompt.split("\n")[-1]) for problem in split]
        for split in (task.train, task.validation, task.test)
    ]
    if name == "product_sum":  # 2 * 3 + 4 and 2 * 4 + 3 have the same numbers and are two problems
        return
    if name == "word_problem":  # so are 5 + 3 - 2 and 5 + 2 - 3
        shown, *asked = [[one for one in part if not one[1]] for part in (shown, *asked)]
    for part, others in ((asked[2], asked[0] + asked[1] + shown), (asked[1], asked[0] + shown)):
        assert part and not any(one in others for one in part)


def test_more_than_there_are(ends):
    source = {"generator": "vars", "options": {"largest": 5}}
    with pytest.raises(DataError, match="test asks for 100 problems, but there are only 35"):
        load_task(TaskOptions(name="t", source=source, verifier=ends, splits={"test": 100}))


def test_options_set_the_range():
    assert max(max(numbers(row.columns["prompt"])) for row in rows_of("vars", largest=4)) == 4
    assert len(numbers(rows_of("sums", terms=2)[0].columns["prompt"])) == 2
    assert max(numbers(row.columns["prompt"])[0] for row in rows_of("product_sum", largest_factor=5)) == 5
    assert max(numbers(row.columns["prompt"])[2] for row in rows_of("word_problem", largest_change=5)) == 5
    assert {row.kind for row in rows_of("word_problem", kinds=("loses",))} == {"loses"}


def test_word_problems_are_balanced_in_every_split_and_in_the_examples(ends):
    source = {"generator": "word_problem"}
    options = TaskOptions(
        name="t",
        source=source,
        verifier=ends,
        splits={"train": 400, "validation": 20, "test": 100},
        examples=4,
        format="text",
    )
    task = load_task(options)
    for split, size in ((task.train, 400), (task.validation, 20), (task.test, 100)):
        kinds = Counter("finds" in problem.prompt.split("\n")[-1] for problem in split)
        assert kinds == {True: size / 2, False: size / 2}
    shown = "\n".join(task.test[0].prompt.split("\n")[:-1])
    assert (shown.count(" finds "), shown.count(" loses ")) == (2, 2)


def test_one_thing_is_singular():
    prompts = [row.columns["prompt"] for row in rows_of("word_problem")]
    assert not any(re.search(r" has 1 \w+s,", prompt) for prompt in prompts)
    assert any(re.search(r" has 1 apple,.*How many now", prompt) for prompt in prompts)
