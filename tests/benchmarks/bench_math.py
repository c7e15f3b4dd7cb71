"""The math verifier beside its peers: accuracy and speed, in one process and one thread.

    python tests/benchmarks/bench_math.py [cases] [speed]

Peers are math-verify (`pip install 'rlvr[bench]'`) and string equality, as the floor. The labelled cases are the
developers' where they lie beside the checkout, else the project's own. Seconds are this thread's processor time,
so that what else runs on the machine counts less; the wall clock stands beside it.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome
from rlvr.verifiers.math.judge import kept_reading

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "cases" / "math_cases.jsonl"
OWN = ROOT / "tests" / "data" / "math_cases.jsonl"
SPEC = VerifierSpec("math", {"extraction": "lenient"})
VERIFIER = build_verifier(SPEC)

Judge = Callable[[str, str], bool]


def ours(gold: str, text: str) -> bool:
    verdict = VERIFIER.verify(Problem("p", "", {"answer": gold}, "t", SPEC), Completion(text))
    return verdict.outcome is Outcome.PASS


def string(gold: str, text: str) -> bool:
    boxes = re.findall(r"\\boxed\{(.*)\}", text)
    return bool(boxes) and boxes[-1].strip() == gold.strip()


def judges() -> dict[str, Judge]:
    """Ours, and the peers that are installed."""
    found: dict[str, Judge] = {"rlvr": ours, "string": string}
    try:
        from math_verify import parse, verify
    except ImportError:
        print("math-verify is not installed: pip install 'rlvr[bench]'")
        return found
    return {
        "rlvr": ours,
        "math-verify": lambda gold, text: bool(verify(parse(f"${gold}$"), parse(text))),
        "string": string,
    }


def rows() -> list[dict[str, Any]]:
    path = SHARED if SHARED.is_file() else OWN
    return [json.loads(line) for line in path.read_text().splitlines()]


def ordinary() -> list[dict[str, Any]]:
    """All but what is meant to hang or to fool a verifier."""
    return [row for row in rows() if row["category"] not in ("adversarial", "injection")]


def cases() -> None:
    """Accuracy by category, the cases judged otherwise than labelled, and the slowest call."""
    right: dict[str, list[bool]] = defaultdict(list)
    accepted, slowest = 0, 0.0
    for row in rows():
        started = time.perf_counter()
        passed = ours(row["gold"], row["prediction"])
        slowest = max(slowest, time.perf_counter() - started)
        right[row["category"]].append(passed == row["equivalent"])
        accepted += passed and not row["equivalent"]
        if passed != row["equivalent"]:
            print(f"  judged {passed}: {row['gold'][:60]!r} against {row['prediction'][-100:]!r}")
    print("  " + ", ".join(f"{name} {sum(found)}/{len(found)}" for name, found in sorted(right.items())))
    every = [one for found in right.values() for one in found]
    share = sum(every) / len(every)
    print(f"cases: {len(every)}; right {share:.2%}; wrong answers accepted {accepted}; slowest {slowest:.3f} s")


def speed(rounds: int = 5, sample: int = 100) -> None:
    """The same ordinary cases by everyone in turn, medians of several rounds, nothing read before."""
    chosen = random.Random(0).sample(ordinary(), sample)
    seconds: dict[str, list[float]] = defaultdict(list)
    walls: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, judge in judges().items():
            kept_reading.cache_clear()
            wall, started = time.perf_counter(), time.thread_time()
            right = sum(judge(row["gold"], row["prediction"]) == row["equivalent"] for row in chosen)
            seconds[name].append(time.thread_time() - started)
            walls[name].append(time.perf_counter() - wall)
            print(
                f"  {name}: {right}/{sample} right in {seconds[name][-1]:.3f} s ({walls[name][-1]:.3f} s by the clock)"
            )
    for name in seconds:
        median, wall = statistics.median(seconds[name]), statistics.median(walls[name])
        ratio = median / statistics.median(seconds["rlvr"])
        rates = f"{sample / median:,.0f} verifications/s ({sample / wall:,.0f} by the clock)"
        print(f"speed: {name} {rates}, {ratio:.4g} x our time")
    each_call(rounds)


def each_call(rounds: int) -> None:
    """Every ordinary case alone, nothing read before: median over rounds of throughput and percentiles."""
    found = []
    for _ in range(rounds):
        kept_reading.cache_clear()
        each = []
        for row in ordinary():
            started = time.thread_time()
            ours(row["gold"], row["prediction"])
            each.append(time.thread_time() - started)
        each.sort()
        found.append((len(each) / sum(each), each[len(each) // 2], each[int(len(each) * 0.99)], each[-1]))
    rate, p50, p99, most = (statistics.median(column) for column in zip(*found, strict=True))
    p50, p99, most = p50 * 1e3, p99 * 1e3, most * 1e3
    print(f"speed: every ordinary case: {rate:,.0f}/s, p50 {p50:.2f} ms, p99 {p99:.1f} ms, max {most:.1f} ms")


if __name__ == "__main__":
    parts: dict[str, Callable[[], None]] = {"cases": cases, "speed": speed}
    for part in sys.argv[1:] or parts:
        parts[part]()
