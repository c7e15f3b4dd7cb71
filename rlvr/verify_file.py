"""Judges a JSONL file of completions, row by row, in order.

Input row: {"id"?, "completion", "reference", "prompt"?}. Output row: {"id", "outcome", "cause",
"reason", "extracted", "score", "seconds"}. A row without an id is called by the number of its line.
The output appears under its name only when it is whole; until then it grows beside it with the ending
`.partial`.
"""

from __future__ import annotations

import json
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from rlvr.disk import flush, writing
from rlvr.errors import DataError, UsageError
from rlvr.evals.outcomes import Outcomes
from rlvr.problem import Completion, Problem, Prompt, VerifierSpec
from rlvr.recipe import SandboxOptions
from rlvr.recipe_file import read_yaml
from rlvr.registry import build_verifier, open_sandbox
from rlvr.rollouts import OnSampled
from rlvr.scoring.judgement import Judgement
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Json, Outcome, Verdict

_AHEAD = 512
#: Lists and mappings inside each other. At about twice as many Python's own JSON ends.
_DEEPEST = 500
T = TypeVar("T")
#: Takes text, as a file's `write` does.
Write: TypeAlias = Callable[[str], object]


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
    out: Path | Write,
    on_done: OnSampled,
    place: SandboxOptions,
    ks: Sequence[int] = (),
) -> dict[str, Any]:
    """Judge every row and write the verdicts; returns how many passed, failed, and were errors.

    `out` is a file's path, or a function that takes each line. `place` is where code runs if the verifier
    judges by running it. With `ks`, rows of equal id are samples of one problem, and pass@k is returned too.

    A row whose reference cannot be judged against is an ERROR like any other, and the rest goes on.
    Raises before anything is judged: UsageError for an unknown verifier, sandbox or option, DataError naming
    the line of an unusable row, EnvironmentLacks for an output that cannot be written or a sandbox that cannot run.
    """
    spec = VerifierSpec(name, options)
    rows = _read(path, spec)
    if ks:
        _check_samples(rows, max(ks))
    sandbox = open_sandbox(place.name, place.options, [spec])
    asked = ((row, row.problem, row.completion) for row in rows)
    verdicts: list[tuple[str, Verdict]] = []
    opened = output(out, [path]) if isinstance(out, Path) else nullcontext(out)
    with Scorer(sandbox=sandbox) as scorer, opened as write:
        for row, judgement in judged(scorer, asked):
            verdict = judgement.result()
            verdicts.append((row.problem.id, verdict))
            write(json.dumps(_row(row.id, verdict, judgement.seconds)) + "\n")
            on_done(len(verdicts), len(rows))
    return {**_counts(verdicts), **(_pass_at(verdicts, ks) if ks else {})}


def judged(scorer: Scorer, asked: Iterable[tuple[T, Problem, Completion]]) -> Iterator[tuple[T, Judgement]]:
    """What each is called and its judgement, in order; a bounded number of completions is sent ahead."""
    waiting: deque[tuple[T, Judgement]] = deque()
    for name, problem, completion in asked:
        if len(waiting) == _AHEAD:
            yield waiting.popleft()
        waiting.append((name, scorer.submit(problem, completion)))
    yield from waiting


def _read(path: Path, spec: VerifierSpec) -> list[_Asked]:
    build_verifier(spec)  # a wrong option is known before the file is read
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.", "Give the path of a JSONL file.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}.") from error
    lines = ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())
    rows = [_parse(line, str(number), f"{path}, line {number}", spec) for number, line in lines]
    if not rows:
        raise DataError(f"{path} holds no rows.", "Write one row a line.")
    return rows


def _parse(line: str, number: str, where: str, spec: VerifierSpec) -> _Asked:
    try:
        row = json.loads(line)
        _check_depth(row)
    except ValueError as error:
        raise DataError(f"{where}: not JSON: {error}") from error
    except RecursionError as error:
        raise DataError(f"{where}: lists and mappings lie more than {_DEEPEST} deep in each other.") from error
    if not isinstance(row, dict) or not isinstance(row.get("completion"), str):
        raise DataError(f"{where}: a row needs a text under 'completion'.")
    reference = row.get("reference", {})
    if not isinstance(reference, dict):
        raise DataError(f"{where}: 'reference' must be a mapping, not {reference!r:.60}.")
    prompt = _prompt(row.get("prompt"), where)
    identity = number if row.get("id") is None else row["id"]
    return _Asked(identity, Problem(str(identity), prompt, reference, "verify", spec), Completion(row["completion"]))


def _check_depth(value: Json) -> None:
    """Raise RecursionError for what could be read and then be too deep to be written."""
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        held = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)]
        level = [item for items in held for item in items]
        if not level:
            return
    raise RecursionError


def _prompt(value: Any, where: str) -> Prompt:
    if value is None:  # what an export writes for a column that a row does not have
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(turn, dict) and _is_turn(turn) for turn in value):
        return tuple(value)
    raise DataError(
        f"{where}: 'prompt' must be a text or a list of messages, not {value!r:.60}.",
        'A message is {"role": "user", "content": "..."}.',
    )


def _is_turn(turn: Mapping[str, Any]) -> bool:
    return isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str)


def _check_samples(rows: Iterable[_Asked], k: int) -> None:
    """Raise UsageError where rows of one id are not samples of one problem, or are fewer than k."""
    first: dict[str, Problem] = {}
    counts: Counter[str] = Counter()
    for problem in (row.problem for row in rows):
        if first.setdefault(problem.id, problem) != problem:
            what = f"rows of id {problem.id!r} differ in prompt or reference: they are no samples of one problem."
            raise DataError(what, "Give each problem an id of its own.")
        counts[problem.id] += 1
    fewest = min(counts, key=lambda name: counts[name])
    if counts[fewest] < k:
        what = f"pass@{k} needs {k} samples of each problem, and problem {fewest!r} has {counts[fewest]}."
        raise UsageError(what, "Give a smaller --k; rows of equal id are samples of one problem.")


def _counts(verdicts: Iterable[tuple[str, Verdict]]) -> dict[str, int]:
    counts = Counter(verdict.outcome for _, verdict in verdicts)
    return {outcome.value: counts[outcome] for outcome in Outcome}


def _pass_at(verdicts: Iterable[tuple[str, Verdict]], ks: Iterable[int]) -> dict[str, Any]:
    """Problems, samples of each, and for each k the mean of pass@k, with errors as wrong and as right."""
    outcomes = Outcomes.of(None, verdicts)
    sizes = [tally.n for tally in outcomes.tallies.values()]
    return {
        "problems": len(sizes),
        "samples": {"least": min(sizes), "most": max(sizes)},
        **{f"pass@{k}": {"mean": outcomes.mean(k), "if_errors_right": outcomes.mean_best(k)} for k in ks},
    }


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
def output(out: Path, inputs: Iterable[Path] = ()) -> Iterator[Write]:
    """A file's `write`; the file gets its name only when it is whole.

    Raises UsageError at once for a folder and for one of the `inputs`, EnvironmentLacks when it cannot be written.
    """
    partial = out.with_name(out.name + ".partial") if out.name else out
    _check_output(out, partial, inputs)
    with _writing(out):
        file = partial.open("w", encoding="utf-8")

    def write(text: str) -> None:
        with _writing(out):
            file.write(text)

    try:
        yield write
    except BaseException:
        with suppress(OSError):  # a full disk refuses what is left in the buffer once more
            file.close()
        if partial.is_file() and not partial.stat().st_size:
            partial.unlink()
        raise
    with _writing(out):
        file.close()
        flush(partial)
        partial.replace(out)


def _check_output(out: Path, partial: Path, inputs: Iterable[Path]) -> None:
    if os.path.isdir(out):
        raise UsageError(f"--out {out} is a folder.", "Name a file in it.")
    if os.path.exists(out) and not os.path.isfile(out):
        raise UsageError(f"--out {out} is no plain file, and cannot be replaced by one.", "Give another --out.")
    for given in inputs:
        for path in (out, partial):
            if os.path.exists(path) and os.path.exists(given) and os.path.samefile(path, given):
                raise UsageError(f"--out {out} would replace {given}, which is read here.", "Give another --out.")


def _writing(out: Path) -> AbstractContextManager[None]:
    return writing(out, "Make room there, or give another --out.")
