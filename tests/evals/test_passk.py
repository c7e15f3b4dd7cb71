"""pass@k against enumeration and exact reference values."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.evals.passk import pass_at_k

FIXTURES = Path(__file__).parents[3] / "shared" / "cases" / "passk_fixtures.json"

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))


@pytest.mark.parametrize(
    ("n", "c", "k"), [(n, c, k) for n in range(1, 7) for c in range(n + 1) for k in range(1, n + 1)]
)
def test_it_is_what_enumeration_counts(n: int, c: int, k: int) -> None:
    draws = list(itertools.combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, draws)) / len(draws), rel=1e-14)


@given(counts)
def test_exact_to_thirteen_digits(case: tuple[int, int, int]) -> None:
    n, c, k = case
    assert pass_at_k(n, c, k) == pytest.approx(float(1 - Fraction(comb(n - c, k), comb(n, k))), rel=1e-13)


@given(counts)
def test_more_draws_help(case: tuple[int, int, int]) -> None:
    n, c, k = case
    if k < n:
        assert pass_at_k(n, c, k + 1) >= pass_at_k(n, c, k) * (1 - 1e-14)


@given(counts)
def test_one_draw_is_the_share_that_is_right(case: tuple[int, int, int]) -> None:
    n, c, _ = case
    assert pass_at_k(n, c, 1) == pytest.approx(c / n, rel=1e-14)


@pytest.mark.parametrize(("n", "c", "k"), [(4, 0, 5), (4, 4, 5), (4, 5, 2), (4, -1, 2), (4, 2, 0), (0, 0, 1)])
def test_what_does_not_exist_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError):
        pass_at_k(n, c, k)


@pytest.mark.skipif(not FIXTURES.is_file(), reason="the reference values lie beside the repository of its developers")
def test_reference_values() -> None:
    fixtures = json.loads(FIXTURES.read_text())
    for n, c, k, value, complement in fixtures["pass_at_k"]:
        assert pass_at_k(n, c, k) == pytest.approx(float(value), rel=1e-13)
        assert 1 - pass_at_k(n, c, k) == pytest.approx(float(complement), rel=1e-13, abs=2e-15)
