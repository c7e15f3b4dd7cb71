"""What a task's trials mean: findings for a person, with the trials that went wrong.

Where a reference names an answer, no junk may pass. Where none does, the verifier may well judge form alone,
or accept whatever refuses: a text that says something may be right, and is told; only an answer of nothing
must fail. Answers of other rows must fail where references name answers; between constraints they are a hint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from rlvr.finding import Finding, State
from rlvr.preflight.trials import BLANK, TaskTrials, Trial
from rlvr.verdict import Outcome

#: Passing answers of other rows up to this share may be right in other words; more is no coincidence.
_COINCIDENCE = 0.1
_SHOWN, _WIDTH = 3, 50


def judge_task(trials: TaskTrials) -> list[Finding]:
    """Right answers, junk and other rows' answers, a finding each; the last only where it was tried."""
    findings = [_golds(trials), _junk(trials)]
    return [*findings, _others(trials)] if trials.others else findings


def wrong_trials(trials: TaskTrials) -> list[Trial]:
    """Every trial that did not end as a sound verifier's would."""
    golds = [trial for trial in trials.golds if trial.verdict.outcome is not Outcome.PASS]
    rest = [trial for trial in (*trials.junk, *trials.others) if trial.verdict.outcome is not Outcome.FAIL]
    return golds + rest


def _golds(trials: TaskTrials) -> Finding:
    what = f"{trials.task}: right answers"
    bad = [trial for trial in trials.golds if trial.verdict.outcome is not Outcome.PASS]
    rows = f"{trials.rows} of {trials.total} rows tried"
    if not trials.golds:
        mend = "Give rows a `solution` column: then each can be tried."
        return Finding(what, State.WARN, f"no row names one, so nothing shows that one passes ({rows})", mend)
    if bad:
        found = f"{len(bad)} of {len(trials.golds)} do not pass ({rows})"
        mend = "Mend the rows, `fields.extract`, `sampling.stop`, or the verifier and its options."
        return Finding(what, State.FAIL, found + _listed(bad), mend)
    forms = ", ".join(sorted({trial.kind for trial in trials.golds}))
    missing = trials.rows - len(trials.golds)
    found = f"all {len(trials.golds)} pass as {forms!r} ({rows})" + (f", {missing} rows name none" if missing else "")
    return Finding(what, State.OK, found.replace("\n", " "))


def _junk(trials: TaskTrials) -> Finding:
    what = f"{trials.task}: junk"
    failed = [trial for trial in trials.junk if trial.verdict.outcome is not Outcome.FAIL]
    bad = [trial for trial in failed if _must_fail(trial, trials)]
    if bad:
        mend = "Mend the verifier: whatever passes without an answer is what training will find."
        return Finding(what, State.FAIL, f"{len(bad)} of {len(trials.junk)} do not fail{_listed(bad)}", mend)
    if failed:
        mend = "See whether such a text is meant to be right; where the reference names an answer, it must not be."
        return Finding(what, State.WARN, f"{len(failed)} of {len(trials.junk)} pass{_listed(failed)}", mend)
    return Finding(what, State.OK, f"all {len(trials.junk)} texts that answer nothing fail")


def _must_fail(trial: Trial, trials: TaskTrials) -> bool:
    says_nothing = trial.kind in BLANK and trial.row in trials.known
    return trial.verdict.outcome is Outcome.ERROR or not trial.text or says_nothing or trial.row in trials.closed


def _others(trials: TaskTrials) -> Finding:
    what = f"{trials.task}: other rows' answers"
    errors = [trial for trial in trials.others if trial.verdict.outcome is Outcome.ERROR]
    passed = [trial for trial in trials.others if trial.verdict.outcome is Outcome.PASS]
    closed = [trial for trial in passed if trial.row in trials.closed]
    if errors or len(closed) > max(1, _COINCIDENCE * len(trials.others)):
        bad = errors or closed
        mend = "Mend the verifier: it does not tell right answers from wrong ones."
        return Finding(what, State.FAIL, f"{len(bad)} of {len(trials.others)} do not fail{_listed(bad)}", mend)
    if passed:
        mend = "See whether they are right in other words; if not, the verifier is too lenient."
        return Finding(what, State.WARN, f"{len(passed)} of {len(trials.others)} pass{_listed(passed)}", mend)
    return Finding(what, State.OK, f"all {len(trials.others)} fail")


def _listed(trials: Sequence[Trial]) -> str:
    """The first few, one a line, of different kinds before more of a kind."""
    first = list({trial.kind: trial for trial in reversed(trials)}.values())[::-1]
    more = [trial for trial in trials if trial not in first]
    lines = [f"\n    {_line(trial)}" for trial in islice((*first, *more), _SHOWN)]
    rest = len(trials) - len(lines)
    return "".join(lines) + (f"\n    and {rest} more" if rest else "")


def _line(trial: Trial) -> str:
    verdict = trial.verdict
    judged = f"{verdict.outcome.value}/{verdict.cause}: {_shortened(verdict.reason)}"
    return f'{trial.row}: {trial.kind} "{_shortened(trial.text)}" -> {judged}'


def _shortened(text: str) -> str:
    """On one line, with beginning and end: a traceback says last what happened."""
    plain = " ".join(text.split())
    return plain if len(plain) <= 3 * _WIDTH else f"{plain[:_WIDTH]} ... {plain[-_WIDTH:]}"


def summed(findings: Iterable[Finding]) -> str:
    """Those that are wrong, as one text."""
    return "\n  ".join(f"{f.what}: {f.found}" for f in findings if f.state is State.FAIL)
