"""`rlvr.verifiers.json_schema`: strict JSON, both engines, and no way to the network or a file."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.errors import UsageError
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Verdict
from rlvr.verifier import fault
from rlvr.verifiers.json_schema.engines import chosen
from rlvr.verifiers.json_schema.strict import NotJson, parse

ENGINES = [
    "jsonschema",
    pytest.param("rs", marks=pytest.mark.skipif(chosen("auto") != "rs", reason="no jsonschema-rs")),
]


def judge(text: str, schema: Any = None, **options: Any) -> Verdict:
    spec = VerifierSpec("json_schema", options)
    reference = {} if schema is None else {"schema": schema}
    return build_verifier(spec).verify(Problem("p", "", reference, "t", spec), Completion(text))


@pytest.mark.parametrize("text", ["{}", "null", " [1, 2.5e3] ", '"\\ud83d\\ude00"', "1e-400", "9" * 4000, "-0"])
def test_strict_json_passes(text: str) -> None:
    assert judge(text).reward == 1.0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a":1,"a":2}', "occurs twice"),
        ('{"a":1,"\\u0061":2}', "occurs twice"),
        ("[NaN]", "NaN is not JSON"),
        ("1e400", "too large"),
        ('"\\ud800"', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
        ("5 5", "Extra data"),
        ("[1,]", "Illegal trailing comma|Expecting value"),
        ("9" * 5000, "digits"),
        ("[" * 100_000, "nested deeper"),
        ("[" * 65 + "]" * 65, "nested deeper"),
        ('{"a":' * 65 + "1" + "}" * 65, "nested deeper"),
        ("\ufeff{}", "Expecting value"),
        ("\u00a0{}", "Expecting value"),
        ('"\t"', "control character"),
    ],
)
def test_anything_else_is_malformed(text: str, why: str) -> None:
    verdict = judge(text)
    assert verdict.cause == "malformed"
    assert any(part in verdict.reason for part in why.split("|")), verdict.reason


@pytest.mark.parametrize(("key", "told"), [("foo", "Known: schema."), ("schema_", "Did you mean 'schema'?")])
def test_a_wrong_key_of_a_reference_is_answered_with_the_keys_that_rows_use(key: str, told: str) -> None:
    verifier = build_verifier(VerifierSpec("json_schema"))
    with pytest.raises(ValueError) as caught:
        verifier.check_reference(Problem("p", "", {key: {}}, "t", VerifierSpec("json_schema")))
    assert fault(verifier, caught.value) == f"unknown key {key!r}. {told}"


def test_brackets_in_strings_do_not_nest() -> None:
    assert judge('["' + "[" * 1000 + '\\""]').reward == 1.0


@pytest.mark.parametrize(
    ("text", "find", "passes"),
    [
        ("```json\n{}\n```", "whole", False),
        ("```json\n{}\n```", "fenced", True),
        ("```\n{}\n```", "either", True),
        ("{}", "fenced", False),
        ("{}", "either", True),
        ("```json\n{}", "either", False),
        ("```python\n{}\n```", "either", False),
        ('```json\n"```"\n```', "either", True),
        ("```json\n{}\n```\n```json\n{}\n```", "either", False),
        ("```json\n{}\n``` done", "either", False),
    ],
)
def test_where_the_json_stands(text: str, find: str, passes: bool) -> None:
    assert (judge(text, find=find).reward == 1.0) is passes


def test_thinking_is_stripped_only_when_asked() -> None:
    assert judge("<think>x</think>{}").reward == 0.0
    assert judge("<think>x</think>{}", thinking="strip").reward == 1.0


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_what_json_writes_is_read_back(value: Any) -> None:
    import json

    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        with pytest.raises(NotJson):
            parse(json.dumps(value), 64)
    else:
        assert parse(json.dumps(value), 64) == value


@given(st.text(alphabet='[]{}",:\\1a \n'))
def test_no_text_crashes_the_parser(text: str) -> None:
    assert judge(text).reward in (0.0, 1.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_failing_path_is_in_the_reason(engine: str) -> None:
    schema = {"properties": {"a": {"items": {"type": "integer"}}}}
    verdict = judge('{"a": [1, "x"]}', schema, engine=engine)
    assert verdict.cause == "constraint_violated" and "/a/1" in verdict.reason
    assert str(verdict.details["engine"]).startswith("jsonschema")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("schema", "text", "passes"),
    [
        ({"multipleOf": 0.01}, "4.35", True),
        ({"multipleOf": 0.5}, "1" + "0" * 400, True),
        ({"pattern": "^\\d+$"}, '"\u0663"', False),
        ({"pattern": "^a$"}, '"a\\n"', False),
        ({"pattern": "^\\p{L}+$"}, '"é"', True),
        ({"pattern": "^(a+)+$"}, '"' + "a" * 50_000 + '!"', False),
        ({"uniqueItems": True}, "[1, true, {}, []]", True),
        ({"uniqueItems": True}, "[1, 1.0]", False),
        ({"uniqueItems": True}, str([{"a": i} for i in range(3000)]).replace("'", '"'), True),
        ({"items": {"$ref": "#"}}, "[" * 64 + "]" * 64, True),
        ({"patternProperties": {"^(x+)+$": False}}, '{"' + "x" * 5000 + '!": 1}', True),
        ({"additionalProperties": False, "patternProperties": {"^a": {}}}, '{"ab": 1, "b": 2}', False),
        (
            {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True},
            "1",
            False,
        ),
        (False, "1", False),
    ],
)
def test_both_engines_agree_on_hard_values(engine: str, schema: Any, text: str, passes: bool) -> None:
    assert (judge(text, schema, engine=engine).reward == 1.0) is passes


@pytest.fixture
def requests() -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback that writes down every connection."""
    seen: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            seen.append(self.rfile.readline())
            self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n{}")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/s.json", seen
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_version_names_the_engine_in_use(engine: str) -> None:
    verifier = build_verifier(VerifierSpec("json_schema", {"engine": engine}))
    assert verifier.version == f"1+{judge('1', True, engine=engine).details['engine']}"


@pytest.mark.parametrize("engine", ENGINES)
def test_no_reference_is_ever_fetched(engine: str, requests: tuple[str, list[bytes]], tmp_path: Path) -> None:
    url, seen = requests
    local = tmp_path / "s.json"
    local.write_text("{}")
    for target in (url, local.as_uri(), str(local), "other.json"):
        for schema in ({"$ref": target}, {"items": {"$ref": target}}, {"$id": target, "$ref": "x.json"}):
            spec = VerifierSpec("json_schema", {"engine": engine})
            verifier, problem = build_verifier(spec), Problem("p", "", {"schema": schema}, "t", spec)
            assert verifier.verify(problem, Completion("[1]")).cause == "invalid_reference"
        spec = VerifierSpec("json_schema", {"engine": engine})
        with pytest.raises(ValueError):
            build_verifier(spec).check_reference(Problem("p", "", {"schema": {"$ref": target}}, "t", spec))
    judge("1", {"$schema": url}, engine=engine)
    assert seen == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("schema", [{"type": "strnig"}, {"minLength": -1}, {"pattern": "("}])
def test_an_invalid_schema_is_refused(engine: str, schema: Any) -> None:
    spec = VerifierSpec("json_schema", {"engine": engine})
    problem = Problem("p", "", {"schema": schema}, "t", spec)
    assert build_verifier(spec).verify(problem, Completion('"a"')).cause == "invalid_reference"


def test_a_circular_schema_is_refused_by_the_reference_engine() -> None:
    spec = VerifierSpec("json_schema", {"engine": "jsonschema"})
    with pytest.raises(ValueError, match="without end"):
        build_verifier(spec).check_reference(Problem("p", "", {"schema": {"$ref": "#"}}, "t", spec))


def test_formats_are_asserted_by_rs_or_refused() -> None:
    with pytest.raises(UsageError, match="rs"):
        judge('"x"', {"format": "email"}, engine="jsonschema", formats="assert")
    if chosen("auto") == "rs":
        assert judge('"not an email"', {"format": "email"}, formats="assert").reward == 0.0
        assert judge('"not an email"', {"format": "email"}).reward == 1.0
