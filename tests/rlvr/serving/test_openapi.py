"""The description is whole: every reference leads somewhere, and it says what the models say."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from rlvr.serving.openapi import description


def test_every_reference_leads_somewhere() -> None:
    document = description(["exact", "math"])
    assert document["openapi"] == "3.1.0"
    found = [part.split('"')[0] for part in json.dumps(document).split('"$ref": "')[1:]]
    assert found
    for reference in found:
        node: Any = document
        for key in reference.removeprefix("#/").split("/"):
            node = node[key]
        assert node["type"] in {"object", "string"}


def test_its_schemas_tell_right_bodies_from_wrong_ones() -> None:
    document = description(["exact", "math"])
    schema = {**document["paths"]["/verify"]["post"]["requestBody"]["content"]["application/json"]["schema"]}
    check = Draft202012Validator({**schema, "components": document["components"]})
    assert check.is_valid({"rows": [{"verifier": "exact", "completion": "a", "reference": {"answer": "a"}}]})
    for row in ({"verifier": "regex", "completion": "a"}, {"verifier": "exact"}, {"verifier": "exact", "x": 1}):
        assert not check.is_valid({"rows": [row]})


def test_only_health_is_open() -> None:
    paths = description(["exact"])["paths"]
    operations = {path: next(op for verb, op in item.items() if verb != "parameters") for path, item in paths.items()}
    assert [path for path, operation in operations.items() if operation.get("security") == []] == ["/health"]
    assert {"401", "413", "429"} <= set(operations["/verify"]["responses"])
    assert "503" in operations["/openrlhf/{verifier}"]["responses"]
