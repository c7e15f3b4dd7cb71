"""Stand in, in the judge, for the candidate's functions and objects; and what their calls change there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol


class Asker(Protocol):
    """What a stand-in needs of the judge."""

    def ask(self, request: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]: ...
    def call(self, target: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any: ...
    def refuse(self, why: str) -> NoReturn: ...


class NotPlainData(TypeError):
    """The test wants of a handle what only a value can give."""


class Function:
    """Stands in for a function or class of the candidate."""

    def __init__(self, judge: Asker, name: str) -> None:
        self._judge = judge
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._judge.call({"name": self._name}, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        member = f"{self._name}.{name}"
        value, reply = self._judge.ask({"name": member})
        return Member(self._judge, member) if reply.get("method") is True else value


class Member(Function):
    """Stands in for a method or class that a class of the candidate has; it can be called and is no value."""

    def _refuse(self, *_: Any) -> NoReturn:
        self._judge.refuse(f"{self._name} is of the program, where a test needs a plain value")

    __eq__ = __ne__ = __hash__ = __bool__ = _refuse


class Handle:
    """Stands in for an object of a class of the candidate's own.

    Public methods and attributes are asked of the candidate by name. Nothing that Python looks up by
    itself is: whether it equals, counts as true or has a length is for values to say, and this is none.
    """

    __slots__ = ("_judge", "_number")

    def __init__(self, judge: Asker, number: int) -> None:
        self._judge = judge
        self._number = number

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{name!r} of an object of the program is not forwarded")
        target = {"on": self._number, "name": name}
        value, reply = self._judge.ask(target)
        return Method(self._judge, target) if reply.get("method") is True else value

    def _refuse(self, *_: Any) -> NoReturn:
        self._judge.refuse("the program returned an object where a test needs a plain value")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __hash__ = __len__ = __iter__ = __contains__ = _refuse
    __str__ = __repr__ = __format__ = _refuse


class Method:
    """Stands in for a method of an object of the candidate; it can be called and nothing else."""

    __slots__ = ("_judge", "_target")

    def __init__(self, judge: Asker, target: Mapping[str, Any]) -> None:
        self._judge = judge
        self._target = target

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._judge.call(self._target, args, kwargs)

    def _refuse(self, *_: Any) -> NoReturn:
        self._judge.refuse("the program has a method where a test needs a plain value")

    __eq__ = __ne__ = __hash__ = __bool__ = _refuse


def number_of(value: Any) -> int | None:
    """The number of a handle; None for what is none. Raises NotPlainData for a method."""
    if type(value) is Method:
        value._refuse()
    return value._number if type(value) is Handle else None


def update(value: Any, new: Any) -> None:
    """Change a container in place to equal `new`, keeping inner containers that stay of their kind."""
    if type(value) is not type(new):
        return
    if isinstance(value, list):
        value[:] = [_merged(old, item) for old, item in zip(value, new)] + new[len(value) :]
    elif isinstance(value, dict):
        merged = {key: _merged(value[key], item) if key in value else item for key, item in new.items()}
        value.clear()
        value.update(merged)
    elif isinstance(value, set):
        value.clear()
        value.update(new)
    elif isinstance(value, bytearray):
        value[:] = new


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, (list, dict, set, bytearray)) and type(old) is type(new):
        update(old, new)
        return old
    return new
