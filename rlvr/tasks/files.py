"""Rows of local files: .jsonl, .json, .parquet, .csv."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rlvr.errors import DataError
from rlvr.tasks.row import Row


def read_file(name: str) -> list[Row]:
    """All rows of a file. Raises DataError that names the file, and the line where one is at fault."""
    path = Path(name)
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{name}: {path.suffix or 'no suffix'} is not read.", f"Use {', '.join(_READERS)}.")
    if not path.is_file():
        raise DataError(f"there is no file {name}.", "Give the path from the folder you started in.")
    try:
        return list(read(path))
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not UTF-8: {error}", "Save it as UTF-8.") from None
    except csv.Error as error:
        raise DataError(f"{name} is no CSV: {error}") from None
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from None


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield Row(number, _object(_parse(line, f"{path}, line {number}"), f"{path}, line {number}"))


def _json(path: Path) -> Iterator[Row]:
    items = _parse(path.read_text(encoding="utf-8-sig"), str(path))
    if not isinstance(items, list):
        raise DataError(f"{path} holds no list of rows.", "Write [{...}, ...], or one row a line as .jsonl.")
    for number, item in enumerate(items, 1):
        yield Row(number, _object(item, f"{path}, row {number}"))


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, columns in enumerate(csv.DictReader(lines), 1):
            if None in columns:
                raise DataError(f"{path}, row {number} has more cells than the header.", "Quote its commas.")
            yield Row(number, {name: cell or None for name, cell in columns.items()})


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        items = pq.read_table(path).to_pylist()
    except pa.ArrowException as error:
        raise DataError(f"{path} is no parquet file: {error}") from None
    return (Row(number, item) for number, item in enumerate(items, 1))


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits, brackets as deep
        raise DataError(f"{where} is no JSON: {error}") from None


def _object(item: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise DataError(f"{where} is no JSON object but {item!r:.60}.")
    return item


_READERS: Mapping[str, Callable[[Path], Iterable[Row]]] = {
    ".jsonl": _jsonl,
    ".json": _json,
    ".parquet": _parquet,
    ".csv": _csv,
}
