from hypothesis import given
from hypothesis import strategies as st

from rlvr.problem import Problem, VerifierSpec
from rlvr.tasks import ProblemStream, Task, TaskOptions
from rlvr.tasks.curriculum import Curriculum
from rlvr.verdict import Verdict

PASS = Verdict.passed("a")
FAIL = Verdict.failed("wrong_answer", "no")
ERROR = Verdict.error("verifier_failed", "ours")


def problem(name="p", task="t"):
    return Problem(name, "?", {}, task, VerifierSpec("math"))


def stream(size, longest):
    options = TaskOptions(name="t", source={"file": "r.jsonl"}, verifier={"name": "math"})
    return ProblemStream([Task(options, tuple(problem(f"p{n}") for n in range(size)), (), (), digest="d")], 0, longest)


def visits_of_rest(curriculum, one):
    count = 0
    while curriculum.lets_rest(one):
        count += 1
    return count


def test_rest_doubles_with_each_dead_group_up_to_the_bound():
    curriculum = Curriculum(7)
    rests = []
    for verdicts in ([PASS, PASS], [PASS, PASS], [FAIL, FAIL], [FAIL, ERROR], [FAIL, FAIL]):
        curriculum.learn(problem(), verdicts)
        rests.append(visits_of_rest(curriculum, problem()))
    assert rests == [1, 3, 7, 7, 7]


def test_signal_wipes_the_record_and_errors_say_nothing():
    curriculum = Curriculum(7)
    curriculum.learn(problem(), [PASS, PASS])
    assert visits_of_rest(curriculum, problem()) == 1
    curriculum.learn(problem(), [ERROR, ERROR])
    assert visits_of_rest(curriculum, problem()) == 0
    curriculum.learn(problem(), [PASS, FAIL])
    curriculum.learn(problem(), [PASS, PASS])
    assert visits_of_rest(curriculum, problem()) == 1


def test_graded_answers_that_differ_are_signal():
    curriculum = Curriculum(7)
    curriculum.learn(problem(), [Verdict.failed("constraint_violated", "r", score=score) for score in (0.2, 0.8)])
    assert visits_of_rest(curriculum, problem()) == 0
    curriculum.learn(problem(), [Verdict.failed("constraint_violated", "r", score=0.2)] * 2)
    assert visits_of_rest(curriculum, problem()) == 1


def test_problems_of_two_tasks_may_share_an_id():
    curriculum = Curriculum(1)
    curriculum.learn(problem(task="a"), [FAIL])
    assert not curriculum.lets_rest(problem(task="b"))
    assert curriculum.lets_rest(problem(task="a"))


def test_without_rest_nothing_is_passed_over():
    curriculum = Curriculum(0)
    curriculum.learn(problem(), [FAIL, FAIL])
    assert not curriculum.lets_rest(problem())


def test_half_a_hopeless_data_set_is_asked_about_less_and_less():
    one = stream(20, 7)
    asked = []
    for _ in range(40):
        for problem in one.take(4):
            hopeless = int(problem.id[1:]) % 2 == 0
            one.curriculum.learn(problem, [FAIL, FAIL] if hopeless else [PASS, FAIL])
            asked.append(hopeless)
    assert sum(asked[:20]) == 10
    assert sum(asked[80:]) < 0.25 * 80


def test_a_stream_whose_problems_all_rest_still_ends_its_search():
    one = stream(3, 7)
    for _ in range(30):
        for problem in one.take(3):
            one.curriculum.learn(problem, [PASS])
    assert len(one.take(3)) == 3


@given(st.lists(st.sampled_from([[PASS], [FAIL], [PASS, FAIL], [ERROR]]), min_size=1, max_size=30), st.integers(0, 29))
def test_it_goes_on_exactly_from_a_saved_state(groups, cut):
    def play(one, groups):
        ids = []
        for verdicts in groups:
            (problem,) = one.take(1)
            one.curriculum.learn(problem, verdicts)
            ids.append(problem.id)
        return ids

    whole, before, after = stream(5, 7), stream(5, 7), stream(5, 7)
    expected = play(whole, groups)
    got = play(before, groups[:cut])
    after.load_state_dict(before.state_dict())
    assert got + play(after, groups[cut:]) == expected
