"""Student's t and the interval it makes."""

from __future__ import annotations

import math
import random

import pytest

from rlvr.evals.interval import t_interval, t_quantile


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),
    [
        # Tables of Student's t, to the digits they give.
        (0.975, 1, 12.7062047364),
        (0.975, 2, 4.30265272991),
        (0.975, 10, 2.22813885196),
        (0.975, 29, 2.04522964213),
        (0.975, 119, 1.98009987684),
        (0.995, 5, 4.03214298356),
        (0.9, 3, 1.63774435369),
        (0.5, 7, 0.0),
    ],
)
def test_quantiles_of_tables(probability: float, freedom: int, expected: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert t_quantile(1 - probability, freedom) == pytest.approx(-expected, rel=1e-9, abs=1e-9)


def test_many_degrees_of_freedom_are_the_normal_distribution() -> None:
    assert t_quantile(0.975, 10**6) == pytest.approx(1.959966, abs=1e-5)


def test_an_interval_by_hand() -> None:
    found = t_interval([1.0, 2.0, 3.0, 4.0])
    half = 3.18244630528 * math.sqrt(5 / 3 / 4)
    assert (found.mean, found.low, found.high) == pytest.approx((2.5, 2.5 - half, 2.5 + half))


def test_coverage_is_what_it_claims() -> None:
    draw = random.Random(0)
    hits = 0
    for _ in range(2000):
        interval = t_interval([draw.betavariate(0.4, 0.6) for _ in range(30)])
        hits += interval.low <= 0.4 <= interval.high
    assert 0.93 < hits / 2000 < 0.97


def test_one_value_allows_no_interval_and_none_is_an_error() -> None:
    found = t_interval([0.5])
    assert found.mean == 0.5
    assert math.isnan(found.low)
    with pytest.raises(ValueError, match="at least one value"):
        t_interval([])
    with pytest.raises(ValueError, match="no 1\\.5 quantile"):
        t_quantile(1.5, 3)
