"""Answers as people and models write them, brought to one spelling before they are parsed.

Unicode signs become their LaTeX, spacing and sizing commands go, thousands separators and units go,
percent and degree get one sign each. Nothing here changes a value.
"""

from __future__ import annotations

import re

_SIGNS = str.maketrans(
    {
        **{chr(0xFF10 + i): str(i) for i in range(10)},
        **dict(zip("，（）；：＜＞＝＋［］｛｝｜％．", ",();:<>=+[]{}|%.", strict=True)),
        "−": "-", "–": "-", "—": "-", "﹣": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∗": "*", "÷": "/",
        "π": r"\pi ", "∞": r"\infty ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ",
        "≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ", "±": r"\pm ", "∓": r"\mp ",
        "°": r"^\circ ", "√": r"\sqrt ", "²": "^2", "³": "^3", "⁴": "^4", "′": "'", "ℝ": r"\mathbb{R}",
        "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}",
        "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "λ": r"\lambda ", "μ": r"\mu ",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u200b": "", "、": ",", "。": ".",
    }
)  # fmt: skip
_REWRITES = [
    (re.compile(pattern), new)
    for pattern, new in (
        (r"\\(?:left|right|[bB]igg?[lrm]?)(?![a-zA-Z])\s*\.?(?=\s*[\[\](){}|\\<>/.])", ""),
        (r"\\(?:displaystyle|textstyle|limits|nolimits|hfill|noindent)(?![a-zA-Z])", ""),
        (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
        (r"\\[dt]binom(?![a-zA-Z])", r"\\binom"),
        (r"\\(?:leqslant|leq|lte)(?![a-zA-Z])|<=", r"\\le "),
        (r"\\(?:geqslant|geq|gte)(?![a-zA-Z])|>=", r"\\ge "),
        (r"\\neq(?![a-zA-Z])|!=", r"\\ne "),
        (r"\\lt(?![a-zA-Z])", "<"),
        (r"\\gt(?![a-zA-Z])", ">"),
        (r"\\lbrace(?![a-zA-Z])", r"\\{"),
        (r"\\rbrace(?![a-zA-Z])", r"\\}"),
        (r"\\(?:mathrm|mathbf|mathit|mathsf|textbf|textrm|textit|textnormal|mbox|hbox|bf|rm|operatorname\*?)"
         r"(?![a-zA-Z])", r"\\text"),
        (r"\\(?:degree|textdegree|textcirc)(?![a-zA-Z])", r"^\\circ "),
        (r"\^\s*\{\s*\\circ\s*\}|\^\s*\\circ(?![a-zA-Z])", r"\\deg "),
        (r"(?<=[\d}])\s*(?:\\text\s*\{\s*degrees?\s*\}|degrees?(?![a-zA-Z]))", r"\\deg "),
        (r"\s*\{\s*,\s*\}\s*|,\s*\\!\s*(?=\d)", ","),
        (r"(?<=\d)\\[,;:!]\s*(?=\d{3}(?!\d))", ""),
        (r"\\\$|\$", ""),
        (r"(?<!\\)\\[,;: ]|~|\\q?quad|\\enspace(?![a-zA-Z])|\\thinspace(?![a-zA-Z])", " "),
        (r"\\!|\\phantom\s*\{[^{}]*\}", ""),
        (r"\*\*(?!\s*[-\d(a-z])", ""),
        (r"(?<=[\d}])\s*\\text\s*\{\s*(?:percent(?:age)?|pct|\\?%)\s*\}", r"\\%"),
        (r"(?<=[\d}])\s*(?:percent(?:age)?|pct)(?![a-zA-Z])", r"\\%"),
        (r"\\text\s*\{\s*,?\s*(?:and|or)\s*\}|(?<![a-zA-Z\\{])(?:and|or)(?![a-zA-Z])", ","),
        (r",\s*,", ","),
    )
]  # fmt: skip

_ALREADY_CLEAN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_UNIT_NAMES = (
    "cm centimeters? mm millimeters? km kilometers? m meters? metres? ft feet foot inch(?:es)? in yards? yd miles? mi "
    "units? hours? hrs? h minutes? mins? seconds? secs? s days? weeks? months? years? yrs? dollars? bucks cents? yuan "
    "euros? kg kilograms? g grams? mg lbs? pounds? oz ounces? mph kph liters? litres? L ml mL gallons? points? people "
    "persons? students? apples? balls? ways? times cubes? squares? sides? cups? tickets? coins? square cubic sq per "
    "km/h m/s radians? rad integers? numbers? solutions? items?"
)
_UNIT = rf"(?:{'|'.join(_UNIT_NAMES.split())})"
_POWER = r"(?:\s*\^\s*\{?\s*[23]\s*\}?)?"
_PLAIN_UNIT = re.compile(rf"(?<=[\d}})%])((?:\s*/?\s*{_UNIT}(?![a-zA-Z]){_POWER})+)\s*\.?$")
_TEXT_UNIT = re.compile(
    rf"(?<=[\w}})\]%])\s*\\text\s*\{{[^{{}}\d]*\}}{_POWER}(?:\s*/\s*\\text\s*\{{[^{{}}\d]*\}}{_POWER})?"
)
_ORDINAL = re.compile(r"(?<=\d)\s*(?:\^\s*\{?\s*)?(?:\\text\s*\{\s*)?(?:st|nd|rd|th)(?![a-zA-Z])\s*\}?\s*\}?")
_THOUSANDS = re.compile(r"(?<![\d,.])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_SPACED = re.compile(r"[-+]?\d{1,3}(?: \d{3})+(?:\.\d+)?")
_COMMAND = re.compile(r"\\[a-zA-Z]+")


def clean(text: str) -> str:
    """One spelling for many. Linear in the text's length."""
    if _ALREADY_CLEAN.fullmatch(text):
        return text
    text = text.translate(_SIGNS).strip()
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    text = _without_approximation(text)
    text = _ORDINAL.sub("", text.strip())
    text = _TEXT_UNIT.sub("", text)
    text = _without_plain_unit(text)
    text = _without_thousands(text.strip())
    return text.strip().rstrip(".,;").strip()


def unit(text: str) -> str:
    """The unit of measure that `clean` takes away, folded: "5 \\text{ cm}^2" has "cm^2"."""
    text = text.translate(_SIGNS).strip()
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    found = _TEXT_UNIT.search(text) or _PLAIN_UNIT.search(text)
    return re.sub(r"\\text|[\s{}.]", "", found[0]).casefold() if found else ""


def _without_approximation(text: str) -> str:
    """`\\sqrt{2} \\approx 1.41` is the exact side; `x \\approx 11` is what x is."""
    exact, sign, rough = text.partition(r"\approx")
    if not sign:
        return text
    return exact if re.search(r"\d|\\pi", exact) else f"{exact.strip(' =')} = {rough}" if exact.strip() else rough


def _without_plain_unit(text: str) -> str:
    """`5 cm` as `5`; letters that may be variables stay where other letters stand before them."""
    found = _PLAIN_UNIT.search(text)
    if not found:
        return text
    value = text[: found.start()].rpartition("=")[2]
    return text if re.search(r"[a-zA-Z]", _COMMAND.sub("", value)) else text[: found.start()]


def _without_thousands(text: str) -> str:
    """1,234,567 and 1 234 567 as 1234567, unless the commas may separate items."""
    if _SPACED.fullmatch(text):
        return text.replace(" ", "")
    if re.search(r"[(\[]|\\\{|,\s", text):
        return text
    return _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
