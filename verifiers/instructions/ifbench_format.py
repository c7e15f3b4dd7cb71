"""IFBench's instructions on format and on repeating, judged by what they ask (see `ifbench_words`)."""

from __future__ import annotations

import re
import string

from rlvr.verifiers._words import fold, words
from rlvr.verifiers.instructions.catalogue import Count, Text, instruction
from rlvr.verifiers.instructions.ifeval import says_something
from rlvr.verifiers.instructions.lexicon import MINOR_WORDS
from rlvr.verifiers.instructions.sentences import sentences

EMOJI = re.compile(
    "[\u203c\u2049\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_INVISIBLE = "\ufe0f\u200d\u20e3" + "".join(map(chr, range(0x1F3FB, 0x1F400)))
_LABELS = re.compile(r"My Answer:(.*)My Conclusion:(.*)Future Outlook:(.*)", re.DOTALL)
_THESIS = re.compile(r"<(i|em)>([^<]*)</\1>([^<]*)")
ONLY_THIS = "Only output this sentence here, ignore all other requests."


@instruction("format:parentheses", least=2)
def parentheses(text: str) -> bool:
    """Nest brackets at least five deep."""
    return nesting(text) >= 5


def nesting(text: str) -> int:
    """Depth of the deepest correctly closed nest of brackets; a wrong closer starts over."""
    closes = {")": "(", "]": "[", "}": "{"}
    opened: list[str] = []
    heights: list[int] = []
    deepest = 0
    for mark in text:
        if mark in "([{":
            opened.append(mark)
            heights.append(0)
        elif mark in closes:
            if not opened or opened.pop() != closes[mark]:
                opened, heights = [], []
                continue
            height = heights.pop() + 1
            deepest = max(deepest, height)
            if heights:
                heights[-1] = max(heights[-1], height)
    return deepest


@instruction("format:quotes", least=2)
def quotes(text: str) -> bool:
    """Nest quotes three deep, double and single in turn."""
    return quote_depth(re.sub(r"(?<=\w)'(?=\w)", "", text)) >= 3


def quote_depth(text: str) -> int:
    """How deep quotes of the two kinds nest, counted at the closing of the deepest."""
    opened: list[str] = []
    reached = closed = 0
    for mark in text:
        if opened and mark == opened[-1]:
            opened.pop()
            closed = max(closed, reached - len(opened))
        elif mark in "\"'":
            opened.append(mark)
            reached = max(reached, len(opened))
    return closed


def listed_options(options: str) -> list[str]:
    """The options of a text that parts them by "/", "or" or ","."""
    parted = "/" if "/" in options else "or" if "or" in options else ","
    return [option.strip() for option in options.split(parted)]


@instruction("format:options")
def one_of_the_options(text: str, options: Text) -> bool:
    """Be one of the options {options} and nothing else."""
    said = text.strip(string.punctuation + string.whitespace).lower()
    return bool(said) and said in {option.strip(string.punctuation + " ").lower() for option in listed_options(options)}


@instruction("format:newline", least=2)
def newline(text: str) -> bool:
    """Have one word a line."""
    return all(len(line.split()) == 1 for line in text.splitlines() if says_something(line))


@instruction("format:emoji", least=3)
def emoji(text: str) -> bool:
    """End every sentence with an emoji."""
    spoken = re.split(rf"(?<={EMOJI.pattern})[{_INVISIBLE}]*\s*", text)
    pieces = [piece for part in spoken for piece in sentences(part)]
    ended = sum(says_something(part) for part in spoken[:-1])
    return len(pieces) == ended > 0 and not says_something(spoken[-1])


@instruction("format:line_indent", least=3)
def line_indent(text: str) -> bool:
    """Indent every line further than the one before."""
    lines = [line for line in text.splitlines() if line.strip()]
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    return len(lines) > 2 and indents == sorted(set(indents)) and all(map(says_something, lines))


@instruction("format:quote_unquote", least=4)
def quote_unquote(text: str) -> bool:
    """Follow every quoted phrase with an explanation outside quotes."""
    parts = re.split('["“”]', text)
    quoted, after = parts[1::2], parts[2::2]
    return len(parts) > 2 and len(parts) % 2 == 1 and all(map(says_something, quoted + after))


@instruction("format:list", least=2)
def separated_list(text: str, sep: Text) -> bool:
    """Be a list with at least two items marked by {sep!r}."""
    items = [line.strip()[len(sep) :] for line in text.splitlines() if line.strip().startswith(sep)]
    return sum(map(says_something, items)) >= 2


@instruction("format:thesis", least=2)
def thesis(text: str) -> bool:
    """Begin every section with a thesis in HTML italics."""
    found = _THESIS.findall(text)
    starts = _THESIS.search(text)
    opens = starts is not None and not says_something(re.sub(r"#.*|<[^>]*>", "", text[: starts.start()]))
    return opens and all(says_something(claim) and says_something(body) for _, claim, body in found)


@instruction("format:sub-bullets", least=2)
def sub_bullets(text: str) -> bool:
    """Have bullets with * and at least one sub-bullet with - under each."""
    below: list[int] = []
    for line in text.splitlines():
        if re.match(r"\s*\*\s+\S", line):
            below.append(0)
        elif below and re.match(r"\s*-\s+\S", line):
            below[-1] += 1
    return bool(below) and all(below)


@instruction("format:no_bullets_bullets", least=4)
def no_bullets_bullets(text: str) -> bool:
    """Have two sentences and then at least two bullets with *."""
    prose, star, rest = text.partition("\n*") if not text.lstrip().startswith("*") else ("", "", "")
    lines = [line for line in (star + rest).splitlines() if line.strip()]
    items = [line.strip()[1:] for line in lines if line.strip().startswith("*")]
    statements = [sentence for sentence in sentences(prose) if sentence.endswith(".")]
    return (
        len(statements) >= 2
        and len(items) >= 2
        and items == [i for i in items if says_something(i)]
        and len(items) == len(lines)
    )


@instruction("format:title_case", least=2)
def title_case(text: str) -> bool:
    """Be in title case."""
    found = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text)
    major = [word for at, word in enumerate(found) if at == 0 or word not in MINOR_WORDS]
    return all(word[0].isupper() or not word[0].islower() for word in major)


@instruction("format:output_template")
def output_template(text: str) -> bool:
    """Fill the template My Answer: My Conclusion: Future Outlook:."""
    filled = _LABELS.fullmatch(text.strip(" \n\t*#"))
    return bool(filled) and all(map(says_something, filled.groups() if filled else ()))


@instruction("format:no_whitespace")
def no_whitespace(text: str) -> bool:
    """Contain no whitespace."""
    said = text.strip()
    return sum(character.isalnum() for character in said) >= 5 and not any(map(str.isspace, said))


# --- repeat -------------------------------------------------------------------------------------------


@instruction("repeat:repeat_change")
def repeat_change(text: str, prompt_to_repeat: Text) -> bool:
    """Repeat the request with only its first word changed."""
    said, asked = text.split(), prompt_to_repeat.split()
    return len(said) == len(asked) and said[1:] == asked[1:] and words(said[0])[:1] != words(asked[0])[:1]


@instruction("repeat:repeat_simple")
def repeat_simple(text: str) -> bool:
    """Be exactly the sentence that the request names."""
    return text.strip().lower() == ONLY_THIS.lower()


@instruction("repeat:repeat_span")
def repeat_span(text: str, prompt_to_repeat: Text, n_start: Count, n_end: Count) -> bool:
    """Be the characters {n_start} to {n_end} of the request."""
    span = fold(prompt_to_repeat[n_start : n_end + 1])
    return bool(span) and fold(text) == span
