"""Finding plug-ins: by name, by file, and what becomes of broken ones."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from rlvr import registry
from rlvr.compose import AllOf
from rlvr.errors import UsageError
from rlvr.problem import Problem, VerifierSpec
from rlvr.registry import Registry, build_verifier, check_reference, samplers, source_hash, stamp, verifiers
from rlvr.verifier import Verifier
from rlvr.verifiers.exact import Exact

DATA = Path(__file__).parents[1] / "data"


def test_built_ins_are_found_by_module_name() -> None:
    assert verifiers.get("exact") is Exact
    assert verifiers.get("all_of") is AllOf
    assert samplers.get("native").name == "native"


def test_every_listed_name_can_be_had() -> None:
    for kind in (registry.verifiers, registry.sandboxes, registry.samplers):
        for entry in kind.names():
            assert kind.get(entry.name).name == entry.name


def test_a_class_in_a_file() -> None:
    kind = verifiers.get(f"{DATA / 'misbehaving.py'}:Misbehaving")
    assert kind.name == "misbehaving"
    assert verifiers.get(f"{DATA / 'misbehaving.py'}:Misbehaving") is kind


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("exakt", "Did you mean 'exact'"),
        ("nowhere.py:Class", "there is no file nowhere.py"),
        (f"{DATA / 'misbehaving.py'}:Misbehave", "Did you mean 'Misbehaving'"),
        (f"{DATA / 'misbehaving.py'}:TROUBLE", "not a class"),
        (f"{DATA / 'misbehaving.py'}:Options", "no complete Verifier"),
    ],
)
def test_what_is_not_there_is_named(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        verifiers.get(name)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\nimport no_such_module", "ModuleNotFoundError: No module named 'no_such_module' ({file}, line 2)"),
        ("x = 1\nx = = 2", "SyntaxError: invalid syntax ({file}, line 2)"),
        ("import re\n\nre.compile('(')", "missing ), unterminated subpattern at position 0 ({file}, line 3)"),
        ("raise SystemExit('gone')", "SystemExit: gone ({file}, line 1)"),
        ("raise ValueError", "ValueError ({file}, line 1)"),
        (
            "from rlvr.function import verifier\n\n@verifier('x')\ndef x(text: str) -> bool: ...",
            "2 required keyword-only arguments: 'passes' and 'fails' ({file}, line 3)",
        ),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_kind_message_and_line(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(UsageError) as caught:
        verifiers.get(f"{tmp_path / 'bad.py'}:Class")
    assert told.format(file=tmp_path / "bad.py") in caught.value.what
    assert "\n" not in caught.value.what
    assert '("' not in caught.value.what and "('" not in caught.value.what


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (DATA / "functions.py", "Write {file}:NAME, of: near, polite, vague."),
        ("from rlvr.verifiers.exact import Exact\n\nclass Own(Exact): ...", "Write {file}:Own."),
        ("from rlvr.verifier import Verifier\n\nclass Half(Verifier): ...", "holds no verifier.\n"),
        (None, "there is no file {file}."),
    ],
)
def test_a_file_without_a_name_is_answered_with_the_names_in_it(
    tmp_path: Path, text: str | Path | None, told: str
) -> None:
    file = tmp_path / "near.py"
    if text is not None:
        file.write_text(text.read_text() if isinstance(text, Path) else text)
    with pytest.raises(UsageError) as caught:
        verifiers.get(str(file))
    assert told.format(file=file) in str(caught.value)
    assert "all_of" not in str(caught.value)


def test_of_what_a_file_holds_only_verifiers_are_offered() -> None:
    with pytest.raises(UsageError) as caught:
        verifiers.get(f"{DATA / 'functions.py'}:nothing_like_it")
    assert caught.value.mend == "Known: near, polite, vague."


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("class A(Verifier):\n    def verify(self, problem, completion): ...", "it lacks examples."),
        ("class A(Verifier): ...", "it lacks examples, verify."),
        ("class A(SandboxVerifier): ...", "it lacks conclude, examples, prepare."),
        ("class A: ...", "it does not derive from Verifier."),
    ],
)
def test_what_a_class_lacks_is_named(tmp_path: Path, body: str, told: str) -> None:
    (tmp_path / "cls.py").write_text(f"from rlvr.verifier import SandboxVerifier, Verifier\n\n\n{body}\n")
    with pytest.raises(UsageError) as caught:
        verifiers.get(f"{tmp_path / 'cls.py'}:A")
    assert caught.value.what == f"{tmp_path / 'cls.py'}:A is no complete Verifier: {told}"


def test_what_a_sampler_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "cls.py").write_text("class A:\n    name = 'a'\n")
    with pytest.raises(UsageError, match="is no complete Sampler: it lacks sample"):
        samplers.get(f"{tmp_path / 'cls.py'}:A")


def entry_points(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    found = [EntryPoint(name, value, "rlvr.verifiers") for name, value in values.items()]
    monkeypatch.setattr(registry, "entry_points", lambda group: found)


def test_plugins_come_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry_points(monkeypatch, mine="rlvr.verifiers.exact:Exact")
    assert verifiers.get("mine") is Exact


def test_a_plugin_cannot_shadow_a_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    entry_points(monkeypatch, exact="no_such_module:Class")
    assert verifiers.get("exact") is Exact
    assert [entry.origin for entry in verifiers.names() if entry.name == "exact"] == ["built-in"]


def test_a_broken_plugin_is_named_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    entry_points(monkeypatch, broken="no_such_module:Class", mine="rlvr.verifiers.exact:Exact")
    assert verifiers.get("mine") is Exact
    assert {"broken", "mine"} <= {entry.name for entry in verifiers.names()}
    with pytest.raises(UsageError, match="plug-in 'broken'"):
        verifiers.get("broken")


BROKEN = """
import sys
from rlvr.verifier import Verifier


class NoName(Verifier):
    def verify(self, problem, completion): ...
    def examples(self): ...


class NoVersion(NoName):
    name = "no_version"


class Half(Verifier):
    name, version = "half", "1"


class Stranger:
    name, version = "stranger", "1"


fine = 3
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real distributions, one broken in each way, and one that is not."""
    (tmp_path / "kit_broken.py").write_text(BROKEN)
    (tmp_path / "kit_leaves.py").write_text("raise SystemExit('gone')")
    points = {
        "a_dist": ("no_name = kit_broken:NoName", "no_version = kit_broken:NoVersion", "half = kit_broken:Half"),
        "b_dist": ("stranger = kit_broken:Stranger", "number = kit_broken:fine", "leaves = kit_leaves:X"),
        "c_dist": ("exact = kit_broken:NoName", "mine = rlvr.verifiers.exact:Exact", "missing = no_such:X"),
        "d_dist": ("mine = kit_broken:NoName",),
    }
    for name, lines in points.items():
        folder = tmp_path / f"{name}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (folder / "entry_points.txt").write_text("\n".join(["[rlvr.verifiers]", *lines]))
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("packages")
def test_every_broken_plugin_is_reported_by_name_and_reason() -> None:
    faults = {(plugin.name, plugin.owner): plugin.fault for plugin in verifiers.plugins()}
    assert faults.pop(("mine", "c_dist")) == ""
    expected = {
        ("no_name", "a_dist"): "has no name",
        ("no_version", "a_dist"): "has no version",
        ("half", "a_dist"): "is no complete Verifier: it lacks examples, verify",
        ("stranger", "b_dist"): "is no complete Verifier: it does not derive from Verifier",
        ("number", "b_dist"): "is 3, not a class",
        ("leaves", "b_dist"): "SystemExit: gone (",
        ("exact", "c_dist"): "its name 'exact' is taken (built-in)",
        ("missing", "c_dist"): "No module named 'no_such'",
        ("mine", "d_dist"): "its name 'mine' is taken (c_dist)",
    }
    assert {key for key, part in expected.items() if part in faults[key]} == set(expected), faults
    assert verifiers.get("mine") is Exact
    assert verifiers.get("exact") is Exact


@pytest.mark.usefixtures("packages")
def test_list_and_doctor_show_broken_plugins_and_all_others() -> None:
    from rlvr.cli.list import Kind, _entries
    from rlvr.doctor import State, examine

    listed = _entries(Kind.VERIFIERS, None)
    assert listed["exact"] == "built-in"
    assert listed["mine"] == "c_dist"
    assert "not usable" in listed["exact (c_dist)"]
    assert "no_such" in listed["missing"]
    found = {finding.what: finding for finding in examine()}
    assert found["verifiers: missing"].state is State.WARN
    assert found["verifiers: missing"].mend == "Mend or uninstall c_dist."
    assert "docker engine" in found


def test_the_source_hash_covers_the_whole_package(tmp_path: Path) -> None:
    package = tmp_path / "hashed"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "other.py").write_text("X = 1")
    (package / "judge.py").write_text("class Judge: pass")
    found: Registry[object] = Registry("rlvr.verifiers", object)
    kind = found.get(f"{package / 'judge.py'}:Judge")
    before = source_hash(kind)
    assert source_hash(kind) == before
    (package / "other.py").write_text("X = 2")
    assert source_hash(kind) != before


def test_a_stamp_names_the_code_of_every_part() -> None:
    exact = {"name": "exact", "version": Exact.version, "source": source_hash(Exact)}
    assert stamp(VerifierSpec("exact")) == exact
    whole = stamp(VerifierSpec("gate", {"parts": [{"name": "tags"}, {"name": "exact", "label": "answer"}]}))
    assert (whole["name"], whole["version"]) == ("gate", "1")
    assert isinstance(whole["parts"], dict)
    assert list(whole["parts"]) == ["tags", "answer"]
    assert whole["parts"]["answer"] == exact


def test_options_are_checked() -> None:
    with pytest.raises(UsageError, match="unknown key 'strict'"):
        build_verifier(VerifierSpec("exact", {"strict": True}))


def test_references_of_composites_are_checked_part_by_part() -> None:
    spec = VerifierSpec("all_of", {"parts": [{"name": "exact"}]})
    whole: Verifier = build_verifier(spec)
    check_reference(whole, Problem("p", "", {"exact": {"answer": "x"}}, "t", spec))
    for reference in ({"exact": {}}, {"exact": "x"}, {"stranger": {}}):
        with pytest.raises(ValueError):
            check_reference(whole, Problem("p", "", reference, "t", spec))
