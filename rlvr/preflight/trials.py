"""A task's verifier on trial: right answers must pass; junk and the answers of other rows must not.

Everything goes through the real `Scorer`, and so through the same processes, limits and sandbox as the
completions of a run. What the outcomes mean is said in `rlvr.preflight.check`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice

from rlvr.preflight.golds import Gold, as_sampled, golds, named_answers, same_answer
from rlvr.problem import Problem
from rlvr.scoring.scorer import Scorer
from rlvr.tasks.task import Task
from rlvr.verdict import Outcome, Verdict

#: Texts that answer nothing.
BLANK: Mapping[str, str] = {"nothing": "", "None": "None", "a point": ".", "punctuation": "?!... --- ;;; ()"}
#: Texts that say something, but answer no question. The second is 10 kB long.
WORDY: Mapping[str, str] = {
    "a refusal": "I'm sorry, but I can't help with that.",
    "10 kB of text": ("The weather was fine, and so they walked on along the river. " * 200)[:10_000],
}
#: Each row is tried with the answers of so many others.
_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """One text before the verifier: for which row (`split/id`), what kind of text it was, and the verdict."""

    row: str
    kind: str
    text: str
    verdict: Verdict


@dataclass(slots=True)
class TaskTrials:
    """All trials of a task. `golds` holds one trial a row that names its right answer, the best there was."""

    task: str
    total: int
    rows: int
    golds: list[Trial] = field(default_factory=list)
    junk: list[Trial] = field(default_factory=list)
    others: list[Trial] = field(default_factory=list)
    #: Rows whose right answer is known to pass, by id: in what text.
    known: dict[str, str] = field(default_factory=dict)
    #: Rows whose reference names an answer, which is therefore right or wrong.
    closed: set[str] = field(default_factory=set)


def spread(task: Task, count: int) -> dict[str, Problem]:
    """So many of the task's problems, evenly over all splits, under `split/id`; all of them for 0."""
    rows = [(f"{split}/{problem.id}", problem) for split, part in task.splits.items() for problem in part]
    if not count or count >= len(rows):
        return dict(rows)
    return dict(rows[i * len(rows) // count] for i in range(count))


def try_task(task: Task, scorer: Scorer, stop: Sequence[str], rows: int, *, quick: bool = False) -> TaskTrials:
    """Put `rows` of the task's rows on trial, 0 for all; quickly: right answers and blank texts only."""
    sample = spread(task, rows)
    trials = TaskTrials(task.name, sum(map(len, task.splits.values())), len(sample))
    trials.closed = {row for row, problem in sample.items() if named_answers(problem.reference)}
    shown = isinstance(task.options.examples, int) and task.options.examples > 0
    forms = {row: golds(problem, task.solutions.get(row), shown) for row, problem in sample.items()}
    trials.golds = _try_golds(scorer, sample, forms, stop)
    trials.known = {trial.row: trial.text for trial in trials.golds if trial.verdict.outcome is Outcome.PASS}
    trials.junk = _try_junk(trials, scorer, sample, BLANK if quick else {**BLANK, **WORDY})
    if not quick:
        trials.others = _try_others(trials, scorer, sample, task.solutions, stop)
    return trials


def _try_golds(
    scorer: Scorer, sample: Mapping[str, Problem], forms: Mapping[str, Sequence[Gold]], stop: Sequence[str]
) -> list[Trial]:
    """Form after form, for the rows none of whose forms has passed; a form that works is tried first."""
    left = {row: list(forms[row]) for row in sample if forms[row]}
    waiting, best, works = list(left), dict[str, Trial](), list[str]()
    while waiting:
        chosen = {row: _next_form(left[row], works) for row in waiting}
        futures = {row: scorer.submit(sample[row], as_sampled(gold.text, stop)) for row, gold in chosen.items()}
        for row, future in futures.items():
            trial = Trial(row, chosen[row].form, chosen[row].text, future.result())
            best[row] = _better(best.get(row), trial)
            if trial.verdict.outcome is Outcome.PASS and trial.kind not in works:
                works.append(trial.kind)
        waiting = [row for row in waiting if best[row].verdict.outcome is Outcome.FAIL and left[row]]
    return [best[row] for row in left]


def _next_form(left: list[Gold], works: Sequence[str]) -> Gold:
    known = next((i for i, gold in enumerate(left) if gold.form in works), 0)
    return left.pop(known)


def _better(old: Trial | None, new: Trial) -> Trial:
    """What to tell of a row: what settled it, else the first form in which an answer was found."""
    if old is None or new.verdict.outcome is not Outcome.FAIL:
        return new
    unread = {"no_answer", "malformed"}
    return new if old.verdict.cause in unread and new.verdict.cause not in unread else old


def _try_junk(
    trials: TaskTrials, scorer: Scorer, sample: Mapping[str, Problem], junk: Mapping[str, str]
) -> list[Trial]:
    """Every junk text for every row, but for one that is the row's right answer."""
    pending: list[tuple[str, str, str, Future[Verdict]]] = []
    for row, problem in sample.items():
        right = [*named_answers(problem.reference), *filter(None, [trials.known.get(row)])]
        for kind, text in junk.items():
            if not any(same_answer(text, answer) for answer in right):
                pending.append((row, kind, text, scorer.submit(problem, as_sampled(text, ()))))
    return [Trial(row, kind, text, future.result()) for row, kind, text, future in pending]


def _try_others(
    trials: TaskTrials,
    scorer: Scorer,
    sample: Mapping[str, Problem],
    solutions: Mapping[str, str],
    stop: Sequence[str],
) -> list[Trial]:
    """The right answers of the next rows, where those are other answers."""
    rows = list(trials.known)
    answers = {row: named_answers(sample[row].reference) or [solutions[row]] for row in rows}
    pending: list[tuple[str, str, str, Future[Verdict]]] = []
    for i, row in enumerate(rows):
        others = (other for other in (*rows[i + 1 :], *rows[:i]) if not _share(answers[row], answers[other]))
        for other in islice(others, _NEIGHBOURS):
            text = trials.known[other]
            pending.append((row, other, text, scorer.submit(sample[row], as_sampled(text, stop))))
    return [Trial(row, f"the answer of {other}", text, future.result()) for row, other, text, future in pending]


def _share(one: Sequence[str], other: Sequence[str]) -> bool:
    return any(same_answer(a, b) for a in one for b in other)
