"""What an answer is once it has been read: numbers, symbols, operations, relations, brackets, sets.

Nodes are plain immutable data. What they are worth is decided in `exact` and `numeric`, what equals
what in `compare`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Num:
    """A number as written; `places` counts its decimals, None for an integer."""

    value: Fraction
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Sym:
    """A variable, or a constant known by its letter (`e`, `i`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """Text that is no mathematics, folded."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operation or function applied: `+ - * / ^ neg`, `sin`, `sqrt`, `pi` and so on."""

    name: str
    args: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Rel:
    """A chain of relations: `sides[0] ops[0] sides[1] ops[1] ...` with ops of `= < > <= >= !=`."""

    ops: tuple[str, ...]
    sides: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Bracket:
    """Items between round or square brackets: a tuple, a point, or an interval."""

    opening: str
    closing: str
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Items whose order does not count: a set in braces (`braced`) or a bare list."""

    items: tuple[Node, ...]
    braced: bool


@dataclass(frozen=True, slots=True)
class Union:
    """Several sets together."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of entries."""

    rows: tuple[tuple[Node, ...], ...]


Node: TypeAlias = Num | Sym | Word | Call | Rel | Bracket | Group | Union | Matrix

INFINITY = Call("inf")
PI = Call("pi")
ONE = Num(Fraction(1))
TWO = Num(Fraction(2))


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    if isinstance(node, Call):
        return node.args
    match node:
        case Rel(sides=below) | Bracket(items=below) | Group(items=below) | Union(parts=below):
            return below
        case Matrix(rows=rows):
            return tuple(entry for row in rows for entry in row)
        case _:
            return ()


def rebuilt(node: Node, below: tuple[Node, ...]) -> Node:
    """The same node over other nodes, which stand in the order of `children`."""
    match node:
        case Call(name=name):
            return Call(name, below)
        case Rel(ops=ops):
            return Rel(ops, below)
        case Bracket(opening=opening, closing=closing):
            return Bracket(opening, closing, below)
        case Group(braced=braced):
            return Group(below, braced)
        case Union():
            return Union(below)
        case Matrix(rows=rows):
            entries = iter(below)
            return Matrix(tuple(tuple(next(entries) for _ in row) for row in rows))
    return node


def substituted(node: Node, old: Sym, new: Node) -> Node:
    """The node with a symbol replaced."""
    if node == old:
        return new
    below = children(node)
    return rebuilt(node, tuple(substituted(child, old, new) for child in below)) if below else node


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(children(top))


def symbols(node: Node) -> set[str]:
    """Names of all variables; `e` and `i` are constants."""
    return {n.name for n in walk(node) if isinstance(n, Sym)} - {"e", "i"}


def calls_in(node: Node) -> set[str]:
    """Names of all operations."""
    return {n.name for n in walk(node) if isinstance(n, Call)}


def has_call(node: Node, *names: str) -> bool:
    """Whether an operation of one of these names occurs."""
    return any(isinstance(n, Call) and n.name in names for n in walk(node))


def is_scalar(node: Node) -> bool:
    """Whether it is an expression: no relation, bracket, set, matrix or word, and not infinite."""
    return isinstance(node, (Num, Sym, Call)) and not has_call(node, "inf")
