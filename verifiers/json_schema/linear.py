"""The `jsonschema` engine, made safe for values that a model wrote.

Four keywords are replaced, because as they come they are exact only for friendly values: patterns run
in RE2 (linear time, ECMA's `$`, `\\d` and `\\w`), `uniqueItems` hashes (linear, not quadratic), and
`multipleOf` is exact on decimals and big integers. Schemas that refer to themselves without end are
found out and refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import jsonschema
from jsonschema import FormatChecker, validators
from jsonschema.exceptions import SchemaError, UndefinedTypeCheck, ValidationError
from jsonschema_specifications import REGISTRY
from referencing.exceptions import Unresolvable

from rlvr.verifiers._patterns import compiled, searchable
from rlvr.verifiers.json_schema.engines import Check, Draft, InvalidSchema, Undecidable, complaint

_DRAFTS = {
    "4": jsonschema.Draft4Validator,
    "6": jsonschema.Draft6Validator,
    "7": jsonschema.Draft7Validator,
    "2019-09": jsonschema.Draft201909Validator,
    "2020-12": jsonschema.Draft202012Validator,
}

Errors = Iterator[ValidationError]


def compile_with_jsonschema(schema: Any, draft: Draft) -> Check:
    """The check of one schema; formats are annotations. Raises InvalidSchema."""
    plain: Any = validators.validator_for(schema, default=_DRAFTS[draft])
    try:
        plain.check_schema(schema, format_checker=FormatChecker(formats=()))
    except SchemaError as error:
        raise InvalidSchema(complaint(error.absolute_path, error.message)) from None
    validator = _hardened(plain)(schema, registry=REGISTRY)

    def check(value: Any) -> str | None:
        try:
            first = next(validator.iter_errors(value), None)
        except Unresolvable as error:
            raise InvalidSchema(f"{error}: it leaves the schema, and nothing is ever fetched") from None
        except (UndefinedTypeCheck, OverflowError) as error:
            raise InvalidSchema(str(error)) from None
        except RecursionError:
            raise Undecidable("the schema refers to itself without end, or the value is too deep") from None
        return None if first is None else complaint(first.absolute_path, first.message)

    return check


@cache
def _hardened(kind: Any) -> Any:
    """The same draft with the four keywords replaced."""
    replaced = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
        "multipleOf": _multiple_of,
    }
    extend: Any = validators.extend
    return extend(kind, replaced)


def _matches(pattern: str, text: str) -> bool:
    try:
        return compiled(pattern).search(searchable(text)) is not None
    except ValueError as error:
        raise InvalidSchema(str(error)) from None


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Errors:
    if validator.is_type(instance, "string") and not _matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, properties: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in properties.items():
        for key, value in instance.items():
            if _matches(pattern, key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, additional: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    declared, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, value in instance.items():
        if key in declared or any(_matches(pattern, key) for pattern in patterns):
            continue
        if additional is False:
            yield ValidationError(f"the property {key!r} is not allowed", path=[key])
        elif additional is not True:
            yield from validator.descend(value, additional, path=key)


def _unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Errors:
    if not unique or not validator.is_type(instance, "array"):
        return
    if len({_identity(item) for item in instance}) < len(instance):
        yield ValidationError("the items are not all different")


def _identity(value: Any) -> Any:
    """A hashable stand-in that is equal where JSON values are: 1 is 1.0, but true is not 1."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return ("array", tuple(map(_identity, value)))
    if isinstance(value, dict):
        return ("object", frozenset((key, _identity(member)) for key, member in value.items()))
    return value


def _multiple_of(validator: Any, step: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "number"):
        return
    if (_exact(instance) / _exact(step)).denominator != 1:
        yield ValidationError(f"{instance} is not a multiple of {step}")


def _exact(number: int | float) -> Fraction:
    """The number as it was written: 4.35 is 435/100, not its nearest binary fraction."""
    return Fraction(number) if isinstance(number, int) else Fraction(Decimal(repr(number)))
