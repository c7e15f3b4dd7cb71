"""Finds a row's prompt, reference, worked solution and id.

What `fields` does not say is looked for under the names the ecosystem uses: the prompt under
`PROMPTS`, a reference's `answer` under `ANSWERS`, any other key of the verifier's reference under
its own name. A row may carry a ready-made `reference` mapping as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

from rlvr.compose import Composite
from rlvr.errors import DataError, nearest
from rlvr.registry import build_verifier
from rlvr.tasks.gold import extract
from rlvr.tasks.options import Fields
from rlvr.tasks.row import Row
from rlvr.verdict import Json
from rlvr.verifier import Verifier

PROMPTS = ("prompt", "question", "problem", "messages")
ANSWERS = (
    "answer",
    "solution",
    "ground_truth",
    "label",
    "reward_model.ground_truth",
    "reward_spec.ground_truth",
)
SOLUTIONS = tuple(dict.fromkeys(("solution", *ANSWERS)))

#: Reference key to column, nested for composite verifiers.
Mapped: TypeAlias = Mapping[str, "str | Mapped"]

_ABSENT = object()


def look_up(columns: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, or None when it is not there. A column with that very name comes first."""
    found = _find(columns, path)
    return None if found is _ABSENT else found


def _find(columns: Mapping[str, Any], path: str) -> Any:
    if path in columns:
        return columns[path]
    value: Any = columns
    for step in path.split("."):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _ABSENT
    return value


@dataclass(frozen=True)
class Columns:
    """Where the rows of one source keep what a problem is made of.

    `extract` and `text` hold dotted reference keys: how the answer is cut out of a worked solution,
    and which keys the verifier reads as text.
    """

    prompt: str | None
    reference: Mapped | str
    solution: str | None
    id: str | None
    extract: Mapping[str, str]
    text: frozenset[str]

    @property
    def sources(self) -> str:
        """For messages: which reference key is read from which column."""
        if isinstance(self.reference, str):
            return f"column {self.reference!r}"
        flat = _flat(self.reference)
        return ", ".join(f"{key} from column {column!r}" for key, column in flat.items()) or "empty"

    def reference_of(self, row: Row) -> dict[str, Json]:
        """The row's reference. Raises ValueError when a worked solution holds no answer."""
        if isinstance(self.reference, str):
            ready = look_up(row.columns, self.reference)
            if not isinstance(ready, Mapping):
                raise ValueError(f"column {self.reference!r} must hold a mapping (is {ready!r})")
            return dict(ready)
        return self._read(row, self.reference)

    def _read(self, row: Row, mapped: Mapped, prefix: str = "") -> dict[str, Json]:
        reference: dict[str, Json] = {}
        for key, column in mapped.items():
            path = prefix + key
            if not isinstance(column, str):
                reference[key] = self._read(row, column, f"{path}.")
                continue
            value = look_up(row.columns, column)
            if value is None:  # parquet fills what a row does not have with None
                continue
            if path in self.extract:
                value = _extracted(value, self.extract[path], column)
            reference[key] = _as_text(value) if path in self.text else value
        return reference


def find_columns(fields: Fields, rows: Iterable[Row], verifier: Verifier, where: str, needs_prompt: bool) -> Columns:
    """What `fields` says, completed from the names that are there. Raises DataError with the mend."""
    names = _Names(rows, where)
    reference: Mapped | str
    if fields.reference is not None:
        reference = fields.reference
        for column in _flat(reference).values():
            names.require(column, "fields.reference")
    elif "reference" not in verifier.Reference.model_fields and names.holds_mapping("reference"):
        reference = "reference"
    else:
        reference = _by_name(verifier, names)
    unknown = set(fields.extract) - set({} if isinstance(reference, str) else _flat(reference))
    if unknown:
        known = nearest(min(unknown), {} if isinstance(reference, str) else _flat(reference))
        raise DataError(f"{where}: `fields.extract` names {min(unknown)!r}, no key of the reference.", known)
    found = Columns(
        prompt=names.prompt(fields.prompt) if needs_prompt or fields.prompt else None,
        reference=reference,
        solution=names.first(SOLUTIONS) or _own_answer(reference),
        id=names.require(fields.id, "fields.id") if fields.id else names.first(("id",)),
        extract=fields.extract,
        text=frozenset(_text_keys(verifier)),
    )
    _require_matches(found, names)
    return found


def _require_matches(columns: Columns, names: _Names) -> None:
    """Raise DataError when `fields.extract` finds nothing in any row: then it is wrong, and not the rows."""
    flat = {} if isinstance(columns.reference, str) else _flat(columns.reference)
    for key, how in columns.extract.items():
        values = [(row.number, look_up(row.columns, flat[key])) for row in names.rows]
        held = [(number, value) for number, value in values if value is not None]
        if not held or any(isinstance(value, str) and extract(value, how) is not None for _, value in held):
            continue
        number, value = held[0]
        try:
            _extracted(value, how, flat[key])
        except ValueError as error:
            mend = f"Set `fields.extract` {{{key}: ...}} to gsm8k, boxed, json, or an expression that finds the value."
            raise DataError(f"{names.where}, row {number}: {error}. No other row has it either.", mend) from None


class _Names:
    """The columns that at least one row has."""

    def __init__(self, rows: Iterable[Row], where: str) -> None:
        self.rows = list(rows)
        self.where = where
        self.top = dict.fromkeys(name for row in self.rows for name in row.columns)

    def has(self, path: str) -> bool:
        if path in self.top:
            return True
        return "." in path and any(_find(row.columns, path) is not _ABSENT for row in self.rows)

    def holds_mapping(self, name: str) -> bool:
        return any(isinstance(row.columns.get(name), Mapping) for row in self.rows)

    def first(self, paths: Iterable[str]) -> str | None:
        return next((path for path in paths if self.has(path)), None)

    def require(self, path: str, option: str) -> str:
        if not self.has(path):
            raise DataError(f"{self.where} has no column {path!r} (`{option}`).", nearest(path, self.top))
        return path

    def prompt(self, given: str | None) -> str:
        found = self.require(given, "fields.prompt") if given else self.first(PROMPTS)
        if found is None:
            what = f"{self.where} has no column {', '.join(PROMPTS[:-1])} or {PROMPTS[-1]}."
            raise DataError(what, f"Set `fields.prompt` to one of: {', '.join(self.top)}.")
        return found


def _by_name(verifier: Verifier, names: _Names) -> Mapped:
    """Reference keys under their own names, `answer` under its aliases; for a composite part by part."""
    if isinstance(verifier, Composite):
        return {
            part.key: mapped
            for part in verifier.options.parts
            if (mapped := _by_name(build_verifier(part.spec), names))
        }
    keys = {info.alias or name: info for name, info in verifier.Reference.model_fields.items()}
    found: dict[str, str] = {}
    for key, info in keys.items():
        aliases = ANSWERS if key == "answer" else (key,)
        column = names.first(aliases)
        if column is not None:
            found[key] = column
        elif info.is_required():
            what = f"{names.where} has no column {' or '.join(aliases)}, which {verifier.name!r} judges by."
            raise DataError(what, f"Set `fields.reference` {{{key}: ...}} from: {', '.join(names.top)}.")
    if keys and not found:  # all optional, yet without any of them there may be nothing to judge
        what = f"{names.where} has none of the columns {verifier.name!r} judges by: {', '.join(keys)}."
        raise DataError(what, f"Set `fields.reference` from: {', '.join(names.top)}; or to {{}} if it needs none.")
    return found


def _text_keys(verifier: Verifier, prefix: str = "") -> Iterator[str]:
    """Dotted keys of the reference that may be text and may not be numbers."""
    if isinstance(verifier, Composite):
        for part in verifier.options.parts:
            yield from _text_keys(build_verifier(part.spec), f"{prefix}{part.key}.")
        return
    for name, info in verifier.Reference.model_fields.items():
        kinds = set(get_args(info.annotation)) or {info.annotation}
        if str in kinds and not kinds & {int, float}:
            yield prefix + (info.alias or name)


def _own_answer(reference: Mapped | str) -> str | None:
    column = None if isinstance(reference, str) else reference.get("answer")
    return column if isinstance(column, str) else None


def _flat(mapped: Mapped, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, column in mapped.items():
        flat |= {prefix + key: column} if isinstance(column, str) else _flat(column, f"{prefix}{key}.")
    return flat


def _extracted(value: Any, how: str, column: str) -> Json:
    if not isinstance(value, str):
        raise ValueError(f"column {column!r} must be text to extract {how} from (is {value!r})")
    found = extract(value, how)
    if found is None:
        raise ValueError(f"nothing in column {column!r} matches {how!r} (`fields.extract`): ...{value[-60:]!r}")
    return found


def _as_text(value: Any) -> Any:
    """Data sets write the answer 42 as a number as often as text; verifiers read text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
