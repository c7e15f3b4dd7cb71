"""The two schema engines behind one call: `compile_schema(...)` gives a function from value to complaint.

`jsonschema` is always there and is the reference. `jsonschema-rs` (extra `rs`) is about a hundred
times faster and is used when installed. Neither ever opens a file or a socket: a `$ref` that leaves
the schema (other than to a published meta-schema) is an invalid reference.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Literal, NoReturn, TypeAlias

from rlvr.errors import EnvironmentLacks

EngineName = Literal["auto", "jsonschema", "rs"]
Draft = Literal["4", "6", "7", "2019-09", "2020-12"]

#: None when the value meets the schema, else the path of the first offending place and what is wrong.
Check: TypeAlias = Callable[[Any], str | None]


class InvalidSchema(ValueError):
    """The schema cannot be compiled or followed; the row is at fault, never the completion."""


class Undecidable(ValueError):
    """The engine cannot come to an end on this value."""


def chosen(engine: EngineName) -> Literal["jsonschema", "rs"]:
    """The engine that `auto` means here. Raises EnvironmentLacks when `rs` is asked for and missing."""
    installed = find_spec("jsonschema_rs") is not None
    if engine == "rs" and not installed:
        raise EnvironmentLacks("engine 'rs' needs jsonschema-rs", "pip install 'rlvr[rs]'")
    if engine == "auto":
        return "rs" if installed else "jsonschema"
    return engine


def stamp(engine: Literal["jsonschema", "rs"]) -> str:
    """Name and version of the engine's package, such as `jsonschema-4.26.0`."""
    package = "jsonschema-rs" if engine == "rs" else "jsonschema"
    try:
        return f"{package}-{version(package)}"
    except PackageNotFoundError:
        return package


def compile_schema(engine: Literal["jsonschema", "rs"], schema: Any, draft: Draft, formats: bool) -> Check:
    """The check of one schema. Raises InvalidSchema."""
    if engine == "jsonschema":
        from rlvr.verifiers.json_schema.linear import compile_with_jsonschema

        return compile_with_jsonschema(schema, draft)
    return _compile_with_rs(schema, draft, formats)


def _compile_with_rs(schema: Any, draft: Draft, formats: bool) -> Check:
    import jsonschema_rs

    kind = getattr(jsonschema_rs, f"Draft{draft.replace('-', '')}Validator")
    if isinstance(schema, dict) and "$schema" in schema:
        kind = jsonschema_rs.validator_for
    try:
        validator = kind(schema, validate_formats=formats, retriever=_refuse)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise InvalidSchema(str(error).splitlines()[0]) from None

    def check(value: Any) -> str | None:
        if validator.is_valid(value):
            return None
        first = next(iter(validator.iter_errors(value)))
        return complaint(first.instance_path, first.message)

    return check


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"$ref {uri!r} leaves the schema, and nothing is ever fetched")


def complaint(path: Any, message: str) -> str:
    """One line: where in the value, and what is wrong there."""
    line = " ".join(message.split())
    where = "".join(f"/{step}" for step in path) or "the whole value"
    return f"at {where[:200]}: {line if len(line) <= 200 else line[:200] + '...'}"
