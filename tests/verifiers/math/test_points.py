"""Points lie where expressions may differ: beyond their numbers, closer in, on whole numbers of every size."""

from __future__ import annotations

import pytest

from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.parse import parse
from rlvr.verifiers.math.points import Points


def points(gold: str, found: str) -> Points:
    return Points(parse(gold), parse(found))


def test_only_what_bends_is_looked_at_far_out() -> None:
    for smooth in ("x^2+3", r"\sin x", r"\sqrt{2x}", "e^x", r"\frac{1}{x-5}", r"\ln x"):
        assert not list(points(smooth, smooth).far())
    for bent in ("|x-3|", r"\sqrt{(x-3)^2}", r"\max(x,3)", r"\lfloor x\rfloor", r"\ln(x-1)", r"\arctan(\tan x)"):
        assert list(points("x", bent).far())


@pytest.mark.parametrize(
    ("text", "least"),
    [("|x-3|", 3), ("|x-10^{30}|", 10**30), (r"|\sqrt[9]{x}-5|", 5**9), (r"|\ln x-9|", 3**9), (r"|x-10^{-9}|", 10**9)],
)
def test_they_lie_beyond_the_numbers_that_are_written(text: str, least: int) -> None:
    found = [abs(point["x"]) for point in points("x", text).far()]
    assert max(found) > least
    assert min(found) * least < 1


def test_both_signs_unless_there_are_roots() -> None:
    assert {point["x"] > 0 for point in points("x", r"\max(x,3)").far()} == {True, False}
    assert {point["x"] > 0 for point in points(r"\sqrt x", r"\max(\sqrt x,3)").far()} == {True}


def test_whole_numbers_come_from_every_range() -> None:
    steps = points(r"\lfloor x\rfloor", r"\lfloor\frac{x}{137}\rfloor")
    whole = [point["x"] for point in steps.whole()]
    assert {*range(1, 33), 137, -137} <= set(whole)
    assert any(number.denominator > 1 for number in whole)
    wide = [abs(point["x"]) for point in steps.wide()]
    assert all(number.denominator == 1 for number in wide)
    assert sum(number > 500 for number in wide) >= 8
    assert sum(number > 10**6 for number in wide) >= 3
    assert not list(points("x", "|x|").wide())


def test_variables_have_numbers_of_their_own() -> None:
    assert any(point["a"] != point["b"] for point in points(r"\lfloor a\rfloor", "b").wide())


def test_numbers_too_large_to_look_beyond_are_refused() -> None:
    with pytest.raises(TooLarge):
        list(points("x", "|x-10^{10^{10}}|").far())
