"""Divides problems into train, validation and test, which never share one.

The order comes from hashes of the problems' keys alone, so the same rows in another order, on another
machine or under another seed of the run give the same splits: runs stay comparable problem by problem.
Problems of one key go to one split together; validation and test keep one of each key, so that they
count independent problems. Kinds of problems alternate, so that every split is balanced over them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rlvr.errors import DataError
from rlvr.tasks.columns import Columns
from rlvr.tasks.options import Splits
from rlvr.tasks.order import digest
from rlvr.tasks.prompt import Asked
from rlvr.tasks.row import Row


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row with what it asks (`asked` from its prompt column, `text` after the template) and where from."""

    row: Row
    asked: Asked
    text: str
    where: str
    columns: Columns

    @property
    def key(self) -> str:
        """The row's own key, else its text without regard to case and white space."""
        return self.row.key or " ".join(self.text.split()).casefold()


#: Candidates that are one problem in other words.
Group = list[Candidate]


@dataclass
class Division:
    """Who went where. `notes` are sentences about what was left out."""

    train: list[Candidate] = field(default_factory=list)
    validation: list[Candidate] = field(default_factory=list)
    test: list[Candidate] = field(default_factory=list)
    examples: list[Candidate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def divide(
    source: Iterable[Candidate], named: Mapping[str, Iterable[Candidate]], splits: Splits, shots: int
) -> Division:
    """The splits, and `shots` few-shot examples that are in none of them.

    `source` is what numbers and `rest` are taken from; `named` holds, by split, the candidates of the
    parts that are used whole. What stands in several goes to test before validation before train.
    Raises DataError when more is asked for than there is.
    """
    division = Division()
    whole = {split: _groups(candidates, split, division) for split, candidates in named.items()}
    division.test = _all_of(whole.get("test", ()))
    _leave_out(whole.get("validation", []), "validation", division)
    division.validation = _all_of(whole.get("validation", ()))
    pool = _groups(source, "the source", division)
    _leave_out(pool, "the source", division)
    total = len(pool)
    if "test" not in named:
        division.test = [group[0] for group in _cut(pool, splits.test, total, "test")]
    if "validation" not in named:
        division.validation = [group[0] for group in _cut(pool, splits.validation, total, "validation")]
    if "train" not in named:
        division.examples = [group[0] for group in _cut(pool, shots, total, "examples")]
        division.train = _cut_rows(pool, splits.train, total)
    _give_rest(pool, splits, division)
    if "train" in named:
        rows = whole["train"]
        _leave_out(rows, "train", division)
        division.examples = [group[0] for group in _cut(rows, shots, len(rows), "examples")]
        division.train = _all_of(rows)
    return division


def _groups(candidates: Iterable[Candidate], where: str, division: Division) -> list[Group]:
    """Groups of equal key in the order of the module's docstring; exact repetitions are left out."""
    by_key: dict[str, dict[str, Candidate]] = {}
    count = 0
    for candidate in candidates:
        by_key.setdefault(candidate.key, {}).setdefault(candidate.text, candidate)
        count += 1
    kept = sum(map(len, by_key.values()))
    if kept < count:
        division.notes.append(f"{count - kept} of {count} rows of {where} repeat a prompt and were left out.")
    by_kind: dict[str, list[Group]] = {}
    for key in sorted(by_key, key=digest):
        group = sorted(by_key[key].values(), key=lambda candidate: digest(candidate.text))
        by_kind.setdefault(group[0].row.kind, []).append(group)
    turns = itertools.zip_longest(*(by_kind[kind] for kind in sorted(by_kind)))
    return [group for turn in turns for group in turn if group is not None]


def _leave_out(groups: list[Group], where: str, division: Division) -> None:
    """Drop the groups that stand in validation or test already."""
    held_out = {candidate.key for candidate in (*division.test, *division.validation)}
    kept = [group for group in groups if group[0].key not in held_out]
    if len(kept) < len(groups):
        count = len(groups) - len(kept)
        division.notes.append(f"{count} problems of {where} are held out elsewhere and were left out.")
    groups[:] = kept


def _cut(pool: list[Group], part: int | float | str, total: int, name: str) -> list[Group]:
    """The first groups of the pool, removed from it. None for `rest`, which comes last."""
    if isinstance(part, str):
        return []
    count = part if isinstance(part, int) else max(1, round(part * total))
    if count > len(pool):
        raise _too_few(name, count, f"{len(pool)} distinct ones left", total)
    cut, pool[:] = pool[:count], pool[count:]
    return cut


def _cut_rows(pool: list[Group], part: int | float | str, total: int) -> list[Candidate]:
    """Training takes every wording of a problem, so its number counts those."""
    if not isinstance(part, int):
        return _all_of(_cut(pool, part, total, "train"))
    rows: list[Candidate] = []
    while len(rows) < part and pool:
        rows += pool.pop(0)
    if len(rows) < part:
        raise _too_few("train", part, f"{len(rows)} left", total)
    return rows[:part]


def _give_rest(pool: list[Group], splits: Splits, division: Division) -> None:
    if splits.train == "rest":
        division.train = _all_of(pool)
    elif splits.test == "rest":
        division.test = [group[0] for group in pool]
    elif splits.validation == "rest":
        division.validation = [group[0] for group in pool]


def _all_of(groups: Iterable[Group]) -> list[Candidate]:
    return [candidate for group in groups for candidate in group]


def _too_few(name: str, wanted: int, there: str, total: int) -> DataError:
    what = f"{name} asks for {wanted} problems, but there are only {there} (of {total})."
    return DataError(what, "Ask for fewer in `splits` or `examples`, or give the task more data.")
