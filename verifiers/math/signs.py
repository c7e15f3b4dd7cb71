"""Mathematical signs of Unicode as their LaTeX: `π`, `≤`, `x²`, `½`, full-width digits."""

from __future__ import annotations

import re
import unicodedata

_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξρστυφχψωΓΔΘΛΞΣΦΨΩϕ",
        ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon varphi chi "
         "psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega phi").split(),
        strict=True,
    )
)  # fmt: skip
_COMMANDS = {
    "×": "times", "·": "cdot", "⋅": "cdot", "π": "pi", "∞": "infty", "∪": "cup", "∩": "cap", "∈": "in",
    "∅": "emptyset", "≤": "le", "⩽": "le", "≦": "le", "≥": "ge", "⩾": "ge", "≧": "ge", "≠": "ne", "±": "pm", "∓": "mp",
    "≈": "approx", "≡": "equiv", "√": "sqrt", "∨": "lor", "∧": "land", "∖": "setminus", "…": "ldots", "⟨": "langle",
    "⟩": "rangle", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "∑": "sum", "∏": "prod", "∫": "int",
    "∠": "angle",
}  # fmt: skip
_PLAIN = {
    **dict(zip("，（）；：＜＞＝＋［］｛｝｜％．－／！＊", ",();:<>=+[]{}|%.-/!*", strict=True)),
    **dict.fromkeys("−–—﹣‐‑", "-"), **dict.fromkeys("€£¥￥₹✓✔\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("\u00a0\u2009\u202f\u3000", " "), "∗": "*", "÷": "/", "⁄": "/", "∕": "/", "′": "'", "″": "''",
    "∶": ":", "∣": "|", "、": ",", "。": ".", "“": '"', "”": '"', "‘": "'", "’": "'",
    "°": r"^\circ ", "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}",
    "∛": r"\sqrt[3]", "∜": r"\sqrt[4]",
}  # fmt: skip
_FRACTIONS = {
    char: "\\frac{%s}{%s}" % tuple(unicodedata.normalize("NFKC", char).split("⁄"))  # noqa: UP031 (braces)
    for char in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
}
#: Digits of other scripts and letters of the mathematical alphabets.
_FOLDED = {
    chr(code): unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), *range(0x1D400, 0x1D800))
}
_DIGITS = {chr(first + digit): str(digit) for first in (0x660, 0x6F0, 0x966, 0x9E6) for digit in range(10)}
_TABLE = str.maketrans(
    {
        **{char: f"\\{name} " for char, name in (_COMMANDS | _GREEK).items()},
        **_PLAIN,
        **_FRACTIONS,
        **_FOLDED,
        **_DIGITS,
    }
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₙ", "0123456789n")
_RAISED_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_LOWERED_RUN = re.compile("[₀₁₂₃₄₅₆₇₈₉ₙ]+")


def in_latex(text: str) -> str:
    """The text with every sign that LaTeX has a command for written as that."""
    text = _RAISED_RUN.sub(lambda run: "^{" + run[0].translate(_RAISED) + "}", text)
    text = _LOWERED_RUN.sub(lambda run: "_{" + run[0].translate(_LOWERED) + "}", text)
    return text.translate(_TABLE)
