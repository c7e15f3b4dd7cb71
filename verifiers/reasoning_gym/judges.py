"""Judges of our own, for data sets whose packaged scorer runs the answer as code or pays for anything.

Each takes the answer, stripped, and the entry, and says whether it is right. Mathematics is read by the
parser of `math`, which evaluates nothing but arithmetic on its own tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from rlvr.verifiers.json_schema.strict import NotJson, parse
from rlvr.verifiers.math.clean import clean
from rlvr.verifiers.math.compare import Comparer
from rlvr.verifiers.math.exact import Inexact, exact
from rlvr.verifiers.math.lexer import TooLarge, Unreadable
from rlvr.verifiers.math.parse import parse as parse_mathematics
from rlvr.verifiers.math.policy import MathOptions
from rlvr.verifiers.math.symbolic import Undecided
from rlvr.verifiers.math.tree import Call, Node, Sym, is_scalar, symbols

Entry: TypeAlias = Mapping[str, Any]
Judge: TypeAlias = Callable[[str, Entry], bool]

#: A comma separates thousands, so it stands before groups of three digits only: 1,5 is no number, least of all 15.
NUMBER = r"[-+]?(?:(?:\d{1,41}|[1-9]\d{0,2}(?:,\d{3}){1,13})(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][-+]?\d{1,3})?"
_ARITHMETIC = re.compile(r"(?!.*(?:\*\*|//))[-+*/()\d\s]{1,200}", re.DOTALL)
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]{1,400}|\d{1,400})")
_MOVE = re.compile(r"([A-Z])([+-])([1-9])")
_MOVES = re.compile(rf"{_MOVE.pattern}(?:[\s,]+{_MOVE.pattern})*")
_ASSIGNMENT = re.compile(r"(\w+) is an? (\w+)")
_BETWEEN = re.compile(r"[\s,.]*(?:and\b)?[\s,.]*")

#: sympy's names of functions, and those of textbooks.
_SYMPY_NAMES = {"log": "ln", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "Abs": "abs"}
_SYMPY_NAME = re.compile(rf"\b({'|'.join(_SYMPY_NAMES)})(?=\s*\()")
_MAX_FORMULA = 2000


def same_text(answer: str, entry: Entry) -> bool:
    """Character for character, whitespace around it aside."""
    return answer == "\n".join(line.rstrip() for line in str(entry["answer"]).strip().split("\n"))


def same_letters(answer: str, entry: Entry) -> bool:
    """The same text, letters of either case."""
    return " ".join(answer.split()).casefold() == " ".join(str(entry["answer"]).split()).casefold()


def same_letters_unspaced(answer: str, entry: Entry) -> bool:
    """The same text, letters of either case, whatever the spaces."""
    return "".join(answer.split()).casefold() == "".join(str(entry["answer"]).split()).casefold()


def same_number(answer: str, entry: Entry) -> bool:
    """The same number, thousands commas aside."""
    found = _number(answer)
    return found is not None and found == _number(str(entry["answer"]))


def _number(text: str) -> Decimal | None:
    return Decimal(text.replace(",", "")) if re.fullmatch(NUMBER, text) else None


def same_probability(answer: str, entry: Entry) -> bool:
    """The same number, as a decimal or a fraction, to four decimals and one per cent."""
    if not re.fullmatch(r"\d{0,20}(?:\.\d{1,40})?|\d{1,20}/\d{1,20}", answer):
        return False
    try:
        found, gold = Fraction(answer), Fraction(str(entry["answer"]))
    except (ValueError, ZeroDivisionError):
        return False
    return abs(found - gold) <= min(Fraction(1, 10_000), gold / 100)


def same_board(answer: str, entry: Entry) -> bool:
    """The same rows of cells, whatever the spaces between them."""
    rows = [[line.split() for line in text.split("\n")] for text in (answer, str(entry["answer"]).strip())]
    return rows[0] == rows[1]


def same_integer(answer: str, entry: Entry) -> bool:
    """The same integer, in decimal or hexadecimal digits."""
    return bool(_INTEGER.fullmatch(answer)) and _integer(answer) == _integer(str(entry["answer"]))


def _integer(digits: str) -> int:
    return int(digits, 16 if "x" in digits.lower() else 10)


def same_json(answer: str, entry: Entry) -> bool:
    """The same JSON value."""
    try:
        return bool(parse(answer, max_depth=16) == parse(str(entry["answer"]), max_depth=16))
    except NotJson:
        return False


def same_numbers(answer: str, entry: Entry) -> bool:
    """The same list of numbers, which may stand in quotes, in the same order."""
    numbers = [_numbers(text) for text in (answer, str(entry["answer"]))]
    return numbers[0] is not None and numbers[0] == numbers[1]


def _numbers(text: str) -> list[Decimal] | None:
    try:
        listed = parse(text.replace("'", '"'), max_depth=1)
    except NotJson:
        return None
    numbers = [_number(str(item)) for item in listed] if isinstance(listed, list) else []
    known = [number for number in numbers if number is not None]
    return known if known and len(known) == len(numbers) else None


def a_listed_board(answer: str, entry: Entry) -> bool:
    """One of the boards that the entry lists as solutions."""
    return answer in entry["metadata"]["valid_answers"]


def same_roles(answer: str, entry: Entry) -> bool:
    """Every person with the same role as in the right answer, each once, and no other words."""
    given = sorted(_ASSIGNMENT.findall(str(entry["answer"]).lower()))
    found = sorted(_ASSIGNMENT.findall(answer.lower()))
    rest = _ASSIGNMENT.split(answer.lower())[::3]
    return found == given and all(map(_BETWEEN.fullmatch, rest))


def drives_out(answer: str, entry: Entry) -> bool:
    """Moves that can all be made in full, the last of which brings the car out."""
    from reasoning_gym.games.rush_hour import Board

    if not _MOVES.fullmatch(answer):
        return False
    board = Board(entry["metadata"]["board_config"])  # it passes over moves that it cannot make
    for piece, sign, steps in _MOVE.findall(answer):
        number = ord(piece) - ord("A")
        if board.solved or number >= len(board._pieces):
            return False
        before = board._pieces[number].position
        board.move(piece, int(sign + steps))
        if abs(board._pieces[number].position - before) != int(steps) * board._pieces[number].stride:
            return False
    return bool(board.solved)


def reaches_24(answer: str, entry: Entry) -> bool:
    """An expression worth 24 that uses each of the entry's numbers once."""
    return _uses_each(answer, entry["metadata"]["numbers"]) and _value(answer) == 24


def reaches_the_target(answer: str, entry: Entry) -> bool:
    """An expression worth the target that uses each of the entry's numbers once."""
    return _uses_each(answer, entry["metadata"]["numbers"]) and _value(answer) == entry["metadata"]["target"]


def _uses_each(answer: str, numbers: list[int]) -> bool:
    return bool(_ARITHMETIC.fullmatch(answer)) and sorted(map(int, re.findall(r"\d+", answer))) == sorted(numbers)


def _value(answer: str) -> Fraction | None:
    try:
        return exact(parse_mathematics(clean(answer)))
    except (Unreadable, Inexact, TooLarge, ZeroDivisionError):
        return None


def same_polynomial(answer: str, entry: Entry) -> bool:
    """The same polynomial, however it is arranged."""
    found, gold = _formula(answer), _formula(str(entry["answer"]))
    return found is not None and gold is not None and _equal(gold, found)


def same_integral(answer: str, entry: Entry) -> bool:
    """An antiderivative: it differs from the known one by a constant.

    F and G differ by a constant where F(x) + G(t) = G(x) + F(t) for all x and t.
    """
    found, gold = _formula(answer), _formula(str(entry["answer"]))
    x = str(entry["metadata"]["variable"])
    if found is None or gold is None or not symbols(found) <= {x, "C"}:
        return False
    t = "s" if x == "t" else "t"
    return _equal(Call("+", (gold, _renamed(found, x, t))), Call("+", (found, _renamed(gold, x, t))))


def _formula(text: str) -> Node | None:
    """The tree of an expression as sympy writes it; None where it is no expression."""
    plain = _SYMPY_NAME.sub(lambda match: _SYMPY_NAMES[match[1]], text[: _MAX_FORMULA + 1])
    try:
        node = parse_mathematics(clean(plain)) if len(plain) <= _MAX_FORMULA else None
    except (Unreadable, TooLarge, ValueError):
        return None
    return node if node is not None and is_scalar(node) else None


def _equal(gold: Node, found: Node) -> bool:
    try:
        return Comparer(MathOptions()).same(gold, found)
    except (Undecided, TooLarge):
        return False


def _renamed(node: Node, old: str, new: str) -> Node:
    if isinstance(node, Call):
        return Call(node.name, tuple(_renamed(argument, old, new) for argument in node.args))
    return Sym(new) if node == Sym(old) else node


#: By data set: why the packaged scorer is not used stands beside each group.
JUDGES: dict[str, Judge] = {
    # evaluates the answer as Python
    "binary_matrix": same_text,
    "n_queens": a_listed_board,
    "spiral_matrix": same_text,
    "string_insertion": same_text,
    # hands the answer to sympy's parser, which evaluates it as Python
    "countdown": reaches_the_target,
    "intermediate_integration": same_integral,
    "polynomial_multiplication": same_polynomial,
    "puzzle24": reaches_24,
    "simple_integration": same_integral,
    # evaluates the entry, whose answer may be what the model wrote; tolerates numbers that are off by one
    "bitwise_arithmetic": same_integer,
    "number_sorting": same_numbers,
    # pays for anything, for padding, for the first number of a text, or for its first digits
    "coin_flip": same_probability,
    "figlet_font": same_letters_unspaced,
    "game_of_life": same_json,
    "game_of_life_halting": same_text,
    "gsm_symbolic": same_number,
    "knights_knaves": same_roles,
    "rush_hour": drives_out,
    # compares with tuples, which are lists once an entry has been written down
    "arc_agi": same_board,
    "rearc": same_board,
    # an equality that minds whitespace or letters of either case
    "ab": same_text,
    "circuit_logic": same_text,
    "color_cube_rotation": same_letters,
    "dice": same_letters,
    "emoji_mystery": same_text,
    "letter_jumble": same_letters,
    "needle_haystack": same_letters_unspaced,
    "self_reference": same_text,
    "sentence_reordering": same_letters,
    "spell_backward": same_letters,
    "zebra_puzzles": same_letters,
}
