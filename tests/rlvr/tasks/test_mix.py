import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.errors import UsageError
from rlvr.problem import Problem, VerifierSpec
from rlvr.stateful import Stateful
from rlvr.tasks import ProblemStream, Task, TaskOptions


def task(name, size, weight=1.0, digest="d"):
    verifier = VerifierSpec("math")
    problems = tuple(Problem(f"{name}{n}", "?", {}, name, verifier) for n in range(size))
    source = {"file": "r.jsonl"}
    options = TaskOptions(name=name, source=source, verifier={"name": "math"}, weight=weight)
    return Task(options, problems, (), (), digest=digest)


def ids(problems):
    return [problem.id for problem in problems]


def test_each_epoch_is_another_permutation_of_all():
    stream = ProblemStream([task("a", 20)], seed=0)
    epochs = [ids(stream.take(20)) for _ in range(3)]
    assert all(sorted(epoch) == sorted(epochs[0]) for epoch in epochs)
    assert len(set(epochs[0])) == 20
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_the_seed_decides():
    first, same, other = (ids(ProblemStream([task("a", 20)], seed).take(20)) for seed in (0, 0, 1))
    assert first == same != other


def test_the_order_of_rows_does_not_matter():
    there = task("a", 20)
    back = Task(there.options, there.train[::-1], (), (), digest="d")
    assert ids(ProblemStream([there], 0).take(10)) == ids(ProblemStream([back], 0).take(10))


@given(st.lists(st.floats(0.1, 9), min_size=1, max_size=4), st.integers(1, 90))
def test_any_stretch_keeps_the_proportions(weights, count):
    tasks = [task(f"task{n}", 90, weight) for n, weight in enumerate(weights)]
    drawn = Counter(problem.task for problem in ProblemStream(tasks, 0).take(count))
    for one in tasks:
        assert abs(drawn[one.name] - count * one.options.weight / sum(weights)) <= len(tasks)


def test_a_task_of_weight_nought_is_not_trained_on():
    stream = ProblemStream([task("a", 5), task("eval", 5, weight=0)], 0)
    assert stream.most == 5
    assert {problem.task for problem in stream.take(5)} == {"a"}


@given(st.lists(st.integers(0, 12), max_size=8), st.lists(st.integers(0, 12), max_size=8))
def test_it_goes_on_exactly_from_a_saved_state(before, after):
    tasks = [task("a", 17), task("b", 13, 0.3)]
    stream = ProblemStream(tasks, 5)
    assert isinstance(stream, Stateful)
    for count in before:
        stream.take(count)
    state = json.loads(json.dumps(stream.state_dict()))
    resumed = ProblemStream(tasks, 5)
    resumed.load_state_dict(state)
    for count in after:
        assert ids(resumed.take(count)) == ids(stream.take(count))


def test_a_batch_larger_than_the_data_names_both_numbers_and_takes_nothing():
    stream = ProblemStream([task("a", 8)], 0)
    with pytest.raises(UsageError, match="a batch of 9 problems is larger than the data: task 'a' has 8"):
        stream.take(9)
    assert ids(stream.take(8)) == ids(ProblemStream([task("a", 8)], 0).take(8))


def test_a_share_larger_than_its_task():
    stream = ProblemStream([task("a", 100), task("b", 3)], 0)
    with pytest.raises(UsageError, match=r"a batch of 10 problems \(5 of them from task 'b'\).*has 3"):
        stream.take(10)


def test_what_fits_once_fits_always():
    stream = ProblemStream([task("a", 100), task("b", 3, 0.3)], 0)
    stream.check(13)  # b's share is exactly 3; now and then it is drawn from once more
    for _ in range(50):
        assert len(stream.take(13)) == 13
    with pytest.raises(UsageError):
        stream.check(14)


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ([], "no task has a `weight` above 0"),
        ([task("a", 5, weight=0)], "no task has a `weight` above 0"),
        ([task("a", 0)], "task 'a' has `weight` 1 but no training problems"),
        ([task("a", 3), task("a", 4)], "two tasks are named 'a'"),
    ],
)
def test_nothing_to_train_on(tasks, message):
    with pytest.raises(UsageError, match=message):
        ProblemStream(tasks, 0)


@pytest.mark.parametrize(
    ("tasks", "seed", "what"),
    [
        ([task("a", 5)], 1, "seed"),
        ([task("b", 5)], 0, "tasks"),
        ([task("a", 5, digest="other")], 0, "training data"),
    ],
)
def test_a_state_of_another_run_is_refused(tasks, seed, what):
    state = ProblemStream([task("a", 5)], 0).state_dict()
    with pytest.raises(UsageError, match=f"the checkpoint's {what}"):
        ProblemStream(tasks, seed).load_state_dict(state)
