"""What may be asked for: the names given at start and nothing else, with a bounded number of options."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlvr.errors import UsageError
from rlvr.problem import VerifierSpec
from rlvr.serving.offer import Offer

SLEEPY = f"{Path(__file__).parents[2] / 'data' / 'sleepy.py'}:Sleepy"


def test_names_and_files_are_offered_under_their_own_names() -> None:
    offer = Offer(["math", SLEEPY], 4)
    assert offer.names == ["math", "sleepy"]
    assert offer.spec("sleepy", {}) == VerifierSpec(SLEEPY)
    for name in (SLEEPY, "exact", "rlvr.verifiers.math", "", "../x.py:Y"):
        with pytest.raises(UsageError, match="not offered here"):
            offer.spec(name, {})


def test_names_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="Did you mean 'math'"):
        Offer(["maths"], 4)
    with pytest.raises(UsageError, match="two verifiers are called 'sleepy'"):
        Offer([SLEEPY, SLEEPY], 4)


def test_parts_of_composites_must_be_offered_however_deep() -> None:
    offer = Offer(["all_of", "gate", SLEEPY], 9)
    inner = {"name": "gate", "options": {"parts": [{"name": "sleepy"}]}}
    spec = offer.spec("all_of", {"parts": [inner]})
    assert spec.options["parts"][0]["options"]["parts"][0] == {"name": SLEEPY, "options": {}, "label": "sleepy"}  # type: ignore[index,call-overload]
    for name in ("exact", SLEEPY, None):
        hidden = {"name": "gate", "options": {"parts": [{"name": name}]}}
        with pytest.raises(UsageError, match="not offered here"):
            offer.spec("all_of", {"parts": [inner, hidden]})


@pytest.mark.parametrize("options", [["a"], "a", 1, [["a", 1]]])
def test_options_of_a_part_that_are_no_mapping_are_refused(options: object) -> None:
    offer = Offer(["gate", "exact"], 4)
    for name in ("exact", "gate"):
        with pytest.raises(UsageError, match=f"'options' of part '{name}' must be a mapping"):
            offer.spec("gate", {"parts": [{"name": name, "options": options}]})


def test_options_are_checked_and_their_number_is_bounded() -> None:
    offer = Offer(["math", "exact", "any_of"], 3)
    with pytest.raises(UsageError, match="Did you mean 'extraction'"):
        offer.spec("math", {"extractoin": "lenient"})
    offer.spec("math", {})
    offer.spec("math", {})
    offer.spec("math", {"extraction": "lenient"})
    with pytest.raises(UsageError, match="too many"):  # the whole and a part that does not run yet make four
        offer.spec("any_of", {"parts": [{"name": "exact"}]})
    offer.spec("any_of", {"parts": [{"name": "math"}]})
    with pytest.raises(UsageError, match="Raise max_variants"):
        offer.spec("exact", {})
    assert offer.spec("math", {}) == VerifierSpec("math")


def test_whether_something_must_be_run() -> None:
    assert Offer(["math", "code"], 4).needs_sandbox
    assert not Offer(["math", "all_of", "remote"], 4).needs_sandbox
