"""Which verifiers a server lets be asked for, and with how many different options."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rlvr.compose import Composite
from rlvr.errors import UsageError, nearest
from rlvr.problem import VerifierSpec
from rlvr.registry import build_verifier, verifiers
from rlvr.verifier import SandboxVerifier


class Offer:
    """Fixed at start: the names given then, and nothing a request says adds to them.

    A file `path/to/file.py:Class` is offered under its class's `name`. The parts of a composite must be
    offered too. Usable from any thread.
    """

    def __init__(self, names: Iterable[str], max_variants: int) -> None:
        """Raises UsageError for a verifier that cannot be found and for two of one name."""
        self._origin: dict[str, str] = {}
        for name in names:
            label = verifiers.get(name).name
            if label in self._origin:
                raise UsageError(f"two verifiers are called {label!r}: {self._origin[label]} and {name}.")
            self._origin[label] = name
        self._max_variants = max_variants
        self._specs: dict[str, VerifierSpec] = {}
        self._variants: set[str] = set()
        self._lock = threading.Lock()

    @property
    def names(self) -> list[str]:
        """What may be asked for."""
        return sorted(self._origin)

    @property
    def needs_sandbox(self) -> bool:
        """Whether any of them judges by running something."""
        return any(issubclass(verifiers.get(origin), SandboxVerifier) for origin in self._origin.values())

    def spec(self, name: str, options: Mapping[str, Any]) -> VerifierSpec:
        """The spec of an offered verifier. Raises UsageError: not offered, wrong options, too many different ones."""
        key = _key(name, options)
        with self._lock:
            if key not in self._specs:
                spec = self._resolved(name, options)
                build_verifier(spec)
                variants = self._variants | set(_variants(spec))
                if len(variants) > self._max_variants:
                    what = f"this server already runs {len(self._variants)} verifiers with different options"
                    raise UsageError(f"{what}; {name!r} with {options!r} is too many.", "Raise max_variants there.")
                self._variants = variants
                self._specs[key] = spec
            return self._specs[key]

    def _resolved(self, name: str, options: Mapping[str, Any]) -> VerifierSpec:
        if name not in self._origin:
            raise UsageError(f"verifier {name!r} is not offered here.", nearest(name, self._origin))
        if not issubclass(verifiers.get(self._origin[name]), Composite):
            return VerifierSpec(self._origin[name], dict(options))
        return VerifierSpec(self._origin[name], {**options, "parts": self._parts(options.get("parts"))})

    def _parts(self, parts: Any) -> list[Any]:
        """A composite's parts, each of which must be offered; under its own name, where it came from a file."""
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            raise UsageError("'parts' must be a list of mappings, each with a 'name'.")
        resolved = []
        for part in parts:
            options = part.get("options") or {}
            if not isinstance(options, dict):
                raise UsageError(f"'options' of part {part.get('name')!r} must be a mapping, not {options!r}.")
            inner = self._resolved(str(part.get("name")), options)
            label = part.get("label") or part.get("name")
            resolved.append({**part, "name": inner.name, "options": inner.options, "label": label})
        return resolved


def _key(name: str, options: Mapping[str, Any]) -> str:
    return json.dumps([name, options], sort_keys=True)


def _variants(spec: VerifierSpec) -> Iterator[str]:
    """The spec and, of a composite, all parts: each costs the scorer something."""
    yield _key(spec.name, spec.options)
    parts = spec.options.get("parts", ())
    for part in parts if isinstance(parts, list) else ():
        yield from _variants(VerifierSpec(part["name"], part["options"]))  # type: ignore[index,call-overload,arg-type]
