"""Findings and the exit code they mean."""

from __future__ import annotations

import pytest

from rlvr.finding import Finding, State, exit_code


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([], 0),
        ([State.OK, State.WARN], 0),
        ([State.WARN, State.LACKS], 3),
        ([State.LACKS, State.FAIL, State.OK], 1),
    ],
)
def test_the_worst_state_decides(states: list[State], code: int) -> None:
    assert exit_code(Finding("what", state, "found") for state in states) == code
