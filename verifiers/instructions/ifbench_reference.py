"""IFBench as its published scorer judges, faults included: for figures that must compare, never for training.

Only the ids whose published judgement differs from ours are here. Sentence and token splitting imitates
the original's (see `sentences`), so a verdict near a split may differ.
"""

from __future__ import annotations

import csv
import io
import re
import string
from itertools import pairwise

from rlvr.verifiers.instructions.catalogue import as_published
from rlvr.verifiers.instructions.ifbench_custom import plain_letters
from rlvr.verifiers.instructions.ifbench_format import EMOJI, listed_options, quote_depth
from rlvr.verifiers.instructions.ifbench_words import (
    JAPANESE,
    alliteration,
    bare_words,
    endings,
)
from rlvr.verifiers.instructions.ifeval_reference import tokens
from rlvr.verifiers.instructions.lexicon import COORDINATING, NORTHERN_CAPITALS, PRONOUNS
from rlvr.verifiers.instructions.sentences import published_sentences, published_tokens

_MARKS = string.punctuation + " "


@as_published("count:word_count_range")
def _word_count_range(text: str, min_words: int, max_words: int) -> bool:
    return min_words <= len(tokens(text)) <= max_words


@as_published("count:unique_word_count")
def _unique_word_count(text: str, N: int) -> bool:
    return len({word.strip(_MARKS) for word in text.lower().split()}) >= N


@as_published("count:numbers")
def _numbers(text: str, N: int) -> bool:
    return len(re.findall(r"\d+", text.translate(str.maketrans("", "", string.punctuation)))) == N


@as_published("count:conjunctions")
def _conjunctions(text: str, small_n: int) -> bool:
    return len({word for word in text.split() if word.strip(_MARKS).lower() in COORDINATING}) >= small_n


@as_published("count:pronouns")
def _pronouns(text: str, N: int) -> bool:
    return sum(token in PRONOUNS for token in published_tokens(text.replace("/", " ").lower())) >= N


@as_published("count:words_japanese")
def _words_japanese(text: str, N: int) -> bool:
    nth = [word.strip(_MARKS) for word in text.split()[N - 1 :: N]]
    return all(JAPANESE.search(word) for word in nth if word and not word.isdigit())


@as_published("count:keywords_multiple")
def _keywords_multiple(text: str, **keywords: str) -> bool:
    times = zip(sorted(keywords), (1, 2, 3, 5, 7), strict=True)
    return all(text.lower().count(keywords[key].strip().lower()) == wanted for key, wanted in times)


@as_published("ratio:sentence_type")
def _sentence_type(text: str) -> bool:
    statements, questions, _ = endings(published_sentences(text))
    return statements == 2 * questions


@as_published("ratio:sentence_balance")
def _sentence_balance(text: str) -> bool:
    return len(set(endings(published_sentences(text)))) == 1


@as_published("ratio:sentence_words")
def _sentence_words(text: str) -> bool:
    found = published_sentences(text)
    return len(found) == 3 and len({len(sentence.strip()) for sentence in found}) == 1


@as_published("words:vowel")
def _vowel(text: str) -> bool:
    return "\n" not in text.strip() and len(set("aeiou").intersection(text.lower())) <= 3


@as_published("words:consonants")
def _consonants(text: str) -> bool:
    return all(re.search("[bcdfghjklmnpqrstvwxyz]{2}", word) for word in text.lower().split())


@as_published("words:palindrome")
def _palindrome(text: str) -> bool:
    return sum(len(word) >= 5 and word == word[::-1] for word in bare_words(text)) >= 10


@as_published("words:last_first")
def _last_first(text: str) -> bool:
    for earlier, later in pairwise(published_sentences(text)):
        last, first = earlier.rstrip(_MARKS).split(), later.lstrip(_MARKS).split()
        if not last or not first or last[-1].lower() != first[0].lower():
            return False
    return True


@as_published("words:paragraph_last_first")
def _paragraph_last_first(text: str) -> bool:
    split = [line.strip().lower().strip(_MARKS).split() for line in text.split("\n")]
    return all(line[0] == line[-1] for line in split if line)


@as_published("words:keywords_specific_position")
def _keywords_specific_position(text: str, keyword: str, n: int, m: int) -> bool:
    found = published_sentences(text)
    if len(found) < n:
        return False
    spoken = [token for token in published_tokens(found[n - 1]) if any(map(str.isalnum, token))]
    return len(spoken) >= m and spoken[m - 1].lower() == keyword.strip().lower()


@as_published("words:words_position")
def _words_position(text: str, keyword: str) -> bool:
    found = [token.lower() for token in published_tokens(text)]
    if found and found[-1] in string.punctuation:
        found = found[:-1] if len(found) > 2 else []
    return len(found) >= 2 and found[1] == found[-2] == keyword.strip().lower()


@as_published("sentence:alliteration_increment")
def _alliteration_increment(text: str) -> bool:
    runs = [-1]
    for sentence in published_sentences(text):
        bare = [word.lstrip(_MARKS) for word in sentence.lower().split()]
        runs.append(alliteration([word for word in bare if word]))
    return all(earlier < later for earlier, later in pairwise(runs))


@as_published("sentence:keyword")
def _sentence_keyword(text: str, word: str, N: int) -> bool:
    found = published_sentences(text)
    return len(found) >= N and bool(re.search(rf"\b{re.escape(word)}\b", found[N - 1], re.IGNORECASE))


@as_published("sentence:increment")
def _increment(text: str, small_n: int) -> bool:
    lengths = [len(bare_words(sentence)) for sentence in published_sentences(text)]
    return bool(lengths) and all(later - earlier == small_n for earlier, later in pairwise(lengths))


@as_published("format:parentheses")
def _parentheses(text: str) -> bool:
    closes = {")": "(", "]": "[", "}": "{"}
    opened: list[str] = []
    deepest = 0
    for mark in text:
        if mark in "([{":
            opened.append(mark)
            deepest = max(deepest, len(opened))
        elif mark in closes and opened and opened[-1] == closes[mark]:
            opened.pop()
            if deepest >= 5:
                return True
        elif mark in closes:
            opened, deepest = [], 0
    return False


@as_published("format:quotes")
def _quotes(text: str) -> bool:
    return quote_depth(text) >= 3


@as_published("format:options")
def _options(text: str, options: str) -> bool:
    listed = listed_options(options)
    if re.match(r"\W*[aA]\W*[bB]\W*[cC]\W*", options):
        return text in listed
    return text.strip(_MARKS).lower() in {option.strip(_MARKS).lower() for option in listed}


@as_published("format:newline")
def _newline(text: str) -> bool:
    bare = text.translate(str.maketrans("", "", string.punctuation)).strip()
    return sum(bool(line) for line in bare.split("\n")) == len(bare.split())


@as_published("format:emoji")
def _emoji(text: str) -> bool:
    bare = [
        sentence.translate(str.maketrans("", "", string.punctuation)).strip() for sentence in published_sentences(text)
    ]
    for at, sentence in enumerate(bare):
        if not sentence or not (EMOJI.search(sentence[-2:]) or EMOJI.match("".join(bare[at + 1 : at + 2]))):
            return False
    return True


@as_published("format:line_indent")
def _line_indent(text: str) -> bool:
    lines = text.split("\n")
    for line in lines:  # the published loop removes while it iterates, and so skips every second blank line
        if not line.strip():
            lines.remove(line)
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    return all(earlier < later for earlier, later in pairwise(indents))


@as_published("format:quote_unquote")
def _quote_unquote(text: str) -> bool:
    bare = "".join(text.replace("“", '"').replace("”", '"').replace("'\"'", "").split())
    stripped = bare.strip(string.digits + string.punctuation.replace('"', ""))
    return '""' not in bare and not stripped.endswith('"')


@as_published("format:list")
def _separated_list(text: str, sep: str) -> bool:
    return text.count(sep) >= 2


@as_published("format:thesis")
def _thesis(text: str) -> bool:
    start = next((text.find(tag) for tag in ("<i>", "<em>") if tag in text), -1)
    section = text[start:] if start >= 0 else ""
    end = next((section.find(tag) for tag in ("</i>", "</em>") if tag in section), -1)
    return end >= 0 and bool(section[3:end].strip()) and bool(section[end + 4 :].strip())


@as_published("format:sub-bullets")
def _sub_bullets(text: str) -> bool:
    return all("-" in bullet for bullet in text.split("*")[1:])


@as_published("format:no_bullets_bullets")
def _no_bullets_bullets(text: str) -> bool:
    prose, statements, bullets = True, 0, 0
    for line in text.split("\n"):
        if line.strip().startswith("*"):
            prose, bullets = False, bullets + 1
            if statements < 2:
                return False
        elif prose:
            found = published_sentences(line.strip())
            prose, statements = bool(found), statements + len(found)
        else:
            return False
    return bullets >= 2


@as_published("format:title_case")
def _title_case(text: str) -> bool:
    for token in published_tokens(text):
        first, rest = token[0], token[1:]
        if first.isalpha() and first.islower() and (not rest or rest.isupper() or rest.islower()):
            return False
    return True


@as_published("format:output_template")
def _output_template(text: str) -> bool:
    return all(label in text for label in ("My Answer:", "My Conclusion:", "Future Outlook:"))


@as_published("format:no_whitespace")
def _no_whitespace(text: str) -> bool:
    return not any(map(str.isspace, text))


@as_published("custom:mcq_count_length")
def _mcq_count_length(text: str) -> bool:
    if not text.startswith("Question"):
        return False
    lengths = []
    for block in re.split(r"\n*Question \d+[.|):;]?\s*", text):
        if not block.strip():
            continue
        asked, options = "", 0
        for line in block.strip().split("\n"):
            if re.match(r"[A-Ea-e][.|)]\s*\w", line.strip()):
                options += 1
            elif not options:
                asked += " " + line.strip()
        if options != 5:
            return False
        lengths.append(len(asked.strip()))
    return len(lengths) == 4 and all(earlier < later for earlier, later in pairwise(lengths))


@as_published("custom:reverse_newline")
def _reverse_newline(text: str) -> bool:
    lines = [line.strip(_MARKS) for line in text.split("\n") if line.strip(_MARKS)]
    start = next((at for at, line in enumerate(lines) if "Zimbabwe" in line), len(lines))
    listed = [plain_letters(line) for line in lines[start:]]
    return len(listed) >= 52 and listed == sorted(listed, reverse=True)


@as_published("custom:sentence_alphabet")
def _sentence_alphabet(text: str) -> bool:
    return [sentence[0].lower() for sentence in published_sentences(text)] == list(string.ascii_lowercase)


@as_published("custom:european_capitals_sort")
def _european_capitals_sort(text: str) -> bool:
    listed = [city.strip() for city in plain_letters(text).split(",") if city.strip()]
    return listed == NORTHERN_CAPITALS


def _table(text: str, delimiter: str = ",") -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return []


@as_published("custom:csv_city")
def _csv_city(text: str) -> bool:
    rows = _table(text)
    header = ["ID", "Country", "City", "Year", "Count"]
    return len(rows) == 8 and rows[0] == header and all(len(row) == 5 for row in rows)


@as_published("custom:csv_special_character")
def _csv_special_character(text: str) -> bool:
    header = r",[ \t]*".join(f'(?:{name}|"{name}")' for name in ("ProductID", "Category", "Brand", "Price", "Stock"))
    rows = _table(text.replace('"', '"""'))
    if not re.fullmatch(header, text.split("\n")[0].strip()) or len(rows) != 15:
        return False
    for row in rows[1:]:
        if len(row) != 5:
            return False
        if any(re.match(r'".*[^\d\w\s].*"', field) for field in row):
            return True
    return False


@as_published("custom:csv_quotes")
def _csv_quotes(text: str) -> bool:
    names = ("StudentID", "Subject", "Grade", "Semester", "Score")
    header = r"\t *".join(f'(?:{name}|"{name}")' for name in names)
    rows = _table(text.replace('"', '"""'), "\t")
    if not re.fullmatch(header, text.split("\n")[0].strip()) or len(rows) != 4:
        return False
    return all(len(row) == 5 and all(f.strip()[:1] == f.strip()[-1:] == '"' for f in row) for row in rows)


_LONGEST = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


@as_published("custom:date_format_list")
def _date_format_list(text: str) -> bool:
    for day in text.strip().split(","):
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day.strip()):
            return False
        year, month, number = map(int, day.strip().split("-"))
        if not (1769 <= year <= 1821 and month <= 12 and number <= _LONGEST.get(month, 99)):
            return False
    return True


@as_published("repeat:repeat_change")
def _repeat_change(text: str, prompt_to_repeat: str) -> bool:
    return text != prompt_to_repeat and text.split()[1:] == prompt_to_repeat.split()[1:]


@as_published("repeat:repeat_span")
def _repeat_span(text: str, prompt_to_repeat: str, n_start: int, n_end: int) -> bool:
    return text.strip().lower() == prompt_to_repeat[n_start : n_end + 1].strip().lower()
