"""What pydantic found wrong with a recipe, with options or with a reference, said in the words of YAML.

It checks nothing, and does not know what any key means: places, and what may stand there, are read off the models.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Tag, ValidationError

from rlvr.errors import nearest

_MAPPING = frozenset({"model_type", "dict_type", "mapping_type"})
_LIST = frozenset({"list_type", "tuple_type", "set_type", "frozen_set_type"})
_SEQUENCES = (list, tuple, set, frozenset)
#: A text that YAML reads as one without quotes.
_WORD = re.compile(r"(?!(?:true|false|null)$)[A-Za-z_][\w./-]*")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class _Misfit:
    """One of pydantic's errors: its place without pydantic's own labels, what may stand there and around it."""

    item: Mapping[str, Any]
    path: tuple[str, ...]
    kinds: tuple[Any, ...]
    around: tuple[Any, ...]


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """One line: each place of the model, what is wrong and what to write there, the nearest known key."""
    places: dict[tuple[str, ...], list[_Misfit]] = {}
    for item in error.errors():
        found = _locate(dict(item), model)
        places.setdefault(found.path, []).append(found)
    # What is said of a place is a consequence, or another reading, of what is wrong inside it.
    outer = {path[:length] for path in places for length in range(len(path))}
    return "; ".join(_sentence(misfits) for path, misfits in places.items() if path not in outer)


def _locate(item: Mapping[str, Any], model: type[BaseModel]) -> _Misfit:
    path: list[str] = []
    kinds: dict[str, Any] = {"": model}
    around: tuple[Any, ...] = ()
    labelled = True
    for part in item["loc"]:
        if not labelled:  # of a union, pydantic says which member it tried
            kinds = {part: kinds[part]} if part in kinds else kinds
            labelled = True
            continue
        path.append(str(part))
        around = tuple(kinds.values())
        kinds = {label: kind for outer in around for label, kind in _members(_within(outer, part)).items()}
        labelled = len(kinds) < 2
    return _Misfit(item, tuple(path), tuple(kinds.values()), around)


def _members(kind: Any) -> dict[str, Any]:
    """What may stand for an annotation, each under the label that pydantic gives a union's member."""
    if hasattr(kind, "__value__"):
        return _members(_aliased(kind))
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        tag = next((note.tag for note in notes if isinstance(note, Tag)), None)
        return {tag: inner} if tag else _members(inner)
    if get_origin(kind) in (Union, UnionType):
        return {label: k for member in get_args(kind) for label, k in _members(member).items()}
    return {} if kind in (None, NoneType) else {kind.__name__ if isinstance(kind, type) else str(kind): kind}


def _aliased(alias: Any) -> Any:
    """What a type alias stands for: one that holds itself is written as text. None where that cannot be told."""
    holder = SimpleNamespace(__annotations__={"value": alias.__value__})
    try:
        return get_type_hints(holder, vars(sys.modules[alias.__module__]), include_extras=True)["value"]
    except NameError:  # made inside a function, whose names are gone
        return None


def _within(kind: Any, part: Any) -> Any:
    """The annotation of what a model, a list or a mapping holds under a key."""
    origin, arguments = get_origin(kind), get_args(kind)
    if _is_model(kind):
        return next((info.annotation for name, info in kind.model_fields.items() if part in (name, info.alias)), None)
    if origin in _SEQUENCES and arguments:
        return arguments[0]
    return arguments[-1] if len(arguments) == 2 and origin in (dict, Mapping) else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _keys(model: Any) -> list[str]:
    """The keys of a model as they are written in a recipe or a row."""
    return [info.alias or name for name, info in model.model_fields.items()]


def _sentence(misfits: list[_Misfit]) -> str:
    """What is wrong at one place: each member of a union has its own say."""
    first = misfits[0]
    where = ".".join(first.path)
    if first.item["type"] == "extra_forbidden":
        known = {key for model in first.around if _is_model(model) for key in _keys(model)}
        return f"unknown key {where!r}. {nearest(first.path[-1], known)}"
    if first.item["type"] == "missing":
        return f"{where!r} is missing"
    said, *others = dict.fromkeys(_message(misfit) for misfit in misfits)
    message = " or ".join([said, *(re.sub("^(Input should be|write) ", "", other) for other in others)])
    return f"{where!r}: {message}{_shown(first.item['input'])}" if where else message


def _message(misfit: _Misfit) -> str:
    item, value = misfit.item, misfit.item["input"]
    if item["type"] in _MAPPING:
        return f"write `{_mapping(misfit.kinds, value)}`"
    if item["type"] in _LIST:
        return f"write `{_list(misfit.kinds, value)}`"
    if item["type"] == "too_short":
        example = (_mapping if item["ctx"]["field_type"] == "Dictionary" else _list)(misfit.kinds, None)
        return f"needs at least {item['ctx']['min_length']}, such as `{example}`"
    if item["type"] == "too_long":
        return f"takes at most {item['ctx']['max_length']}"
    return str(item["msg"]).removeprefix("Value error, ")


def _mapping(kinds: Iterable[Any], value: Any) -> str:
    """A mapping to write, with a lone word taken for the name it most likely is."""
    model = next(filter(_is_model, kinds), None)
    if model is None:
        return f"{{key: {_plain(value)}}}"
    required = [info.alias or name for name, info in model.model_fields.items() if info.is_required()]
    if "name" in model.model_fields and required in ([], ["name"]):
        return f"{{name: {_plain(value) if isinstance(value, str) else '...'}}}"
    return "{" + ", ".join(f"{key}: ..." for key in required or _keys(model)[:1]) + "}"


def _list(kinds: Iterable[Any], value: Any) -> str:
    """A list to write, of what stands there by itself."""
    inside = [k for kind in kinds if get_origin(kind) in _SEQUENCES for k in _members(_within(kind, 0)).values()]
    return f"[{_mapping(inside, value) if any(map(_is_model, inside)) else _plain(value)}]"


def _plain(value: Any) -> str:
    """A text or a number as YAML has it, an ellipsis for anything else."""
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if isinstance(value, int | float) else "..."


def _shown(value: Any) -> str:
    """What stands there, unless it is a whole section."""
    holds = value if isinstance(value, list | tuple) else [value]
    nested = any(isinstance(one, Mapping | list | tuple) for one in holds)
    return "" if nested or isinstance(value, BaseModel) else f" (is {value!r:.{_LONGEST}})"
