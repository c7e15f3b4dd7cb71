import itertools

import pytest

from rlvr.errors import UsageError
from rlvr.problem import Completion
from rlvr.registry import build_verifier
from rlvr.tasks import TaskOptions, load_task
from rlvr.tasks.generator import build_generator
from rlvr.tasks.generators.keywords import WORDS
from rlvr.tasks.options import GeneratorSource


def load(**options):
    source = {"generator": "keywords", "options": options}
    return load_task(
        TaskOptions(name="k", source=source, verifier={"name": "keywords"}, splits={"test": 100}, format="text")
    )


def rows_of(**options):
    return list(build_generator(GeneratorSource(generator="keywords", options=options)).rows())


def test_every_pair_once():
    rows = rows_of()
    assert len(rows) == len({row.key for row in rows}) == len(WORDS) * (len(WORDS) - 1) / 2 == 1770
    assert {frozenset(row.columns["required"]) for row in rows} == set(map(frozenset, itertools.combinations(WORDS, 2)))


def test_both_orders_occur():
    in_order = sum(row.columns["required"] == sorted(row.columns["required"]) for row in rows_of())
    assert 700 < in_order < 1070


def test_the_verifier_passes_every_solution_and_fails_the_bare_words():
    task = load()
    judge = build_verifier(task.test[0].verifier)
    solutions = {frozenset(row.columns["required"]): row.columns["solution"] for row in rows_of()}
    for problem in task.test:
        words = problem.reference["required"]
        assert judge.verify(problem, Completion(solutions[frozenset(words)])).reward == 1.0
        assert judge.verify(problem, Completion(f"{words[0]}, {words[1]}")).reward == 0.0
        assert judge.verify(problem, Completion("The lazy fox jumps over it.")).reward == 0.0


def test_the_limit_stands_in_the_prompt_and_in_the_reference():
    problem = load(max_words=10).test[0]
    assert "at most 10 words" in problem.prompt and problem.reference["max_words"] == 10


@pytest.mark.parametrize("options", [{"max_words": 3}, {"min_words": 7}])
def test_limits_that_the_solutions_break(options):
    with pytest.raises(UsageError, match="generator 'keywords'"):
        rows_of(**options)
