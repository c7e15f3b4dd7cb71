"""`rlvr sandbox` without an engine; with one, `tests/sandboxes/test_docker.py` tests what it calls."""

from __future__ import annotations

import gc

import pytest
from typer.testing import CliRunner

from rlvr.cli.app import app
from rlvr.errors import SandboxUnavailable


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # docker-py's, when it cannot connect
@pytest.mark.parametrize("verb", ["status", "build", "prune"])
def test_without_an_engine_each_verb_says_so(verb: str) -> None:
    result = CliRunner().invoke(app, ["sandbox", verb, "--engine", "unix:///nonexistent/docker.sock"])
    assert isinstance(result.exception, SandboxUnavailable)
    assert result.exception.exit_code == 3
    assert "Is Docker running" in str(result.exception)
    del result
    gc.collect()


def test_help_names_the_verbs() -> None:
    result = CliRunner().invoke(app, ["sandbox", "--help"])
    assert result.exit_code == 0
    assert all(verb in result.output for verb in ("status", "build", "prune"))
