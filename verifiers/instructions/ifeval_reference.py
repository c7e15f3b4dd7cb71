"""IFEval as its published scorer judges, faults included: for figures that must compare, never for training.

Keywords are regular expressions there (run in linear time here; one that does not compile is taken
literally), counts are of `\\w+` runs, and text without a detectable language passes the language checks.
"""

from __future__ import annotations

import json
import re
from collections import Counter

from rlvr.verifiers._patterns import compiled, searchable
from rlvr.verifiers.instructions.catalogue import as_published, holds
from rlvr.verifiers.instructions.ifeval import YES_NO_MAYBE
from rlvr.verifiers.instructions.languages import contradicts, speaks
from rlvr.verifiers.instructions.sentences import published_sentences, published_tokens
from rlvr.verifiers.json_schema.strict import NotJson, check_depth


def matches(pattern: str, text: str) -> int:
    """How many places match, letters of either case."""
    try:
        engine = compiled(pattern, True)
    except ValueError:
        engine = compiled(re.escape(pattern), True)
    return sum(1 for _ in engine.finditer(searchable(text)))


def tokens(text: str) -> list[str]:
    """Runs of letters, digits and underscores."""
    return re.findall(r"\w+", text)


def blocks(text: str, divider: str) -> int | None:
    """How many blocks the divider makes; None when one in the middle is blank."""
    parts = re.split(divider, text)
    blank = [number for number, part in enumerate(parts) if not part.strip()]
    if any(number not in (0, len(parts) - 1) for number in blank):
        return None
    return len(parts) - len(blank)


@as_published("keywords:existence")
def _existence(text: str, keywords: list[str]) -> bool:
    return all(matches(keyword, text) for keyword in keywords)


@as_published("keywords:frequency")
def _frequency(text: str, keyword: str, frequency: int, relation: str) -> bool:
    return holds(matches(keyword.strip(), text), relation, frequency)


@as_published("keywords:forbidden_words")
def _forbidden_words(text: str, forbidden_words: list[str]) -> bool:
    return not any(matches(rf"\b{word}\b", text) for word in forbidden_words)


@as_published("keywords:letter_frequency")
def _letter_frequency(text: str, letter: str, let_frequency: int, let_relation: str) -> bool:
    return holds(text.lower().count(letter.strip().lower()), let_relation, let_frequency)


@as_published("keywords:key_sentences")
def _key_sentences(text: str, key_sentences: list[str], num_sentences: int) -> bool:
    said = published_sentences(text)
    return sum(sentence in said for sentence in set(key_sentences)) == num_sentences


@as_published("language:response_language")
def _response_language(text: str, language: str) -> bool:
    return _no_letters(text) or speaks(text, language)


@as_published("change_case:english_capital")
def _english_capital(text: str) -> bool:
    return _no_letters(text) or (text.isupper() and not contradicts(text, "en"))


@as_published("change_case:english_lowercase")
def _english_lowercase(text: str) -> bool:
    return _no_letters(text) or (text.islower() and not contradicts(text, "en"))


def _no_letters(text: str) -> bool:
    return not any(character.isalpha() for character in text)


@as_published("change_case:capital_word_frequency")
def _capital_word_frequency(text: str, capital_frequency: int, capital_relation: str) -> bool:
    return holds(sum(token.isupper() for token in published_tokens(text)), capital_relation, capital_frequency)


@as_published("length_constraints:number_words")
def _number_words(text: str, num_words: int, relation: str) -> bool:
    return holds(len(tokens(text)), relation, num_words)


@as_published("length_constraints:number_sentences")
def _number_sentences(text: str, num_sentences: int, relation: str) -> bool:
    return holds(len(published_sentences(text)), relation, num_sentences)


@as_published("length_constraints:number_paragraphs")
def _number_paragraphs(text: str, num_paragraphs: int) -> bool:
    return blocks(text, r"\s?\*\*\*\s?") == num_paragraphs


@as_published("length_constraints:nth_paragraph_first_word")
def _nth_paragraph_first_word(text: str, num_paragraphs: int, nth_paragraph: int, first_word: str) -> bool:
    paragraphs = text.split("\n\n")
    filled = sum(bool(paragraph.strip()) for paragraph in paragraphs)
    if nth_paragraph > filled or not paragraphs[nth_paragraph - 1].strip():
        return False
    word = paragraphs[nth_paragraph - 1].split()[0].lstrip("'").lstrip('"')
    return filled == num_paragraphs and re.split(r"[.,?!'\"]", word)[0].lower() == first_word.lower()


@as_published("detectable_content:number_placeholders")
def _number_placeholders(text: str, num_placeholders: int) -> bool:
    return matches(r"\[.*?\]", text) >= num_placeholders


@as_published("detectable_content:postscript")
def _postscript(text: str, postscript_marker: str) -> bool:
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return matches(known.get(postscript_marker, postscript_marker.lower()), text.lower()) > 0


@as_published("detectable_content:rephrase_paragraph")
def _rephrase_paragraph(text: str, original_paragraph: str, low: int, high: int) -> bool:
    shared = Counter(tokens(text.lower())) & Counter(tokens(original_paragraph.lower()))
    return low <= shared.total() <= high


@as_published("detectable_format:rephrase")
def _rephrase(text: str, original_message: str) -> bool:
    starred = re.compile(r"\*.*\*")
    return bool(starred.search(text)) and starred.sub("", text) == starred.sub("", original_message)


@as_published("detectable_format:number_bullet_lists")
def _number_bullet_lists(text: str, num_bullets: int) -> bool:
    starred = re.findall(r"^\s*\*[^\*].*$", text, re.MULTILINE)
    dashed = re.findall(r"^\s*-.*$", text, re.MULTILINE)
    return len(starred) + len(dashed) == num_bullets


@as_published("detectable_format:constrained_response")
def _constrained_response(text: str) -> bool:
    return any(response in text for response in YES_NO_MAYBE)


@as_published("multi-turn:constrained_start")
def _constrained_start(text: str, starter: str) -> bool:
    return matches(rf"(?m)^\s*{starter}", text) > 0


@as_published("detectable_format:number_highlighted_sections")
def _number_highlighted_sections(text: str, num_highlights: int) -> bool:
    single = [found for found in re.findall(r"\*([^\n*]*)\*", text) if found.strip()]
    double = [found for found in re.findall(r"\*\*([^\n*]*)\*\*", text) if found.strip()]
    return len(single) + len(double) >= num_highlights


@as_published("detectable_format:multiple_sections")
def _multiple_sections(text: str, section_spliter: str, num_sections: int) -> bool:
    head = rf"(?-i:{section_spliter.strip()})"
    return matches(rf"{head}\s?\d+", text) >= num_sections


@as_published("detectable_format:json_format")
def _json_format(text: str) -> bool:
    bare = text.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        bare = bare.removeprefix(fence)
    bare = bare.removesuffix("```").strip()
    try:
        check_depth(bare, 400)
        json.loads(bare)
    except (ValueError, NotJson):
        return False
    return True


@as_published("detectable_format:title")
def _title(text: str) -> bool:
    found = compiled(r"<<[^\n]+>>").finditer(searchable(text))
    return any(title.group().lstrip("<").rstrip(">").strip() for title in found)


@as_published("combination:two_responses")
def _two_responses(text: str) -> bool:
    parts = text.split("******")
    spoken = [part.strip() for part in parts if part.strip()]
    return blocks(text, re.escape("******")) == 2 and len(spoken) == 2 and spoken[0] != spoken[1]


@as_published("combination:repeat_prompt")
def _repeat_prompt(text: str, prompt_to_repeat: str) -> bool:
    return text.strip().lower().startswith(prompt_to_repeat.strip().lower())


@as_published("startend:end_checker")
def _end_checker(text: str, end_phrase: str) -> bool:
    return text.strip().strip('"').lower().endswith(end_phrase.strip().lower())


@as_published("startend:quotation")
def _quotation(text: str) -> bool:
    said = text.strip()
    return len(said) > 1 and said[0] == said[-1] == '"'


@as_published("punctuation:no_comma")
def _no_comma(text: str) -> bool:
    return "," not in text
