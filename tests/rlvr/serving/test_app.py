"""The routes, asked over HTTP: verdicts in order, refusals with a reason, OpenRLHF's shape."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr.verdict import Verdict

DATA = Path(__file__).parents[2] / "data"
DOG = {"verifier": "exact", "completion": "dog", "reference": {"answer": "dog"}}


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Any]) -> Any:
    return start_server("math", "exact", "gate", f"{DATA / 'sleepy.py'}:Sleepy")


def test_a_verdict_a_row_in_order(server: Any) -> None:
    math = {"verifier": "math", "reference": {"answer": "3/4"}}
    rows = [
        {"verifier": "sleepy", "completion": "0.3"},
        {**math, "completion": r"\boxed{0.75}"},
        {**math, "completion": r"\boxed{9^{9^{9^{9}}}}"},
        {**DOG, "reference": {"anser": "dog"}},
        {**DOG, "completion": "DOG", "options": {"ignore_case": True}},
        {**DOG, "prefill": "<think>", "completion": "hm</think>dog", "options": {"thinking": "require"}},
        {**DOG, "finish_reason": "length"},
        {**math, "prompt": [{"role": "user", "content": "q"}], "completion": ""},
    ]
    found = server.verify(*rows).json["verdicts"]
    outcomes = [(verdict["outcome"], verdict["reward"]) for verdict in found]
    passed, failed, error = ("pass", 1.0), ("fail", 0.0), ("error", None)
    assert outcomes == [passed, passed, failed, error, passed, passed, failed, failed]
    assert (found[3]["cause"], found[6]["cause"]) == ("invalid_reference", "truncated")
    for verdict in found:
        assert Verdict.from_json({k: v for k, v in verdict.items() if k != "reward"}).reward == verdict["reward"]


def test_composites_of_what_is_offered(server: Any) -> None:
    parts = [{"name": "exact", "label": "word"}, {"name": "math"}]
    reference = {"word": {"answer": "4"}, "math": {"answer": "4"}}
    row = {"verifier": "gate", "options": {"parts": parts}, "reference": reference, "completion": "4"}
    (verdict,) = server.verify(row).json["verdicts"]
    assert (verdict["outcome"], verdict["cause"]) == ("fail", "no_answer")
    assert verdict["details"]["parts"]["word"]["outcome"] == "pass"


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({**DOG, "verifier": "regex"}, "row 1: verifier 'regex' is not offered here"),
        ({**DOG, "verifier": f"{DATA / 'sleepy.py'}:Sleepy"}, "is not offered here"),
        ({**DOG, "verifier": "exakt"}, "Did you mean 'exact'?"),
        ({**DOG, "options": {"ignore_cases": True}}, "Did you mean 'ignore_case'?"),
        ({**DOG, "verifier": "gate", "options": {"parts": [{"name": "regex"}]}}, "'regex' is not offered here"),
        ({**DOG, "verifier": "gate", "options": {"parts": "exact"}}, "'parts' must be a list"),
        ({**DOG, "verifier": "gate", "options": {"parts": [{"name": "exact", "options": ["a"]}]}}, "must be a mapping"),
        ({**DOG, "answer": "dog"}, "unknown key 'rows.1.answer'"),
        ({"verifier": "exact"}, "'rows.1.completion' is missing"),
        ({**DOG, "completion": 4}, "rows.1.completion"),
    ],
)
def test_a_row_that_cannot_be_meant_refuses_the_batch(server: Any, row: dict[str, Any], part: str) -> None:
    before = server.meter('rlvr_verdicts_total{cause="correct",outcome="pass",verifier="exact"}')
    reply = server.verify(DOG, row)
    assert reply.status == 422
    assert part in reply.json["error"]
    assert server.meter('rlvr_verdicts_total{cause="correct",outcome="pass",verifier="exact"}') == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"rows": []}',
        b'{"rows": [' + b"[" * 50_000 + b"]" * 50_000 + b"]}",
        b"\xff\xfe",
        b'{"rows": [{"verifier": "exact", "completion": "\\ud800"}]}',
        b"null",
        b'{"rows": [{"verifier": "exact", "completion": "a", "reference": {"answer": [' + b"[]," * 50_000 + b"1]}}]}",
        b'{"rows": [{"verifier": "exact", "completion": "a", "reference": {"answer": ' + b"9" * 5000 + b"}}]}",
        json.dumps({"rows": [DOG] * 4097}).encode(),
    ],
    ids=lambda body: str(body[:20]),
)
def test_a_body_of_another_shape(server: Any, body: bytes) -> None:
    assert server.ask("POST", "/verify", body).status == 422
    assert server.verify(DOG).status == 200


def test_other_paths_and_methods(server: Any) -> None:
    assert server.ask("GET", "/nothing").status == 404
    assert server.ask("GET", "/verify").status == 405
    assert server.ask("POST", "/health", {}).status == 405


def query(*texts: str, labels: list[Any] | None = None) -> dict[str, Any]:
    prompt = "Q: say \\boxed{4}\nA:"
    return {
        "query": [prompt + text for text in texts],
        "prompts": [prompt] * len(texts),
        "labels": labels or ["4"] * len(texts),
    }


def test_openrlhf_gets_its_shape(server: Any) -> None:
    reply = server.ask("POST", "/openrlhf/math", query(r"\boxed{4}<|im_end|>", r"\boxed{5}", ""))
    assert reply.json == {"rewards": [1, 0, 0], "scores": [1, 0, 0], "extra_logs": {"passed": [1, 0, 0]}}
    cut = query(r"\boxed{4}", labels=["so\n#### 4"])
    assert server.ask("POST", "/openrlhf/math?extract=gsm8k", cut).json["rewards"] == [1.0]
    assert server.ask("POST", "/openrlhf/math?field=answer", query(r"\boxed{4}")).json["rewards"] == [1.0]


def test_openrlhf_gets_no_number_for_an_error(server: Any) -> None:
    reply = server.ask("POST", "/openrlhf/math", query(r"\boxed{4}", "x", labels=["4", " "]))
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert "invalid_reference" in reply.json["error"]


@pytest.mark.parametrize(
    ("path", "body", "part"),
    [
        ("/openrlhf/regex", query("a"), "'regex' is not offered here"),
        ("/openrlhf/math", {**query("a"), "labels": []}, "zip"),
        ("/openrlhf/math", {**query("a"), "prompts": ["other"]}, "does not begin with its prompt"),
        ("/openrlhf/gate", query("a"), "'parts' must be a list"),
    ],
)
def test_openrlhf_is_told_what_cannot_be(server: Any, path: str, body: dict[str, Any], part: str) -> None:
    reply = server.ask("POST", path, body)
    assert reply.status == 422
    assert part in reply.json["error"]


def test_the_key_in_both_forms_and_in_no_other(server: Any) -> None:
    basic = base64.b64encode(b"x:" + server.key.encode()).decode()
    assert server.ask("GET", "/metrics", Authorization=f"Basic {basic}").status == 200
    for wrong in ("", server.key, f"Bearer {server.key}x", "Bearer", f"Basic {server.key}", "Basic ===", "Bearer \xe9"):
        for method, path, body in (("GET", "/metrics", None), ("POST", "/verify", {"rows": [DOG]})):
            reply = server.ask(method, path, body, Authorization=wrong)
            assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert server.ask("GET", "/health", Authorization="").json == {"status": "ok"}


def test_metrics_count_what_happened(server: Any) -> None:
    name = 'rlvr_verdicts_total{cause="wrong_answer",outcome="fail",verifier="exact"}'
    before = server.meter(name)
    server.verify({**DOG, "completion": "cat"}, {**DOG, "completion": "cow"}, DOG)
    assert server.meter(name) == before + 2
    assert server.meter("rlvr_in_flight_requests") == server.meter("rlvr_in_flight_bytes") == 0
    assert server.meter('rlvr_requests_total{route="verify",status="200"}') > 0
