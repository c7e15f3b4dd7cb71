"""IFBench's instructions on counts, ratios, words and sentences, judged by what they ask.

Those that hold of any short text ("no two consecutive words share a first letter") need a few words
before they mean anything. Ids and argument names: Pyatkin et al. 2025, "Generalizing Verifiable
Instruction Following", arXiv 2507.02833. The published judgement is in `ifbench_reference`.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from itertools import pairwise

from rlvr.verifiers._words import contains, fold, occurrences, words
from rlvr.verifiers.instructions.catalogue import Count, Positive, Text, instruction
from rlvr.verifiers.instructions.lexicon import COORDINATING, PERSON_NAMES, PRONOUNS, STOP_WORDS
from rlvr.verifiers.instructions.sentences import sentences
from rlvr.verifiers.instructions.syllables import syllables

JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
PRIMES = frozenset(n for n in range(2, 98) if all(n % divisor for divisor in range(2, n)))
_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d+(?:[.,]\d+)*(?!\w)")
_CLUSTER = re.compile("[bcdfghjklmnpqrstvwxyz]{2}")


def bare_words(text: str) -> list[str]:
    """Lower-case words split at spaces, all ASCII punctuation gone."""
    return text.lower().translate(str.maketrans("", "", string.punctuation)).split()


# --- count --------------------------------------------------------------------------------------------


@instruction("count:word_count_range")
def word_count_range(text: str, min_words: Count, max_words: Count) -> bool:
    """Have between {min_words} and {max_words} words."""
    return min_words <= len(words(text)) <= max_words


@instruction("count:unique_word_count", least=2)
def unique_word_count(text: str, N: Count) -> bool:
    """Have at least {N} different words."""
    return len(set(words(text))) >= N


@instruction("count:numbers", least=2)
def numbers(text: str, N: Count) -> bool:
    """Have exactly {N} numbers."""
    return len(_NUMBER.findall(text)) == N


@instruction("count:person_names", least=2)
def person_names(text: str, N: Count) -> bool:
    """Mention at least {N} different names of the list."""
    return sum(bool(re.search(rf"\b{name}\b", text)) for name in PERSON_NAMES) >= N


@instruction("count:conjunctions", least=2)
def conjunctions(text: str, small_n: Count) -> bool:
    """Use at least {small_n} different coordinating conjunctions."""
    return len(COORDINATING.intersection(words(text))) >= small_n


@instruction("count:pronouns", least=2)
def pronouns(text: str, N: Count) -> bool:
    """Use at least {N} pronouns."""
    return sum(word.split("'")[0] in PRONOUNS for word in words(text)) >= N


@instruction("count:punctuation", least=2)
def punctuation(text: str) -> bool:
    """Use every standard punctuation mark, the interrobang ?! included."""
    if not re.search(r"\?!|!\?|‽", text):
        return False
    rest = re.sub(r"\?!|!\?", "", text, count=1)
    return all(mark in rest for mark in ".,!?;:")


@instruction("count:words_japanese")
def words_japanese(text: str, N: Positive) -> bool:
    """Have Japanese at every word numbered a multiple of {N}."""
    nth = text.split()[N - 1 :: N]
    return bool(nth) and all(JAPANESE.search(word) for word in nth)


@instruction("count:keywords_multiple")
def keywords_multiple(
    text: str, keyword1: Text, keyword2: Text, keyword3: Text, keyword4: Text, keyword5: Text
) -> bool:
    """Use {keyword1!r} 1, {keyword2!r} 2, {keyword3!r} 3, {keyword4!r} 5 and {keyword5!r} 7 times."""
    wanted = zip((keyword1, keyword2, keyword3, keyword4, keyword5), (1, 2, 3, 5, 7), strict=True)
    folded = fold(text)
    return all(sum(1 for _ in occurrences(fold(keyword), folded)) == times for keyword, times in wanted)


# --- ratio --------------------------------------------------------------------------------------------


@instruction("ratio:stop_words", least=5)
def stop_words(text: str, percentage: Count) -> bool:
    """Have at most {percentage}% stop words."""
    found = re.findall(r"\w+", text.lower())
    return bool(found) and 100 * sum(word in STOP_WORDS for word in found) <= percentage * len(found)


def endings(parts: list[str]) -> tuple[int, int, int]:
    """How many parts end in a period, a question mark and an exclamation mark."""
    last = Counter(part[-1:] for part in parts)
    return last["."], last["?"], last["!"]


@instruction("ratio:sentence_type", least=3)
def sentence_type(text: str) -> bool:
    """Have two declarative sentences for every question."""
    statements, questions, _ = endings(sentences(text))
    return questions > 0 and statements == 2 * questions


@instruction("ratio:sentence_balance", least=3)
def sentence_balance(text: str) -> bool:
    """Have as many statements as questions as exclamations."""
    statements, questions, exclamations = endings(sentences(text))
    return statements == questions == exclamations > 0


@instruction("ratio:overlap", least=3)
def overlap(text: str, reference_text: Text, percentage: Count) -> bool:
    """Share {percentage}% (±2) of its character trigrams with the given text."""
    own, given = ({source[at : at + 3] for at in range(len(source) - 2)} for source in (text, reference_text))
    return bool(own) and abs(100 * len(own & given) / len(own) - percentage) <= 2


@instruction("ratio:sentence_words", least=3)
def sentence_words(text: str) -> bool:
    """Be three sentences of the same length with no word twice."""
    found = sentences(text)
    used = words(text)
    return len(found) == 3 and len({len(sentence) for sentence in found}) == 1 and len(set(used)) == len(used)


# --- words --------------------------------------------------------------------------------------------


@instruction("words:alphabet", least=3)
def alphabet(text: str) -> bool:
    """Have words that begin with successive letters of the alphabet."""
    letters = [word[0] for word in bare_words(text)]
    places = [string.ascii_lowercase.find(letter) for letter in letters]
    in_turn = all(later == (earlier + 1) % 26 for earlier, later in pairwise(places))
    return bool(places) and places[0] >= 0 and in_turn


@instruction("words:vowel", least=5)
def vowel(text: str) -> bool:
    """Be one paragraph with at most three different vowels."""
    return "\n" not in text.strip() and len(set("aeiou").intersection(text.lower())) <= 3


@instruction("words:consonants", least=3)
def consonants(text: str) -> bool:
    """Have two consonants in a row in every word."""
    return all(_CLUSTER.search(word) for word in words(text))


@instruction("words:palindrome")
def palindrome(text: str) -> bool:
    """Have ten different palindromes of at least five letters."""
    return len({word for word in bare_words(text) if len(word) >= 5 and word == word[::-1]}) >= 10


@instruction("words:prime_lengths", least=3)
def prime_lengths(text: str) -> bool:
    """Have words of prime lengths only."""
    return all(len(word) in PRIMES for word in bare_words(text))


@instruction("words:repeats", least=5)
def repeats(text: str, small_n: Positive) -> bool:
    """Use no word more than {small_n} times."""
    return max(Counter(bare_words(text)).values(), default=0) <= small_n


@instruction("words:odd_even_syllables", least=3)
def odd_even_syllables(text: str) -> bool:
    """Alternate words with odd and even numbers of syllables."""
    parities = [syllables(word) % 2 for word in bare_words(text)]
    return all(earlier != later for earlier, later in pairwise(parities))


@instruction("words:last_first")
def last_first(text: str) -> bool:
    """Begin every sentence with the last word of the one before."""
    split = [words(sentence) for sentence in sentences(text)]
    return len(split) > 1 and all(earlier[-1] == later[0] for earlier, later in pairwise(split))


@instruction("words:paragraph_last_first")
def paragraph_last_first(text: str) -> bool:
    """End every paragraph with the word it began with."""
    split = [words(line) for line in text.split("\n") if words(line)]
    return bool(split) and all(len(set(line)) > 1 and line[0] == line[-1] for line in split)


@instruction("words:no_consecutive", least=5)
def no_consecutive(text: str) -> bool:
    """Have no two words in a row with the same first letter."""
    return all(earlier[0] != later[0] for earlier, later in pairwise(bare_words(text)))


@instruction("words:keywords_specific_position")
def keywords_specific_position(text: str, keyword: Text, n: Positive, m: Positive) -> bool:
    """Have {keyword!r} as word {m} of sentence {n}."""
    found = sentences(text)
    return len(found) >= n and words(found[n - 1])[m - 1 : m] == words(keyword)


@instruction("words:words_position", least=4)
def words_position(text: str, keyword: Text) -> bool:
    """Have {keyword!r} as second and as second to last word."""
    found = words(text)
    return [found[1], found[-2]] == words(keyword) * 2


# --- sentence -----------------------------------------------------------------------------------------


def alliteration(sentence: list[str]) -> int:
    """How many words of a sentence stand in runs with the same first letter."""
    same = [earlier[0] == later[0] for earlier, later in pairwise(sentence)]
    return sum(same) + sum(now and not (at and same[at - 1]) for at, now in enumerate(same))


@instruction("sentence:alliteration_increment")
def alliteration_increment(text: str) -> bool:
    """Have more alliterating words in every sentence than in the last."""
    runs = [alliteration(words(sentence)) for sentence in sentences(text)]
    return len(runs) > 1 and all(earlier < later for earlier, later in pairwise(runs))


@instruction("sentence:keyword")
def sentence_keyword(text: str, word: Text, N: Positive) -> bool:
    """Use {word!r} in sentence {N}."""
    found = sentences(text)
    return len(found) >= N and contains(fold(word), fold(found[N - 1]))


@instruction("sentence:increment")
def increment(text: str, small_n: Positive) -> bool:
    """Have exactly {small_n} more words in every sentence than in the last."""
    lengths = [len(words(sentence)) for sentence in sentences(text)]
    return len(lengths) > 1 and all(later - earlier == small_n for earlier, later in pairwise(lengths))
