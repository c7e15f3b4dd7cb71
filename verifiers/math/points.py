"""Where two expressions are compared: near 0, far out and close in, and on whole numbers where there are steps.

The points come from a hash of both expressions: the same wherever the two are compared, and not known to one
who writes an answer, since the points move with every letter of it. How far out they lie follows from the numbers
that are written, since `| |x| - 10^{30} |` bends at 10^30. What two expressions do on a stretch so small that no
point meets it stays unseen.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction

from rlvr.verifiers.math.exact import bits, rational
from rlvr.verifiers.math.lexer import TooLarge
from rlvr.verifiers.math.tree import Call, Node, Num, Sym, children, has_call, symbols, walk

Point = Mapping[str, Fraction]

_TRIES = 12
_COUNTING = ("fact", "binom")
#: Functions with steps may agree almost everywhere: whole numbers one after another find the steps.
_STEPPED = (*_COUNTING, "floor", "ceil", "mod")
_IN_A_ROW = 32
_BOTTOMS = (2, 2, 3, 4, 10)
#: Whole numbers from 1 to these, and how many of each; so many as far out as any that is written.
_WHOLE = ((500, 8), (2_000, 4), (10**6, 4), (10**12, 4))
_FARTHEST = 4
#: Roots and logarithms bend, or change their branch, where what they are of is 0; the others at steps and corners.
_BENT = (*_STEPPED, "abs", "max", "min")
_BRANCHED = ("ln", "log", "arcsin", "arccos", "arctan")
#: Points of which each variable lies anywhere between as far out and as close in.
_MIXED = 3
#: Powers of 2 that points lie out at most. Bends beyond would stay unseen.
_MAX_REACH, _LEAST_REACH = 8_000, 6
#: Coordinates are fractions whose denominator, drawn for each point, is from here to twice as much: sin(q pi x)
#: vanishes at all multiples of 1/q.
_LEAST_DENOMINATOR = 1_000_000


class Points:
    """The points for a gold and a found expression. Raises TooLarge where they would have to lie too far out."""

    def __init__(self, gold: Node, found: Node) -> None:
        both = Call("pair", (gold, found))
        self.names = sorted(symbols(both))
        self.is_stepped = has_call(both, *_STEPPED)
        self.is_bent = any(map(_is_bend, walk(both)))
        #: Identities are meant for positive arguments of roots and logarithms, unless there is an absolute value.
        self.lenient = not has_call(both, "abs")
        self.positive = self.lenient and any(map(_is_root, walk(gold)))
        #: n!/(n-k)! is not defined for the half of all n and k.
        self.has_holes = has_call(both, *_COUNTING) and len(self.names) > 1
        self._both = both
        self._draw = draw(gold, found)

    def near(self) -> Iterator[Point]:
        """Between -3 and 3; positive first, where most expressions are defined."""
        for attempt in range(_TRIES):
            bottom = self._bottom()
            sign = -1 if attempt % 4 == 1 and not self.positive else 1
            yield {
                name: sign * Fraction(self._draw.randint(3 * bottom // 10, 29 * bottom // 10), bottom)
                for name in self.names
            }

    def far(self) -> Iterator[Point]:
        """Beyond all numbers that are written and closer to 0 than they are, where expressions bend."""
        if not self.is_bent:
            return
        reach = self.reach()
        scales = [reach, -reach]
        if any(map(_is_exponential, walk(self._both))):
            scales.append(reach.bit_length() + 1)  # e^x is beyond a number where x is beyond its logarithm
        for scale in scales:
            for sign in (1,) if self.positive else (1, -1):
                yield {name: sign * self._at_scale(scale) for name in self.names}
        for _ in range(_MIXED if len(self.names) > 1 else 0):
            yield {name: self._sign() * self._at_scale(self._draw.randint(-reach, reach)) for name in self.names}

    def whole(self) -> Iterator[Point]:
        """Small whole numbers in a row, the numbers that are written, simple fractions."""
        if not self.is_stepped:
            return
        for number in (*map(Fraction, range(1, _IN_A_ROW + 1)), *self._written()):
            yield dict.fromkeys(self.names, number)
        for bottom in _BOTTOMS:
            yield {name: self._sign() * Fraction(self._draw.randint(1, 60 * bottom), bottom) for name in self.names}

    def wide(self) -> Iterator[Point]:
        """Whole numbers from ranges small to very large."""
        if not self.is_stepped:
            return
        counted = has_call(self._both, *_COUNTING)
        for most, count in (*_WHOLE, (2 ** self.reach(), _FARTHEST)):
            for number in range(count):
                sign = 1 if counted else self._sign()
                point = {name: sign * Fraction(self._draw.randint(1, most)) for name in self.names}
                alike = counted and number % 2  # of n and k the one that is drawn as n may be smaller
                yield dict.fromkeys(self.names, point[self.names[0]]) if alike else point

    def reach(self) -> int:
        """How many powers of 2 out there is nothing left to find, going by the numbers that are written."""
        out = bits(self._both) * _farther(self._both)
        if has_call(self._both, "ln", "log"):  # which are 9 as far out as e^9, or 10^9
            out += 4 * sum(min(int(abs(n.value)), _MAX_REACH) for n in walk(self._both) if isinstance(n, Num))
        if out > _MAX_REACH:
            raise TooLarge("numbers too large to look beyond")
        return max(out, _LEAST_REACH)

    def _at_scale(self, scale: int) -> Fraction:
        bottom = self._bottom()
        return Fraction(self._draw.randint(bottom, 2 * bottom), bottom) * Fraction(2) ** scale

    def _bottom(self) -> int:
        return self._draw.randrange(_LEAST_DENOMINATOR, 2 * _LEAST_DENOMINATOR)

    def _sign(self) -> int:
        return 1 if self.positive else self._draw.choice((-1, 1))

    def _written(self) -> list[Fraction]:
        numbers = sorted({node.value for node in walk(self._both) if isinstance(node, Num) and node.value})[:8]
        return numbers if self.positive else [sign * number for number in numbers for sign in (1, -1)]


def draw(a: Node, b: Node) -> random.Random:
    """Numbers that both expressions determine, whichever of them comes first."""
    said = "\n".join(sorted(" ".join(map(_label, walk(node))) for node in (a, b)))
    return random.Random(hashlib.sha256(said.encode()).digest())


def _label(node: Node) -> str:
    """What a node is, without what is below it."""
    if isinstance(node, Num):
        return str(node.value)
    return f"{type(node).__name__} {getattr(node, 'name', '')!r} {len(children(node))}"


def _is_root(node: Node) -> bool:
    """A root or logarithm. Powers of numbers are none."""
    match node:
        case Call(name="ln" | "log"):
            return True
        case Call(name="^", args=(base, exponent)):
            return not _is_whole(exponent) and (bool(symbols(base)) or not symbols(exponent))
    return False


def _is_bend(node: Node) -> bool:
    """Whether it may be put together from several functions of what it is of. A root of a product is not."""
    if not isinstance(node, Call) or not symbols(node):
        return False
    if node.name in _BENT:
        return node.name != "abs" or not _is_product(node.args[0])
    if node.name in _BRANCHED or (node.name == "^" and not _is_whole(node.args[1])):
        return bool(symbols(node.args[0])) and not _is_product(node.args[0])
    return False


def _is_exponential(node: Node) -> bool:
    match node:
        case Call(name="^", args=(_, exponent)):
            return bool(symbols(exponent))
        case Call(name="exp" | "sinh" | "cosh" | "tanh"):
            return True
    return False


def _is_product(node: Node) -> bool:
    """Of variables and positive numbers: it is nowhere 0 but at 0."""
    match node:
        case Num(value=value):
            return value > 0
        case Sym(name=name):
            return name != "i"
        case Call(name="*" | "/", args=args):
            return all(map(_is_product, args))
        case Call(name="^", args=(base, exponent)):
            return _is_product(base) and not symbols(exponent)
        case Call(name="pi"):
            return True
    return False


def _is_whole(node: Node) -> bool:
    value = rational(node)
    return value is not None and value.denominator == 1


def _farther(node: Node) -> int:
    """How many times farther out numbers have to be where roots are taken of them, roots of roots together."""
    times = max(map(_farther, children(node)), default=1)
    if isinstance(node, Call) and node.name == "^" and symbols(node.args[0]):
        return times * (rational(node.args[1]) or Fraction(1)).denominator
    return times
