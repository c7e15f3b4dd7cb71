"""`rlvr sandbox` without an engine; with one, `tests/sandboxes/test_docker.py` tests what it calls."""

from __future__ import annotations

import gc

import pytest
from typer.testing import CliRunner

from rlvr.cli.app import app
from rlvr.doctor import examine
from rlvr.errors import EnvironmentLacks, SandboxUnavailable, UsageError
from rlvr.registry import build_sandbox
from rlvr.sandboxes.docker import manage


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # docker-py's, when it cannot connect
@pytest.mark.parametrize("verb", ["status", "build", "prune"])
def test_without_an_engine_each_verb_says_so(verb: str) -> None:
    result = CliRunner().invoke(app, ["sandbox", verb, "--engine", "unix:///nonexistent/docker.sock"])
    assert isinstance(result.exception, SandboxUnavailable)
    assert result.exception.exit_code == 3
    assert "Is Docker running" in str(result.exception)
    del result
    gc.collect()


def test_an_engine_over_ssh_is_refused_with_the_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    given = CliRunner().invoke(app, ["sandbox", "status", "--engine", "ssh://me@there"])
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@there")
    named = CliRunner().invoke(app, ["sandbox", "status"])
    for result in (given, named):
        assert isinstance(result.exception, SandboxUnavailable)
        assert result.exception.what == "an engine at ssh://me@there is not supported."
        assert "Forward its socket: ssh -NL" in result.exception.mend
    assert any("Forward its socket" in finding.mend for finding in examine() if finding.what == "docker engine")


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_status_asks_for_the_image_that_was_looked_for(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    found = {"engine": "1", "image_present": False, "containers": [], "warnings": []}
    monkeypatch.setattr(manage, "status", lambda engine, packages: found)
    result = CliRunner().invoke(app, ["sandbox", "status", "--package", "numpy", *words])
    assert "engine" in result.output
    assert isinstance(result.exception, EnvironmentLacks)
    assert result.exception.mend == "Make it: rlvr sandbox build --package numpy"


def test_the_process_sandbox_says_how_it_is_allowed() -> None:
    with pytest.raises(UsageError) as caught:
        build_sandbox("process", {})
    assert "`sandbox: {name: process, options: {allow_unsafe: true}}`" in caught.value.mend
    assert "`--sandbox process --sandbox-options allow_unsafe=true`" in caught.value.mend
    build_sandbox("process", {"allow_unsafe": True}).close()


def test_help_names_the_verbs() -> None:
    result = CliRunner().invoke(app, ["sandbox", "--help"])
    assert result.exit_code == 0
    assert all(verb in result.output for verb in ("status", "build", "prune"))
