"""Judges a JSONL file of completions, row by row, in order.

Input row: {"id", "completion", "reference", "prompt"?}. Output row: {"id", "outcome", "cause",
"reason", "extracted", "score", "seconds"}. The output appears under its name only when it is whole;
until then it grows beside it with the ending `.partial`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from rlvr.errors import DataError, EnvironmentLacks, UsageError
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.recipe import SandboxOptions
from rlvr.recipe_file import read_yaml
from rlvr.registry import build_sandbox, build_verifier, needs_sandbox
from rlvr.rollouts import OnSampled
from rlvr.scoring.judgement import Judgement
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Json, Verdict

_AHEAD = 512
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A row of the file; `id` is whatever JSON value it gave itself."""

    id: Json
    problem: Problem
    completion: Completion


def parse_options(pairs: Iterable[str]) -> dict[str, Json]:
    """Options from `key=value` texts, values read as a recipe's are. Raises UsageError."""
    options: dict[str, Json] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            mend = "Write --options extraction=lenient."
            raise UsageError(f"option {pair!r} is not of the form key=value.", mend)
        options[key] = read_yaml(value, f"option {pair!r}")
    return options


def verify_file(
    name: str,
    options: Mapping[str, Json],
    path: Path,
    out: Path | None,
    on_done: OnSampled,
    place: SandboxOptions,
) -> dict[str, int]:
    """Judge every row and write the verdicts; returns how many passed, failed, and were errors.

    `place` is where code runs if the verifier judges by running it.

    A row whose reference cannot be judged against is an ERROR like any other, and the rest goes on.
    Raises UsageError for an unknown verifier, sandbox or option, DataError naming the line of an unusable row,
    before anything is judged.
    """
    spec = VerifierSpec(name, options)
    rows = list(_read(path, spec))
    counts: Counter[str] = Counter()
    sandbox = build_sandbox(place.name, place.options) if needs_sandbox(spec) else None
    asked = ((row.id, row.problem, row.completion) for row in rows)
    with Scorer(sandbox=sandbox) as scorer, output(out) as file:
        for done, (identity, judgement) in enumerate(judged(scorer, asked), start=1):
            verdict = judgement.result()
            counts[verdict.outcome.value] += 1
            file.write(json.dumps(_row(identity, verdict, judgement.seconds)) + "\n")
            on_done(done, len(rows))
    return {key: counts[key] for key in ("pass", "fail", "error")}


def judged(scorer: Scorer, asked: Iterable[tuple[T, Problem, Completion]]) -> Iterator[tuple[T, Judgement]]:
    """What each is called and its judgement, in order; a bounded number of completions is sent ahead."""
    waiting: deque[tuple[T, Judgement]] = deque()
    for name, problem, completion in asked:
        if len(waiting) == _AHEAD:
            yield waiting.popleft()
        waiting.append((name, scorer.submit(problem, completion)))
    yield from waiting


def _read(path: Path, spec: VerifierSpec) -> Iterator[_Asked]:
    build_verifier(spec)  # a wrong option is known before the file is read
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.", "Give the path of a JSONL file.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _parse(line, f"{path}, line {number}", spec)


def _parse(line: str, where: str, spec: VerifierSpec) -> _Asked:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict) or not isinstance(row.get("completion"), str):
        raise DataError(f"{where}: a row needs a text under 'completion'.")
    reference = row.get("reference", {})
    if not isinstance(reference, dict):
        raise DataError(f"{where}: 'reference' must be a mapping, not {reference!r}.")
    prompt = row.get("prompt", "")
    prompt = tuple(prompt) if isinstance(prompt, list) else prompt
    identity = row.get("id", "")
    return _Asked(identity, Problem(str(identity), prompt, reference, "verify", spec), Completion(row["completion"]))


def _row(identity: Json, verdict: Verdict, seconds: float) -> dict[str, Any]:
    return {
        "id": identity,
        "outcome": verdict.outcome.value,
        "cause": verdict.cause,
        "reason": verdict.reason,
        "extracted": verdict.extracted,
        "score": verdict.score,
        "seconds": round(seconds, 6),
    }


@contextmanager
def output(out: Path | None) -> Iterator[IO[str]]:
    """A file that gets its name only when it is whole; without one, standard output. Raises EnvironmentLacks."""
    if out is None:
        yield sys.stdout
        return
    partial = out.with_name(out.name + ".partial")
    try:
        file = partial.open("w", encoding="utf-8")
    except OSError as error:
        raise EnvironmentLacks(f"{out} cannot be written: {error.strerror}.", "Give another --out.") from error
    with file:
        yield file
    partial.replace(out)
