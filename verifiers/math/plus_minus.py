"""Plus-minus, written out: `1 \\\\pm 2` stands for 1 + 2 and 1 - 2."""

from __future__ import annotations

from rlvr.verifiers.math.tree import Call, Group, Node, Rel, children, has_call, rebuilt


def has_choice(node: Node) -> bool:
    """Whether it stands for several values."""
    return has_call(node, "pm")


def items_of(node: Node) -> list[Node]:
    """The items of a set or list, with every plus-minus written out."""
    if isinstance(node, Rel) and set(node.ops) == {"="}:
        return items_of(node.sides[-1])
    items = node.items if isinstance(node, Group) else (node,)
    return [choice for item in items for choice in _choices(item)]


def _choices(node: Node) -> list[Node]:
    """What an expression with plus-minus stands for: all signs together plus, then all minus."""
    if not has_choice(node):
        return [node]
    if isinstance(node, Group):
        return items_of(node)
    return [_signed(node, "+"), _signed(node, "-")]


def _signed(node: Node, sign: str) -> Node:
    below = children(node)
    if not below:
        return node
    signed = tuple(_signed(child, sign) for child in below)
    if isinstance(node, Call) and node.name == "pm":
        return Call(sign, signed)
    return rebuilt(node, signed)
