"""Answers as people and models write them, brought to one spelling before they are parsed.

Signs of other alphabets become their LaTeX, spacing, sizing and emphasis go, thousands separators and units go,
percent and degree get one sign each. Nothing here changes a value.
"""

from __future__ import annotations

import re

from rlvr.verifiers.math.lexer import MAX_CHARACTERS, TooLarge
from rlvr.verifiers.math.signs import in_latex
from rlvr.verifiers.math.units import without_unit

#: Texts of which one must occur for the pattern to match, the pattern, its replacement.
Rewrites = list[tuple[tuple[str, ...], re.Pattern[str], str]]


def _rewrites(*rows: tuple[str, str, str]) -> Rewrites:
    return [(tuple(needles.split()), re.compile(pattern), new) for needles, pattern, new in rows]


#: Applied where there is a backslash.
_COMMANDS = _rewrites(
    (r"\left \right \big \Big", r"\\(?:left|right|[bB]igg?[lrm]?)(?![a-zA-Z])\s*\.?(?=\s*[\[\](){}|\\<>/.])", ""),
    (r"style \limits \nolimits \hfill \noindent \large \Large \LARGE \huge \Huge \small \therefore",
     r"\\(?:displaystyle|textstyle|limits|nolimits|hfill|noindent|large|Large|LARGE|huge|Huge|small|therefore)"
     r"(?![a-zA-Z])", ""),
    (r"\( \) \[ \]", r"(?<!\\)\\[()\[\]]", ""),
    (r"\nicefrac \sfrac", r"\\(?:nice|s)frac(?![a-zA-Z])", r"\\frac"),
    ("color", r"\\(?:text)?color\s*\{[^{}]*\}|\\colorbox\s*\{[^{}]*\}", ""),
    (r"\dfrac \tfrac \cfrac", r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
    (r"\dbinom \tbinom", r"\\[dt]binom(?![a-zA-Z])", r"\\binom"),
    (r"\choose", r"\{([^{}]*)\\choose(?![a-zA-Z])([^{}]*)\}", r"\\binom{\1}{\2}"),
    (r"\over", r"\{([^{}]*)\\over(?![a-zA-Z])([^{}]*)\}", r"\\frac{\1}{\2}"),
    (r"\leq \lte", r"\\(?:leqslant|leq|lte)(?![a-zA-Z])", r"\\le "),
    (r"\geq \gte", r"\\(?:geqslant|geq|gte)(?![a-zA-Z])", r"\\ge "),
    (r"\neq", r"\\neq(?![a-zA-Z])", r"\\ne "),
    (r"\lt", r"\\lt(?![a-zA-Z])", "<"),
    (r"\gt", r"\\gt(?![a-zA-Z])", ">"),
    (r"\lor \vee \land \wedge", r"\\(?:lor|vee|land|wedge)(?![a-zA-Z])", ","),
    (r"\lbrace", r"\\lbrace(?![a-zA-Z])", r"\\{"),
    (r"\rbrace", r"\\rbrace(?![a-zA-Z])", r"\\}"),
    (r"\Bbb \math \R \reals",
     r"\\(?:Bbb|mathbf|mathrm)\s*\{?\s*R\s*\}?(?![a-zA-Z])|\\(?:R|Reals|reals)(?![a-zA-Z])", r"\\mathbb{R}"),
    (r"\math \text \mbox \hbox \bf \rm \operatorname",
     r"\\(?:mathrm|mathbf|mathit|mathsf|textbf|textrm|textit|textsf|textnormal|mbox|hbox|bf|rm|operatorname\*?)"
     r"(?![a-zA-Z])", r"\\text"),
    (r"degree \textcirc", r"\\(?:degree|textdegree|textcirc)(?![a-zA-Z])", r"^\\circ "),
    (r"\circ", r"\^\s*\{\s*\\circ\s*\}|\^\s*\\circ(?![a-zA-Z])", r"\\deg "),
    ("degree", r"(?<=[\d}])\s*\\text\s*\{\s*degrees?\s*\}", r"\\deg "),
    (r"\!", r",\s*\\!\s*(?=\d)", ","),
    (r"\, \; \: \!", r"(?<=\d)\\[,;:!]\s*(?=\d{3}(?!\d))", ""),
    (r"\$ \pounds \euro \yen", r"\\\$|\\(?:pounds|euro|yen)(?![a-zA-Z])", ""),
    (r"\\ \cr", r"(\\\\|\\cr(?![a-zA-Z]))\s*(?:\[\s*-?[\d.]+\s*(?:ex|em|pt|mm|cm)\s*\])?", r"\\\\ "),
    ("\\", r"(?<!\\)\\[,;: ]|\\q?quad|\\enspace(?![a-zA-Z])|\\thinspace(?![a-zA-Z])", " "),
    (r"\! \phantom", r"\\!|\\phantom\s*\{[^{}]*\}", ""),
    (r"perc pct %", r"(?<=[\d}])\s*\\text\s*\{\s*(?:percent(?:age)?|pct|\\?%)\s*\}", r"\\%"),
    (r"and or", r"\\text\s*\{\s*,?\s*(?:and|or)\s*\}", ","),
    (r"\text",
     r"^\s*\\text\s*\{(?![^{}]*(?:\b(?:not?|never|neither|nor|wrong|false|but|than|except)\b|n't))"
     r"[^{}]*(?:\bis|answer|[:=])\s*\}\s*(?=\S)", ""),
    (r"\text", r"^\s*\\text\s*\{\s*(-?\d[\d.,/]*\s[a-zA-Z ]+)\}\s*$", r"\1"),
    ("real", r"\\text\s*\{\s*(?:all |the )?(?:set of )?(?:all )?real(?: numbers?|s)\s*\}", r"\\mathbb{R}"),
    ("empty", r"\\text\s*\{\s*(?:the )?empty set\s*\}", r"\\emptyset "),
    ("\\", r"(?:\\\\|\\)\s*$", ""),
)  # fmt: skip
_PAIR = r"[^\[\](){},;]+[,;][^\[\](){},;]+"
#: Applied everywhere.
_PLAIN = _rewrites(
    ("<=", r"<=", r"\\le "),
    (">=", r">=", r"\\ge "),
    ("!=", r"!=", r"\\ne "),
    ("...", r"\.\.\.+", r"\\ldots "),
    ("degree", r"(?<=[\d}])\s*degrees?(?![a-zA-Z])", r"\\deg "),
    ("{", r"\s*\{\s*,\s*\}\s*", ","),
    ("$", r"\$", ""),
    ("~", r"~", " "),
    ("**", r"\*\*(?!\s*[-\d(a-z])|^\s*\*\*", ""),
    ("perc pct", r"(?<=[\d}])\s*(?:percent(?:age)?|pct)(?![a-zA-Z])", r"\\%"),
    ("and or", r"(?<![a-zA-Z\\{])(?:and|or)(?![a-zA-Z])", ","),
    (",", r",\s*,", ","),
    # [a, b[ and ]a, b[ have open ends
    ("[", rf"(?<![\w)\]}}])\]({_PAIR})\[", r"(\1)"),
    ("]", rf"(?<![\w)\]}}])\]({_PAIR})\]", r"(\1]"),
    ("[", rf"\[({_PAIR})\[(?!\s*[\w(-])", r"[\1)"),
)

_REPEATED_SPACE = re.compile(r"(\\[,;: !])(?:\s*\\[,;: !])+")
_ALREADY_CLEAN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ORDINAL = re.compile(r"(?<=\d)\s*(?:\^\s*\{?\s*)?(?:\\text\s*\{\s*)?(?:st|nd|rd|th)(?![a-zA-Z])\s*\}?\s*\}?")
_THOUSANDS = re.compile(r"(?<![\d,.])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_SPACED = re.compile(r"[-+]?\d{1,3}(?: \d{3})+(?:\.\d+)?")


def clean(text: str) -> str:
    """One spelling for many, without units. Linear in the text's length. Raises TooLarge."""
    if _ALREADY_CLEAN.fullmatch(text):
        return text
    text = without_unit(spelled(text)).strip()
    return _without_double_brackets(_without_thousands(text).strip().rstrip(".,;").strip())


def spelled(text: str) -> str:
    """One spelling for many, with the unit of measure still there. Raises TooLarge."""
    text = _REPEATED_SPACE.sub(r"\1", " ".join(text.split()))
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(f"{len(text)} characters are more than any answer has")
    if not text.isascii():
        text = in_latex(text).strip()
    if "\\" in text:
        text = _applied(_COMMANDS, text)
    text = _without_approximation(_applied(_PLAIN, text))
    return _ORDINAL.sub("", _unquoted(text.strip()))


def _unquoted(text: str) -> str:
    """Without quotation marks around it, and without an equals sign in front."""
    if text[:1] == text[-1:] == "'":
        text = text[1:-1]
    return text.lstrip(' "`=').rstrip(' "`')


def _applied(rewrites: Rewrites, text: str) -> str:
    for needles, pattern, new in rewrites:
        for needle in needles:
            if needle in text:
                text = pattern.sub(new, text)
                break
    return text


def _without_approximation(text: str) -> str:
    """`\\sqrt{2} \\approx 1.41` is the exact side; `x \\approx 11` is what x is."""
    exact, sign, rough = text.partition(r"\approx")
    if not sign:
        return text
    return exact if re.search(r"\d|\\pi", exact) else f"{exact.strip(' =')} = {rough}" if exact.strip() else rough


def _without_double_brackets(text: str) -> str:
    """((7)) as (7), however many there are."""
    if text[:2] not in ("((", "{{"):
        return text
    opening, closing = text[0], {"(": ")", "{": "}"}[text[0]]
    depth = len(text) - len(text.lstrip(opening))
    closed_at: list[int] = []  # where each of the first brackets is closed, from the innermost on
    level = depth
    for at in range(depth, len(text)):
        level += (text[at] == opening) - (text[at] == closing)
        if level < depth - len(closed_at):
            closed_at.append(at)
    doubled = 0
    while doubled + 1 < len(closed_at) and closed_at[-1 - doubled] == len(text) - 1 - doubled:
        if closed_at[-2 - doubled] != len(text) - 2 - doubled:
            break
        doubled += 1
    return text[doubled : len(text) - doubled] if len(closed_at) == depth else text


def _without_thousands(text: str) -> str:
    """1,234,567 and 1 234 567 as 1234567, unless the commas may separate items."""
    if _SPACED.fullmatch(text):
        return text.replace(" ", "")
    if "," not in text or re.search(r"[(\[]|\\\{|,\s", text):
        return text
    return _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
