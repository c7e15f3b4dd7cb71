"""Rewritten expressions stay equal and one-digit changes do not. `fuzz_math.py rewrites` does 10,000."""

from __future__ import annotations

import random
import runpy
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.verifiers.math.exact import exact
from rlvr.verifiers.math.judge import read, same_answer
from rlvr.verifiers.math.policy import MathOptions
from rlvr.verifiers.math.tree import Num

REWRITES = runpy.run_path(str(Path(__file__).with_name("rewrites.py")))


@pytest.mark.parametrize("seed", range(3))
def test_rewritten_expressions_stay_equal_and_changed_ones_do_not(seed: int, boxed: Callable[..., Any]) -> None:
    draw = random.Random(seed)
    for _ in range(150):
        gold = REWRITES["expression"](draw)
        rewritten = draw.choice(REWRITES["REWRITES"])(draw.choice(REWRITES["REWRITES"])(gold))
        assert boxed(rewritten, gold).outcome == "pass", (gold, rewritten)
        changed = REWRITES["changed"](gold, draw)
        if boxed(changed, gold).outcome == "pass":
            assert REWRITES["really_equal"](gold, changed), (gold, changed)


@given(st.fractions())
def test_a_fraction_is_itself_in_every_form(number: Fraction) -> None:
    for text in (f"\\frac{{{number.numerator}}}{{{number.denominator}}}", f"{number.numerator}/{number.denominator}"):
        node = read(text).node
        assert node is not None
        assert exact(node) == number
    assert isinstance(read(str(abs(number.numerator))).node, Num)


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_sets_know_no_order_and_tuples_do(items: list[int], draw: random.Random) -> None:
    shuffled = list(items)
    draw.shuffle(shuffled)
    for form, same in ((r"\{%s\}", True), ("(%s, 100)", items == shuffled)):
        gold, found = (read(form.replace("%s", ",".join(map(str, numbers)))) for numbers in (items, shuffled))
        assert same_answer(gold, found, MathOptions(), {}) is same
