"""Reads a recipe: strict YAML, `extends:`, dotted overrides from the command line.

YAML as YAML 1.2 has it: `1e-5` and `.inf` are numbers, `on` is a string, a key twice is an error. `extends: FILE`
(beside the recipe) is read first; mappings merge, everything else replaces.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from rlvr.errors import RecipeError, nearest
from rlvr.recipe import Recipe

_INTEGER = re.compile(r"^[-+]?\d+$")
_FLOAT = re.compile(r"^([-+]?((\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN))$")


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's numbers and booleans, and without duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that stands twice, and one that is a list or a mapping."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, Hashable):
                raise RecipeError(f"{key!r} cannot be a key (line {line}).", "Write a plain word before the colon.")
            if key in seen:
                raise RecipeError(f"key {key!r} stands twice (line {line}).", "Keep one of them.")
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    """Decimal, where SafeLoader would take 010 for octal."""
    return int(str(loader.construct_scalar(node)))


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes a text which `_Loader` would else read as a number or a boolean."""


_Dumper.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """A NEL has to be escaped, which double quotes do: as it is, it would come back as a line feed."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if "\x85" in text else None)


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
        lines = [_explain(dict(item)) for item in error.errors()]
        raise RecipeError(f"{where}: " + "; ".join(lines)) from None


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
    for key in parents:
        at = at.setdefault(key, {}) if isinstance(at, dict) else _item(at, key, path)
    value = read_yaml(text, f"override {override!r}")
    if isinstance(at, dict):
        at[last] = value
    else:
        _item(at, last, path)
        at[int(last)] = value


def _item(at: Any, key: str, path: str) -> Any:
    if not isinstance(at, list) or not key.isdecimal() or int(key) >= len(at):
        raise RecipeError(f"override {path!r}: there is no {key!r} at that place.")
    return at[int(key)]


def _explain(item: Mapping[str, Any]) -> str:
    """One pydantic error in our words: the key's dotted path, what is wrong, the nearest known key."""
    loc = [part for part in item["loc"] if not str(part).startswith(("function-", "tagged-"))]
    where = ".".join(str(part) for part in loc)
    if item["type"] == "extra_forbidden":
        return f"unknown key {where!r}. {nearest(str(loc[-1]), _known(loc[:-1]))}"
    if item["type"] == "missing":
        return f"{where!r} is missing"
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{where or 'recipe'}: {message}" + (f" (is {item['input']!r})" if where else "")


def _known(path: Iterable[Any]) -> list[str]:
    """The keys there may be at a place of the recipe."""
    model: Any = Recipe
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        candidates = [field.annotation, *getattr(field.annotation, "__args__", ())] if field else []
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
        if model is None:
            return []
    return list(model.model_fields)
