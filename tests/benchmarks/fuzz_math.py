"""The long forms of the math verifier's property tests. Each prints what it found; exit code 1 when that is anything.

python tests/benchmarks/fuzz_math.py rewrites [10000]   # equal rewrites, one-digit changes
python tests/benchmarks/fuzz_math.py fuzz [100000]      # arbitrary texts
python tests/benchmarks/fuzz_math.py long               # texts of 200,000 characters, through the scorer's workers
python tests/benchmarks/fuzz_math.py tripwire [1000]    # an audit hook watches what wants to be run
"""

from __future__ import annotations

import json
import random
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.scoring.scorer import Scorer
from rlvr.verdict import Outcome

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "verifiers" / "math"
CASES = ROOT.parent / "shared" / "cases" / "math_cases.jsonl"
INPUTS = runpy.run_path(str(TESTS / "inputs.py"))
REWRITES = runpy.run_path(str(TESTS / "rewrites.py"))
SPEC = VerifierSpec("math", {"extraction": "lenient"})
VERIFIER = build_verifier(SPEC)
#: The scorer's own deadline for a verdict.
DEADLINE = 10.0


def outcome(gold: str, text: str) -> Outcome:
    return VERIFIER.verify(Problem("p", "", {"answer": gold}, "t", SPEC), Completion(text)).outcome


def rewrites(count: int = 10_000) -> int:
    """Rewrites of random expressions stay equal; a changed digit is accepted only where the value stayed."""
    draw = random.Random(1)
    refused, accepted = [], []
    for _ in range(count):
        gold = REWRITES["expression"](draw)
        again = draw.choice(REWRITES["REWRITES"])(draw.choice(REWRITES["REWRITES"])(gold))
        if outcome(gold, f"\\boxed{{{again}}}") is not Outcome.PASS:
            refused.append((gold, again))
        changed = REWRITES["changed"](gold, draw)
        if outcome(gold, f"\\boxed{{{changed}}}") is Outcome.PASS and not REWRITES["really_equal"](gold, changed):
            accepted.append((gold, changed))
    print(f"rewrites: {count} equal ones, {len(refused)} refused {refused[:3]}")
    print(f"rewrites: {count} one-digit changes, {len(accepted)} accepted though different {accepted[:3]}")
    return len(refused) + len(accepted)


def fuzz(count: int = 100_000) -> int:
    """Arbitrary text and mathematics: an exception would end this; how long the slowest took."""
    draw = random.Random(2)
    slowest, text_of_slowest, started_at = 0.0, "", time.perf_counter()
    for _ in range(count):
        text = INPUTS["arbitrary"](draw)
        started = time.thread_time()
        outcome(draw.choice(INPUTS["GOLDS"]), text)
        seconds = time.thread_time() - started
        if seconds > slowest:
            slowest, text_of_slowest = seconds, text
    total = time.perf_counter() - started_at
    print(f"fuzz: {count} texts in {total:.0f} s, no exception")
    print(f"fuzz: slowest {slowest:.3f} s of processor time: {text_of_slowest[:80]!r}")
    return int(slowest > DEADLINE)


def long(characters: int = 200_000) -> int:
    """Long and costly texts, one after another, in the workers that judge them in a run."""
    slowest, text_of_slowest, errors = 0.0, "", 0
    texts = INPUTS["hostile"](characters)
    with Scorer() as scorer:
        scorer.submit(Problem("p", "", {"answer": "1"}, "t", SPEC), Completion("1")).result()
        for text in texts:
            started = time.perf_counter()
            verdict = scorer.submit(Problem("p", "", {"answer": "x+41"}, "t", SPEC), Completion(text)).result()
            seconds = time.perf_counter() - started
            errors += verdict.outcome is not Outcome.FAIL
            if seconds > slowest:
                slowest, text_of_slowest = seconds, text
    print(f"long: {len(texts)} texts, {errors} not judged as failed, slowest {slowest:.3f} s: {text_of_slowest[:40]!r}")
    return errors + int(slowest > DEADLINE)


def tripwire(count: int = 1_000) -> int:
    """Payloads, the labelled injections where they lie beside the checkout, and arbitrary texts."""
    draw = random.Random(5)
    forms = ("\\boxed{%s}", "<answer>%s</answer>", "the answer is %s", "%s")
    pairs = [
        (gold, form.replace("%s", text)) for text in INPUTS["PAYLOADS"] for gold in ("31", "z+5") for form in forms
    ]
    pairs += [(draw.choice(INPUTS["GOLDS"]), INPUTS["arbitrary"](draw)) for _ in range(count)]
    if CASES.is_file():
        labelled = [json.loads(line) for line in CASES.read_text().splitlines()]
        pairs += [
            (row["gold"], row["prediction"]) for row in labelled if row["category"] in ("injection", "adversarial")
        ]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(TESTS / "tripwire.py")], input=json.dumps(pairs), capture_output=True, text=True,
            cwd=folder, env={"PYTHONPATH": str(ROOT)}, check=True,
        )  # fmt: skip
        left = [path.name for path in Path(folder).iterdir()]
    print(f"tripwire: {done.stdout.strip()[:2_000]}; files left: {left}")
    return len(json.loads(done.stdout)["events"]) + len(left) + (not json.loads(done.stdout)["control"])


if __name__ == "__main__":
    parts: dict[str, Callable[..., int]] = {"rewrites": rewrites, "fuzz": fuzz, "long": long, "tripwire": tripwire}
    chosen = sys.argv[1:2] or list(parts)
    findings = [parts[part](*map(int, sys.argv[2:3])) for part in chosen]
    sys.exit(1 if any(findings) else 0)
