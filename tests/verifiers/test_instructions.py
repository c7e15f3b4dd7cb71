"""`rlvr.verifiers.instructions`: the catalogue, both modes, and what silence is paid."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr.errors import UsageError
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Verdict
from rlvr.verifiers.instructions import loose_variants
from rlvr.verifiers.instructions.catalogue import INSTRUCTIONS, lookup

#: One set of plausible arguments for every name that occurs; used to call every instruction.
ARGUMENTS: dict[str, Any] = {
    "N": 3, "capital_frequency": 3, "capital_relation": "less than", "end_phrase": "That is all.",
    "first_word": "indeed", "forbidden_words": ["bad"], "frequency": 3, "high": 5, "keyword": "river",
    "keyword1": "sun", "keyword2": "moon", "keyword3": "star", "keyword4": "sky", "keyword5": "sea",
    "keywords": ["river", "(", "a+"], "key_sentences": ["We are here."], "language": "fr", "last_word": "so",
    "let_frequency": 3, "let_relation": "less than", "letter": "q", "low": 1, "m": 2, "max_words": 30,
    "min_words": 20, "n": 2, "n_end": 9, "n_sent": 2, "n_start": 2, "n_words": 4, "nth_paragraph": 2,
    "num_bullets": 2, "num_highlights": 2, "num_paragraphs": 3, "num_placeholders": 2, "num_sections": 2,
    "num_sentences": 3, "num_words": 20, "options": "yes/no/maybe", "original_message": "I am *happy*.",
    "original_paragraph": "The sun shines today.", "percentage": 30, "phrase": "the old grey mare",
    "postscript_marker": "P.S.", "prompt_to_repeat": "Tell me a story about rain.",
    "reference_text": "Rain fell on the hills.", "relation": "less than", "section_spliter": "Section",
    "sep": "!?!?", "small_n": 2, "starter": "My response is:", "word": "river",
}  # fmt: skip

HOSTILE = {
    "nothing": "",
    "a full stop": ".",
    "a digit": "5",
    "one word": "ok",
    "whitespace": " \n\t\u00a0",
    "invisible": "\u200b\u2060",
    "lone surrogate": "\ud800 \udfff",
    "nul": "\x00",
    "marks": "\"'([{<*-#.?!,;:" * 50,
    "open brackets": "([{<<" * 4_000,
    "stars": "*" * 8_000,
    "short lines": "* a\n" * 2_000,
    "spaces": " " * 16_000,
    "dots": ". " * 6_000,
    "quotes": '"a" ' * 4_000,
    "one long word": "a" * 16_000,
    "words": "word " * 4_000,
    "emoji": "\U0001f600" * 2_000,
    "newlines": "\n" * 8_000,
}


def arguments_for(name: str) -> dict[str, Any]:
    return {key: ARGUMENTS[key] for key in INSTRUCTIONS[name].arguments.model_fields}


def judge(text: str, *asked: tuple[str, dict[str, Any]], **options: Any) -> Verdict:
    spec = VerifierSpec("instructions", options)
    reference = {"instructions": [{"id": name, "kwargs": kwargs} for name, kwargs in asked]}
    return build_verifier(spec).verify(Problem("p", "", reference, "t", spec), Completion(text))


def follows(text: str, name: str, **kwargs: Any) -> bool:
    return judge(text, (name, kwargs)).reward == 1.0


def test_the_catalogue_is_complete() -> None:
    groups = [INSTRUCTIONS[name].hardened.__module__.rpartition(".")[2] for name in INSTRUCTIONS]
    ifbench = sum(group.startswith("ifbench") for group in groups)
    assert (groups.count("ifeval"), ifbench, groups.count("open_instruct")) == (25 + 4, 57, 29)


@pytest.mark.parametrize("name", sorted(INSTRUCTIONS))
def test_every_instruction_says_what_it_asks(name: str) -> None:
    said = INSTRUCTIONS[name].describe(arguments_for(name))
    assert len(said) > 8 and "{" not in said.replace("{'", "") and said[0].islower()


@pytest.mark.parametrize("name", sorted(INSTRUCTIONS))
def test_silence_follows_no_instruction(name: str) -> None:
    for text in ("", "ok", ".", "5", " ", "?!", "\u200b"):
        assert judge(text, (name, arguments_for(name))).reward == 0.0, text


@pytest.mark.parametrize("mode", ["hardened", "reference"])
@pytest.mark.parametrize("name", sorted(INSTRUCTIONS))
def test_no_text_crashes_an_instruction(name: str, mode: str) -> None:
    for text in HOSTILE.values():
        assert judge(text, (name, arguments_for(name)), mode=mode).reward in (0.0, 1.0)


HARDENED = [
    ("keywords:existence", {"keywords": ["cat"]}, "a cat sat", "we concatenate"),
    ("keywords:frequency", {"keyword": "cat", "frequency": 2, "relation": "at least"}, "cat, cat", "cats cat"),
    ("keywords:frequency", {"keyword": "cat", "frequency": 2, "relation": "at most"}, "a cat", "cat cat cat"),
    ("keywords:forbidden_words", {"forbidden_words": ["c++"]}, "use c here", "use C++ here"),
    ("keywords:letter_frequency", {"letter": "E", "let_frequency": 2, "let_relation": "at least"}, "eel", "elk"),
    ("keywords:key_sentences", {"key_sentences": ["Go home."], "num_sentences": 1}, "Now. Go home.", "Go."),
    ("language:response_language", {"language": "fr"}, "Le chat est dans la maison.", "The cat is in the house."),
    ("language:response_language", {"language": "hi"}, "मैं घर जा रहा हूँ और वह भी", "मी घरी जात आहे आणि तो पण"),
    ("language:response_language", {"language": "ja"}, "今日はいい天気です", "今天天气很好"),
    ("change_case:english_capital", {}, "HELLO", "HELLo"),
    ("change_case:english_capital", {}, "THE CAT IS HERE", "LE CHAT EST DANS LA MAISON ET LE CHIEN EST LA"),
    ("change_case:english_lowercase", {}, "the cat is here", "the cat Is here"),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        "BIG RED I",
        "I AM, A",
    ),
    ("length_constraints:number_words", {"num_words": 3, "relation": "at least"}, "don't go 3.5", "a --- b"),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "at least"}, "I am. Go!", "Dr. No is."),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "less than"}, "Ask Mr. Fox.", "Go. Run."),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\nb", "a ***b*** c"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "So"},
        "\n\nOne.\n\nso two.",
        "One.\n\nTwo so.",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 1}, "Dear [name] there", "see [1] and x[i]"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Hi there.\nP.S. Bye.", "Hi there. P.S. Bye."),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "Hi.\nP.P.S. Bye.", "Hi there.\nP.P.S."),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "- a\n* b", "---\n-5 degrees\n**b**"),
    ("detectable_format:constrained_response", {}, "My answer is no.", "My answer is no. Or: My answer is yes."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and **b**", "2*3*4 **b**"),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        "Section 1 a Section 2 b",
        "Subsection 1 a Subsection 2 b",
    ),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', "5"),
    ("detectable_format:json_format", {}, "[1]", "{}"),
    ("detectable_format:title", {}, "<<Ode>>\nO sea", "x<<2 and 8>>1"),
    ("combination:two_responses", {}, "a\n******\nb", "a\n*******\nb"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi"}, "Say hi\nhi", "Say hi"),
    ("startend:end_checker", {"end_phrase": "Bye."}, "So long. Bye.", "Bye. So long."),
    ("startend:quotation", {}, '"He said "no" to me"', '"a" and "b"'),
    ("startend:quotation", {}, "“all of it”", '"'),
    ("punctuation:no_comma", {}, "all is well", "all、well"),
    ("count:numbers", {"N": 2}, "from 3.14 to -2", "1-2-3 go"),
    ("count:conjunctions", {"small_n": 2}, "a and b or c", "And and and"),
    ("count:person_names", {"N": 2}, "Emma met Liam", "Emma met Emma"),
    ("count:keywords_multiple", {f"keyword{n}": "x" for n in range(1, 6)}, "", "x"),
    ("ratio:sentence_type", {}, "I am. You are. Are we?", "I am here."),
    ("ratio:sentence_balance", {}, "I am. Am I? Oh!", "one two three"),
    ("ratio:sentence_words", {}, "Abc de. Fgh ij. Klm no.", "Abc de. Abc de. Abc de."),
    ("words:alphabet", {}, "You zoom all", "You all zoom"),
    ("words:palindrome", {}, "level radar civic kayak refer rotor madam tenet stats solos", "level " * 10),
    ("words:last_first", {}, "I see you. You see me.", "I see you."),
    ("words:paragraph_last_first", {}, "so it is so", "so"),
    ("words:words_position", {"keyword": "key"}, "a key is a key here", "a lock is a key here"),
    ("words:words_position", {"keyword": "key"}, "a key was the key there.", "key key"),
    ("sentence:alliteration_increment", {}, "I go. Big bad bees fly.", "Big bad bees fly."),
    ("sentence:increment", {"small_n": 1}, "I go. We go on.", "I go."),
    ("format:parentheses", {}, "so (a [b {c (d [e])}])", "((((("),
    ("format:quotes", {}, "he said \"she said 'I said \"no\" now' so\" twice", "it's 'he's' isn't"),
    ("format:newline", {}, "one\nword", "one word"),
    ("format:emoji", {}, "It is sunny 😀. We walk 🌞!", "It is sunny 😀. We walk!"),
    ("format:line_indent", {}, "a\n b\n  c", "a\n\n\n"),
    ("format:quote_unquote", {}, '"Carpe diem" means seize the day.', "no quotes are here at all"),
    ("format:list", {"sep": "!?!?"}, "!?!? one\n!?!? two", "!?!?!?!?"),
    ("format:thesis", {}, "<i>We win.</i> And here is why.", "Why? <i>We win.</i>"),
    ("format:sub-bullets", {}, "* a\n  - b\n* c\n  - d", "* a\n* b\n  - c"),
    ("format:no_bullets_bullets", {}, "I am. You are.\n* a\n* b", "I am.\n* a\n* b"),
    ("format:title_case", {}, "A Tale of Two Cities", "A tale of two cities"),
    (
        "format:output_template",
        {},
        "My Answer: a My Conclusion: b Future Outlook: c",
        "My Answer: My Conclusion: Future Outlook:",
    ),
    ("format:no_whitespace", {}, "Nowhitespace.", "ok"),
    ("custom:date_format_list", {}, "1796-04-12, 1800-06-14", "1796-02-30, 1800-00-14"),
    ("repeat:repeat_change", {"prompt_to_repeat": "Say it now"}, "Tell it now", "say  it now"),
    ("copy:repeat_phrase", {"phrase": "one big house", "small_n": 2}, "one red house, one old house", "one big house"),
    ("detectable_format:sentence_hyphens", {}, "I am.-You are.", "I am. You are."),
    ("detectable_format:bigram_wrapping", {}, "<<I am>> <<at home>>", "<<I am>> at home"),
    ("keywords:palindrome", {}, "a level head", "I saw a"),
    ("keywords:start_end", {}, "so it is so", "so it is so."),
    ("first_word:first_word_sent", {"first_word": "so"}, "So it is. So we go.", "So it is. We go."),
    ("last_word:last_word_answer", {"last_word": "so"}, "it is so.", "so it is"),
    ("count:counting_composition", {"n_sent": 1, "n_words": 2}, "I go.\n* * *\nI go.\n***\nI go.", "I go. I go. I go."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kwargs", "good", "bad"), HARDENED)
def test_hardened_means_what_it_says(name: str, kwargs: dict[str, Any], good: str, bad: str) -> None:
    if good:
        assert follows(good, name, **kwargs)
    assert not follows(bad, name, **kwargs)


def test_reference_mode_keeps_the_published_faults() -> None:
    assert judge("concatenate", ("keywords:existence", {"keywords": ["cat"]}), mode="reference").reward == 1.0
    assert judge("ok", ("punctuation:no_comma", {}), mode="reference").reward == 1.0
    assert judge(" ", ("punctuation:no_comma", {}), mode="reference").reward == 0.0


def test_loose_counts_variants_in_reference_mode_only() -> None:
    ends = ("startend:end_checker", {"end_phrase": "Bye."})
    assert judge("Bye.\nP.S. more", ends, mode="reference").reward == 0.0
    assert judge("Bye.\nP.S. more", ends, mode="reference", loose=True).reward == 1.0
    assert len(loose_variants("a\n*b*\nc")) == 8
    with pytest.raises(UsageError, match="reference"):
        judge("x", ends, loose=True)


def test_longer_answers_can_be_asked_of_what_any_text_satisfies() -> None:
    no_comma = ("punctuation:no_comma", {})
    assert judge("Sure thing.", no_comma).reward == 1.0
    assert judge("Sure thing.", no_comma, min_words=10).reward == 0.0
    lots = ("length_constraints:number_words", {"num_words": 2, "relation": "at least"})
    assert judge("Sure thing.", lots, min_words=10).reward == 1.0


def test_the_same_id_twice_is_two_constraints() -> None:
    both = [("count:numbers", {"N": 1}), ("count:numbers", {"N": 2})]
    verdict = judge("only 1 here", *both, graded=True)
    assert verdict.score == 0.5 and verdict.cause == "constraint_violated"
    assert verdict.details["broken"] == ["count:numbers"]
    assert "exactly 2 numbers" in verdict.reason


def test_null_arguments_count_as_absent() -> None:
    assert follows("all is well", "punctuation:no_comma", num_words=None, keyword=None)


@pytest.mark.parametrize(
    ("name", "kwargs", "why"),
    [
        ("punctuation:no_coma", {}, "no_comma"),
        ("words:start_verb", {}, "tagger"),
        ("count:numbers", {}, "'N' is missing"),
        ("count:numbers", {"N": 1, "M": 2}, "unknown key 'M'"),
        ("count:numbers", {"N": "many"}, "'N'"),
        ("length_constraints:number_words", {"num_words": 3, "relation": "exactly"}, "relation"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_mend(name: str, kwargs: dict[str, Any], why: str) -> None:
    spec = VerifierSpec("instructions")
    reference = {"instructions": [{"id": name, "kwargs": kwargs}]}
    with pytest.raises(ValueError, match=why):
        build_verifier(spec).check_reference(Problem("p", "", reference, "t", spec))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="not known"):
        lookup("language:response_language").arguments.model_validate({"language": "xx"})
