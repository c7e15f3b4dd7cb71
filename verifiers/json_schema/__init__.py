"""Strict JSON that meets a JSON Schema.

    {"schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}

Without a schema any strict JSON passes. Drafts 4, 6, 7, 2019-09 and 2020-12; `$schema` in the schema
wins over `draft`. To ask for one certain value, say so in the schema: `{"const": ...}`.

Where the engines differ (`engine`; the one in use is stamped into `version` and every verdict's details):
  * a schema that refers to itself without end, `{"$ref": "#"}`: `rs` passes it, `jsonschema` refuses it;
  * patterns with look-around or back-references: `rs` runs them, `jsonschema` refuses the schema;
  * values or schemas nested past about 100 steps of recursion: `jsonschema` ends as FAIL `undecidable`;
  * a meta-schema with vocabularies of its own: only `rs` honours them;
  * patterns seen by `unevaluatedProperties`: `jsonschema` reads them with Python's `re`;
  * `formats: assert` needs `rs`, because `jsonschema` gets 91 of the suite's 764 format tests wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

from pydantic import ConfigDict, Field

from rlvr.errors import UsageError
from rlvr.problem import Completion, Problem
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers._answer import MAX_CHARACTERS, AnswerOptions, answer_of
from rlvr.verifiers.json_schema.engines import (
    Check,
    Draft,
    EngineName,
    InvalidSchema,
    Undecidable,
    chosen,
    compile_schema,
    stamp,
)
from rlvr.verifiers.json_schema.strict import Find, NotJson, find, parse


class JsonSchemaOptions(AnswerOptions):
    """Where the JSON stands, how large it may be, and which engine reads the schema.

    `find`: "whole" answer, inside one closed code "fenced" block, or "either". `max_depth` counts
    nested arrays and objects. `formats`: whether `format` only annotates or must hold.
    """

    thinking: Literal["strip", "require", "keep"] = "keep"
    find: Find = "whole"
    max_depth: int = Field(default=64, ge=1, le=128)
    max_characters: int = Field(default=MAX_CHARACTERS, ge=1, le=MAX_CHARACTERS)
    draft: Draft = "2020-12"
    formats: Literal["annotate", "assert"] = "annotate"
    engine: EngineName = "auto"


class JsonSchemaReference(Model):
    """The schema, or none for any strict JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=False, validate_by_alias=True)

    schema_: dict[str, Any] | bool | None = Field(default=None, alias="schema")


class JsonSchema(Verifier):
    """Whether the answer is strict JSON and meets the schema."""

    name = "json_schema"
    version = "1"
    Options = JsonSchemaOptions
    Reference = JsonSchemaReference

    def __init__(self, options: JsonSchemaOptions | None = None) -> None:
        super().__init__(options)
        self.engine = chosen(self.options.engine)
        if self.options.formats == "assert" and self.engine != "rs":
            mend = "pip install 'rlvr[rs]', or set formats: annotate."
            raise UsageError("json_schema: formats can only be asserted by the engine 'rs'", mend)
        self._stamp = stamp(self.engine)
        self.version = f"{type(self).version}+{self._stamp}"  # type: ignore[misc]  # one class, several engines
        self._compiled = lru_cache(maxsize=256)(self._compile)

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS; FAIL `malformed` (no strict JSON), `constraint_violated` with the path, or `undecidable`."""
        answer = answer_of(completion, self.options.thinking)
        if isinstance(answer, Verdict):
            return answer
        if not answer.strip():
            return Verdict.failed("no_answer", "the answer is blank", extracted=answer)
        details: dict[str, Json] = {"engine": self._stamp}
        try:
            text, value = self._read(answer)
        except NotJson as error:
            return Verdict.failed("malformed", f"not strict JSON: {error}", extracted=answer, details=details)
        try:
            found = self._check_of(problem)(value)
        except InvalidSchema as error:
            return Verdict.error("invalid_reference", f"the schema is invalid: {error}", details=details)
        except Undecidable as error:
            return Verdict.failed("undecidable", str(error), extracted=text, details=details)
        if found:
            return Verdict.failed("constraint_violated", found, extracted=text, details=details)
        return Verdict.passed("strict JSON that meets the schema", extracted=text, details=details)

    def check_reference(self, problem: Problem) -> None:
        """Compile the schema and follow its references once. Raises ValueError."""
        self._check_of(problem)(None)

    def _read(self, answer: str) -> tuple[str, Any]:
        text = find(answer, self.options.find)
        if len(text) > self.options.max_characters:
            raise NotJson(f"{len(text)} characters, more than {self.options.max_characters}")
        return text, parse(text, self.options.max_depth)

    def _check_of(self, problem: Problem) -> Check:
        schema = self.reference(problem).schema_
        return self._compiled(json.dumps(True if schema is None else schema))

    def _compile(self, schema: str) -> Check:
        asserted = self.options.formats == "assert"
        return compile_schema(self.engine, json.loads(schema), self.options.draft, asserted)

    def examples(self) -> Iterable[Example]:
        """An object that fits; then broken, padded, doubled and ill-typed ones."""
        schema: dict[str, Json] = {
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
            "required": ["name", "age"],
            "additionalProperties": False,
        }
        before, after = self._around()
        yield Example.of({"schema": schema}, before + '{"name": "Ada", "age": 36}' + after, Outcome.PASS)
        for text in _WRONG:
            yield Example.of({"schema": schema}, before + text + after, Outcome.FAIL)
            yield Example.of({"schema": schema}, text + "!", Outcome.FAIL)
        for text in ("", "NaN", '{"a": 1, "\\u0061": 2}', "[1e400]", '"\\ud800"', "[" * 100_000, "5 5"):
            yield Example.of({}, before + text + after, Outcome.FAIL)

    def _around(self) -> tuple[str, str]:
        thinking = "<think>r</think>" if self.options.thinking == "require" else ""
        fenced = self.options.find == "fenced"
        return thinking + ("```json\n" if fenced else ""), "\n```" if fenced else ""


_WRONG = (
    "{}",
    "ok",
    '{"name": "Ada"}',
    '{"name": "Ada", "age": "36"}',
    '{"name": "Ada", "age": -1}',
    '{"name": "Ada", "age": true}',
    '{"name": "Ada", "age": 36, "x": 1}',
    '{"name": "Ada", "age": 36} done',
    '{"name": "Ada", "age": 35, "age": 36}',
    '{"name": "Ada", "age": 36',
    "{'name': 'Ada', 'age': 36}",
)
