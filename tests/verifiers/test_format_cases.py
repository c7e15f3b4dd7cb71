"""The labelled format cases beside the checkout, each judged by the verifier its kind belongs to.

`ADAPTERS` says for every kind of case which verifier judges it, with which options and reference. Cases
of other projects' scorers are judged in reference mode, our own in hardened mode.
"""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Verifier
from rlvr.verifiers.instructions.catalogue import REFUSED
from rlvr.verifiers.json_schema.engines import chosen

FILE = Path(__file__).parents[3] / "shared" / "cases" / "format_cases.jsonl"

#: (verifier, options, reference, prefill)
Call = tuple[str, dict[str, Any], dict[str, Any], str]

#: IFEval's scorer classes that its own registry leaves out, under the ids it has for them.
_UNREGISTERED = {
    "ConstrainedStartChecker": "multi-turn:constrained_start",
    "KeySentenceChecker": "keywords:key_sentences",
    "RephraseChecker": "detectable_format:rephrase",
    "RephraseParagraph": "detectable_content:rephrase_paragraph",
}
_STEPS = r"Step \d+:|(?m:^\d+\.)|\n-|\n\*|First,|Second,|Next,|Finally,"

#: Peers' cases where our verdict is right and the label is not, and why.
DISAGREEMENTS = {
    "ifbench-00451": "one statement and one question are not 2:1: the other statement's full stop stands "
    "inside its closing quote, and the label comes from a sentence splitter that parted the two",
}


def json_only(params: dict[str, Any]) -> Call:
    options = {"find": "either" if params["allow_fence"] else "whole", "max_depth": params["max_depth"]}
    wanted = params.get("require_type")
    return "json_schema", options, {"schema": {"type": wanted}} if wanted else {}, ""


def json_schema(params: dict[str, Any]) -> Call:
    formats = "assert" if params["assert_format"] else "annotate"
    options = {"draft": params["draft"], "formats": formats}
    return "json_schema", options, {"schema": params["schema"]}, ""


def think_format(params: dict[str, Any]) -> Call:
    options = {"tags": ["think"], "ends_with": "text", "allow_blank": params["variant"] == "trl"}
    return "tags", options, {}, "<think>" if params.get("prefilled_open_tag") else ""


def think_answer_format(params: dict[str, Any]) -> Call:
    return "tags", {}, {}, "<think>" if params.get("prefilled_open_tag") else ""


def tag_count(params: dict[str, Any]) -> Call:
    """A share of tags; the case passes when the share is 1, which is when all stand once."""
    return "tags", {}, {}, ""


def code_format(params: dict[str, Any]) -> Call:
    return "tags", {"code": params["language"]}, {}, ""


def reasoning_steps(params: dict[str, Any]) -> Call:
    return "regex", {"match": "search"}, {"pattern": _STEPS, "at_least": 3}, ""


def refusal(params: dict[str, Any]) -> Call:
    return "refusal", {}, {"expect": params["expect"]}, ""


def contains_option(params: dict[str, Any]) -> Call:
    return "choice", {"find": "mention"}, {"options": params["options"]}, ""


ADAPTERS: dict[str, Callable[[dict[str, Any]], Call]] = {
    "json_only": json_only,
    "json_schema": json_schema,
    "think_format": think_format,
    "think_answer_format": think_answer_format,
    "tag_count": tag_count,
    "code_format": code_format,
    "reasoning_steps": reasoning_steps,
    "refusal": refusal,
    "choice": contains_option,
}


def instructions(kind: str, params: dict[str, Any]) -> Call:
    """Every other kind is an instruction's id, with `ifeval:` or `ifbench:` before it for peers' labels."""
    published = kind.startswith(("ifeval:", "ifbench:"))
    name = kind.split(":", 1)[1] if published else kind
    kwargs = dict(params)
    if "key_sentences" in kwargs:
        kwargs["key_sentences"] = sorted(ast.literal_eval(kwargs["key_sentences"]))
    if "quantifier" in kwargs:
        kwargs = {"capital_frequency": kwargs["N"], "capital_relation": kwargs["quantifier"]}
    asked = [{"id": _UNREGISTERED.get(name, name), "kwargs": kwargs}]
    options = {"mode": "reference" if published else "hardened", "thinking": "keep"}
    return "instructions", options, {"instructions": asked}, ""


def question_of(row: dict[str, Any]) -> tuple[Verifier, Problem, Completion] | None:
    """The verifier of a case, and what it is asked; None where the id is refused when data is loaded."""
    kind, params = row["kind"], row["params"]
    if kind.removeprefix("ifbench:") in REFUSED:
        return None
    adapter = ADAPTERS.get(kind.split(":")[0])
    name, options, reference, prefill = adapter(params) if adapter else instructions(kind, params)
    spec = VerifierSpec(name, options)
    problem = Problem(row["id"], "", reference, "cases", spec)
    return build_verifier(spec), problem, Completion(row["response"], prefill=prefill)


def verdict_of(row: dict[str, Any]) -> Verdict | None:
    """Our verdict on a case; None where the id is refused when data is loaded."""
    asked = question_of(row)
    return None if asked is None else asked[0].verify(asked[1], asked[2])


def known_disagreement(name: str) -> str:
    """Why we differ from the label of that case, where it was looked into."""
    return DISAGREEMENTS.get(name, "")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    if not FILE.is_file():
        pytest.skip(f"the labelled cases are not beside this checkout ({FILE})")
    if chosen("auto") != "rs":
        pytest.skip("cases that assert formats need jsonschema-rs")
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def wrong(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Ids of the cases that we judge unlike their label, by "false accept" and "false reject"."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        verdict = verdict_of(row)
        if verdict is not None and (verdict.outcome is Outcome.PASS) != row["passes"]:
            found["false reject" if row["passes"] else "false accept"].append(row["id"])
    return found


def test_own_cases_have_no_false_accept(rows: list[dict[str, Any]]) -> None:
    own = [row for row in rows if row["source"].startswith("own")]
    assert len(own) > 100
    assert wrong(own) == {}


def test_peers_cases_agree_or_are_explained(rows: list[dict[str, Any]]) -> None:
    peers = [row for row in rows if not row["source"].startswith("own")]
    assert len(peers) > 1000
    differ = [name for names in wrong(peers).values() for name in names]
    assert set(differ) <= set(DISAGREEMENTS)
    assert len(differ) <= 0.01 * len(peers)


@pytest.mark.parametrize(("engine", "may_differ"), [("rs", 0), ("jsonschema", 0.005)])
def test_the_schema_suite_is_judged_right_by_both_engines(
    rows: list[dict[str, Any]], engine: str, may_differ: float
) -> None:
    suite = [row for row in rows if "JSON-Schema-Test-Suite" in row["source"] and not row["params"]["assert_format"]]
    assert len(suite) > 500
    differ = []
    for row in suite:
        name, options, reference, _ = json_schema(row["params"])
        spec = VerifierSpec(name, {**options, "engine": engine})
        verdict = build_verifier(spec).verify(Problem(row["id"], "", reference, "t", spec), Completion(row["response"]))
        if (verdict.outcome is Outcome.PASS) != row["passes"]:
            differ.append(f"{row['id']} {verdict.reason}")
    assert len(differ) <= may_differ * len(suite), differ


def test_verdicts_repeat(rows: list[dict[str, Any]]) -> None:
    for row in rows[::7]:
        assert len({str(verdict_of(row)) for _ in range(3)}) == 1, row["id"]


def test_refusals_to_judge_say_why(rows: list[dict[str, Any]]) -> None:
    refused = [row for row in rows if verdict_of(row) is None]
    assert {row["kind"] for row in refused} <= {"ifbench:words:start_verb"}
    with pytest.raises(ValueError, match="part-of-speech"):
        spec = VerifierSpec("instructions")
        asked = {"instructions": [{"id": "words:start_verb", "kwargs": {}}]}
        build_verifier(spec).check_reference(Problem("p", "", asked, "t", spec))
