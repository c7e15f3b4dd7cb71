"""open-instruct's further instruction types (IFEvalG), judged by what they ask.

`detectable_format:sentence_hyphens`, `detectable_format:bigram_wrapping` and others pass on one word as
published; here every one needs what it speaks of, in both modes. Source of ids and arguments: IFEvalG
in github.com/allenai/open-instruct.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from rlvr.verifiers._words import contains, fold, fold_disguises, occurrences, words
from rlvr.verifiers.instructions.catalogue import Count, Positive, Relation, Text, holds, instruction
from rlvr.verifiers.instructions.ifeval import all_speak, number_paragraphs
from rlvr.verifiers.instructions.sentences import sentences

_STARS = re.compile(r"^[ \t]*\*[ \t]*\*[ \t]*\*[ \t]*$", re.MULTILINE)


def _times(keyword: str, text: str) -> int:
    return sum(1 for _ in occurrences(fold(keyword), fold(text)))


# --- copying ------------------------------------------------------------------------------------------


@instruction("copy:repeat_phrase")
def repeat_phrase(text: str, phrase: Text, small_n: Positive) -> bool:
    """Repeat {phrase!r} {small_n} times, each with one inner word replaced."""
    given, said = words(phrase), words(text)
    inner = range(1, len(given) - 1)
    found = []
    for at in range(len(said) - len(given) + 1):
        window = said[at : at + len(given)]
        changed = [place for place, (old, new) in enumerate(zip(given, window, strict=True)) if old != new]
        if len(changed) == 1 and changed[0] in inner:
            found.append(tuple(window))
    return len(found) == small_n == len(set(found))


@instruction("copy:copy")
def copy(text: str, prompt_to_repeat: Text) -> bool:
    """Be the request and nothing else."""
    return text.split() == prompt_to_repeat.split()


@instruction("copy:copying_simple")
def copying_simple(text: str, prompt_to_repeat: Text) -> bool:
    """Be the request and nothing else."""
    return copy(text, prompt_to_repeat)


@instruction("copy:copying_multiple")
def copying_multiple(text: str, prompt_to_repeat: Text, N: Positive) -> bool:
    """Be the request {N} times with ****** between."""
    parts = text.split("******")
    return len(parts) == N and all(copy(part, prompt_to_repeat) for part in parts)


@instruction("new:copy_span_idx")
def copy_span_idx(text: str, prompt_to_repeat: Text, n_start: Count, n_end: Count) -> bool:
    """Be the characters {n_start} to {n_end} of the request."""
    span = fold(prompt_to_repeat[n_start:n_end])
    return bool(span) and fold(text) == span


# --- format and paragraphs ----------------------------------------------------------------------------


@instruction("detectable_format:sentence_hyphens")
def sentence_hyphens(text: str) -> bool:
    """Join its sentences with hyphens and no spaces."""
    parts = re.split(r"(?<=[.!?])-(?=\S)", text.strip())
    return len(parts) > 1 and all(len(sentences(part)) == 1 and part == part.strip() for part in parts)


@instruction("detectable_format:square_brackets", least=2)
def square_brackets(text: str) -> bool:
    """Stand every word in square brackets."""
    return all(re.fullmatch(r"\[[^\[\]]*\w[^\[\]]*\]", word) for word in text.split())


@instruction("detectable_format:bigram_wrapping", least=2)
def bigram_wrapping(text: str) -> bool:
    """Wrap every two words in double angular brackets."""
    rest = re.sub(r"<<\s*[^\s<>]*\w[^\s<>]*\s+[^\s<>]*\w[^\s<>]*\s*>>", "", text, count=0)
    return rest != text and len(words(rest)) == 0


@instruction("paragraphs:paragraphs", least=2)
def paragraphs(text: str) -> bool:
    """Have 2 paragraphs divided by ***."""
    return number_paragraphs(text, 2)


@instruction("paragraphs:paragraphs2", least=2)
def paragraphs2(text: str) -> bool:
    """Have 2 paragraphs divided by a blank line."""
    return all_speak(text.strip().split("\n\n"), 2)


@instruction("count:counting_composition")
def counting_composition(text: str, n_sent: Positive, n_words: Positive) -> bool:
    """Be 3 paragraphs of {n_sent} sentences of {n_words} words each."""
    parts = [sentences(part) for part in _STARS.split(text)]
    return len(parts) == 3 and all(
        len(part) == n_sent and all(len(words(sentence)) == n_words for sentence in part) for part in parts
    )


# --- keywords and positions ---------------------------------------------------------------------------


@instruction("keywords:word_once")
def word_once(text: str, keyword: Text) -> bool:
    """Use the word {keyword!r} exactly once."""
    return _times(keyword, text) == 1


@instruction("keywords:word_count_different_numbers", least=2)
def word_count_different_numbers(text: str, keyword: Text, frequency: Count, relation: Relation) -> bool:
    """Use the word {keyword!r} {relation} {frequency} times."""
    return holds(_times(keyword, text), relation, frequency)


@instruction("keywords:exclude_word_harder", least=2)
def exclude_word_harder(text: str, keyword: Text) -> bool:
    """Avoid the word {keyword!r}."""
    return not contains(fold_disguises(keyword), fold_disguises(text))


@instruction("count:count_increment_word")
def count_increment_word(text: str, keyword1: Text, keyword2: Text) -> bool:
    """Use {keyword1!r} once and {keyword2!r} twice."""
    return _times(keyword1, text) == 1 and _times(keyword2, text) == 2


@instruction("keywords:keyword_specific_position")
def keyword_specific_position(text: str, keyword: Text, n: Positive, m: Positive) -> bool:
    """Have {keyword!r} as word {m} of sentence {n}."""
    found = sentences(text)
    return len(found) >= n and words(found[n - 1])[m - 1 : m] == words(keyword)


@instruction("keywords:palindrome")
def palindrome(text: str) -> bool:
    """Use a palindrome of at least three letters."""
    return any(len(word) > 2 and word.isalpha() and word == word[::-1] and len(set(word)) > 1 for word in words(text))


@instruction("keywords:start_end", least=3)
def start_end(text: str) -> bool:
    """Begin and end with the same word, no mark after it."""
    found = words(text)
    return bool(found) and found[0] == found[-1] and text.strip()[-1].isalnum()


@instruction("keywords:no_adjacent_consecutive", least=5)
def no_adjacent_consecutive(text: str) -> bool:
    """Have no two words in a row whose first letters follow in the alphabet."""
    return all(ord(later[0]) - ord(earlier[0]) != 1 for earlier, later in pairwise(words(text)))


@instruction("first_word:first_word_sent", least=2)
def first_word_sent(text: str, first_word: Text) -> bool:
    """Begin every sentence with {first_word!r}."""
    return all(words(sentence)[:1] == words(first_word) for sentence in sentences(text))


@instruction("first_word:first_word_answer", least=2)
def first_word_answer(text: str, first_word: Text) -> bool:
    """Begin with {first_word!r}."""
    return words(text)[:1] == words(first_word)


@instruction("last_word:last_word_sent", least=2)
def last_word_sent(text: str, last_word: Text) -> bool:
    """End every sentence with {last_word!r}."""
    return all(words(sentence)[-1:] == words(last_word) for sentence in sentences(text))


@instruction("last_word:last_word_answer", least=2)
def last_word_answer(text: str, last_word: Text) -> bool:
    """End with {last_word!r}."""
    return words(text)[-1:] == words(last_word)


# --- counts and punctuation ---------------------------------------------------------------------------


@instruction("punctuation:punctuation_dot", least=2)
def punctuation_dot(text: str) -> bool:
    """Contain no dot."""
    return not re.search("[.\u3002\uff0e\uff61\u2024\u2026]", text)


@instruction("punctuation:punctuation_exclamation", least=2)
def punctuation_exclamation(text: str) -> bool:
    """Contain no exclamation mark."""
    return not re.search("[!\u00a1\uff01\u203c\u2048\u2049\ufe57]", text)


@instruction("count:lowercase_counting", least=2)
def lowercase_counting(text: str, N: Count) -> bool:
    """Have at most {N} words in lower case."""
    return sum(1 for token in re.findall(r"[^\W\d_]+", text) if token.islower()) <= N


@instruction("letters:letter_counting", least=2)
def letter_counting(text: str, N: Count, relation: Relation) -> bool:
    """Have {relation} {N} letters."""
    return holds(sum(map(str.isalpha, text)), relation, N)


@instruction("letters:letter_counting2", least=2)
def letter_counting2(text: str, letter: Text, let_frequency: Count, let_relation: Relation) -> bool:
    """Hold the letter {letter!r} {let_relation} {let_frequency} times."""
    return holds(text.casefold().count(letter.casefold()), let_relation, let_frequency)


@instruction("count:count_unique", least=5)
def count_unique(text: str) -> bool:
    """Use no word twice."""
    return set(Counter(words(text)).values()) == {1}
