"""Finds verifiers, sandboxes and samplers by name.

Three places, in this order: modules of the catalogue (`rlvr.verifiers.math` is `math`), entry points
of installed packages in a group of the same name, and `path/to/file.py:Class` (or `:function`, see
`rlvr.function`). A third party cannot shadow a built-in. Nothing is imported before it is asked for, so
one broken plug-in hides no other.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from rlvr.compose import COMPOSITES
from rlvr.errors import UsageError, nearest
from rlvr.misfit import explain
from rlvr.problem import Problem, VerifierSpec
from rlvr.sampler import Sampler
from rlvr.sandbox import Sandbox
from rlvr.verdict import Json
from rlvr.verifier import SandboxVerifier, Verifier, build, fault

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """A name of the registry and where it comes from."""

    name: str
    origin: str


@dataclass(frozen=True)
class Plugin:
    """An entry point of an installed package; `fault` says why it cannot be used, empty if it can."""

    name: str
    owner: str
    fault: str


class Registry(Generic[T]):
    """The classes of one group that subclass `base` (or, for a protocol, carry a `name`)."""

    def __init__(self, group: str, base: type, own: Mapping[str, type[T]] | None = None) -> None:
        self.group = group
        self.base = base
        self.own = dict(own or {})

    def names(self) -> list[Entry]:
        """Everything that can be asked for by name, without importing any of it."""
        entries = [Entry(name, "built-in") for name in (*self.own, *self._modules())]
        for plugin in self._plugins():
            if plugin.name not in {entry.name for entry in entries}:
                entries.append(Entry(plugin.name, _owner(plugin)))
        return sorted(entries, key=lambda entry: entry.name)

    def plugins(self) -> list[Plugin]:
        """Every plug-in of the group, each imported to see whether it can be used."""
        taken = dict.fromkeys((*self.own, *self._modules()), "built-in")
        found = []
        for plugin in self._plugins():
            found.append(Plugin(plugin.name, _owner(plugin), self._fault(plugin, taken)))
            taken.setdefault(plugin.name, _owner(plugin))
        return found

    def _fault(self, plugin: EntryPoint, taken: Mapping[str, str]) -> str:
        if plugin.name in taken:
            return f"its name {plugin.name!r} is taken ({taken[plugin.name]}), so it cannot be asked for"
        try:
            self._from_plugin(plugin)
        except UsageError as error:
            return error.what
        return ""

    def get(self, name: str) -> type[T]:
        """The class of that name. Raises UsageError when there is none or it cannot be imported."""
        if name in self.own:
            return self.own[name]
        if ".py:" in name:
            return self._from_file(name)
        if name.endswith(".py"):
            raise self._unnamed(name)
        if name in self._modules():
            return self._pick(importlib.import_module(f"{self.group}.{name}"), name)
        for plugin in self._plugins():
            if plugin.name == name:
                return self._from_plugin(plugin)
        known = [entry.name for entry in self.names()]
        raise UsageError(f"there is no {name!r} in {self.group}.", nearest(name, known))

    def _modules(self) -> list[str]:
        package = importlib.import_module(self.group)
        return [m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")]

    def _plugins(self) -> list[EntryPoint]:
        """In an order that does not depend on how packages lie on the disk: of two equal names the first counts."""
        return sorted(entry_points(group=self.group), key=lambda plugin: (plugin.name, _owner(plugin)))

    def _from_plugin(self, plugin: EntryPoint) -> type[T]:
        owner = _owner(plugin)
        try:
            found = plugin.load()
        except (Exception, SystemExit) as error:
            what = f"plug-in {plugin.name!r} of package {owner} cannot be imported: {_told(error)}"
            raise UsageError(what, f"Mend or uninstall {owner}.") from error
        return self._checked(found, f"{plugin.value} of package {owner}")

    def _from_file(self, name: str) -> type[T]:
        path, _, attribute = name.rpartition(":")
        module = _load_file(Path(path))
        if not hasattr(module, attribute):
            raise UsageError(f"{path} defines no {attribute!r}.", nearest(attribute, self._held(module)))
        return self._checked(getattr(module, attribute), name)

    def _unnamed(self, path: str) -> UsageError:
        """What to say of a file without the name of what is wanted from it."""
        kind = self.base.__name__.lower()
        held = self._held(_load_file(Path(path)))
        if not held:
            return UsageError(f"{path} holds no {kind}.", f"Write one, then name it: {path}:NAME.")
        mend = f"Write {path}:{held[0]}." if len(held) == 1 else f"Write {path}:NAME, of: {', '.join(held)}."
        return UsageError(f"{path} names a file and no {kind} in it.", mend)

    def _held(self, module: ModuleType) -> list[str]:
        """The names in a file under which it defines something of the group."""
        return [
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_") and self._fits(value)
        ]

    def _fits(self, found: Any) -> bool:
        try:
            self._checked(found, "")
        except UsageError:
            return False
        return True

    def _pick(self, module: ModuleType, name: str) -> type[T]:
        for value in vars(module).values():
            if inspect.isclass(value) and getattr(value, "name", None) == name:
                return self._checked(value, module.__name__)
        raise UsageError(f"{module.__name__} holds no class whose name is {name!r}.")

    def _checked(self, found: Any, where: str) -> type[T]:
        found = getattr(found, "as_verifier", found)
        if inspect.isfunction(found):
            mend = "Write `@verifier(name, passes=[...], fails=[...])` above it, from rlvr.function."
            raise UsageError(f"{where} is a function without a decorator.", mend)
        if not inspect.isclass(found):
            raise UsageError(f"{where} is {found!r}, not a class.")
        if lacking := self._lacking(found):
            mend = f"{self.base.__module__} says what it must have."
            raise UsageError(f"{where} is no complete {self.base.__name__}: {lacking}.", mend)
        stated = inspect.get_annotations(self.base)
        for text in (key for key in ("name", "version") if key in stated):
            if not isinstance(getattr(found, text, None), str) or not getattr(found, text):
                raise UsageError(f"{where} has no {text}.", f'Write `{text} = "..."` into the class.')
        return cast(type[T], found)

    def _lacking(self, found: type) -> str:
        """What keeps a class out of the group, empty if nothing does."""
        if getattr(self.base, "_is_protocol", False):
            members = [member for member in vars(self.base) if not member.startswith("_")]
            missing = [member for member in members if not hasattr(found, member)]
        elif not issubclass(found, self.base):
            return f"it does not derive from {self.base.__name__}"
        else:
            missing = sorted(getattr(found, "__abstractmethods__", ()))
        return f"it lacks {', '.join(missing)}" if missing else ""


def _told(error: BaseException) -> str:
    """Kind, message and place of what an import raised, in one line."""
    if isinstance(error, SyntaxError):
        what, where = error.msg, f"{error.filename}, line {error.lineno}"
    else:
        machinery = (__file__, importlib.__file__, importlib.metadata.__file__)
        frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen")]
        own = [f"{f.filename}, line {f.lineno}" for f in frames if f.filename not in machinery]
        what, where = str(error), own[0] if own else ""
    told = " ".join(f"{type(error).__name__}: {what}".split()).removesuffix(":")
    return f"{told} ({where})" if where else told


def _owner(plugin: EntryPoint) -> str:
    return plugin.dist.name if plugin.dist else "an unknown package"


def _load_file(path: Path) -> ModuleType:
    """Import a file under a name made from its full path, once."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}.", "Give the path from the folder you started in.")
    name = "rlvr_file_" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except UsageError:
        del sys.modules[name]
        raise
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        mend = f"Mend that; `python {path}` shows more."
        raise UsageError(f"{path} cannot be imported: {_told(error)}.", mend) from error
    return module


def source_hash(kind: type) -> str:
    """12 hex digits over the source of the class's module, or of the whole package it lies in.

    `rlvr.verifiers.math.policy` and its neighbours count as one: a change in any of them may change
    a verdict.
    """
    file = Path(inspect.getfile(kind))
    files = sorted(file.parent.rglob("*.py")) if (file.parent / "__init__.py").exists() else [file]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


verifiers: Registry[Verifier] = Registry("rlvr.verifiers", Verifier, COMPOSITES)
sandboxes: Registry[Any] = Registry("rlvr.sandboxes", Sandbox)
samplers: Registry[Any] = Registry("rlvr.sampling", Sampler)


def build_verifier(spec: VerifierSpec) -> Verifier:
    """The verifier a spec describes. Raises UsageError with the mend."""
    return build(verifiers.get(spec.name), spec.options)


def build_sandbox(name: str, options: Mapping[str, Any]) -> Sandbox:
    """The sandbox of that name. Nothing starts before its first job. Raises UsageError with the mend."""
    kind = sandboxes.get(name)
    try:
        return cast(Sandbox, kind(kind.Options.model_validate(options)))
    except ValidationError as error:
        raise UsageError(f"sandbox {name!r}: {explain(error, kind.Options)}") from None


def open_sandbox(name: str, options: Mapping[str, Any], specs: Iterable[VerifierSpec]) -> Sandbox | None:
    """The sandbox of that name, if one of the verifiers judges by running something.

    Raises EnvironmentLacks now, not with the first completion, if it could not run a job.
    """
    if not any(needs_sandbox(spec) for spec in specs):
        return None
    sandbox = build_sandbox(name, options)
    sandbox.run(())
    return sandbox


def needs_sandbox(spec: VerifierSpec) -> bool:
    """Whether the verifier, or any part of a composite, judges by running something."""
    verifier = build_verifier(spec)
    parts = getattr(verifier.options, "parts", ())
    return isinstance(verifier, SandboxVerifier) or any(needs_sandbox(part.spec) for part in parts)


def stamp(spec: VerifierSpec) -> dict[str, Json]:
    """Which code judges: name, version and source hash of the verifier, and of each part of a composite by its key."""
    verifier = build_verifier(spec)
    judge: dict[str, Json] = {"name": spec.name, "version": verifier.version, "source": source_hash(type(verifier))}
    parts = getattr(verifier.options, "parts", ())
    return {**judge, "parts": {part.key: stamp(part.spec) for part in parts}} if parts else judge


def check_reference(verifier: Verifier, problem: Problem) -> None:
    """Raise ValueError when the problem, or any part of a composite, could not be judged."""
    verifier.check_reference(problem)
    for part in getattr(verifier.options, "parts", ()):
        inner = build_verifier(part.spec)
        asked = verifier.problem_of(part, problem)  # type: ignore[attr-defined]
        try:
            check_reference(inner, asked)
        except ValueError as error:
            raise ValueError(f"part {part.key!r}: {fault(inner, error)}") from error
