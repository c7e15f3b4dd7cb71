"""Writes the folder of a new plug-in from `rlvr/templates`: a package that passes its own checks as it is."""

from __future__ import annotations

import keyword
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template

from rlvr.errors import EnvironmentLacks, UsageError
from rlvr.registry import verifiers

_TEMPLATES = Path(__file__).parent / "templates"
_NAME = re.compile(r"[a-z][a-z0-9_]*[a-z0-9]")


def new_verifier(name: str, into: Path) -> Path:
    """Write an installable package with a verifier of that name; returns its folder.

    Raises UsageError for a name that cannot be used or a folder that exists, EnvironmentLacks when it
    cannot be written.
    """
    _check_name(name)
    folder = into / name
    if folder.exists():
        raise UsageError(f"{folder} exists already.", "Choose another name, or another folder with --into.")
    values = {
        "name": name,
        "dashed": name.replace("_", "-"),
        "module": f"rlvr_{name}",
        "class_name": "".join(word.capitalize() for word in name.split("_")),
    }
    partial = folder.with_name(f".{name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        _fill(_TEMPLATES / "verifier", partial, values)
        partial.rename(folder)
    except OSError as error:
        raise EnvironmentLacks(f"{folder} cannot be written: {error.strerror}.", "Give another --into.") from error
    return folder


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        mend = "Use lower-case letters, digits and underscores, such as `unit_price`."
        raise UsageError(f"{name!r} cannot be a verifier's name.", mend)
    for entry in verifiers.names():
        if entry.name == name:
            whose = "a built-in" if entry.origin == "built-in" else f"a plug-in of {entry.origin}"
            raise UsageError(f"there is {whose} of the name {name!r}.", "Choose another name.")


def _fill(template: Path, folder: Path, values: Mapping[str, str]) -> None:
    """Every file of the template with `$name` and the like filled in; a folder `module` becomes the module's."""
    for source in sorted(template.rglob("*.tmpl")):
        relative = source.relative_to(template).with_suffix("")
        parts = [values["module"] if part == "module" else part for part in relative.parts]
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(source.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
