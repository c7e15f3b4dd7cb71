"""IFBench's instructions that belong to one prompt each, judged by what they ask (see `ifbench_words`)."""

from __future__ import annotations

import csv
import re
import string
import unicodedata
from datetime import date

from rlvr.verifiers._words import words
from rlvr.verifiers.instructions.catalogue import instruction
from rlvr.verifiers.instructions.ifeval import says_something
from rlvr.verifiers.instructions.lexicon import NORTHERN_CAPITALS
from rlvr.verifiers.instructions.sentences import sentences

_QUESTION = re.compile(r"^Question \d+[.):;|]?\s*", re.MULTILINE)
_OPTION = re.compile(r"[A-Ea-e][.)|]\s*\w")


def plain_letters(text: str) -> str:
    """The text without accents and without what is not ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def rows_of(text: str, delimiter: str = ",") -> list[list[str]]:
    """The rows of delimited data; quoted fields keep their quotes."""
    lines = text.strip().splitlines()
    try:
        read = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, skipinitialspace=True)
        return [[field.strip() for field in row] for row in read]
    except csv.Error:
        return []


def quoted(field: str) -> bool:
    """Whether a field stands in double quotes and is not blank."""
    return len(field) > 2 and field[0] == field[-1] == '"' and says_something(field)


@instruction("custom:multiples")
def multiples(text: str) -> bool:
    """Be the multiples of 7 from 14 to 49."""
    return re.findall(r"\d+", text) == [str(number) for number in range(14, 51, 7)]


@instruction("custom:mcq_count_length")
def mcq_count_length(text: str) -> bool:
    """Be four ever longer questions with five options each."""
    if not text.lstrip().startswith("Question"):
        return False
    lengths = []
    for block in _QUESTION.split(text.strip())[1:]:
        lines = [line.strip() for line in block.strip().splitlines() if line.strip()]
        options = [line for line in lines if _OPTION.match(line)]
        asked = [line for line in lines if not _OPTION.match(line)]
        if len(options) != 5 or lines[len(asked) :] != options or not says_something(" ".join(asked)):
            return False
        lengths.append(len(" ".join(asked)))
    return len(lengths) == 4 and lengths == sorted(set(lengths))


@instruction("custom:reverse_newline")
def reverse_newline(text: str) -> bool:
    """List the countries of Africa from Z to A, one a line."""
    lines = [plain_letters(line.strip(string.punctuation + " ")) for line in text.split("\n")]
    named = [line for line in lines if line]
    start = next((at for at, line in enumerate(named) if "Zimbabwe" in line), len(named))
    listed = named[start:]
    return len(listed) >= 52 and listed == sorted(listed, reverse=True) and len(set(listed)) == len(listed)


@instruction("custom:word_reverse", least=3)
def word_reverse(text: str) -> bool:
    """Name the bald eagle in a sentence written backwards by word."""
    return "bald eagle" in " ".join(reversed(words(text)))


@instruction("custom:character_reverse", least=3)
def character_reverse(text: str) -> bool:
    """Name the bald eagle in a sentence written backwards by letter."""
    return "elgae dlab" in text.lower()


@instruction("custom:sentence_alphabet")
def sentence_alphabet(text: str) -> bool:
    """Be 26 sentences that begin with A to Z in turn."""
    return [words(sentence)[0][0] for sentence in sentences(text)] == list(string.ascii_lowercase)


@instruction("custom:european_capitals_sort")
def european_capitals_sort(text: str) -> bool:
    """List the capitals of Europe north of 45 degrees from north to south."""
    return [city.strip(" .\n") for city in plain_letters(text).split(",")] == NORTHERN_CAPITALS


def _is_table(rows: list[list[str]], header: list[str], length: int) -> bool:
    full = all(len(row) == len(header) and all(map(says_something, row)) for row in rows)
    return len(rows) == length + 1 and full and [field.strip('"') for field in rows[0]] == header


@instruction("custom:csv_city")
def csv_city(text: str) -> bool:
    """Be CSV with columns ID, Country, City, Year, Count and 7 rows."""
    return _is_table(rows_of(text), ["ID", "Country", "City", "Year", "Count"], 7)


@instruction("custom:csv_special_character")
def csv_special_character(text: str) -> bool:
    """Be CSV of 14 products, one field quoted for its special character."""
    rows = rows_of(text)
    special = any(quoted(field) and re.search(r"[^\w\s\"]", field) for row in rows[1:] for field in row)
    return special and _is_table(rows, ["ProductID", "Category", "Brand", "Price", "Stock"], 14)


@instruction("custom:csv_quotes")
def csv_quotes(text: str) -> bool:
    """Be tab-separated data of 3 students, every field in double quotes."""
    rows = rows_of(text, "\t")
    header = ["StudentID", "Subject", "Grade", "Semester", "Score"]
    return _is_table(rows, header, 3) and all(quoted(field) for row in rows for field in row)


@instruction("custom:date_format_list")
def date_format_list(text: str) -> bool:
    """Be dates of Napoleon's lifetime as YYYY-MM-DD, separated by commas."""
    listed = [part.strip() for part in text.strip().split(",")]
    return len(listed) > 1 and all(map(_in_his_lifetime, listed))


def _in_his_lifetime(day: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        return False
    try:
        return 1769 <= date.fromisoformat(day).year <= 1821
    except ValueError:
        return False
