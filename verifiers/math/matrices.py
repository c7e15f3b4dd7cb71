"""Sums and products of matrices, worked out entry by entry."""

from __future__ import annotations

from rlvr.verifiers.math.lexer import Unreadable
from rlvr.verifiers.math.tree import Bracket, Call, Matrix, Node, is_scalar

_LARGEST = 12
#: A determinant is written out, which takes n! terms.
_LARGEST_DETERMINANT = 4

Rows = tuple[tuple[Node, ...], ...]


def determinant(matrix: Matrix) -> Node:
    """The determinant, written out along the first row. Raises Unreadable when it is not square and small."""
    rows = matrix.rows
    if not rows or not all(len(row) == len(rows) <= _LARGEST_DETERMINANT for row in rows):
        raise Unreadable("a determinant that is not square and small")
    if len(rows) == 1:
        return rows[0][0]
    total: Node | None = None
    for column, entry in enumerate(rows[0]):
        minor = Matrix(tuple(row[:column] + row[column + 1 :] for row in rows[1:]))
        term = Call("*", (entry, determinant(minor)))
        total = term if total is None else Call("-" if column % 2 else "+", (total, term))
    assert total is not None
    return total


def rows_of(node: Node) -> Rows | None:
    """A matrix's rows, also where it is written `[[1, 2], [3, 4]]`; a tuple as a column; None for what is neither."""
    if isinstance(node, Matrix):
        return node.rows
    if not isinstance(node, Bracket):
        return None
    inner = [item.items for item in node.items if isinstance(item, Bracket) and item.opening == "["]
    if len(inner) == len(node.items):
        return tuple(inner)
    return tuple((item,) for item in node.items)


def matrix_value(node: Node) -> Matrix | None:
    """The matrix an expression of matrices comes to; None for what is none or does not fit together."""
    match node:
        case Matrix(rows=rows):
            fits = len(rows) <= _LARGEST and all(len(row) == len(rows[0]) <= _LARGEST for row in rows)
            return node if fits else None
        case Call(name="neg", args=(inner,)):
            return _each(matrix_value(inner), lambda entry: Call("neg", (entry,)))
        case Call(name="+" | "-" as name, args=(left, right)):
            return _sum(name, matrix_value(left), matrix_value(right))
        case Call(name="*", args=(left, right)):
            return _times(left, right)
    return None


def _each(matrix: Matrix | None, change: object) -> Matrix | None:
    if matrix is None or not callable(change):
        return None
    return Matrix(tuple(tuple(change(entry) for entry in row) for row in matrix.rows))


def _sum(name: str, left: Matrix | None, right: Matrix | None) -> Matrix | None:
    if left is None or right is None or _shape(left) != _shape(right):
        return None
    pairs = zip(left.rows, right.rows, strict=True)
    return Matrix(tuple(tuple(Call(name, pair) for pair in zip(a, b, strict=True)) for a, b in pairs))


def _times(left: Node, right: Node) -> Matrix | None:
    first, second = matrix_value(left), matrix_value(right)
    if first is not None and second is not None:
        return _product(first, second)
    if second is not None and is_scalar(left):
        return _each(second, lambda entry: Call("*", (left, entry)))
    if first is not None and is_scalar(right):
        return _each(first, lambda entry: Call("*", (entry, right)))
    return None


def _product(left: Matrix, right: Matrix) -> Matrix | None:
    if _shape(left)[1] != _shape(right)[0]:
        return None
    columns = list(zip(*right.rows, strict=True))
    return Matrix(tuple(tuple(_dot(row, column) for column in columns) for row in left.rows))


def _dot(row: tuple[Node, ...], column: tuple[Node, ...]) -> Node:
    total: Node = Call("*", (row[0], column[0]))
    for a, b in zip(row[1:], column[1:], strict=True):
        total = Call("+", (total, Call("*", (a, b))))
    return total


def _shape(matrix: Matrix) -> tuple[int, int]:
    return len(matrix.rows), len(matrix.rows[0])
