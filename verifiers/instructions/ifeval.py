"""IFEval's 25 instruction types, and the four its paper left out, judged by what they ask.

Words are whole and folded, marks inside code or other syntax do not count, and a constraint that
silence would satisfy needs words beside it. What the published scorer does instead is in
`ifeval_reference`. Ids and argument names: Zhou et al. 2023, "Instruction-Following Evaluation for
Large Language Models", arXiv 2311.07911.
"""

from __future__ import annotations

import re
from collections import Counter

from rlvr.verifiers._words import contains, fold, fold_disguises, occurrences, words
from rlvr.verifiers.instructions.catalogue import Count, Positive, Relation, Text, holds, instruction
from rlvr.verifiers.instructions.languages import Language, contradicts, speaks
from rlvr.verifiers.instructions.sentences import sentences
from rlvr.verifiers.json_schema.strict import NotJson, find, parse

_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_DIVIDER = re.compile(r"^[ \t]*\*\*\*[ \t]*$", re.MULTILINE)
_SIX_STARS = re.compile(r"(?<!\*)\*{6}(?!\*)")
COMMAS = "," + "\u055d\u060c\u07f8\u1363\u1802\u1808\u3001\ufe10\ufe11\ufe45\ufe50\ufe51\uff0c\uff64"
YES_NO_MAYBE = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def says_something(text: str) -> bool:
    """Whether the text holds a word."""
    return bool(words(text))


# --- keywords -----------------------------------------------------------------------------------------


@instruction("keywords:existence")
def existence(text: str, keywords: list[Text]) -> bool:
    """Use the words {keywords}."""
    folded = fold(text)
    return all(contains(fold(keyword), folded) for keyword in keywords)


@instruction("keywords:frequency", least=2)
def frequency(text: str, keyword: Text, frequency: Count, relation: Relation) -> bool:
    """Use the word {keyword!r} {relation} {frequency} times."""
    return holds(sum(1 for _ in occurrences(fold(keyword), fold(text))), relation, frequency)


@instruction("keywords:forbidden_words", least=2)
def forbidden_words(text: str, forbidden_words: list[Text]) -> bool:
    """Avoid the words {forbidden_words}."""
    disguised = fold_disguises(text)
    return not any(contains(fold_disguises(word), disguised) for word in forbidden_words)


@instruction("keywords:letter_frequency", least=2)
def letter_frequency(text: str, letter: Text, let_frequency: Count, let_relation: Relation) -> bool:
    """Hold the letter {letter!r} {let_relation} {let_frequency} times."""
    return holds(text.casefold().count(letter.casefold()), let_relation, let_frequency)


@instruction("keywords:key_sentences")
def key_sentences(text: str, key_sentences: list[Text], num_sentences: Positive) -> bool:
    """Hold exactly {num_sentences} of the sentences {key_sentences}."""
    said = {fold(sentence) for sentence in sentences(text)}
    return sum(fold(sentence) in said for sentence in set(key_sentences)) == num_sentences


# --- language and case --------------------------------------------------------------------------------


@instruction("language:response_language")
def response_language(text: str, language: Language) -> bool:
    """Be in the language {language!r}."""
    return speaks(_CODE.sub(" ", text), language)


@instruction("change_case:english_capital")
def english_capital(text: str) -> bool:
    """Be English in capitals only."""
    return text.isupper() and _is_english(text)


@instruction("change_case:english_lowercase", least=2)
def english_lowercase(text: str) -> bool:
    """Be English in lower case only."""
    return text.islower() and _is_english(text)


def _is_english(text: str) -> bool:
    """At least a short word of Latin letters, and nothing that speaks for another language."""
    return sum(character.isalpha() for character in text) >= 3 and not contradicts(text, "en")


@instruction("change_case:capital_word_frequency", least=2)
def capital_word_frequency(text: str, capital_frequency: Count, capital_relation: Relation) -> bool:
    """Have {capital_relation} {capital_frequency} words in capitals."""
    tokens = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text)
    capitals = sum(len(token) > 1 and token.isupper() for token in tokens)
    return holds(capitals, capital_relation, capital_frequency)


# --- length -------------------------------------------------------------------------------------------


@instruction("length_constraints:number_words", least=2)
def number_words(text: str, num_words: Count, relation: Relation) -> bool:
    """Have {relation} {num_words} words."""
    return holds(len(words(text)), relation, num_words)


@instruction("length_constraints:number_sentences", least=2)
def number_sentences(text: str, num_sentences: Count, relation: Relation) -> bool:
    """Have {relation} {num_sentences} sentences."""
    return holds(len(sentences(text)), relation, num_sentences)


@instruction("length_constraints:number_paragraphs", least=2)
def number_paragraphs(text: str, num_paragraphs: Positive) -> bool:
    """Have {num_paragraphs} paragraphs divided by ***."""
    return all_speak(_DIVIDER.split(text), num_paragraphs)


def all_speak(parts: list[str], wanted: int) -> bool:
    """Whether there are that many parts and every one holds a word."""
    return len(parts) == wanted and all(map(says_something, parts))


@instruction("length_constraints:nth_paragraph_first_word")
def nth_paragraph_first_word(text: str, num_paragraphs: Positive, nth_paragraph: Positive, first_word: Text) -> bool:
    """Have {num_paragraphs} paragraphs, the one numbered {nth_paragraph} beginning with {first_word!r}."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if says_something(part)]
    if len(paragraphs) != num_paragraphs or nth_paragraph > num_paragraphs:
        return False
    return words(paragraphs[nth_paragraph - 1])[:1] == words(first_word)[:1]


# --- content and format -------------------------------------------------------------------------------


@instruction("detectable_content:number_placeholders", least=2)
def number_placeholders(text: str, num_placeholders: Count) -> bool:
    """Have at least {num_placeholders} placeholders like [name]."""
    found = re.findall(r"(?<![\w\])!])\[([^\[\]\n]*[^\W\d_][^\[\]\n]*)\](?![(\[:])", _CODE.sub(" ", text))
    return sum(fold(name) != "x" for name in found) >= num_placeholders


@instruction("detectable_content:postscript", least=2)
def postscript(text: str, postscript_marker: Text) -> bool:
    """End with a postscript that begins with {postscript_marker}."""
    letters = re.sub(r"[^\w]", "", postscript_marker)
    marker = (
        r"\.?\s?".join(map(re.escape, letters))
        if postscript_marker.upper().startswith("P.")
        else re.escape(postscript_marker)
    )
    begun = list(re.finditer(rf"^[ \t>*_#]*{marker}", text, re.IGNORECASE | re.MULTILINE))
    if not begun or not says_something(text[: begun[0].start()]):
        return False
    after = text[begun[-1].end() :].strip()
    return says_something(after) and "\n\n" not in after


@instruction("detectable_content:rephrase_paragraph", least=2)
def rephrase_paragraph(text: str, original_paragraph: Text, low: Count, high: Count) -> bool:
    """Keep between {low} and {high} words of the paragraph."""
    shared = Counter(words(text)) & Counter(words(original_paragraph))
    return low <= shared.total() <= high and fold(text) != fold(original_paragraph)


@instruction("detectable_format:rephrase")
def rephrase(text: str, original_message: Text) -> bool:
    """Repeat the message, changing only what stands between stars."""
    starred = re.compile(r"\*[^*\n]+\*")
    same = fold(starred.sub("*", text)) == fold(starred.sub("*", original_message))
    return same and bool(starred.search(text)) and fold(text) != fold(original_message)


@instruction("detectable_format:number_bullet_lists")
def number_bullet_lists(text: str, num_bullets: Positive) -> bool:
    """Have exactly {num_bullets} bullet points."""
    bullets = re.findall(r"^[ \t]*[*+•-][ \t]+(\S.*)$", _CODE.sub(" ", text), re.MULTILINE)
    return sum(map(says_something, bullets)) == num_bullets == len(bullets)


@instruction("detectable_format:constrained_response")
def constrained_response(text: str) -> bool:
    """Be one of 'My answer is yes.', '... no.', '... maybe.'."""
    return text.strip().strip("\"'*") in YES_NO_MAYBE


@instruction("multi-turn:constrained_start")
def constrained_start(text: str, starter: Text) -> bool:
    """Begin with {starter!r}."""
    start = text.strip()
    return start.startswith(starter.strip()) and says_something(start[len(starter.strip()) :])


@instruction("detectable_format:number_highlighted_sections", least=2)
def number_highlighted_sections(text: str, num_highlights: Count) -> bool:
    """Have at least {num_highlights} *highlighted* sections."""
    found = re.findall(r"(?<![\w*])(\*{1,3})(?=\S)([^*\n]+)(?<=\S)\1(?![\w*])", _CODE.sub(" ", text))
    return sum(says_something(highlight) for _, highlight in found) >= num_highlights


@instruction("detectable_format:multiple_sections")
def multiple_sections(text: str, section_spliter: Text, num_sections: Positive) -> bool:
    """Have {num_sections} sections headed {section_spliter!r} and a number."""
    head = re.compile(rf"(?<!\w){re.escape(section_spliter.strip())}\s?(\d{{1,4}})\b[.:)]?", re.IGNORECASE)
    found = list(head.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    filled = {int(m[1]) for m, end in zip(found, ends, strict=False) if says_something(text[m.end() : end])}
    return len(filled) >= num_sections


@instruction("detectable_format:json_format")
def json_format(text: str) -> bool:
    """Be one JSON object or array and nothing else."""
    try:
        value = parse(find(text, "either"), max_depth=64)
    except NotJson:
        return False
    return isinstance(value, dict | list) and bool(value)


@instruction("detectable_format:title")
def title(text: str) -> bool:
    """Have a title in double angular brackets, like <<title>>."""
    inline = re.findall(r"(?<![\w<])<<(?![\s<])([^<>\n]+)(?<!\s)>>(?![\w>])", text)
    own_line = re.findall(r"^[\s#*_\"]*<<([^<>\n]+)>>[\s*_\"]*$", text, re.MULTILINE)
    return any(map(says_something, inline + own_line))


# --- combination, start and end, punctuation ----------------------------------------------------------


@instruction("combination:two_responses")
def two_responses(text: str) -> bool:
    """Be two different responses with ****** between them."""
    parts = _SIX_STARS.split(text)
    return all_speak(parts, 2) and fold(parts[0]) != fold(parts[1])


@instruction("combination:repeat_prompt")
def repeat_prompt(text: str, prompt_to_repeat: Text) -> bool:
    """Repeat the request word for word, then answer it."""
    asked, said = prompt_to_repeat.split(), text.split()
    return said[: len(asked)] == asked and says_something(" ".join(said[len(asked) :]))


@instruction("startend:end_checker")
def end_checker(text: str, end_phrase: Text) -> bool:
    """End with {end_phrase!r}."""
    said = " ".join(text.strip().strip('"').split())
    return said.endswith(" ".join(end_phrase.split()))


@instruction("startend:quotation")
def quotation(text: str) -> bool:
    """Be wrapped in double quotation marks."""
    said = text.strip()
    pair = said[:1] + said[-1:]
    return len(said) > 2 and pair in ('""', "“”") and says_something(said[1:-1]) and _pairs_up(said[1:-1], pair)


def _pairs_up(inside: str, pair: str) -> bool:
    """Whether the quotes within the wrapping open before a word and close after one, in turn."""
    marks = [(match.start(), match[0]) for match in re.finditer(f"[{pair}]", inside)]
    if len(marks) % 2:
        return False
    opening = [pair[0] != pair[1] or at == 0 or inside[at - 1] in " \t\n([{—–-'‘*" for at, _ in marks]
    return all(opened is (number % 2 == 0) or pair == "“”" for number, opened in enumerate(opening)) and all(
        mark == pair[number % 2] for number, (_, mark) in enumerate(marks)
    )


@instruction("punctuation:no_comma", least=2)
def no_comma(text: str) -> bool:
    """Contain no comma."""
    return not any(comma in text for comma in COMMAS)
