"""`rlvr serve`: wrong words are refused before anything listens."""

from __future__ import annotations

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
