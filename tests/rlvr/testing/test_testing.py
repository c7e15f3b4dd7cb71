"""The conformance kit must find each thing it looks for, and nothing in a verifier that is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlvr.errors import CheckFailed, UsageError
from rlvr.problem import VerifierSpec
from rlvr.testing import Breach, breaches, conforms
from rlvr.testing.breach import summary
from rlvr.testing.hostile import HOSTILE

DATA = Path(__file__).parents[2] / "data"
FILE = DATA / "nonconforming.py"


def found(kind: str) -> set[tuple[str, str]]:
    spec = VerifierSpec(f"{FILE}:{kind}")
    return {(breach.rule, breach.found) for breach in breaches(spec, deadline_seconds=2)}


@pytest.mark.parametrize("name", [f"{FILE}:Sound", f"{DATA / 'functions.py'}:near", f"{DATA / 'functions.py'}:polite"])
def test_a_sound_verifier_conforms(name: str) -> None:
    allow = {"nan"} if "near" in name else set()
    conforms(name, allow=allow)


@pytest.mark.parametrize(
    ("kind", "rule", "part"),
    [
        ("NoSuch", "builds", "defines no 'NoSuch'"),
        ("CannotBeBuilt", "builds", "its dictionary is not installed"),
        ("LaxOptions", "builds", "takes an option that it does not have"),
        ("LaxReference", "builds", "takes a reference with a key that it does not have"),
        ("NoExamples", "examples", "there must be one"),
        ("FailsFirst", "examples", "the first example does not pass"),
        ("NothingFails", "examples", "no example fails"),
        ("WrongExample", "examples", "states pass, is fail: it is not the word"),
        ("InvalidExample", "worker", "wort"),
        ("IgnoresReference", "others", "it passes: it is a word"),
        ("TakesLists", "others", "it passes: the word is there"),
        ("ListensToText", "hostile", "it passes: it says so"),
        ("RaisesOnEmpty", "worker", "IndexError"),
        ("CrashesOnDepth", "worker", "the process ended"),
        ("SlowOnLong", "worker", "no verdict within 2 s"),
        ("AlwaysRaises", "worker", "never works"),
        ("NotAVerdict", "worker", "not a Verdict"),
        ("InventedCause", "worker", "'wrong' is no cause of fail"),
        ("UnknownCause", "verdict", "'somebody:else' is neither known nor its own"),
        ("LongReason", "verdict", "not one line"),
        ("Counts", "repeats", "once fail"),
        ("KnowsItsProcess", "repeats", "once pass"),
    ],
)
def test_each_breach_is_found_and_no_other(kind: str, rule: str, part: str) -> None:
    rules = found(kind)
    assert any(rule == r and part in text for r, text in rules), rules
    assert {r for r, _ in rules} == {rule}


def test_a_file_without_a_name_is_told_how_to_name_what_is_in_it() -> None:
    with pytest.raises(CheckFailed, match=r"builds: .*functions.py names a file.*:NAME, of: near, polite, vague"):
        conforms(str(DATA / "functions.py"))


def test_all_breaches_are_told_at_once() -> None:
    with pytest.raises(CheckFailed) as caught:
        conforms(f"{FILE}:TakesLists")
    assert "TakesLists does not conform:" in str(caught.value)
    assert "on all answers as lines, all answers as words, all answers as alternatives" in str(caught.value)
    conforms(f"{FILE}:TakesLists", allow={f"all answers as {kind}" for kind in ("lines", "words", "alternatives")})


def test_what_is_allowed_must_exist() -> None:
    with pytest.raises(UsageError, match="Did you mean 'nothing'"):
        conforms(f"{FILE}:Sound", allow={"nothin"})


def test_a_summary_counts_texts_it_does_not_list() -> None:
    lines = summary(Breach("hostile", f"text {i}", "it passes") for i in range(9))
    assert lines == "  hostile: it passes (on text 0, text 1, text 2 and 6 more)"


def test_hostile_texts_are_what_they_say() -> None:
    assert HOSTILE["nothing"] == ""
    assert len(set(HOSTILE.values())) == len(HOSTILE) > 40
    assert max(len(text) for text in HOSTILE.values()) == 2**21
    with pytest.raises(UnicodeEncodeError):
        HOSTILE["lone surrogate"].encode()
