"""The API's description as OpenAPI 3.1, made from the models that parse and write the messages."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from rlvr.serving.rows import Batch, Health, Queries, Refusal, Rewards, Verdicts
from rlvr.verifier import Model

_MODELS: Sequence[type[Model]] = (Batch, Verdicts, Queries, Rewards, Refusal, Health)
_REFUSALS = {
    "401": "the key is missing or wrong",
    "408": "the body did not come in time",
    "411": "the body has no Content-Length",
    "413": "the body is too large",
    "415": "the body is not application/json",
    "422": "the body is not of this shape, or names a verifier or an option that is not offered",
    "429": "the server is full; Retry-After says when to come again",
}


def description(names: Sequence[str]) -> dict[str, Any]:
    """The document for a server that offers these verifiers."""
    _, schemas = models_json_schema([(model, "validation") for model in _MODELS], ref_template=_SCHEMAS + "{model}")
    definitions = schemas["$defs"]
    definitions["Row"]["properties"]["verifier"]["enum"] = list(names)
    which = {"name": "verifier", "in": "path", "required": True, "schema": {"type": "string", "enum": list(names)}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "rlvr serve", "version": version("rlvr")},
        "components": {
            "schemas": definitions,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}],
        "paths": {
            "/verify": {"post": _post("Judge completions; one verdict a row, in order.", Batch, Verdicts, {})},
            "/openrlhf/{verifier}": {
                "parameters": [which, _query("field", ""), _query("extract", "")],
                "post": _post(
                    "OpenRLHF's remote reward model.",
                    Queries,
                    Rewards,
                    {"503": "a completion could not be judged, so there is no reward"},
                ),
            },
            "/health": {"get": {"summary": "Whether requests are taken.", "security": [], **_gives(Health)}},
            "/metrics": {"get": {"summary": "Counters for Prometheus.", "responses": {"200": _TEXT}}},
            "/openapi.json": {"get": {"summary": "This document.", "responses": {"200": {"description": "JSON"}}}},
        },
    }


_SCHEMAS = "#/components/schemas/"
_TEXT = {"description": "text format 0.0.4", "content": {"text/plain": {"schema": {"type": "string"}}}}


def _post(summary: str, takes: type[Model], gives: type[Model], refusals: dict[str, str]) -> dict[str, Any]:
    refused = {status: {"description": why, **_json(Refusal)} for status, why in {**_REFUSALS, **refusals}.items()}
    answers = _gives(gives)["responses"]
    return {"summary": summary, "requestBody": {"required": True, **_json(takes)}, "responses": {**answers, **refused}}


def _gives(model: type[Model]) -> dict[str, Any]:
    return {"responses": {"200": {"description": model.__name__, **_json(model)}}}


def _json(model: type[Model]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": _SCHEMAS + model.__name__}}}}


def _query(name: str, default: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string", "default": default}}
