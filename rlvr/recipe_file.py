"""Reads a recipe: strict YAML, `extends:`, dotted overrides from the command line.

YAML as YAML 1.2 has it: `1e-5` and `.inf` are numbers, `on` is a string, a key twice is an error. Of YAML 1.1 there
are merge keys (`<<: *anchor`). `extends: FILE` (beside the recipe) is read first; mappings merge, everything else
replaces.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml
from pydantic import ValidationError

from rlvr.errors import RecipeError
from rlvr.misfit import explain
from rlvr.recipe import Recipe

_INTEGER = re.compile(r"^[-+]?\d+$")
_FLOAT = re.compile(r"^([-+]?((\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN))$")


_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's numbers and booleans, and without duplicate keys."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._checked: set[yaml.Node] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Before `<<` brings in keys that others may override: refuse those that cannot be."""
        if node not in self._checked:
            self._checked.add(node)
            self._check_keys(node)
        super().flatten_mapping(node)

    def _check_keys(self, node: yaml.MappingNode) -> None:
        """Refuse a key that stands twice, and one that is a list or a mapping."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = "<<" if key_node.tag == f"{_TAG}merge" else self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, Hashable):
                raise RecipeError(f"{key!r} cannot be a key (line {line}).", "Write a plain word before the colon.")
            if key in seen:
                raise RecipeError(f"key {key!r} stands twice (line {line}).", "Keep one of them.")
            seen.add(key)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile("^(true|false)$"), list("tf"))
_Loader.add_implicit_resolver(f"{_TAG}int", _INTEGER, list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+.0123456789"))


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    """Decimal, where SafeLoader would take 010 for octal."""
    return int(str(loader.construct_scalar(node)))


def _boolean(loader: _Loader, node: yaml.ScalarNode) -> bool:
    text = loader.construct_scalar(node)
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _no_tag(loader: _Loader, node: yaml.Node) -> NoReturn:
    tag = node.tag.replace(_TAG, "!!")
    what = f"the tag {tag} means nothing here (line {node.start_mark.line + 1})."
    raise RecipeError(what, "Write the value without a tag.")


#: Of tags only those that YAML gives a value by itself: dates and sets have no place in a recipe.
_Loader.yaml_constructors = {
    f"{_TAG}{name}": yaml.SafeLoader.yaml_constructors[f"{_TAG}{name}"]
    for name in ("null", "float", "str", "seq", "map")
}
_Loader.add_constructor(f"{_TAG}int", _integer)
_Loader.add_constructor(f"{_TAG}bool", _boolean)
_Loader.add_constructor(None, _no_tag)


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes a text which `_Loader` would else read as a number or a boolean."""


_Dumper.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """A NEL has to be escaped, which double quotes do: as it is, it would come back as a line feed."""
    return dumper.represent_scalar(f"{_TAG}str", text, '"' if "\x85" in text else None)


_Dumper.add_representer(str, _text)


def load_recipe(path: Path, overrides: Iterable[str] = ()) -> Recipe:
    """The recipe of a file, with `a.b.c=value` overrides. Raises RecipeError that names key and mend."""
    data = _read(path, ())
    for override in overrides:
        _set(data, override)
    return parse(data, str(path))


def parse(data: Mapping[str, Any], where: str) -> Recipe:
    """A recipe from plain data. Raises RecipeError."""
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise RecipeError(f"{where}: {explain(error, Recipe)}") from None


def dump(recipe: Recipe) -> str:
    """The recipe with every value, as YAML that `load_recipe` reads back to the same."""
    return yaml.dump(recipe.model_dump(), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def read_yaml(text: str, where: str) -> Any:
    """What a text holds, by a recipe's rules. Raises RecipeError that begins with `where`."""
    try:
        return yaml.load(text, Loader=_Loader)
    except RecipeError as error:
        raise RecipeError(f"{where}: {error.what}", error.mend) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a tag such as !!int before what is none
        raise RecipeError(f"{where} is not YAML: {error}", "Quote a text that holds brackets or colons.") from error
    except RecursionError as error:
        raise RecipeError(f"{where} is nested too deeply.", "Quote a text that holds brackets.") from error


def _read(path: Path, above: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in above:
        raise RecipeError(f"{path} extends itself.", "Take the circle out of `extends`.")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        mend = "Give the path of a recipe file; `rlvr list` shows those that come with the package."
        raise RecipeError(f"recipe {path} cannot be read: {error.strerror}.", mend) from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is not UTF-8: {error}.") from error
    data = read_yaml(text, str(path))
    if not isinstance(data, dict):
        mend = "Start from a recipe that `rlvr list recipes` shows."
        raise RecipeError(f"{path} holds no mapping at its top.", mend)
    parent = data.pop("extends", None)
    if parent is None:
        return data
    return _merge(_read(path.parent / str(parent), (*above, path.resolve())), data)


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _set(data: dict[str, Any], override: str) -> None:
    """Apply `a.b.0.c=value` in place."""
    path, equals, text = override.partition("=")
    if not equals or not path:
        raise RecipeError(f"override {override!r} is not of the form key=value.", "Write train.max_steps=20.")
    *parents, last = path.split(".")
    at: Any = data
    for depth, key in enumerate(parents):
        at = at.setdefault(key, {}) if isinstance(at, dict) else _item(at, key, path, depth)
    value = read_yaml(text, f"override {override!r}")
    if isinstance(at, dict):
        at[last] = value
    else:
        _item(at, last, path, len(parents))
        at[int(last)] = value


def _item(at: Any, key: str, path: str, depth: int) -> Any:
    """An item of the list at so many steps of a path. Raises RecipeError where there is no such item, or no list."""
    where = ".".join(path.split(".")[:depth])
    if not isinstance(at, list):
        raise RecipeError(f"override {path!r}: {where!r} holds no keys, it is {at!r}.", f"Set {where} itself.")
    if not key.isdecimal() or int(key) >= len(at):
        few = {0: "It is empty.", 1: "It has one entry: 0."}
        mend = few.get(len(at), f"It has {len(at)} entries: 0 to {len(at) - 1}.")
        raise RecipeError(f"override {path!r}: there is no {key!r} in {where!r}.", mend)
    return at[int(key)]
