"""When a returned value is the expected one, for tests that are calls and values."""

from __future__ import annotations

import math
from typing import Any


def same(got: Any, expected: Any, tolerance: float) -> bool:
    """Whether a returned value is the expected JSON value.

    A tuple counts as a list, because JSON has only lists. True is not 1. Numbers are compared by value,
    and within `tolerance` (absolute, and relative to the expected one) where a float is expected.
    """
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        return type(got) is type(expected) and bool(got == expected)
    if isinstance(expected, (int, float)):
        if type(got) not in (int, float):
            return False
        return got == expected or (tolerance > 0 and _close(got, expected, tolerance))
    if isinstance(expected, list):
        if type(got) not in (list, tuple) or len(got) != len(expected):
            return False
        return all(same(a, b, tolerance) for a, b in zip(got, expected))
    return (
        type(got) is dict
        and got.keys() == expected.keys()
        and all(same(got[key], expected[key], tolerance) for key in expected)
    )


def _close(got: float, expected: float, tolerance: float) -> bool:
    try:
        # Within any share of infinity lies everything.
        return math.isfinite(expected) and abs(got - expected) <= tolerance * max(1.0, abs(expected))
    except OverflowError:  # an integer beyond every float
        return False
