"""The math verifier beside its peers: accuracy, speed, rewrites, fuzzing. One process, one thread.

    python tests/benchmarks/bench_math.py [cases] [speed] [rewrites] [fuzz]

Peers are math-verify (`pip install 'rlvr[bench]'`) and string equality, as the floor. `cases` and `speed`
use the developers' labelled cases where they lie beside the checkout, else the project's own.
"""

from __future__ import annotations

import json
import random
import re
import runpy
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome, Verdict

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "cases" / "math_cases.jsonl"
OWN = ROOT / "tests" / "data" / "math_cases.jsonl"
SPEC = VerifierSpec("math", {"extraction": "lenient"})
VERIFIER = build_verifier(SPEC)
TESTS = runpy.run_path(str(ROOT / "tests" / "verifiers" / "math" / "test_math.py"), run_name="tests")
REWRITES: Any = SimpleNamespace(**runpy.run_path(str(ROOT / "tests" / "verifiers" / "math" / "rewrites.py")))

Judge = Callable[[str, str], bool]


def verdict(gold: str, text: str) -> Verdict:
    return VERIFIER.verify(Problem("p", "", {"answer": gold}, "t", SPEC), Completion(text))


def ours(gold: str, text: str) -> bool:
    return verdict(gold, text).outcome is Outcome.PASS


def string(gold: str, text: str) -> bool:
    boxes = re.findall(r"\\boxed\{(.*)\}", text)
    return bool(boxes) and boxes[-1].strip() == gold.strip()


def math_verify() -> Judge | None:
    try:
        from math_verify import parse, verify
    except ImportError:
        return None
    return lambda gold, text: bool(verify(parse(f"${gold}$"), parse(text)))


def judges() -> dict[str, Judge]:
    peer = math_verify()
    return {"rlvr": ours, **({"math-verify": peer} if peer else {}), "string": string}


def rows() -> list[dict[str, Any]]:
    path = SHARED if SHARED.is_file() else OWN
    return [json.loads(line) for line in path.read_text().splitlines()]


def cases() -> None:
    """Accuracy on the labelled cases; ours on all, peers on the ordinary ones (the others can hang them)."""
    every = rows()
    slowest, wrong, accepted = 0.0, 0, 0
    for row in every:
        started = time.perf_counter()
        passed = ours(row["gold"], row["prediction"])
        slowest = max(slowest, time.perf_counter() - started)
        wrong += passed != row["equivalent"]
        accepted += passed and not row["equivalent"]
    share = 1 - wrong / len(every)
    print(f"cases: {len(every)}; right {share:.2%}; wrong answers accepted {accepted}; slowest {slowest:.3f} s")


def speed(rounds: int = 3, sample: int = 150) -> None:
    """Seconds on the same ordinary cases, in turn, medians of several rounds."""
    ordinary = [row for row in rows() if row["category"] not in ("adversarial", "injection")]
    chosen = random.Random(0).sample(ordinary, min(sample, len(ordinary)))
    found: dict[str, list[float]] = {name: [] for name in judges()}
    for _ in range(rounds):
        for name, judge in judges().items():
            TESTS["importlib"].import_module("rlvr.verifiers.math.judge").kept_reading.cache_clear()
            started = time.perf_counter()
            right = sum(judge(row["gold"], row["prediction"]) == row["equivalent"] for row in chosen)
            found[name].append(time.perf_counter() - started)
            print(f"  {name}: {right}/{len(chosen)} right in {found[name][-1]:.3f} s")
    medians = {name: statistics.median(seconds) for name, seconds in found.items()}
    for name, seconds in medians.items():
        print(f"speed: {name} {len(chosen) / seconds:,.0f} verifications/s, {seconds / medians['rlvr']:.1f} x our time")
    TESTS["importlib"].import_module("rlvr.verifiers.math.judge").kept_reading.cache_clear()
    each = []
    for row in ordinary:
        started = time.perf_counter()
        ours(row["gold"], row["prediction"])
        each.append(time.perf_counter() - started)
    each.sort()
    print(
        f"speed: all {len(each)} ordinary cases, cold: {len(each) / sum(each):,.0f}/s,"
        f" p50 {each[len(each) // 2] * 1e3:.2f} ms,"
        f" p99 {each[int(len(each) * 0.99)] * 1e3:.1f} ms, max {each[-1] * 1e3:.1f} ms"
    )


def rewrites(count: int = 10_000) -> None:
    """Rewrites of random expressions stay equal; a changed digit is never accepted unless the value stayed."""
    draw = random.Random(1)
    refused, accepted = [], []
    for _ in range(count):
        gold = REWRITES.expression(draw)
        again = draw.choice(REWRITES.REWRITES)(draw.choice(REWRITES.REWRITES)(gold))
        if not ours(gold, f"\\boxed{{{again}}}"):
            refused.append((gold, again))
        changed = REWRITES.changed(gold, draw)
        if ours(gold, f"\\boxed{{{changed}}}") and not TESTS["really_equal"](gold, changed):
            accepted.append((gold, changed))
    print(f"rewrites: {count} equal ones, {len(refused)} refused {refused[:3]}")
    print(f"rewrites: {count} one-digit changes, {len(accepted)} accepted though different {accepted[:3]}")


def fuzz(count: int = 100_000) -> None:
    """Arbitrary text and arbitrary mathematics: no exception, and how long the slowest took."""
    draw = random.Random(2)
    pieces = (
        r"\frac \sqrt \boxed { } ( ) [ ] | 1 2 9 x y ^ _ + - * / = < > \le , ; : ! % \pi e i \infty \cup \in "
        r"\{ \} \begin{pmatrix} \end{pmatrix} & \\ \text \sin \log \binom \pm . 0.5 \overline \sum \int $ 99999 "
        r"\lfloor \rfloor ' \setminus é 数 Ω"
    ).split()
    golds = ["7", "x+1", "(1,2)", r"[0,\infty)", "yes", r"\begin{pmatrix}1&2\end{pmatrix}", r"\frac{1}{3}", "2,3"]
    slowest, text_of_slowest = 0.0, ""
    for _ in range(count):
        if draw.random() < 0.7:
            text = " ".join(draw.choices(pieces, k=draw.randint(1, 30)))
        else:
            text = "".join(chr(draw.choice([draw.randint(32, 126), draw.randint(0, 0x2FFF)])) for _ in range(60))
        started = time.perf_counter()
        verdict(draw.choice(golds), f"\\boxed{{{text}}}" if draw.random() < 0.7 else text)
        seconds = time.perf_counter() - started
        if seconds > slowest:
            slowest, text_of_slowest = seconds, text
    print(f"fuzz: {count} texts, no exception, slowest {slowest:.3f} s: {text_of_slowest[:80]!r}")


if __name__ == "__main__":
    parts: dict[str, Callable[[], None]] = {"cases": cases, "speed": speed, "rewrites": rewrites, "fuzz": fuzz}
    for part in sys.argv[1:] or parts:
        parts[part]()
