import pytest

from rlvr.errors import DataError
from rlvr.tasks.columns import ANSWERS, SOLUTIONS, look_up


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", {"b": [10, {"c": 1}], "d.e": 2}),
        ("a.b.0", 10),
        ("a.b.1.c", 1),
        ("x.y", "whole name"),
        ("a.b.2", None),
        ("a.z", None),
        ("a.b.-1", None),
        ("n.m", None),
        ("z", None),
    ],
)
def test_dotted_paths(path, value):
    columns = {"a": {"b": [10, {"c": 1}], "d.e": 2}, "x.y": "whole name", "x": {"y": 3}, "n": None}
    assert look_up(columns, path) == value


@pytest.mark.parametrize("prompt", ["prompt", "question", "problem"])
@pytest.mark.parametrize("answer", ["answer", "solution", "ground_truth", "label"])
def test_aliases(load, prompt, answer):
    (problem,) = load([{prompt: "1 + 1?", answer: "2"}]).train
    assert problem.prompt == ({"role": "user", "content": "1 + 1?"},)
    assert problem.reference == {"answer": "2"}


@pytest.mark.parametrize("column", ["reward_model", "reward_spec"])
def test_nested_aliases_and_messages(load, column):
    row = {
        "messages": [{"role": "user", "content": "1 + 1?"}],
        column: {"style": "rule", "ground_truth": "2"},
    }
    (problem,) = load([row]).train
    assert problem.prompt == ({"role": "user", "content": "1 + 1?"},)
    assert problem.reference == {"answer": "2"}


def test_the_first_alias_wins(load):
    (problem,) = load([{"problem": "p", "question": "q", "solution": "long", "answer": "2"}]).train
    assert (problem.prompt[0]["content"], problem.reference) == ("q", {"answer": "2"})


def test_what_is_said_comes_before_aliases(load):
    row = {"question": "q", "text": "t", "answer": "1", "target": {"value": ["2"]}, "nr": 7}
    fields = {"prompt": "text", "reference": {"answer": "target.value.0"}, "id": "nr"}
    (problem,) = load([row], fields=fields).train
    assert (problem.id, problem.prompt[0]["content"], problem.reference) == ("7", "t", {"answer": "2"})


def test_an_id_column_is_used_and_else_the_prompt_makes_the_id(load, sums):
    assert load([{"id": "x9", "question": "q", "answer": "1"}]).train[0].id == "x9"
    one, two = (load(rows).train for rows in (sums(3), sums(3)[::-1]))
    assert [problem.id for problem in one] == [problem.id for problem in two]


def test_keys_of_the_reference_are_columns_of_that_name(load, uses):
    rows = [
        {"prompt": "p", "required": ["a"], "max_words": 8},
        {"prompt": "q", "required": ["b"], "max_words": None},
    ]
    problems = load(rows, verifier=uses).train
    assert {p.prompt[0]["content"]: p.reference for p in problems} == {
        "p": {"required": ["a"], "max_words": 8},
        "q": {"required": ["b"]},
    }


def test_a_ready_made_reference(load, uses):
    (problem,) = load([{"prompt": "p", "reference": {"required": ["a"]}}], verifier=uses).train
    assert problem.reference == {"required": ["a"]}


def test_a_reference_in_words_is_no_ready_made_one(load):
    (problem,) = load([{"prompt": "p", "reference": "see page 3", "answer": "2"}]).train
    assert problem.reference == {"answer": "2"}


def test_numbers_become_text_where_text_is_wanted(load, uses):
    references = [p.reference for p in load([{"prompt": "p", "answer": 42}, {"prompt": "q", "answer": -0.5}]).train]
    assert sorted(r["answer"] for r in references) == ["-0.5", "42"]
    with pytest.raises(DataError, match=r"valid string \(is True\)"):
        load([{"prompt": "p", "answer": True}])
    with pytest.raises(DataError, match="max_words"):
        load([{"prompt": "p", "required": ["a"], "max_words": "many"}], verifier=uses)


def test_composites_are_mapped_part_by_part(load, ends, uses):
    parts = [{**ends, "label": "right"}, {**uses, "label": "words"}]
    verifier = {"name": "all_of", "options": {"parts": parts}}
    row = {"prompt": "p", "answer": 4, "required": ["a"]}
    (problem,) = load([row], verifier=verifier).train
    assert problem.reference == {"right": {"answer": "4"}, "words": {"required": ["a"]}}
    fields = {"reference": {"right": {"answer": "gold"}, "words": {"required": "required"}}}
    fields["extract"] = {"right.answer": r"\d+"}
    (problem,) = load([{**row, "gold": "it is 5"}], verifier=verifier, fields=fields).train
    assert problem.reference["right"] == {"answer": "5"}


def test_gold_is_cut_out_of_a_worked_solution(load):
    rows = [{"question": "q", "answer": "2 + 3 = 5\n#### $1,005"}]
    assert load(rows, fields={"extract": {"answer": "gsm8k"}}).train[0].reference == {"answer": "1005"}


def test_a_column_of_json_text_under_the_references_public_key(load):
    rows = [{"unique_id": "a", "json_schema": '{"type": "object"}'}]
    fields = {"id": "unique_id", "reference": {"schema": "json_schema"}, "extract": {"schema": "json"}}
    verifier, prompt = {"name": "json_schema"}, "Write JSON for {{ json_schema }}"
    assert load(rows, fields=fields, verifier=verifier, prompt=prompt).train[0].reference == {
        "schema": {"type": "object"}
    }
    rows = [{"schema": {"type": "object"}}]
    (problem,) = load(rows, verifier=verifier, prompt="Write JSON for {{ schema | tojson }}").train
    assert problem.reference == rows[0]


@pytest.mark.parametrize("verifier", ["keywords", "json_schema"])
def test_a_reference_of_which_nothing_is_found_must_be_empty_on_purpose(load, verifier):
    rows = [{"prompt": "p", "requird": ["a"]}]
    with pytest.raises(DataError, match=rf"has none of the columns '{verifier}' judges by(.|\n)*from: prompt, requird"):
        load(rows, verifier={"name": verifier})
    assert load(rows, verifier={"name": verifier}, fields={"reference": {}}).train[0].reference == {}


@pytest.mark.parametrize(
    ("row", "fields", "message"),
    [
        ({"Question": "q", "answer": "1"}, {}, "has no column prompt, question, problem or messages"),
        (
            {"question": "q", "target": "1"},
            {},
            r"has no column answer or solution(.|\n)*from: question, target",
        ),
        ({"question": "q", "answer": "1"}, {"prompt": "qestion"}, "'qestion'(.|\n)*Did you mean 'question'"),
        ({"question": "q", "answer": "1"}, {"reference": {"answer": "anser"}}, "'anser'(.|\n)*'answer'"),
        ({"question": "q", "answer": "1"}, {"reference": {"answer": "answer.x"}}, "no column 'answer.x'"),
        ({"question": "q", "answer": "1"}, {"id": "nr"}, "no column 'nr' .`fields.id`"),
        ({"question": "q", "answer": "1"}, {"extract": {"anser": "boxed"}}, "names 'anser'(.|\n)*'answer'"),
        (
            {"question": "q", "answer": "1"},
            {"reference": {"anser": "answer"}},
            "'anser'. Did you mean 'answer'",
        ),
        (
            {"question": "q", "answer": "1"},
            {"extract": {"answer": "boxed"}},
            "row 1: nothing in column 'answer'",
        ),
        (
            {"question": "q", "answer": 1},
            {"extract": {"answer": "boxed"}},
            "row 1: .* must be text to extract",
        ),
    ],
)
def test_what_is_not_there_is_named_with_the_mend(load, row, fields, message):
    with pytest.raises(DataError, match=message):
        load([row], fields=fields)


def test_a_way_to_extract_that_fits_no_row_is_at_fault_and_not_the_rows(load):
    rows = [{"question": f"q{number}", "answer": f"#### {number}"} for number in range(3)]
    with pytest.raises(DataError, match=r"row 1: nothing in column 'answer' matches 'boxed'") as caught:
        load(rows, fields={"extract": {"answer": "boxed"}})
    assert "`fields.extract` {answer: ...}" in caught.value.mend
    assert "fields.reference" not in str(caught.value)
    rows[1]["answer"] = "none"
    with pytest.raises(DataError, match=r"1 row\n.*row 2: nothing in column 'answer' matches 'gsm8k'"):
        load(rows, fields={"extract": {"answer": "gsm8k"}})


def test_every_name_of_a_solution_is_listed_once():
    assert SOLUTIONS[:2] == ("solution", "answer")
    assert set(SOLUTIONS) == set(ANSWERS)
    assert len(set(SOLUTIONS)) == len(SOLUTIONS)
