"""Plain data as tagged JSON: the only thing that passes between a judge and a candidate.

The reader rebuilds exact built-in types, so a subclass with an `__eq__` of its own arrives as what it
is derived from, and anything that is not plain data does not arrive at all. An object of the
candidate's own classes crosses as a handle: a number, and nothing more.

    None, bool, str          themselves            int (small)   itself
    int (large)              {"i": hex}            float         {"f": hex or nan, inf, -inf}
    list, tuple, set, ...    {"l" | "t" | "s" | "z": [items]}    dict   {"d": [[key, value], ...]}
    bytes, bytearray         {"b" | "a": hex}      complex       {"c": [real, imag]}
    range                    {"r": [start, stop, step]}          iterator   {"n": [items]}
    deque                    {"u": [maxlen, items]}              views of a dict {"k" | "v" | "w": [items]}
    Decimal, Fraction        {"m": text} {"q": [hex, hex]}       handle {"h": number}
    dates and times          {"o": [kind, text or numbers]}
    numpy: a scalar is the number it holds, an array {"y": [dtype, shape, [numbers]]}
"""

from __future__ import annotations

import collections
import collections.abc
import importlib
import json
import os
import re
import struct
import sys
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 60
#: A message, in bytes of JSON.
MAX_MESSAGE = 4 * 2**20
#: Items taken from an iterator that a candidate returns.
MAX_ITERATOR = 100_000
_SAFE_INT = 2**53
_LENGTH = struct.Struct(">I")

Resolve = Callable[[int], Any]
#: Gives an object a handle number, or None when it may not have one.
Register = Callable[[Any], "int | None"]


class Unsendable(Exception):
    """The value is not plain data, or too much of it."""


class TooMuch(Unsendable):
    """It is plain data, but too deep or too long."""


class TooLarge(Exception):
    """The message is longer than a message may be."""


class Malformed(Exception):
    """What the other side sent is no message of this codec."""


def no_handles(value: Any) -> int | None:
    """A `register` that gives out none."""
    return None


def _no_objects(number: int) -> Any:
    raise Malformed("a handle where none can be")


def encode(value: Any, register: Register = no_handles, depth: int = 0) -> Any:
    """`value` as JSON-able data. Raises Unsendable."""
    if depth > MAX_DEPTH:
        raise TooMuch(f"a value nested more than {MAX_DEPTH} levels deep")
    if value is None or value is True or value is False:
        return value
    number = register(value)
    if number is not None:
        return {"h": number}
    simple = _encode_scalar(value)
    return simple if simple is not None else _encode_container(value, register, depth + 1)


def _encode_scalar(value: Any) -> Any:
    """The encoded scalar, or None when `value` is no scalar."""
    if isinstance(value, int):
        plain = int.__int__(value)
        return plain if -_SAFE_INT < plain < _SAFE_INT else {"i": format(plain, "x")}
    if isinstance(value, float):
        return {"f": float.hex(value)}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, complex):
        return {"c": [float.hex(value.real), float.hex(value.imag)]}
    if isinstance(value, bytes):
        return {"b": bytes(value).hex()}
    if isinstance(value, bytearray):
        return {"a": bytes(value).hex()}
    return _encode_rare(value)


def _encode_rare(value: Any) -> Any:
    """Decimals, fractions, dates, numpy's numbers; where their modules have not been imported, there are none."""
    decimal, fractions, datetime, numpy = map(sys.modules.get, ("decimal", "fractions", "datetime", "numpy"))
    if decimal is not None and isinstance(value, decimal.Decimal):
        return {"m": decimal.Decimal.__str__(value)}
    if fractions is not None and isinstance(value, fractions.Fraction):
        return {"q": [format(int(part), "x") for part in (value.numerator, value.denominator)]}
    if datetime is not None and type(value) in map(vars(datetime).get, _DATES):
        return {"o": [type(value).__name__, value.isoformat()]}
    if datetime is not None and type(value) is datetime.timedelta:
        return {"o": ["timedelta", [value.days, value.seconds, value.microseconds]]}
    if numpy is not None and isinstance(value, (numpy.generic, numpy.ndarray)) and value.dtype.kind in _NUMBERS:
        if isinstance(value, numpy.generic):
            return encode(_NUMBERS[value.dtype.kind](value))
        return {"y": [value.dtype.str, list(value.shape), [encode(item) for item in value.ravel().tolist()]]}
    return None


#: Kinds of numpy's dtypes.
_NUMBERS: dict[str, Any] = {"b": bool, "i": int, "u": int, "f": float, "c": complex}
_DTYPE = re.compile(r"[<>|=]?[biufc]\d\d?")


def _array(body: Any) -> Any:
    dtype, shape, items = body
    if not _DTYPE.fullmatch(dtype):
        raise ValueError("no dtype of numbers")
    numpy = importlib.import_module("numpy")
    return numpy.array([decode(item) for item in items], dtype).reshape(shape)


def _decimal(body: Any) -> Any:
    from decimal import Decimal

    return Decimal(body)


def _fraction(body: Any) -> Any:
    from fractions import Fraction

    return Fraction(int(body[0], 16), int(body[1], 16))


_DATES = ("date", "datetime", "time")


def _date(body: Any) -> Any:
    import datetime

    kind, content = body
    if kind == "timedelta":
        return datetime.timedelta(*content)
    if kind not in _DATES:
        raise ValueError("no kind of date")
    return getattr(datetime, kind).fromisoformat(content)


_SEQUENCES: tuple[tuple[Any, str], ...] = ((list, "l"), (tuple, "t"), (set, "s"), (frozenset, "z"))


_VIEWS: tuple[tuple[Any, str], ...] = (
    (collections.abc.KeysView, "k"),
    (collections.abc.ValuesView, "v"),
    (collections.abc.ItemsView, "w"),
)


def _encode_container(value: Any, register: Register, depth: int) -> Any:
    for kind, tag in _SEQUENCES:
        if isinstance(value, kind):
            return {tag: [encode(item, register, depth) for item in kind.__iter__(value)]}
    if isinstance(value, dict):
        pairs = dict.items(value)
        return {"d": [[encode(key, register, depth), encode(item, register, depth)] for key, item in pairs]}
    if isinstance(value, range):
        return {"r": [encode(part, register, depth) for part in (value.start, value.stop, value.step)]}
    if isinstance(value, collections.abc.Iterator):
        items: list[Any] = []
        for item in value:
            if len(items) == MAX_ITERATOR:
                raise TooMuch(f"an iterator of more than {MAX_ITERATOR} items")
            items.append(encode(item, register, depth))
        return {"n": items}
    return _encode_collection(value, register, depth)


def _encode_collection(value: Any, register: Register, depth: int) -> Any:
    """A deque, or a view of a dict."""
    if isinstance(value, collections.deque):
        return {
            "u": [encode(value.maxlen), [encode(item, register, depth) for item in collections.deque.__iter__(value)]]
        }
    for view, tag in _VIEWS:
        if isinstance(value, view):
            return {tag: [encode(item, register, depth) for item in value]}
    raise Unsendable(f"a value of type {type(value).__name__}")


def decode(data: Any, resolve: Resolve = _no_objects, depth: int = 0) -> Any:
    """The value that `encode` was given, in exact built-in types. Raises Malformed."""
    if depth > MAX_DEPTH:
        raise Malformed("nested too deep")
    if data is None or isinstance(data, (bool, int, str)):
        return data
    if not isinstance(data, dict) or len(data) != 1:
        raise Malformed("neither a scalar nor one tag")
    ((tag, body),) = data.items()
    try:
        if tag in _SCALARS:
            return _SCALARS[tag](body)
        if tag == "h" and type(body) is int:
            return resolve(body)
        if tag == "d":
            return {decode(k, resolve, depth + 1): decode(v, resolve, depth + 1) for k, v in body}
        if tag == "u":
            return collections.deque([decode(item, resolve, depth + 1) for item in body[1]], body[0])
        if tag in _CONTAINERS and isinstance(body, list):
            return _CONTAINERS[tag]([decode(item, resolve, depth + 1) for item in body])
    # ImportError: an array, where there is no numpy.
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError, ImportError) as error:
        raise Malformed(f"a bad {tag!r}: {error}") from None
    raise Malformed("an unknown tag")


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "i": lambda body: int(body, 16),
    "f": float.fromhex,
    "c": lambda body: complex(float.fromhex(body[0]), float.fromhex(body[1])),
    "b": bytes.fromhex,
    "a": bytearray.fromhex,
    "m": _decimal,
    "q": _fraction,
    "o": _date,
    "y": _array,
}
_CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "l": list,
    "t": tuple,
    "s": set,
    "z": frozenset,
    "n": iter,
    "k": lambda items: dict.fromkeys(items).keys(),
    "v": lambda items: dict(enumerate(items)).values(),
    "w": lambda items: dict(items).items(),
    "r": lambda parts: range(*parts),
}


def dump(message: Any) -> bytes:
    """A message with its length before it. Raises TooLarge."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_MESSAGE:
        raise TooLarge(f"a message of {len(body)} bytes (limit {MAX_MESSAGE})")
    return _LENGTH.pack(len(body)) + body


def write(fd: int, message: Any) -> None:
    """Send one message. Raises TooLarge, and OSError when the other side is gone."""
    send(fd, dump(message))


def send(fd: int, dumped: bytes) -> None:
    """Send what `dump` made. Raises OSError when the other side is gone."""
    data = memoryview(dumped)
    while data:
        data = data[os.write(fd, data) :]


def read(fd: int, limit: int = MAX_MESSAGE) -> Any:
    """Receive one message. Raises EOFError when the other side is gone, Malformed when it is no message."""
    (length,) = _LENGTH.unpack(_exactly(fd, _LENGTH.size))
    if length > limit:
        raise Malformed(f"a message of {length} bytes (limit {limit})")
    try:
        return json.loads(_exactly(fd, length))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from None


def _exactly(fd: int, count: int) -> bytes:
    parts = []
    while count:
        part = os.read(fd, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
