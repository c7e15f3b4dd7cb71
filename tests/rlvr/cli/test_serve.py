"""`rlvr serve`: wrong words are refused before anything listens."""

from __future__ import annotations

import gc
import sys

import pytest

from rlvr.cli import main


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["maths"], "Did you mean 'math'?"),
        (["math", "--limits", "max_body=1"], "--limits: unknown key 'max_body'"),
        (["math", "--limits", "max_requests=0"], "'max_requests'"),
        (["math", "--scoring", "workers"], "not of the form key=value"),
        (["math", "--scoring", "workers=[1"], "option 'workers=[1' is not YAML"),
        (["math", "--limits", "max_requests=[1]"], "'max_requests'"),
        (["math", "--port", "70000"], "--port"),
        (["math", "--port", "-1"], "--port"),
        (["math", "--host", "0.0.0.0"], "there is no key"),
    ],
)
def test_wrong_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], part: str
) -> None:
    monkeypatch.delenv("RLVR_SERVE_KEY", raising=False)
    monkeypatch.setattr(sys, "argv", ["rlvr", "serve", "--port", "0", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert part in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # docker-py's, when it cannot connect
def test_an_engine_that_does_not_answer_is_known_before_the_first_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: pytest.fail("requests are taken"))
    monkeypatch.setattr(sys, "argv", ["rlvr", "serve", "--port", "0", "math", "code"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 3
    err = capsys.readouterr().err
    assert "Is Docker running" in err
    assert "serving" not in err
    del caught
    gc.collect()
