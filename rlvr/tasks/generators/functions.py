"""Small Python functions to be completed: a signature, a docstring, and `return`.

    def square(x):
        \"\"\"Return x squared.\"\"\"
        return

For the verifier `code` with `extract: continuation`. There are two kinds: 72 written by hand, each a
function of its own, and 20 families filled in with numbers, of which a model that has seen one member
has nearly seen them all. They are told apart so that what was learnt can be, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from rlvr.tasks.generator import Generator
from rlvr.tasks.row import Row
from rlvr.verifier import Model

_TEXTS: tuple[Any, ...] = ("hello", "", "A quick Test", "level", "x")
_LISTS: tuple[Any, ...] = ([3, 1, 2], [5], [4, 4, -1, 0], [10, 20, 30, 40], [-7, 7])
_NUMBERS: tuple[Any, ...] = (0, 1, 7, 12, -4)
_PAIRS: tuple[Any, ...] = ((2, 3), (10, 4), (-5, 2), (7, 7), (1, 9))


@dataclass(frozen=True)
class Function:
    """One function: its head, what it returns in words and in Python, and arguments to try it with."""

    head: str
    words: str
    body: str
    calls: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.head.partition("(")[0]

    @property
    def prompt(self) -> str:
        """All up to the expression that is asked for."""
        return f'def {self.head}:\n    """Return {self.words}."""\n    return'

    def cases(self) -> list[dict[str, Any]]:
        """The calls, with what our own solution returns."""
        arguments = [list(call) if isinstance(call, tuple) else [call] for call in self.calls]
        space: dict[str, Any] = {}
        exec(f"{self.prompt} {self.body}\n", space)  # our own text, from the tables below
        return [{"args": args, "expected": space[self.name](*args)} for args in arguments]


#: head, words, body; the arguments follow from the head's parameters.
_WRITTEN = """
square(x) | x squared | x * x
cube(x) | x to the third power | x ** 3
negate(x) | x with the opposite sign | -x
half(x) | half of x | x / 2
successor(x) | the number that follows x | x + 1
is_even(x) | True if x is even, False otherwise | x % 2 == 0
is_odd(x) | True if x is odd, False otherwise | x % 2 == 1
is_positive(x) | True if x is greater than zero, False otherwise | x > 0
is_zero(x) | True if x equals zero, False otherwise | x == 0
last_digit(x) | the last decimal digit of the absolute value of x | abs(x) % 10
distance_from_zero(x) | the absolute value of x | abs(x)
to_text(x) | x as a string | str(x)
sign_is_negative(x) | True if x is below zero, False otherwise | x < 0
clamp_at_zero(x) | x, or zero if x is negative | max(x, 0)
up_to(x) | the list of integers from 0 up to, but not including, x | list(range(x))
digits_count(x) | the number of decimal digits of the absolute value of x | len(str(abs(x)))
binary(x) | the binary digits of the absolute value of x as a string | bin(abs(x))[2:]
double_and_add_one(x) | two times x plus one | 2 * x + 1
add(a, b) | the sum of a and b | a + b
subtract(a, b) | a minus b | a - b
multiply(a, b) | the product of a and b | a * b
larger(a, b) | the larger one of a and b | max(a, b)
smaller(a, b) | the smaller one of a and b | min(a, b)
average(a, b) | the average of a and b | (a + b) / 2
difference(a, b) | the absolute difference between a and b | abs(a - b)
remainder(a, b) | the remainder of a divided by b | a % b
quotient(a, b) | a divided by b, rounded down | a // b
power(a, b) | a raised to the power of the absolute value of b | a ** abs(b)
are_equal(a, b) | True if a and b are equal, False otherwise | a == b
is_divisible(a, b) | True if a is divisible by b, False otherwise | a % b == 0
as_pair(a, b) | a list that holds a and b | [a, b]
swapped(a, b) | a list that holds b first and then a | [b, a]
sum_of_squares(a, b) | the sum of the squares of a and b | a * a + b * b
is_between_zero_and(a, b) | True if a is at least zero and at most b, False otherwise | 0 <= a <= b
both_positive(a, b) | True if a and b are both greater than zero, False otherwise | a > 0 and b > 0
either_negative(a, b) | True if a or b is below zero, False otherwise | a < 0 or b < 0
first(xs) | the first element of the list xs | xs[0]
last(xs) | the last element of the list xs | xs[-1]
total(xs) | the sum of the list xs | sum(xs)
count(xs) | the number of elements of the list xs | len(xs)
largest(xs) | the largest element of the list xs | max(xs)
smallest(xs) | the smallest element of the list xs | min(xs)
reversed_list(xs) | the list xs in reverse order | xs[::-1]
ascending(xs) | the list xs sorted in ascending order | sorted(xs)
descending(xs) | the list xs sorted in descending order | sorted(xs, reverse=True)
without_first(xs) | the list xs without its first element | xs[1:]
without_last(xs) | the list xs without its last element | xs[:-1]
mean(xs) | the mean of the list xs | sum(xs) / len(xs)
spread(xs) | the largest element of xs minus the smallest one | max(xs) - min(xs)
doubled(xs) | a list with every element of xs doubled | [2 * x for x in xs]
squares(xs) | a list with the square of every element of xs | [x * x for x in xs]
evens(xs) | a list of the even elements of xs | [x for x in xs if x % 2 == 0]
positives(xs) | a list of the elements of xs greater than zero | [x for x in xs if x > 0]
distinct_count(xs) | the number of distinct elements of xs | len(set(xs))
has_duplicates(xs) | True if some element of xs occurs twice, False otherwise | len(set(xs)) < len(xs)
contains_zero(xs) | True if zero is in the list xs, False otherwise | 0 in xs
ends(xs) | a list of the first and the last element of xs | [xs[0], xs[-1]]
every_second(xs) | every second element of xs, from the first one on | xs[::2]
as_strings(xs) | a list with every element of xs as a string | [str(x) for x in xs]
length(s) | the length of the string s | len(s)
shout(s) | the string s in upper case | s.upper()
whisper(s) | the string s in lower case | s.lower()
backwards(s) | the string s reversed | s[::-1]
twice(s) | the string s repeated two times | s * 2
is_empty(s) | True if the string s is empty, False otherwise | s == ""
is_palindrome(s) | True if s reads the same backwards, False otherwise | s == s[::-1]
words_of(s) | the list of the words of s | s.split()
word_count(s) | the number of words in s | len(s.split())
characters(s) | the list of the characters of s | list(s)
title(s) | the string s with every word capitalized | s.title()
without_spaces(s) | the string s without its spaces | s.replace(" ", "")
exclaim(s) | the string s followed by an exclamation mark | s + "!"
"""
_ARGUMENTS = {"x": _NUMBERS, "a, b": _PAIRS, "xs": _LISTS, "s": _TEXTS}

#: head, words, body, with {a} in 2..12 and {b} in 1..9.
_FAMILIES = """
scale_{a}_{b}(x) | {a} times x plus {b} | {a} * x + {b}
shrink_{a}_{b}(x) | {a} times x minus {b} | {a} * x - {b}
add_{b}(x) | x plus {b} | x + {b}
take_away_{b}(x) | x minus {b} | x - {b}
times_{a}(x) | {a} times x | {a} * x
remainder_by_{a}(x) | the remainder of x divided by {a} | x % {a}
divides_by_{a}(x) | True if x is divisible by {a}, False otherwise | x % {a} == 0
above_{b}(x) | True if x is greater than {b}, False otherwise | x > {b}
at_most_{b}(x) | True if x is at most {b}, False otherwise | x <= {b}
cap_{b}(x) | the smaller one of x and {b} | min(x, {b})
floor_{b}(x) | the larger one of x and {b} | max(x, {b})
prefix_{b}(s) | the first {b} characters of s | s[:{b}]
suffix_{b}(s) | the last {b} characters of s | s[-{b}:]
skip_{b}(s) | s without its first {b} characters | s[{b}:]
repeat_{a}(s) | the string s repeated {a} times | s * {a}
longer_than_{b}(s) | True if s has more than {b} characters, False otherwise | len(s) > {b}
scaled_{a}(xs) | a list with every element of xs times {a} | [{a} * x for x in xs]
raised_{b}(xs) | a list with every element of xs plus {b} | [x + {b} for x in xs]
over_{b}(xs) | a list of the elements of xs greater than {b} | [x for x in xs if x > {b}]
total_plus_{b}(xs) | the sum of xs plus {b} | sum(xs) + {b}
"""


class FunctionsOptions(Model):
    """`kind`: those written by hand, those from families, or both."""

    kind: Literal["written", "family", "both"] = "both"


class Functions(Generator):
    """Columns: `prompt`, `solution`, `kind`, and the reference's `style`, `entry_point` and `cases`."""

    name = "functions"
    Options = FunctionsOptions

    def rows(self) -> Iterator[Row]:
        """Every function, the hand-written ones first."""
        made = [("written", function) for function in _read(_WRITTEN)]
        made += [("family", function) for function in _members()]
        chosen = [(kind, function) for kind, function in made if self.options.kind in (kind, "both")]
        for number, (kind, function) in enumerate(chosen, 1):
            columns = {
                "prompt": function.prompt,
                "solution": function.body,
                "kind": kind,
                "style": "functions",
                "entry_point": function.name,
                "cases": function.cases(),
            }
            yield Row(number, columns, key=function.prompt, kind=kind)


def _read(table: str) -> list[Function]:
    found = []
    for line in table.strip().splitlines():
        head, words, body = line.split(" | ")
        found.append(Function(head, words, body, _ARGUMENTS[head.partition("(")[2].rstrip(")")]))
    return found


def _members() -> Iterator[Function]:
    """Every member of every family, once."""
    seen = set()
    for a in range(2, 13):
        for b in range(1, 10):
            for function in _read(_FAMILIES.replace("{a}", str(a)).replace("{b}", str(b))):
                if function.name not in seen:
                    seen.add(function.name)
                    yield function
