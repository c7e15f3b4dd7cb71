"""Reads LaTeX and plain mathematics into a tree.

A recursive-descent parser, linear in the number of tokens, with a cap on depth. It evaluates nothing
and calls nothing that reads text as code. Precedence, from loose to tight: list, relation, union, sum,
product (juxtaposition included), sign, power and other suffixes.
"""

from __future__ import annotations

from fractions import Fraction

from rlvr.verifiers.math.commands import COMMANDS, CONSTANTS, big
from rlvr.verifiers.math.functions import function
from rlvr.verifiers.math.lexer import FUNCTIONS, NAMES, Token, TooLarge, Unreadable, tokens
from rlvr.verifiers.math.literals import in_base, joined, multiplied, number, repeating, word
from rlvr.verifiers.math.stream import TokenStream
from rlvr.verifiers.math.tree import (
    INFINITY,
    PI,
    Bracket,
    Call,
    Group,
    Node,
    Num,
    Rel,
    Sym,
    Union,
)

#: Longer sums and products nest as deep as they are long.
MAX_TERMS = 200
MAX_FACTORS = 200
_RELATIONS = {"=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!=", r"\equiv": "="}
_GREEK = frozenset(
    (
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau "
        "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell hbar"
    ).split()
)
_PRODUCT = frozenset(["*", r"\cdot", r"\times", r"\cdotp", r"\ast"])
_ENDS = frozenset(
    [",", ";", ")", "]", "}", r"\}", "|", r"\mid", ":", r"\rfloor", r"\rceil", r"\rangle", r"\rvert", "&", r"\\",
     r"\end", r"\right"]
)  # fmt: skip
_PLUS_MINUS = ("+", "-", r"\pm", r"\mp")
_SUFFIXES = frozenset(["^", "!", "%", r"\%", r"\deg", "_", "'"])
_LOOSE = frozenset([*_RELATIONS, ":", r"\in", r"\cup", r"\cap", r"\setminus", r"\pmod", r"\mod"])
_ENDS_PRODUCT = frozenset([*_PLUS_MINUS, *_RELATIONS, ",", ")", "}"])
_CLOSING = frozenset([")", "]", "}", r"\}", r"\rangle"])
_NO_FACTOR = frozenset(
    [*_RELATIONS, *_PRODUCT, *_ENDS, r"\cup", r"\cap", r"\in", r"\pm", r"\mp", r"\div", r"\%", r"\deg", r"\setminus",
     "/", "+", "-", "^", "_", "!", "'", "%", r"\to", r"\pmod", r"\bmod", r"\mod", r"\implies", r"\forall"]
)  # fmt: skip


def parse(text: str) -> Node:
    """The tree of a cleaned answer. Raises Unreadable."""
    parser = Parser(tokens(text))
    node = parser.answer()
    if not parser.at_end:
        raise Unreadable(f"{parser.peek()!r} stands where the answer should end")
    return node


class Parser(TokenStream):
    """One method a level of precedence. `commands` has what LaTeX commands make."""

    # -- lists, relations, unions

    def answer(self) -> Node:
        """One item, or a bare list of several."""
        items = self.items()
        if not items:
            raise Unreadable("there is nothing to read")
        return items[0] if len(items) == 1 else Group(tuple(items), braced=False)

    def items(self) -> list[Node]:
        """Items between commas or semicolons, up to a closing sign."""
        found = []
        while not self.at_end and self.peek() not in _CLOSING:
            found.append(self.relation())
            if not self.accept(",", ";"):
                break
        return found

    def relation(self) -> Node:
        """`a = b < c`: sides with relations between them."""
        first = self.sum()
        if self.peek() not in _LOOSE:
            return first
        sides, ops = [self.ratio(first)], []
        while op := self.accept(*_RELATIONS):
            ops.append(_RELATIONS[op])
            sides.append(self.ratio(self.sum()))
        if self.accept(r"\pmod", r"\mod"):
            sides[-1] = Call("residue", (sides[-1], self.argument()))
        return Rel(tuple(ops), tuple(sides)) if ops else sides[0]

    def ratio(self, first: Node) -> Node:
        """`a : b`, a quotient; `a : b : c`, a ratio. The first term is read already."""
        parts = [self.union(first)]
        while self.accept(":"):
            parts.append(self.union(self.sum()))
        if len(parts) == 2:
            return Call("/", tuple(parts))
        return parts[0] if len(parts) == 1 else Call("ratio", tuple(parts))

    def union(self, first: Node) -> Node:
        """`A \\cup B`, and of `x \\in A` the A. The first part is read already."""
        if self.accept(r"\in"):
            return self.union(self.sum())
        parts = [self.intersection(first)]
        while self.accept(r"\cup"):
            parts.append(self.intersection(self.sum()))
        return parts[0] if len(parts) == 1 else Union(tuple(parts))

    def intersection(self, first: Node) -> Node:
        """`A \\cap B`, `A \\setminus B`. The first part is read already."""
        while sign := self.accept(r"\cap", r"\setminus"):
            first = Call(sign[1:], (first, self.sum()))
        return first

    # -- expressions

    def sum(self) -> Node:
        """Terms with signs between them. Raises TooLarge."""
        self.deeper()
        sign = self.accept(*_PLUS_MINUS) if self.peek() in _PLUS_MINUS else ""
        node = self.product()
        if sign == "-":
            node = Call("neg", (node,))
        elif sign in (r"\pm", r"\mp"):
            node = Call("pm", (Num(Fraction(0)), node))
        terms = 1
        while self.peek() in _PLUS_MINUS and (sign := self.accept(*_PLUS_MINUS)):
            node = joined(sign if sign in "+-" else "pm", node, self.product())
            terms += not isinstance(node, Num)
            if terms > MAX_TERMS:
                raise TooLarge(f"a sum of more than {MAX_TERMS} terms")
        self.depth -= 1
        return node

    def product(self) -> Node:
        """Factors, with or without a sign between them. Raises TooLarge."""
        node = self.signed()
        factors = 1
        while factors <= MAX_FACTORS:
            factors += not isinstance(node, Num)
            if self.at_end or self.peek() in _ENDS_PRODUCT:
                return node
            if self.accept(*_PRODUCT):
                node = multiplied(node, self.signed())
            elif self.accept("/", r"\div"):
                node = Call("/", (node, self.signed()))
            elif self.accept(r"\bmod"):
                node = Call("mod", (node, self.signed()))
            elif self.factor_begins():
                node = self.juxtaposed(node)
            else:
                return node
        raise TooLarge(f"a product of more than {MAX_FACTORS} factors")

    def juxtaposed(self, left: Node) -> Node:
        """A mixed number, or a product without a sign."""
        whole = isinstance(left, Num) and left.places is None
        if self.kind() == "number" and isinstance(left, Num):
            right = self.suffixed()
            if whole and self.peek() == "/" and self.kind(1) == "number" and isinstance(right, Num):
                self.take()
                return _mixed(left, right, self.suffixed())
            raise Unreadable("two numbers stand side by side")
        is_fraction = self.peek() == r"\frac"
        right = self.suffixed()
        match right:
            case Call(name="/", args=(Num() as top, Num() as bottom)) if whole and is_fraction:
                return _mixed(left, top, bottom)
            case Call(
                name="percent" | "degree" as unit, args=(Call(name="/", args=(Num() as top, Num() as bottom)),)
            ) if whole and is_fraction:
                return Call(unit, (_mixed(left, top, bottom),))
        return Call("*", (left, right))

    def signed(self) -> Node:
        """A factor with any number of signs in front."""
        negative = False
        while sign := self.accept("-", "+"):
            negative ^= sign == "-"
        node = self.suffixed()
        return Call("neg", (node,)) if negative else node

    def factor_begins(self) -> bool:
        """Whether what follows multiplies without a sign."""
        if self.at_end:
            return False
        if self.kind() in ("number", "repeating", "letters", "word"):
            return True
        text = self.peek()
        return text not in _NO_FACTOR and not (text == "|" and self.bars)

    def suffixed(self) -> Node:
        """A primary with powers, factorials, percent signs, degrees, subscripts behind it."""
        node = self.primary()
        while self.peek() in _SUFFIXES:
            if self.accept("^"):
                node = Call("^", (node, self.exponent()))
            elif self.accept("!"):
                node = Call("fact", (node,))
            elif self.accept("%", r"\%"):
                node = Call("percent", (node,))
            elif self.accept(r"\deg"):
                node = Call("degree", (node,))
            elif self.peek() == "_" and not self.at_end:
                node = self.subscripted(node)
            elif self.peek() == "'" and isinstance(node, Sym):
                self.take()
                node = Sym(node.name + "'")
            else:
                break
        return node

    def exponent(self) -> Node:
        """What stands behind ^: `2^{10}`, `2^10` (as people write it), `x^-1`, `2^3^2` from the right."""
        if self.accept("-"):
            return Call("neg", (self.exponent(),))
        node = self.argument(whole_numbers=True)
        if self.accept("^"):
            self.deeper()
            node = Call("^", (node, self.exponent()))
            self.depth -= 1
        return node

    def subscripted(self, node: Node) -> Node:
        """`x_1` is a name; `101_2` is a number in a base."""
        self.take()
        if self.accept("{"):
            start = self.at
            while self.peek() != "}":
                self.take()
            name = "".join(token.text for token in self.stream[start : self.at])
            self.take()
        else:
            name = self.take().text
        if isinstance(node, Sym):
            return Sym(f"{node.name}_{name}")
        if isinstance(node, Num) and node.places is None and name.isdigit():
            return in_base(node, int(name))
        raise Unreadable("a subscript on what is no symbol")

    # -- the smallest parts

    def primary(self) -> Node:
        """What cannot be taken apart further."""
        self.deeper()
        token = self.take()
        match token.kind:
            case "number":
                node: Node = number(token.text)
            case "repeating":
                node = repeating(token.text)
            case "word":
                node = word(token.text)
            case "letters":
                node = self.named(token.text)
            case "command":
                node = self.command(token.text)
            case _:
                node = self.bracketed(token.text)
        self.depth -= 1
        return node

    def named(self, name: str) -> Node:
        """A name in plain letters: a function, a constant, a variable."""
        if name in NAMES:
            return PI if name == "pi" else INFINITY
        if name in FUNCTIONS:
            return function(self, name)
        return Sym(name)

    def bracketed(self, opening: str) -> Node:
        """What stands in brackets, braces or bars."""
        if opening in ("(", "["):
            items = tuple(self.items())
            closing = self.accept(")", "]")
            if not closing:
                raise Unreadable(f"{opening!r} is never closed")
            if len(items) == 1 and (opening, closing) == ("(", ")"):
                return items[0]
            return Bracket(opening, closing, items)
        if opening == "{":
            items = tuple(self.items())
            self.expect("}")
            return items[0] if len(items) == 1 else Group(items, braced=True)
        if opening == "|":
            return self.absolute("|")
        raise Unreadable(f"{opening!r} begins no expression")

    def absolute(self, bar: str) -> Node:
        """What stands between two bars."""
        self.bars += 1
        inside = self.sum()
        self.expect(bar)
        self.bars -= 1
        return Call("abs", (inside,))

    def command(self, command: str) -> Node:
        """What a LaTeX command makes."""
        name = command[1:]
        if name in _GREEK:
            return Sym(name)
        if name in FUNCTIONS and name != "sqrt":
            return function(self, name)
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name in ("sum", "prod", "int", "lim"):
            return big(self, name)
        if name not in COMMANDS:
            raise Unreadable(f"{command} is not known")
        return COMMANDS[name](self)

    def argument(self, *, whole_numbers: bool = False) -> Node:
        """What a command takes: a group in braces, or the next single thing (one digit, in LaTeX)."""
        if self.kind() == "sign" and self.peek() == "{":
            self.take()
            items = self.items()
            self.expect("}")
            if len(items) != 1:
                raise Unreadable("a group must hold one expression")
            return items[0]
        if self.kind() == "number" and not whole_numbers and self.peek().isdigit() and len(self.peek()) > 1:
            token = self.stream[self.at]
            self.stream[self.at] = Token("number", token.text[1:], token.at + 1)
            return number(token.text[0])
        return self.primary()


def _mixed(whole: Node, top: Node, bottom: Node) -> Node:
    """3 1/2 is 3 + 1/2, and of 3 1/2 % the percent sign stands behind all of it."""
    if isinstance(bottom, Call) and bottom.name in ("percent", "degree"):
        return Call(bottom.name, (_mixed(whole, top, bottom.args[0]),))
    return Call("+", (whole, Call("/", (top, bottom))))
