"""A task: problems for training, validation and test, every one of them fit to be judged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlvr.errors import DataError
from rlvr.problem import Problem, Prompt
from rlvr.registry import build_verifier, check_reference
from rlvr.tasks.columns import SOLUTIONS, find_columns, look_up
from rlvr.tasks.options import TaskOptions
from rlvr.tasks.order import digest
from rlvr.tasks.prompt import Asked, Examples, PromptTemplate, last_text, read_prompt
from rlvr.tasks.row import BadRows, Row
from rlvr.tasks.source import read_rows
from rlvr.tasks.split import Candidate, Division, divide
from rlvr.verifier import Verifier, fault


@dataclass(frozen=True, slots=True)
class Task:
    """What `load_task` made of the options.

    `options` name the commit of a hub's dataset even where the recipe left it open. `notes` are
    sentences about rows that were left out. `digest` (12 hex digits) changes whenever a problem does,
    so that a resumed run can tell whether its data are the same.
    """

    options: TaskOptions
    train: tuple[Problem, ...]
    validation: tuple[Problem, ...]
    test: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    digest: str = ""
    solutions: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The task's name in the recipe."""
        return self.options.name

    @property
    def splits(self) -> dict[str, tuple[Problem, ...]]:
        """The problems by split."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def load_task(options: TaskOptions) -> Task:
    """Read, check and divide a task's data. The same options and data give the same task, always.

    Raises UsageError (its DataError names source, row, column and mend) when options, template or rows
    are wrong, and EnvironmentLacks when the source or a package cannot be reached.
    """
    return _Loader(options).load()


class _Loader:
    """The steps of `load_task`, which share the template, the verifier and what is wrong with rows."""

    def __init__(self, options: TaskOptions) -> None:
        self.options = options
        self.verifier: Verifier = build_verifier(options.verifier.spec)
        self.template = PromptTemplate(options)
        self.revision: str | None = None
        self.solutions: dict[str, str] = {}

    def load(self) -> Task:
        options, splits = self.options, self.options.splits
        parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
        names = {split: part for split, part in parts.items() if isinstance(part, str) and part != "rest"}
        shots = options.examples if isinstance(options.examples, int) else 0
        needs_source = any(part for split, part in parts.items() if split not in names)
        source = self._candidates(None) if needs_source or (shots and "train" not in names) else []
        named = {split: self._candidates(part) for split, part in names.items()}
        try:
            division = divide(source, named, splits, shots)
        except DataError as error:
            raise DataError(f"task {options.name!r}: {error.what}", error.mend) from None
        return self._task(division)

    def _candidates(self, part: str | None) -> list[Candidate]:
        """The rows of the source, or of a part of it, with what each asks."""
        where = self.options.source.describe(part)
        table = read_rows(self.options.source, part)
        rows, self.revision = table.rows, table.revision
        if not rows:
            raise DataError(
                f"task {self.options.name!r}: {where} holds no rows.", "Point `source` at data that has some."
            )
        label = f"task {self.options.name!r}: {where}"
        columns = find_columns(self.options.fields, rows, self.verifier, label, self.template.needs_prompt)
        bad = BadRows(
            f"task {self.options.name!r} cannot be asked",
            "Mend the rows, the template, or `fields.prompt`.",
        )
        candidates = []
        for row in rows:
            try:
                asked = "" if columns.prompt is None else _asked(row, columns.prompt)
                text = self.template.key_text(row.columns, asked)
                text.encode()  # raises where JSON smuggled in half a character, which no tokenizer takes
            except ValueError as error:
                bad.add(where, row.number, str(error))
            else:
                candidates.append(Candidate(row, asked, text, where, columns))
        bad.check()
        return candidates

    def _task(self, division: Division) -> Task:
        examples = self._examples(division.examples)
        bad = BadRows(
            f"task {self.options.name!r} cannot be judged by {self.verifier.name!r}",
            "Mend the rows, or name the right columns under `fields.reference` and `fields.extract`.",
        )
        train = self._problems("train", division.train, examples, bad)
        validation = self._problems("validation", division.validation, examples, bad)
        test = self._problems("test", division.test, examples, bad)
        bad.check()
        problems = [(p.id, p.prompt, dict(p.reference)) for p in (*train, *validation, *test)]
        if not problems:
            what = f"task {self.options.name!r} has no problems in any split."
            raise DataError(what, "Give `splits` some: {train: rest}, say.")
        notes = tuple(f"task {self.options.name!r}: {note}" for note in division.notes)
        return Task(self._pinned(), train, validation, test, notes, digest(json.dumps(problems))[:12], self.solutions)

    def _pinned(self) -> TaskOptions:
        """The options with the hub's revision resolved."""
        if self.revision is None:
            return self.options
        source = self.options.source.model_copy(update={"revision": self.revision})
        return self.options.model_copy(update={"source": source})

    def _examples(self, chosen: Iterable[Candidate]) -> Examples:
        """The examples as columns with `prompt` and `solution`. Raises DataError when one is unusable."""
        if isinstance(self.options.examples, int):
            examples = [self._example(candidate) for candidate in chosen]
        else:
            examples = [shot.model_dump() for shot in self.options.examples]
        for number, example in enumerate(examples, 1):
            try:
                self.template.fill(example, example["prompt"])
            except ValueError as error:
                raise DataError(f"task {self.options.name!r}, example {number}: {error}") from None
        return examples

    def _example(self, candidate: Candidate) -> dict[str, Any]:
        solution = _solution(candidate)
        if solution is None:
            where = f"{candidate.where}, row {candidate.row.number}"
            what = f"task {self.options.name!r}: {where} has no solution that an example could show."
            raise DataError(what, f"Name it {' or '.join(SOLUTIONS)}, or write `examples` out in the recipe.")
        return {**candidate.row.columns, "prompt": last_text(candidate.asked), "solution": str(solution)}

    def _problems(
        self, split: str, candidates: Iterable[Candidate], examples: Examples, bad: BadRows
    ) -> tuple[Problem, ...]:
        """The candidates as problems; those that cannot be judged go to `bad`."""
        problems: dict[str, Problem] = {}
        for candidate in candidates:
            prompt = self.template.build(candidate.row.columns, candidate.asked, examples)
            try:
                problem = self._problem(candidate, prompt)
                if problem.id in problems:
                    raise ValueError(f"the id {problem.id!r} is another row's already")
                _check_plain(problem.reference)
                check_reference(self.verifier, problem)
            except ValueError as error:
                why = fault(self.verifier, error)
                bad.add(candidate.where, candidate.row.number, f"{why} (reference: {candidate.columns.sources})")
            else:
                problems[problem.id] = problem
                if isinstance(solution := _solution(candidate), str | int | float):
                    self.solutions[f"{split}/{problem.id}"] = str(solution)
        return tuple(problems.values())

    def _problem(self, candidate: Candidate, prompt: Prompt) -> Problem:
        columns, row = candidate.columns, candidate.row
        given = look_up(row.columns, columns.id) if columns.id else None
        name = digest(candidate.text)[:12] if given is None else str(given)
        reference = columns.reference_of(row)
        return Problem(name, prompt, reference, self.options.name, self.options.verifier.spec)


def _solution(candidate: Candidate) -> Any:
    """The row's own right answer, or None where no column holds one."""
    column = candidate.columns.solution
    return look_up(candidate.row.columns, column) if column else None


def _asked(row: Row, column: str) -> Asked:
    return read_prompt(look_up(row.columns, column), column)


def _check_plain(reference: Mapping[str, Any]) -> None:
    """Raise ValueError when a value, such as a date, is no JSON and could not be stored."""
    try:
        json.dumps(reference)
    except TypeError as error:
        raise ValueError(f"the reference is no plain data: {error}") from None
