import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlvr.errors import DataError, UsageError
from rlvr.problem import Completion
from rlvr.registry import build_verifier
from rlvr.tasks import TaskOptions, load_task


def test_a_task_from_rows_to_a_verdict(load, sums):
    task = load(sums(20), splits={"validation": 3, "test": 5}, examples=2, format="text", prompt="Q: {{ prompt }}\nA:")
    assert (len(task.train), len(task.validation), len(task.test)) == (10, 3, 5)
    problem = task.test[0]
    assert problem.task == task.name == "t"
    assert problem.prompt.count("Q: ") == 3 and problem.prompt.endswith("\nA:")
    verifier = build_verifier(problem.verifier)
    assert verifier.verify(problem, Completion(f"It is {problem.reference['answer']}")).reward == 1.0
    assert verifier.verify(problem, Completion("no idea")).reward == 0.0


def test_examples_come_from_rows_that_no_split_has(load, sums):
    task = load(sums(10), splits={"test": 3}, examples=2, format="text")
    shown = set(task.test[0].prompt.split("\n")[:-1])
    questions = {p.prompt.split("\n")[-1] for p in (*task.train, *task.test)}
    assert len(shown) == 2 and len(questions) == 8
    assert not {line.split("? ")[0] + "?" for line in shown} & questions


def test_the_rows_own_solutions_are_kept_by_split_and_id_and_stay_out_of_problems(load):
    rows = [{"question": f"{n}?", "answer": str(n), "solution": f"it is {n}", "id": str(n)} for n in range(6)]
    task = load([*rows, {"question": "x?", "answer": "7", "solution": ["not", "text"], "id": "x"}], splits={"test": 2})
    assert len(task.solutions) == 6
    for split, problems in task.splits.items():
        for problem in problems:
            assert task.solutions.get(f"{split}/{problem.id}") == (None if problem.id == "x" else f"it is {problem.id}")
            assert "it is" not in f"{problem.reference}{problem.prompt}"


def test_examples_written_out(load, sums):
    shots = [{"prompt": "0 + 0?", "solution": "none"}]
    task = load(sums(2), examples=shots)
    assert [turn["content"] for turn in task.train[0].prompt][:2] == ["0 + 0?", "none"]
    assert len(task.train) == 2


def test_ids_do_not_depend_on_examples_or_seed(load, sums):
    ids = [{p.id for p in load(sums(6), examples=shots).train} for shots in ([], [{"prompt": "a", "solution": "b"}])]
    assert ids[0] == ids[1] and len(ids[0]) == 6


def test_the_digest_tells_whether_the_data_are_the_same(load, sums):
    first = load(sums(6))
    assert first.digest == load(sums(6)[::-1]).digest
    assert first.digest != load(sums(7)).digest
    changed = sums(6)
    changed[3]["answer"] = "5"
    assert first.digest != load(changed).digest


def test_another_process_with_another_hash_seed_agrees(write, sums, ends):
    path = write(sums(30))
    code = (
        "import sys; from rlvr.tasks import *;"
        f"o = dict(name='t', source={{'file': {path!r}}}, verifier={ends!r}, splits={{'test': 9}}, examples=2)"
        "; t = load_task(TaskOptions(**o)); print(t.digest, [p.id for p in ProblemStream([t], 3).take(9)])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1


def test_rows_that_cannot_be_judged_are_named_and_counted(load, sums):
    rows = sums(12)  # some of the bad ones are in other splits than others
    for number in (2, 4, 5, 6, 8, 9, 10):
        del rows[number - 1]["answer"]
    rows[10]["answer"] = ""
    with pytest.raises(DataError) as caught:
        load(rows, splits={"test": 4, "validation": 4})
    message = str(caught.value)
    assert message.startswith("task 't' cannot be judged by 'ends': 8 rows")
    assert [f"row {number}:" in message for number in (2, 4, 5, 6, 8, 9)] == [True] * 5 + [False]
    assert "and 3 more" in message
    assert "row 2: 'answer' is missing (reference: answer from column 'answer')" in message
    assert "fields.reference" in caught.value.mend


def test_a_verifiers_own_objection_names_the_row(load):
    with pytest.raises(DataError, match=r"rows.jsonl, row 1: the answer is empty"):
        load([{"question": "q", "answer": ""}])


def test_rows_without_a_prompt_are_named(load, sums):
    with pytest.raises(DataError, match=r"cannot be asked: 1 row\n.*rows.jsonl, row 3: column 'question' is empty"):
        load([*sums(2), {"answer": "3"}])


def test_a_template_that_does_not_fit_names_the_row(load):
    rows = [{"question": "a", "answer": "1", "hint": "h"}, {"question": "b", "answer": "2"}]
    with pytest.raises(DataError, match=r"row 2: the `prompt` template cannot be filled in: 'hint' is undefined"):
        load(rows, prompt="{{ prompt }} {{ hint }}")
    with pytest.raises(DataError, match=r"task 't', example 1: .*'hint' is undefined"):
        load(rows[:1], prompt="{{ prompt }} {{ hint }}", examples=[{"prompt": "a", "solution": "b"}])


def test_a_template_needs_no_prompt_column(load):
    rows = [{"schema": {"type": kind}, "answer": "1"} for kind in ("object", "array")]
    task = load(rows, prompt="Write JSON for {{ schema | tojson }}", format="text")
    assert {p.prompt for p in task.train} == {f'Write JSON for {{"type": "{kind}"}}' for kind in ("object", "array")}


def test_half_a_character_is_refused(load):
    with pytest.raises(DataError, match=r"row 1: .*surrogates not allowed"):
        load([{"question": "a\ud800", "answer": "1"}])


def test_two_rows_of_one_id(load):
    with pytest.raises(DataError, match="the id '7' is another row's already"):
        load([{"id": 7, "question": "a", "answer": "1"}, {"id": "7", "question": "b", "answer": "2"}])


def test_a_date_in_a_reference_is_refused(tmp_path, ends):
    import datetime

    path = tmp_path / "r.parquet"
    pq.write_table(pa.Table.from_pylist([{"question": "q", "answer": datetime.date(2024, 1, 1)}]), path)
    with pytest.raises(DataError, match="row 1: the reference is no plain data"):
        load_task(TaskOptions(name="t", source={"file": str(path)}, verifier=ends))


def test_an_example_without_a_solution(load, uses):
    rows = [{"prompt": word, "required": [word]} for word in ("a", "b", "c")]
    with pytest.raises(DataError, match="has no solution that an example could show"):
        load(rows, verifier=uses, examples=1)


def test_second_files_as_splits(load, sums, write):
    test = write(sums(4, start=3), "test.jsonl")
    task = load(sums(5), splits={"test": test})
    assert (len(task.train), len(task.test)) == (3, 4)
    assert task.notes == ("task 't': 2 problems of the source are held out elsewhere and were left out.",)


def test_a_benchmark_in_a_split_called_train_is_only_evaluated(load, sums):
    task = load(sums(30), splits={"train": 0, "test": "rest"}, weight=0)
    assert (len(task.train), len(task.test)) == (0, 30)


def test_empty_data(load, sums):
    with pytest.raises(DataError, match=r"rows.jsonl holds no rows"):
        load([])
    with pytest.raises(DataError, match="no problems in any split"):
        load(sums(3), splits={"train": 0})


def test_more_than_there_is_names_the_task(load, sums):
    with pytest.raises(DataError, match="task 't': test asks for 9 problems, but there are only 4"):
        load(sums(4), splits={"test": 9})


def test_a_missing_file(ends):
    with pytest.raises(DataError, match=r"there is no file nowhere.jsonl"):
        load_task(TaskOptions(name="t", source={"file": "nowhere.jsonl"}, verifier=ends))


def test_a_generator_has_no_parts(ends):
    with pytest.raises(UsageError, match="a generator has no named parts"):
        load_task(TaskOptions(name="t", source={"generator": "vars"}, verifier=ends, splits={"test": "test"}))
