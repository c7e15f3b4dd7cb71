"""How each style of tests is carried out on a slot, and what its endings mean.

asserts, functions   a judge calls the candidate; neither sees the other's memory
stdio                the program runs once a case; its output is compared here, on the host
pytest               and whatever says `trust: same-process`: tests and program share a process
"""

from __future__ import annotations

import ast
import json
import math
import re
import secrets
import signal
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rlvr.errors import UsageError, nearest
from rlvr.sandbox import Job, JobResult, JobStatus, Limits
from rlvr.sandboxes._guest.candidate import BROKEN_CHANNEL, DOES_NOT_COMPILE, OUT_OF_MEMORY
from rlvr.sandboxes._host import asserts
from rlvr.sandboxes._host.script import Script, first_messages
from rlvr.sandboxes._host.slot import Slot
from rlvr.sandboxes._host.talk import Ending

SAME_PROCESS = "same-process"
#: What a judge says of a program that ended: why it did is known here.
_GONE = "gone"
_OUTPUT_CHARACTERS = 2000
_MOST_SCRIPTS = 256
#: status and reason
Finding = tuple[JobStatus, str]


def conduct(slot: Slot, job: Job) -> JobResult:
    """Run one job. Raises SlotLost, and UsageError for a style that does not exist."""
    together = job.tests.get("trust") == SAME_PROCESS
    try:
        style = _together if together else _STYLES[job.style]
    except KeyError:
        raise UsageError(f"there is no style {job.style!r}.", nearest(job.style, _STYLES)) from None
    result = style(slot, job)
    return replace(result, reason=_storable(result.reason), source=job.source)


def _storable(text: str) -> str:
    """A program chooses the words of its exceptions; not all that JSON carries can be written to a file."""
    return text.encode("utf-8", "backslashreplace").decode()


@lru_cache(maxsize=256)
def only_imports(source: str) -> str:
    """The import statements at the top level of `source`: all of it that a candidate may see."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return ast.unparse(tree)


# -- judged by calls -----------------------------------------------------------------------------


def _asserts(slot: Slot, job: Job) -> JobResult:
    tests: Any = job.tests
    entry, imports = tests["entry_point"], tests.get("imports", "")
    names = [entry] if isinstance(entry, str) else entry
    ready = asserts.prepare(tests["tests"], names[0])
    imported = asserts.imported(tests["tests"], imports)
    payload = {
        "style": "asserts",
        "names": names,
        "imports": imports,
        "imported": imported,
        "tests": ready.tests,
        "count": ready.count,
        "shown": ready.shown,
        "call_check": ready.call_check,
        "bound": ready.bound,
    }
    trial = _Trial(slot, job, {"source": job.source, "imports": only_imports(imports)}, payload)
    if ready.script.is_complete or ready.hangs_on_time:
        return trial.run(ready.script)
    key = (tests["tests"], imports, *names)
    if key not in slot.scripts:
        learned = Script.of_rehearsal(slot.rehearse(payload, job.limits).verdict)
        says_more = learned.is_complete or len(learned.requests) > len(ready.script.requests)
        _remember(slot, key, learned if says_more else ready.script)
    try:
        return trial.run(slot.scripts[key])
    except Astray as astray:  # what these tests ask hangs on the answers
        _remember(slot, key, ready.script)
        script, said = astray.script, astray.said
    try:
        return trial.run(script, said)
    except Astray:  # or on chance
        return trial.run(ready.script)


def _remember(slot: Slot, key: Hashable, script: Script) -> None:
    slot.scripts[key] = script
    if len(slot.scripts) > _MOST_SCRIPTS:
        del slot.scripts[next(iter(slot.scripts))]


def _functions(slot: Slot, job: Job) -> JobResult:
    tests: Any = job.tests
    name, tolerance = tests["entry_point"], tests.get("tolerance", 0.0)
    foreseen = asserts.encode_calls([case["args"] for case in tests["cases"]])
    payload = {"style": "functions", "names": [name], "cases": tests["cases"], "tolerance": tolerance}
    script = Script.of_calls(name, foreseen, len(foreseen) == len(tests["cases"]))
    return _Trial(slot, job, {"source": job.source, "imports": ""}, payload).run(script)


class Astray(Exception):
    """The tests asked something else than their script says.

    Up to there all went as it would have without one. What the program has said stays said, or it could answer
    otherwise where it is asked again.
    """

    def __init__(self, script: Script, said: bytes) -> None:
        super().__init__()
        self.script = script
        self.said = said


@dataclass(frozen=True)
class _Trial:
    """A program and the judge's payload."""

    slot: Slot
    job: Job
    source: Mapping[str, Any]
    tests: Mapping[str, Any]

    def run(self, script: Script, said: bytes = b"") -> JobResult:
        """Raises SlotLost, and Astray if the script is not sure."""
        candidate, judge = self.slot.run_judged(self.source, self.tests, script, self.job.limits, said)
        first, passed, total, answered = _read_verdict(judge.verdict)
        if answered is not None and not script.is_sure:
            raise Astray(script.so_far(answered), first_messages(candidate.said, answered + 1))
        status, reason = _weigh(first, total, candidate, judge, self.job.limits)
        return JobResult(status, reason, passed, total or 0, _output(candidate), _usage(candidate))


def _read_verdict(verdict: bytes) -> tuple[Mapping[str, str] | None, int, int | None, int | None]:
    """The judge's lines: the first failure, tests passed, tests in all (None unless it came to an end).

    Last the calls that were answered before it went astray, None if it did not.
    """
    first, passed, total, answered = None, 0, None, None
    try:
        for line in verdict.splitlines():
            message = json.loads(line)
            first = first or message.get("first")
            if "done" in message:
                passed, total = map(int, message["done"])
            if "astray" in message:
                answered = int(message["astray"])
        if first is not None and first["status"] != _GONE:
            JobStatus(first["status"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # No judge of ours: the tests wrote where it does. They are to be mended, whatever the program did.
        return {"status": "invalid_tests", "reason": "the tests wrote a verdict of their own"}, 0, None, None
    return first, passed, total, answered


def _weigh(
    first: Mapping[str, str] | None, total: int | None, candidate: Ending, judge: Ending, limits: Limits
) -> Finding:
    if first is not None and first["status"] != _GONE:
        return JobStatus(first["status"]), first["reason"]
    if first is not None:
        return _cause(candidate, limits) or _exited(candidate, f"{first['reason']}: ")
    if total is not None:
        return JobStatus.PASSED, f"all {total} tests passed"
    found = _cause(candidate, limits) or _cause(judge, limits, "the tests: ")
    return found or (JobStatus.RUNTIME_ERROR, f"the tests ended without a verdict (exit {judge.exit})")


def _cause(ending: Ending, limits: Limits, who: str = "") -> Finding | None:
    """The limit that ended a sample, if one did."""
    # A bomb of many processes often ends by the clock, but memory is what it broke.
    if ending.oom or ending.exit == OUT_OF_MEMORY:
        return JobStatus.MEMORY_LIMIT, f"{who}used more than {limits.memory_bytes >> 20} MiB of memory"
    if ending.stop == "time":
        return JobStatus.TIME_LIMIT, f"{who}still running after {limits.wall_seconds:g} s"
    if ending.stop == "output":
        return JobStatus.OUTPUT_LIMIT, f"{who}wrote more than {limits.output_bytes} bytes of output"
    if ending.stop in ("data", "verdict") or ending.exit == BROKEN_CHANNEL:
        return JobStatus.PROTOCOL_VIOLATION, f"{who}sent the tests too much, or what is no answer"
    spent = ending.exit == -signal.SIGKILL and ending.cpu_seconds >= limits.cpu_seconds
    if ending.exit == -signal.SIGXCPU or spent:
        return JobStatus.TIME_LIMIT, f"{who}used more than {limits.cpu_seconds:g} s of processor time"
    return None


def _exited(ending: Ending, before: str = "") -> Finding:
    code = ending.exit
    if code == DOES_NOT_COMPILE:
        return JobStatus.COMPILE_ERROR, f"does not compile: {_last_line(ending.stderr)}"
    if code is not None and code < 0:
        return JobStatus.RUNTIME_ERROR, f"{before}killed by signal {-code}"
    said = _last_line(ending.stderr)
    return JobStatus.RUNTIME_ERROR, f"{before}exit code {code}" + (f", {said}" if said else "")


# -- judged by output ----------------------------------------------------------------------------


def _stdio(slot: Slot, job: Job) -> JobResult:
    tests: Any = job.tests
    cases, tolerance = tests["cases"], tests.get("tolerance", 0.0)
    ends = time.monotonic() + job.limits.wall_seconds
    first: Finding | None = None
    shown: Ending | None = None
    passed, cpu = 0, 0.0
    for number, case in enumerate(cases, 1):
        left = ends - time.monotonic()
        if left <= 0:
            break
        payload = {"source": job.source, "imports": ""}
        ending = slot.run_alone("program", payload, job.limits, left, case["stdin"].encode())
        cpu += ending.cpu_seconds
        found = _cause(ending, job.limits) or _compare(ending, case["stdout"], tolerance)
        passed += found is None
        if found is not None and first is None:
            first, shown = (found[0], f"test {number}: {found[1]}"), ending
    if first is None and passed < len(cases):
        first = JobStatus.TIME_LIMIT, f"test {passed + 1}: not reached within {job.limits.wall_seconds:g} s"
    status, reason = first or (JobStatus.PASSED, f"all {passed} tests passed")
    shown = shown or ending
    return JobResult(status, reason, passed, len(cases), _output(shown), {**_usage(shown), "cpu_seconds": cpu})


def _compare(ending: Ending, expected: str, tolerance: float) -> Finding | None:
    """None when the program ended well and wrote the expected tokens."""
    if ending.exit != 0:
        return _exited(ending)
    got, want = ending.stdout.split(), expected.encode().split()
    if len(got) == len(want) and all(map(lambda a, b: _same_token(a, b, tolerance), got, want)):
        return None
    for index, token in enumerate(want):
        if index >= len(got) or not _same_token(got[index], token, tolerance):
            seen = _text(got[index]) if index < len(got) else "nothing"
            return JobStatus.WRONG_ANSWER, f"token {index + 1} should be {_text(token)}, is {seen}"
    return JobStatus.WRONG_ANSWER, f"{len(got) - len(want)} tokens too many"


_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def _same_token(got: bytes, want: bytes, tolerance: float) -> bool:
    """Equal bytes; with a tolerance, plain decimal numbers that differ by no more (absolute or relative)."""
    if got == want:
        return True
    if tolerance <= 0 or max(len(got), len(want)) > 400:
        return False
    if not (_NUMBER.fullmatch(got) and _NUMBER.fullmatch(want)):
        return False
    number = float(want)
    # Within any share of infinity (which 1e999 becomes) lies everything.
    return math.isfinite(number) and abs(float(got) - number) <= tolerance * max(1.0, abs(number))


# -- trusted to judge itself ---------------------------------------------------------------------


def _together(slot: Slot, job: Job) -> JobResult:
    # Looked up before the program runs: it must not be able to make its failure look like ours.
    if job.style == "pytest" and not slot.has_pytest:
        mend = "build one with: rlvr sandbox build --package pytest"
        return JobResult(JobStatus.LOST, f"the sandbox has no pytest; {mend}", trust=SAME_PROCESS)
    nonce = secrets.token_hex(16)
    tests: dict[str, Any] = {"imports": "", "entry_point": None, **job.tests, "style": job.style}
    payload = {**tests, "source": job.source, "nonce": nonce}
    ending = slot.run_alone("together", payload, job.limits, job.limits.wall_seconds)
    status, reason = _cause(ending, job.limits) or _own_verdict(ending, nonce)
    passed = int(status is JobStatus.PASSED)
    return JobResult(status, reason, passed, 1, _output(ending), _usage(ending), SAME_PROCESS)


def _own_verdict(ending: Ending, nonce: str) -> Finding:
    try:
        verdict = json.loads(ending.verdict)
        failure = verdict.get("failed")
        text = f"{failure.get('name')}: {failure.get('message')}"[:400] if isinstance(failure, dict) else ""
    except (ValueError, AttributeError, RecursionError):
        return _exited(ending, "the program ended before its tests did: ")
    if failure is None:
        if ending.exit == 0 and verdict.get("nonce") == nonce:
            return JobStatus.PASSED, "the tests passed, by the word of the process that ran the program"
        return JobStatus.PROTOCOL_VIOLATION, "the program sent a verdict of its own"
    if not isinstance(failure, dict):
        return JobStatus.PROTOCOL_VIOLATION, "the program sent a verdict of its own"
    if failure.get("compile"):
        return JobStatus.COMPILE_ERROR, f"does not compile: {text}"
    kind = {"AssertionError": JobStatus.WRONG_ANSWER, "MemoryError": JobStatus.MEMORY_LIMIT}
    return kind.get(str(failure.get("type")), JobStatus.RUNTIME_ERROR), text


# -- what is shown -------------------------------------------------------------------------------


def _usage(ending: Ending) -> dict[str, float]:
    return {
        "wall_seconds": ending.wall_seconds,
        "cpu_seconds": ending.cpu_seconds,
        "rss_bytes": ending.rss_kib * 1024,
    }


def _output(ending: Ending) -> str:
    return _text(ending.stdout + ending.stderr, _OUTPUT_CHARACTERS)


def _text(data: bytes, characters: int = 60) -> str:
    text = data[: 4 * characters].decode("utf-8", "backslashreplace")
    return text if len(text) <= characters else text[:characters] + "…"


def _last_line(data: bytes) -> str:
    lines = data.strip().splitlines()
    return _text(lines[-1], 200) if lines else ""


_STYLES = {"asserts": _asserts, "functions": _functions, "stdio": _stdio}
