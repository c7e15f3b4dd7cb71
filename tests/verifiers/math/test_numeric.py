"""Constants to as many digits as they call for, within an effort."""

from __future__ import annotations

import pytest

from rlvr.verifiers.math.evaluation import NoValue
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.numeric import constant, equal_constants, order, shared_effort
from rlvr.verifiers.math.parse import parse
from rlvr.verifiers.math.tree import Call, Node

COSTLY = parse(r"\cos(10^{-300})+\cos(10^{-301})")


def test_constants_are_compared_to_the_digits_they_call_for() -> None:
    assert equal_constants(parse(r"\pi+10^{500}-10^{500}"), parse(r"\pi"))
    assert not equal_constants(parse(r"\pi+10^{500}-10^{500}+10^{-500}"), parse(r"\pi"))
    assert constant(parse(r"(e+10^{100})-10^{100}-e")) == 0


def test_constants_are_in_order() -> None:
    assert order(parse(r"\sqrt6"), parse(r"\sqrt2\sqrt3")) == 0
    assert order(parse("1"), parse("1+10^{-400}")) == -1
    assert order(parse(r"1+10^{-400}\pi"), parse("1")) == 1
    with pytest.raises(NoValue):
        order(parse("1"), parse("x"))
    with pytest.raises(NoValue):
        order(parse("1"), parse("i"))


def test_beyond_all_digits_nothing_is_said() -> None:
    with pytest.raises(NoValue):
        equal_constants(parse(r"1+10^{-10^5}\pi"), parse("1"))


def test_all_parts_of_an_answer_share_one_effort() -> None:
    other: Node = Call("+", (COSTLY, parse(r"10^{-800}\pi")))
    assert not equal_constants(COSTLY, other)
    with shared_effort(), pytest.raises(TooLarge, match="effort"):
        for _ in range(100):
            equal_constants(COSTLY, other)
    assert not equal_constants(COSTLY, other)
