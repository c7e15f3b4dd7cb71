"""Small functions to complete: their own solutions are right, and they do not repeat one another."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from rlvr.sandboxes._guest.compare import same
from rlvr.tasks.generator import build_generator
from rlvr.tasks.options import GeneratorSource
from rlvr.tasks.row import Row


def rows_of(**options: Any) -> list[Row]:
    return list(build_generator(GeneratorSource(generator="functions", options=options)).rows())


def test_how_many_there_are() -> None:
    written, family, both = (rows_of(kind=kind) for kind in ("written", "family", "both"))
    assert len(written) == 72
    assert len(family) == 2 * 99 + 5 * 11 + 13 * 9
    assert len(both) == len(written) + len(family)
    assert {row.kind for row in written} == {"written"}
    assert [row.number for row in both] == list(range(1, len(both) + 1))


def test_no_two_ask_or_name_the_same() -> None:
    rows = rows_of()
    assert len({row.columns["prompt"] for row in rows}) == len(rows)
    assert len({row.columns["entry_point"] for row in rows}) == len(rows)


@pytest.mark.parametrize("row", rows_of(kind="written"), ids=lambda row: row.columns["entry_point"])
def test_calls_tell_a_function_from_simpler_ones(row: Row) -> None:
    """Nothing constant passes, nor the argument itself."""
    ast.parse(f"{row.columns['prompt']} {row.columns['solution']}")
    cases = row.columns["cases"]
    assert len(cases) >= 5
    for guess in (*(case["expected"] for case in cases), None, True, 0, "", []):
        assert not all(same(guess, case["expected"], 0.0) for case in cases)
    for position in range(len(cases[0]["args"])):
        assert not all(same(case["args"][position], case["expected"], 0.0) for case in cases)
