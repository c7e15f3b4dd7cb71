"""The house itself: layout, packaging, directions of import."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CATALOGUE = ("verifiers", "sandboxes", "recipes", "evals")
FORBIDDEN = {"utils", "util", "helpers", "common", "misc"}
PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]


def tracked(*suffixes: str) -> list[Path]:
    """Files of the project, by their real paths."""
    folders = [ROOT / name for name in ("rlvr", *CATALOGUE, "tests")]
    found = {path.resolve() for folder in folders for path in folder.rglob("*") if path.suffix in suffixes}
    return sorted(found)


SOURCES = [path for path in tracked(".py") if "tests" not in path.relative_to(ROOT).parts]


def module_of(path: Path) -> str:
    """The import name of a source file."""
    relative = path.relative_to(ROOT)
    parts = list(relative.with_suffix("").parts)
    parts = parts if parts[0] == "rlvr" else ["rlvr", *parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_catalogue_is_linked_and_is_no_package_of_its_own(name: str) -> None:
    link = ROOT / "rlvr" / name
    assert link.is_symlink()
    assert os.readlink(link) == f"../{name}"
    assert not (ROOT / name / "__init__.py").exists()


def test_the_package_list_is_what_is_on_disk() -> None:
    folders = {module_of(path.parent / "__init__.py") for path in SOURCES}
    folders |= {"rlvr.recipes"}
    guests = {name for name in folders if any(part.startswith("_") for part in name.split("."))}
    assert set(PACKAGES) - guests == folders - guests


def test_the_wheel_holds_only_rlvr_and_all_of_it(tmp_path: Path) -> None:
    code = "import sys; from setuptools import build_meta as b; print(b.build_wheel(sys.argv[1]))"
    copy = tmp_path / "source"
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, files.split("\0")):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_symlink():
            target.symlink_to(os.readlink(ROOT / name))
        elif (ROOT / name).is_file():
            target.write_bytes((ROOT / name).read_bytes())
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"rlvr"}
    own = [n for n in files.split("\0") if n.split("/")[0] in ("rlvr", *CATALOGUE) and (ROOT / n).is_file()]
    own = [n for n in own if not n.endswith(".md")]
    expected = {n if n.startswith("rlvr/") else f"rlvr/{n}" for n in own if not (ROOT / n).is_symlink()}
    assert expected - set(names) == set()


def test_other_peoples_packages_keep_their_names(tmp_path: Path) -> None:
    (tmp_path / "verifiers").mkdir()
    (tmp_path / "verifiers" / "__init__.py").write_text("OWNER = 'somebody else'")
    code = "import verifiers, rlvr.verifiers.math as ours; print(verifiers.OWNER, ours.Math.name)"
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.stdout.strip() == "somebody else math", done.stderr


MODULES = {module_of(source) for source in SOURCES}


def imports_at_run_time(path: Path) -> set[str]:
    """Modules of ours that a file imports when it is imported itself."""
    found: set[str] = set()

    def visit(body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rlvr"):
                parts = {f"{node.module}.{alias.name}" for alias in node.names}
                found.update(parts & MODULES or {node.module})
            elif isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names if alias.name.startswith("rlvr"))
            elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
                visit(node.body + node.orelse)
            elif isinstance(node, (ast.Try, ast.With)):
                visit(node.body)

    visit(ast.parse(path.read_text()).body)
    return found & MODULES


GRAPH = {module_of(path): imports_at_run_time(path) for path in SOURCES}


def test_there_are_no_import_cycles() -> None:
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above[above.index(name) :], name))
        if name not in done:
            for other in GRAPH[name] - {name}:
                walk(other, (*above, name))
            done.add(name)

    for name in GRAPH:
        walk(name, ())


def test_the_contracts_import_nothing_of_the_catalogue() -> None:
    for name, imported in GRAPH.items():
        if not name.startswith(tuple(f"rlvr.{folder}" for folder in CATALOGUE)):
            for folder in ("rlvr.verifiers", "rlvr.sandboxes", "rlvr.recipes"):
                assert not {other for other in imported if other.startswith(folder)}, name


def test_help_is_quick_to_import() -> None:
    code = (
        "import sys, rlvr.cli; print(*{'torch', 'transformers', 'datasets', 'docker', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short_named_for_what_they_are_and_say_it(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 450
    assert path.stem not in FORBIDDEN
    assert ast.get_docstring(ast.parse(text))
