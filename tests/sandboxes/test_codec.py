from __future__ import annotations

import math
import os
from collections import deque
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.sandboxes._guest import codec

hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**70, max_value=2**900)
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.fractions(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4),
    max_leaves=10,
)
plain = st.recursive(
    hashable,
    lambda inner: st.lists(inner) | st.dictionaries(hashable, inner) | st.sets(hashable) | st.tuples(inner),
    max_leaves=20,
)


def crossed(value: Any) -> Any:
    """`value` after a real crossing."""
    read_end, write_end = os.pipe()
    try:
        codec.write(write_end, codec.encode(value))
        return codec.decode(codec.read(read_end))
    finally:
        os.close(read_end)
        os.close(write_end)


@given(plain)
def test_plain_data_crosses_unchanged(value: Any) -> None:
    back = crossed(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", [range(3, 9, 2), bytearray(b"ab"), -0.0, 2**53, -(2**53), math.inf, "\ud800"])
def test_corners_cross_unchanged(value: Any) -> None:
    back = crossed(value)
    assert back == value
    assert str(back) == str(value)


@pytest.mark.parametrize(
    "value",
    [
        deque([1, [2]]),
        deque("ab", maxlen=3),
        date(2024, 2, 29),
        time(1, 2, 3, 4),
        datetime(2024, 2, 29, 1, tzinfo=timezone(timedelta(hours=2))),
        timedelta(-1, 5, 7),
    ],
)
def test_deques_and_dates_cross(value: Any) -> None:
    back = crossed(value)
    assert back == value
    assert repr(back) == repr(value)


def test_views_of_a_dict_cross() -> None:
    view = {1: "a", 2: "a"}
    assert crossed(view.keys()) == {1, 2}
    assert list(crossed(view.values())) == ["a", "a"]
    assert crossed(view.items()) == {(1, "a"), (2, "a")}


def test_not_a_number_and_iterators_cross() -> None:
    assert math.isnan(crossed(math.nan))
    back = crossed(x * x for x in range(3))
    assert iter(back) is back
    assert list(back) == [0, 1, 4]


def test_numbers_of_numpy_cross() -> None:
    numpy = pytest.importorskip("numpy")
    for value, plain in [(numpy.int64(3), 3), (numpy.bool_(True), True), (numpy.longdouble(0.5), 0.5)]:
        assert crossed(value) == plain
        assert type(crossed(value)) is type(plain)
    for array in (numpy.array(7), numpy.zeros((0, 2)), numpy.array([[1, 2], [3, 4]], "u1"), numpy.array([1j, 2])):
        back = crossed({"k": array})["k"]
        assert numpy.array_equal(back, array)
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
    with pytest.raises(codec.Unsendable):
        codec.encode(numpy.array([object()]))


def test_a_subclass_arrives_as_its_base() -> None:
    class Liar(int):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = int.__hash__

    class LyingList(list[int]):
        def __iter__(self) -> Any:
            return iter([3])

    assert type(crossed(Liar(7))) is int
    assert crossed(Liar(7)) == 7
    assert crossed(LyingList([1])) == [1]
    assert crossed({Liar(1): Decimal("0.1"), "q": Fraction(1, 3)}) == {1: Decimal("0.1"), "q": Fraction(1, 3)}


def test_what_is_not_plain_data_cannot_be_sent() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    for value in (object(), len, lambda: 0, cycle, iter(int, 1)):
        with pytest.raises(codec.Unsendable):
            codec.encode(value)
    with pytest.raises(codec.TooLarge):
        codec.dump("x" * codec.MAX_MESSAGE)


@pytest.mark.parametrize(
    "data",
    [
        {"o": ["date", "x"]},
        {"o": ["tzinfo", ""]},
        {"o": ["timedelta", [10**12]]},
        {"u": [-1, []]},
        {"w": [1]},
        [1],
        {},
        {"i": "ff", "f": "0x1p0"},
        {"i": "zz"},
        {"i": 3},
        {"f": "x"},
        {"l": 3},
        {"l": "abc"},
        {"s": [{"l": []}]},
        {"d": [[{"l": []}, 1]]},
        {"d": [[1]]},
        {"d": 3},
        {"q": ["1", "0"]},
        {"q": "1"},
        {"m": "x"},
        {"c": ["0x1p0"]},
        {"r": [0, 1, 0]},
        {"h": 0},
        {"h": True},
        {"y": ["O", [1], [1]]},
        {"y": ["<i8", [2], [1]]},
        {"y": ["<i8", [1], [{"i": "f" * 30}]]},
        {"y": ["<i8,<i8", [1], [1]]},
        {"y": [3, [1], [1]]},
        {"y": []},
        {"unknown": 1},
        1.5,
    ],
)
def test_anything_else_is_malformed(data: Any) -> None:
    with pytest.raises(codec.Malformed):
        codec.decode(data)


def test_depth_is_limited_for_the_reader_too() -> None:
    data: Any = 1
    for _ in range(codec.MAX_DEPTH + 1):
        data = {"l": [data]}
    with pytest.raises(codec.Malformed, match="deep"):
        codec.decode(data)


@pytest.mark.parametrize("sent", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{x", b"\x00\x03\x00\x00" + b"[" * 0x30000])
def test_bytes_that_are_no_message_are_malformed(sent: bytes, tmp_path: Any) -> None:
    path = tmp_path / "sent"
    path.write_bytes(sent)
    fd = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(codec.Malformed):
            codec.read(fd)
    finally:
        os.close(fd)


def test_half_a_message_is_an_end(tmp_path: Any) -> None:
    path = tmp_path / "sent"
    path.write_bytes(b"\x00\x00\x00\x09{}")
    fd = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(EOFError):
            codec.read(fd)
    finally:
        os.close(fd)
