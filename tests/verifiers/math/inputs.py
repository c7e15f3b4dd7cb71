"""Texts to throw at the verifier: arbitrary ones, arbitrary mathematics, very long ones, code that wants to be run.

Used by the tests in short runs and by `tests/benchmarks/fuzz_math.py` in long ones.
"""

# ruff: noqa: E501 (tables are easier to read in long lines)
from __future__ import annotations

import random

GOLDS = [
    "7",
    "x+1",
    "(1,2)",
    r"[0,\infty)",
    "yes",
    r"\begin{pmatrix}1&2\end{pmatrix}",
    r"\frac{1}{3}",
    "2,3",
    r"\sqrt{2}",
]
PIECES = (
    r"\frac \sqrt \boxed { } ( ) [ ] | 1 2 9 10 x y ^ _ + - * / = < > \le , ; : ! % \pi e i \infty \cup \cap \in \{ \} "
    r"\begin{pmatrix} \end{pmatrix} \begin{vmatrix} \end{vmatrix} \det & \\ \text \sin \log \ln \binom \pm . 0.5 \overline "
    r"\sum \prod _{k=1}^{9} \int \lim $ 99999 \lfloor \rfloor ' \setminus \deg \bmod \pmod \choose \over \langle \rangle "
    r"\mathbb{Z} \approx cm and or % é 数 Ω ² ½ \( \) \[ \] <answer> </answer> answer is #### \n"
).split()

PAYLOADS = [
    "__import__('os').system('touch tripped')",
    "exec(\"open('tripped', 'w')\")",
    "eval('1+1')",
    "open('tripped','w').write('x')",
    "().__class__.__bases__[0].__subclasses__()",
    "(lambda: __import__('pathlib').Path('tripped').touch())()",
    "1 if open('tripped','w') else 0",
    r"\begin{pmatrix} open('tripped','w') & 1 \end{pmatrix}",
    r"\pi, __import__('pathlib').Path('tripped').touch()",
    "\\pi.__class__",
    "x = [y for y in ().__class__.__mro__]",
    "Symbol('x').subs(1, __import__('os').getcwd())",
    "sympify('1')",
    "factorial(10**8)",
    "9**9**9**9",
    "{{ 7 * 7 }}",
    "%s%n",
    r"\input{/etc/passwd}",
    r"\write18{touch tripped}",
    "`touch tripped`",
    "$(touch tripped)",
]


def arbitrary(draw: random.Random) -> str:
    """Any text, mathematics in any order, or code in a place where an answer might stand."""
    kind = draw.random()
    if kind < 0.6:
        text = " ".join(draw.choices(PIECES, k=draw.randint(1, 30)))
    elif kind < 0.9:
        text = "".join(chr(draw.choice([draw.randint(32, 126), draw.randint(0, 0x2FFF)])) for _ in range(60))
    else:
        text = draw.choice(PAYLOADS)
    return f"\\boxed{{{text}}}" if draw.random() < 0.7 else text


def hostile(much: int = 200_000) -> list[str]:
    """Texts of that many characters that ask a careless reader for much time, depth or memory."""
    repeated = [
        "{", "}", "$", "$$", "(", "[", "]", "|", "-", "+", "9", "1 ", "1,", ", ", " ", "\t", "\n", "\\", "\\\\", '"', "'", "*", "_",
        "^", "!", "%", "=", "<", "x", "e", "°", "½", "²", "\u200b", "数", "\\(", "\\[", "\\(1", "\\boxed", "\\boxed{", "\\boxed{\n",
        "\\boxed{1}", "\\boxed{1} and ", "\\boxed{1},", "\\boxed{1}\n\n", "<answer>", "<answer>1</answer>", "<answer>\n", "</think>",
        "<think>", "answer is ", "answer is 1. ", "#### 1\n", "答案是", "答：", "故选A", "\\text{", "\\text{a}", "\\text{ or }", "1\\text{m}",
        "\\frac", "\\frac{", "\\sqrt{", "{\\choose}", "\\left(", "\\left", "\\, ", "1\\,", "1{,}", "{,", "{ , ", "7+", "7*", "7^", "7/",
        "7^{", "x*", "1/", "1:", "7<", "7=", "\\pm1", "\\cup", "[1,2]\\cup", "]1,", "[1,", "](1,2", "\\{", "\\{x|", "5 cm ", "m^2 ",
        "5m^2", "1\\frac{m}", "\\begin{pmatrix}", "1&", "1\\\\", "\\sum", "\\sum_{k=1}^{9}", "\\sin", "\\log", "and ", "or", "A", "A,", "(A)",
        "\\overline{", "0.\\overline{3}", "\\approx", "**", "**1", "...", "~", "1e9", "1.", ".1", "\\deg", "percent", "\\color{",
    ]  # fmt: skip
    texts = [(piece * (much // len(piece) + 1))[:much] for piece in repeated]
    inside = [f"\\boxed{{{(piece * 20_000)[:19_000]}7}}" for piece in repeated if "boxed" not in piece]
    powers = ["9^{9^{9^{9}}}", "100000!", "(1234567891011)^{98765432123}", r"\binom{10^9}{10^8}", "10^{-10^{10}}", "((9!)!)!",
              r"\sin(10^{300})", "((((x+1)^9)^9)^9)^9", r"e^{e^{e^{e^e}}}", r"\sum_{n=1}^{10^{12}}\frac1n", r"\prod_{n=1}^{10^9}n",
              r"\sum_{i=1}^{999}\sum_{j=1}^{999}\sum_{k=1}^{999}ijk", r"\int_0^1 x^{x^x}dx", "x^{1000000}", "(x+y)^{5000}", "1/0", "0/0",
              r"\log 0", r"\sqrt[0]{7}", "1e999999", r"\gcd(10^{9999},7)", r"\lfloor 10^{4000}\rfloor"]  # fmt: skip
    return texts + inside + [f"\\boxed{{{power}}}" for power in powers]
