"""Rows of a dataset on the Hugging Face hub."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rlvr.errors import DataError, EnvironmentLacks
from rlvr.tasks.options import HubSource
from rlvr.tasks.row import Row, Table

_LOCAL = "or save the rows once as .jsonl or .parquet and set `source: {file: ...}`; the fields stay the same."


def read_hub(source: HubSource, split: str) -> Table:
    """All rows of one split, at the revision the source pins. Code of a dataset is never run.

    Raises DataError when there is no such dataset, config or split, EnvironmentLacks when the hub
    cannot be reached and the data are not in its local cache.
    """
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    where = source.describe(split)
    try:
        data = load_dataset(source.hub, source.config, split=split, revision=source.revision)
    except (DatasetsError, ValueError) as error:
        mend = f"Check hub, config, split and revision, {_LOCAL}"
        raise DataError(f"{where} cannot be loaded: {_first_line(error)}", mend) from None
    except OSError as error:
        mend = f"Check the network, {_LOCAL}"
        raise EnvironmentLacks(f"{where} cannot be reached: {_first_line(error)}", mend) from None
    rows = [Row(number, columns) for number, columns in enumerate(data, 1)]
    return Table(rows, _commit(data.info.download_checksums or {}) or source.revision)


def _commit(addresses: Iterable[str]) -> str | None:
    """The commit in the addresses of the downloaded files: hf://datasets/owner/name@commit/path."""
    found = (re.match(r"hf://datasets/[^@]+@([0-9a-f]{40})/", address) for address in addresses)
    return next((match.group(1) for match in found if match), None)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
