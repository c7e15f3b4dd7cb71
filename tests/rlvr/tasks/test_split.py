import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.errors import DataError
from rlvr.tasks.columns import Columns
from rlvr.tasks.options import Splits
from rlvr.tasks.row import Row
from rlvr.tasks.split import Candidate, divide

COLUMNS = Columns("q", {}, None, None, {}, frozenset())


def candidate(text, key="", kind="", number=1):
    return Candidate(Row(number, {}, key, kind), text, text, "here", COLUMNS)


def numbered(count, start=0):
    return [candidate(f"question {n}") for n in range(start, start + count)]


def texts(candidates):
    return [c.text for c in candidates]


wordings = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=60)


@given(wordings, st.integers(0, 2), st.integers(0, 3), st.integers(0, 2), st.randoms())
def test_splits_share_no_key_and_do_not_depend_on_order(rows, validation, test, shots, rng):
    candidates = [candidate(f"{key} in wording {w}", key=f"k{key}", kind=str(key % 2)) for key, w, _ in rows]
    keys = {c.key for c in candidates}
    splits = Splits(validation=validation, test=test)
    if validation + test + shots > len(keys):
        with pytest.raises(DataError, match="asks for"):
            divide(candidates, {}, splits, shots)
        return
    division = divide(candidates, {}, splits, shots)
    parts = [division.train, division.validation, division.test, division.examples]
    assert [len(division.validation), len(division.test), len(division.examples)] == [validation, test, shots]
    held = [{c.key for c in part} for part in parts]
    assert sum(map(len, held)) == len(set().union(*held)) == len(keys)
    assert len(division.train) == len({c.text for c in candidates if c.key in held[0]})
    rng.shuffle(candidates)
    again = divide(candidates, {}, splits, shots)
    assert [texts(p) for p in (again.train, again.validation, again.test, again.examples)] == list(map(texts, parts))


def test_validation_and_test_keep_one_wording_of_each_problem():
    candidates = [candidate(f"{key} {w}", key=str(key)) for key in range(10) for w in range(3)]
    division = divide(candidates, {}, Splits(test=4, validation=2), 1)
    assert (len(division.test), len(division.validation), len(division.examples)) == (4, 2, 1)
    assert len(division.train) == 3 * 3


def test_case_and_white_space_make_no_other_problem():
    candidates = [candidate(text) for text in ("What is  2?", "what is 2?\n", "What is 3?")]
    division = divide(candidates, {}, Splits(test=1), 0)
    keys = {c.key for c in division.train} | {c.key for c in division.test}
    assert keys == {"what is 2?", "what is 3?"}
    assert len(division.test) == 1 and division.notes == []


def test_repeated_prompts_are_left_out_and_counted():
    division = divide(numbered(5) + numbered(5), {}, Splits(), 0)
    assert len(division.train) == 5
    assert division.notes == ["5 of 10 rows of the source repeat a prompt and were left out."]


def test_every_split_is_balanced_over_kinds():
    candidates = [candidate(f"{kind} {n}", kind=kind) for kind in ("finds", "loses") for n in range(50)]
    division = divide(candidates, {}, Splits(train=30, validation=10, test=20), 4)
    for part in (division.train, division.validation, division.test, division.examples):
        assert 2 * sum(c.row.kind == "finds" for c in part) == len(part)


@pytest.mark.parametrize(
    ("splits", "sizes"),
    [
        (Splits(), (100, 0, 0)),
        (Splits(test=0.2, validation=0.05), (75, 5, 20)),
        (Splits(train=10, test=5), (10, 0, 5)),
        (Splits(train=0.5, test=0.5), (50, 0, 50)),
        (Splits(train=0, test="rest"), (0, 0, 100)),
        (Splits(train=30, validation=10, test="rest"), (30, 10, 60)),
        (Splits(train=0.001), (1, 0, 0)),
    ],
)
def test_numbers_and_shares(splits, sizes):
    division = divide(numbered(100), {}, splits, 0)
    assert (len(division.train), len(division.validation), len(division.test)) == sizes


def test_examples_are_in_no_split_even_if_test_takes_the_rest():
    division = divide(numbered(10), {}, Splits(train=0, test="rest"), 3)
    assert len(division.examples) == 3 and len(division.test) == 7
    assert not set(texts(division.examples)) & set(texts(division.test))


def test_named_parts_are_whole_and_win_over_the_source():
    named = {"test": numbered(8), "validation": numbered(6, start=6)}
    division = divide(numbered(20), named, Splits(test="test", validation="validation"), 2)
    assert sorted(texts(division.test)) == sorted(texts(numbered(8)))
    assert sorted(texts(division.validation)) == sorted(texts(numbered(4, start=8)))
    assert len(division.train) == 20 - 12 - 2
    assert not set(texts(division.train)) & set(texts(division.test + division.validation + division.examples))
    assert len(division.notes) == 2


def test_a_named_train_part_gives_way_to_what_is_held_out():
    division = divide(numbered(5), {"train": numbered(10)}, Splits(train="more", test="rest"), 2)
    assert len(division.test) == 5
    assert len(division.train) + len(division.examples) == 5
    assert not set(texts(division.train + division.examples)) & set(texts(division.test))


@pytest.mark.parametrize(
    ("splits", "shots", "message"),
    [
        (Splits(test=11), 0, "test asks for 11 problems, but there are only 10"),
        (Splits(test=8, validation=3), 0, "validation asks for 3 problems, but there are only 2"),
        (Splits(test=8), 3, "examples asks for 3 problems, but there are only 2"),
        (Splits(test=8, train=3), 0, "train asks for 3 problems, but there are only 2"),
    ],
)
def test_more_than_there_is_names_both_numbers(splits, shots, message):
    with pytest.raises(DataError, match=message):
        divide(numbered(10), {}, splits, shots)


def test_the_order_has_nothing_of_the_rows_order():
    firsts = texts(divide(numbered(200), {}, Splits(test=100), 0).test)
    assert 30 < sum(text in set(texts(numbered(100))) for text in firsts) < 70
    shuffled = numbered(200)
    random.Random(1).shuffle(shuffled)
    assert texts(divide(shuffled, {}, Splits(test=100), 0).test) == firsts
