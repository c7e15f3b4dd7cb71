"""The math verifier: what equals what, what must not pass, and that no answer is ever run as code."""

# ruff: noqa: E501 (tables of cases are easier to read in long lines)
from __future__ import annotations

import asyncio
import builtins
import importlib
import json
import os
import random
import runpy
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec
from rlvr.registry import build_verifier
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Verifier
from rlvr.verifiers.math.exact import exact
from rlvr.verifiers.math.judge import read
from rlvr.verifiers.math.numeric import value as numeric_value
from rlvr.verifiers.math.tree import Num

CASES = Path(__file__).parents[4] / "shared" / "cases" / "math_cases.jsonl"
DATA = Path(__file__).parents[2] / "data" / "math_cases.jsonl"
needs_cases = pytest.mark.skipif(not CASES.is_file(), reason="the labelled cases lie beside the developers' checkout")

rewrites = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("rewrites.py"))))


def verifier(**options: Any) -> Verifier:
    return build_verifier(VerifierSpec("math", {"extraction": "lenient", **options}))


def judge(text: str, gold: str | float, prompt: str = "", **options: Any) -> Verdict:
    problem = Problem("p", prompt, {"answer": gold}, "t", VerifierSpec("math"))
    return verifier(**options).verify(problem, Completion(text))


def boxed(answer: str, gold: str | float, **options: Any) -> Verdict:
    return judge(f"The final answer is $\\boxed{{{answer}}}$.", gold, **options)


EQUAL = [
    ("12", 12), ("12.0", "12"), ("-1,234.50", "-1234.5"), ("1 234 567", "1234567"), (r"\frac{6}{8}", "0.75"),
    (r"1\frac{1}{2}", "1.5"), ("3 1/2", "3.5"), ("1e3", "1000"), (r"0.\overline{3}", r"\frac13"), ("75\\%", "3/4"),
    ("28", "28\\%"), ("0.28", "28\\%"), (r"60^\circ", "60"), (r"135^\circ", r"\frac{3\pi}{4}"),
    (r"\sqrt{8}", r"2\sqrt{2}"), (r"\sqrt[3]{16}", r"2\sqrt[3]{2}"), (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt2}{2}"),
    (r"2^{10}", "1024"), ("5!", "120"), (r"\binom{5}{2}", "10"), (r"\log_2 8", "3"), (r"\ln e", "1"),
    (r"\sin 30^\circ", r"\frac12"), ("1.4142136", r"\sqrt2"), ("x^2-1", "(x-1)(x+1)"), (r"\frac{x+y}{xy}", r"\frac1x+\frac1y"),
    (r"e^{i\pi}", "-1"), ("3+4i", "4i+3"), ("2,1", "1,2"), (r"\{1,2\}", r"\{2, 1\}"), (r"1\pm\sqrt2", r"1-\sqrt2, 1+\sqrt2"),
    ("(1,2)", "(1, 2)"), (r"[0,\infty)", r"x\ge0"), (r"(-\infty,-2)\cup(2,\infty)", r"|x|>2"), ("1<x<2", "(1,2)"),
    (r"2x \le 6", r"(-\infty, 3]"), ("y=2x+3", "2x+3"), ("f(z)=z^2", "f(x)=x^2"), ("2x+4y=6", "x+2y=3"), ("x=5", "5"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"), ("7:32", "S_1:S_2=7:32"),
    ("12\\text{ cm}", "12"), ("5 cm", "5\\text{ cm}"), ("\\$15", "15"), ("\\text{Yes}", "yes"), ("(D) 15", "D"),
    ("½", "0.5"), ("√2", r"\sqrt{2}"), ("x²", "x^2"), ("−3", "-3"), ("４２", "42"), (r"\lfloor 3.7 \rfloor", "3"),
    ("3,14", "3.14"), (r"\frac12", "0.5"), (r"x \in (0, 1)", "(0,1)"), (r"\mathbb{R}", r"(-\infty,\infty)"),
    (r"(-\infty,3)\setminus\{1\}", r"(-\infty,1)\cup(1,3)"), (r"2 \cdot 10^{-3}", "0.002"), ("101_2", "101_2"),
]  # fmt: skip
DIFFERENT = [
    ("13", "12"), ("1.0000001", "1"), ("0.333", "1/3"), ("100", "1"), ("25", "0.25"), ("0.5", "5\\%"), ("-3", "3"),
    ("1/2^{98}", "1/2^{99}"), ("10^{-20}", "2 \\cdot 10^{-20}"), (r"\frac{1}{2004!}", r"\frac{1}{2006!}"),
    ("(2,1)", "(1,2)"), ("1,2,3", "1,2"), ("1,2,2,3", "1,2"), ("3", r"\pm 3"), ("[0,1)", "(0,1)"), ("x>2", "x<2"),
    (r"(1,2]", "(1,2)"), ("x+y=5", "5"), ("x=3", "y=4"), ("2x+4y=7", "x+2y=3"), ("x-1", "x+1"), (r"60^\circ", r"\frac{\pi}{6}"),
    (r"\lfloor\frac{2n-1}{5}\rfloor", r"\lfloor\frac{2n-2}{5}\rfloor"), ("52_3", "52_8"), ("Bob", "Alice"), ("oddd", "odd"),
    (r"\begin{pmatrix}1&2\\3&5\end{pmatrix}", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"), ("A or B", "A"), ("1,000", "1"),
    ("3 or 4", "3"), ("7/0", "7"), ("1000000007", "1000000009"), ("east", "west"), ("a/b", "b/a"), ("(0,0)", "0"),
    (r"1-\frac1e", r"1+\frac1e"), ("x", "5"), ("1.41", r"\sqrt2"), ("12 13", "12"), ("", "0"), ("|x|", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "gold"), EQUAL)
def test_equal_answers(answer: str, gold: str | float) -> None:
    verdict = boxed(answer, gold)
    assert verdict.outcome is Outcome.PASS, verdict.reason


@pytest.mark.parametrize(("answer", "gold"), EQUAL)
def test_equality_goes_both_ways(answer: str, gold: str | float) -> None:
    one_way = {"28", "12\\text{ cm}", "(D) 15"}
    if answer not in one_way:
        assert boxed(str(gold), answer).outcome is Outcome.PASS


@pytest.mark.parametrize(("answer", "gold"), DIFFERENT)
def test_different_answers(answer: str, gold: str) -> None:
    verdict = boxed(answer, gold)
    assert verdict.outcome is Outcome.FAIL
    assert boxed(gold, gold).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("text", "gold", "place"),
    [
        (r"\boxed{3}. Wait, that is wrong. \boxed{4}", "4", "box"),
        (r"First \boxed{3}. After a longer computation with several more steps we get \boxed{4}.", "4", "box"),
        ("<think>maybe \\boxed{3}</think> <answer>4</answer>", "4", "tag"),
        (r"\fbox{4}", "4", "box"),
        (r"\boxed 4", "4", "box"),
        (r"\boxed{4", "4", "box"),
        (r"\boxed{\frac{1}{\boxed{2}}}", "1/2", "box"),
        (r"\boxed{1} and \boxed{2}", "1,2", "box"),
        (r"\boxed{20}\%", "20\\%", "box"),
        ("a = 3, b = 4. Answer: 7", "7", "phrase"),
        ("The answer is 7. I am sure of it.", "7", "phrase"),
        ("Final Answer: The volume of the prism is 120. I hope it is correct.", "120", "phrase"),
        ("blah\n#### 1,024", "1024", "hashes"),
        ("答案是12", "12", "phrase"),
        ("答：共有12个苹果。", "12", "phrase"),
        (r"so we get $x = 4$", "4", "formula"),
        ("it must be 5, no, 6", "6", "last number"),
    ],
)
def test_where_the_answer_stands(text: str, gold: str, place: str) -> None:
    verdict = judge(text, gold)
    assert (verdict.outcome, verdict.details["place"]) == (Outcome.PASS, place), verdict


@pytest.mark.parametrize(
    "text", [r"\boxed{3}, \boxed{4} maybe", r"\boxed{3} perhaps \boxed{4}", r"\boxed{3} / \boxed{4}"]
)
def test_several_answers_do_not_pass(text: str) -> None:
    for gold in ("3", "4"):
        assert judge(text, gold).outcome is Outcome.FAIL


def test_strict_extraction_wants_a_box_or_tags() -> None:
    for text in ("Answer: 12", "12", "#### 12", "the answer is $12$"):
        assert judge(text, "12", extraction="strict").cause == "no_answer"
    assert judge(r"\boxed{12}", "12", extraction="strict").outcome is Outcome.PASS
    assert judge("<answer>12</answer>", "12", extraction="strict").outcome is Outcome.PASS


def test_a_cut_text_without_an_answer_was_truncated() -> None:
    problem = Problem("p", "", {"answer": "12"}, "t", VerifierSpec("math"))
    completion = Completion("so we", finish_reason=FinishReason.LENGTH)
    assert verifier(extraction="strict").verify(problem, completion).cause == "truncated"


def test_choices_are_known_from_the_prompt() -> None:
    prompt = "Which is even?\n(A) 3\n(B) 4\n(C) 5"
    assert judge(r"\boxed{4}", "B", prompt).outcome is Outcome.PASS
    assert judge(r"\boxed{B}", "4", prompt).outcome is Outcome.PASS
    assert judge(r"\boxed{3}", "B", prompt).outcome is Outcome.FAIL


def test_policies() -> None:
    assert boxed("28", "28\\%", percent="exact").outcome is Outcome.FAIL
    assert boxed("0.28", "28\\%", percent="exact").outcome is Outcome.PASS
    assert boxed("(2,1)", "(1,2)", tuple_order="any").outcome is Outcome.PASS
    assert boxed("2,1", "1,2", set_order="same").outcome is Outcome.FAIL
    assert boxed("3.14159", "3.14").outcome is Outcome.FAIL
    assert boxed("3.14159", "3.14", rounding="gold").outcome is Outcome.PASS
    assert boxed("3.15", "3.14", rounding="gold").outcome is Outcome.FAIL
    assert boxed("5", "5 cm", units="required").outcome is Outcome.FAIL
    assert boxed("5 cm", "5\\text{ cm}", units="required").outcome is Outcome.PASS


@pytest.mark.parametrize("gold", ["", "  ", r"\frac{1}{", "((("])
def test_a_gold_that_cannot_be_read_is_refused(gold: str) -> None:
    with pytest.raises(ValueError):
        verifier().check_reference(Problem("p", "", {"answer": gold}, "t", VerifierSpec("math")))


@pytest.mark.parametrize("extraction", ["strict", "lenient"])
def test_examples_are_as_they_say(extraction: str) -> None:
    spec = VerifierSpec("math", {"extraction": extraction})
    for example in build_verifier(spec).examples():
        verdict = build_verifier(spec).verify(example.problem(spec), example.completion)
        assert verdict.outcome is example.outcome, (example, verdict)


# -- labelled cases


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def accuracy(cases: list[dict[str, Any]]) -> tuple[float, list[str]]:
    """Share judged right, and the wrong answers that passed."""
    outcomes = [(case, judge(case["prediction"], case["gold"]).outcome is Outcome.PASS) for case in cases]
    right = sum(passed == case["equivalent"] for case, passed in outcomes)
    return right / len(cases), [case["prediction"] for case, passed in outcomes if passed and not case["equivalent"]]


@needs_cases
def test_labelled_cases() -> None:
    share, accepted = accuracy(rows(CASES))
    assert share >= 0.98
    assert len(accepted) <= 2


def test_own_labelled_cases() -> None:
    share, accepted = accuracy(rows(DATA))
    assert share >= 0.98
    assert not accepted


# -- no code is run


@contextmanager
def tripwire() -> Iterator[list[str]]:
    """Inside, everything through which text could be run as code, or reach the system, records and raises."""
    import sympy

    parser = importlib.import_module("sympy.parsing.sympy_parser")
    core = importlib.import_module("sympy.core.sympify")

    tripped: list[str] = []

    def trip(name: str) -> Any:
        def wire(*args: Any, **_: Any) -> None:
            tripped.append(f"{name}{args!r:.80}")
            raise AssertionError(f"{name} was called")

        return wire

    real_sympify = core.sympify

    def sympify(a: Any, *args: Any, **rest: Any) -> Any:
        return trip("sympify")(a) if isinstance(a, str) else real_sympify(a, *args, **rest)

    with pytest.MonkeyPatch.context() as monkeypatch:
        for module in (sympy, core):
            monkeypatch.setattr(module, "sympify", sympify)
        for place, name in (
            (builtins, "eval"), (builtins, "exec"), (builtins, "compile"), (builtins, "open"), (os, "system"), (os, "popen"),
            (subprocess, "Popen"), (parser, "parse_expr"), (parser, "eval_expr"), (signal, "signal"), (signal, "setitimer"),
            (signal, "alarm"),
        ):  # fmt: skip
            monkeypatch.setattr(place, name, trip(name))
        yield tripped


PAYLOADS = [
    "__import__('os').system('touch /tmp/tripped')",
    "exec(\"open('/tmp/tripped', 'w')\")",
    "eval('1+1')",
    "open('/tmp/tripped','w')",
    "().__class__.__bases__[0].__subclasses__()",
    "lambda: 1",
    "print(1)",
    "1 if open('/tmp/tripped','w') else 0",
    r"\begin{pmatrix} open('/tmp/tripped','w') & 1 \end{pmatrix}",
    "\\pi.__class__",
    "x = [y for y in ().__class__.__mro__]",
    "Symbol('x').subs(1, __import__('os').getcwd())",
    "sympify('1')",
    "{{ 7 * 7 }}",
    "%s%n",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_answer_is_run_as_code(payload: str) -> None:
    with tripwire() as tripped:
        outcomes = list(judged_payloads(payload))
    assert set(outcomes) == {Outcome.FAIL}
    assert tripped == []
    assert not Path("/tmp/tripped").exists()


def judged_payloads(payload: str) -> Iterator[Outcome]:
    for gold in ("31", "17/23", r"\frac{5}{2}", "z+5", "(5,3)", "50", r"\begin{pmatrix}5&3\end{pmatrix}"):
        for text in (f"\\boxed{{{payload}}}", f"<answer>{payload}</answer>", f"the answer is {payload}", payload):
            yield judge(text, gold).outcome


def test_the_wires_trip() -> None:
    with tripwire() as tripped, pytest.raises(AssertionError):
        eval("1")
    assert tripped


def test_the_symbolic_stage_gets_objects_never_text() -> None:
    from rlvr.verifiers.math.symbolic import equal_symbolically

    one, other = (read(text).node for text in (r"\sin(x)^2 + \cos(x)^2", "1"))
    assert one is not None
    assert other is not None
    equal_symbolically(one, other)  # importing a module runs its code, and sympy imports some on first use
    with tripwire() as tripped:
        equal = equal_symbolically(one, other)
    assert equal
    assert tripped == []


@needs_cases
def test_labelled_injections_run_nothing() -> None:
    cases = [case for case in rows(CASES) if case["category"] in ("injection", "adversarial")]
    with tripwire() as tripped:
        for case in cases:
            judge(case["prediction"], case["gold"])
    assert cases
    assert tripped == []


# -- any text, any place


@pytest.mark.parametrize(
    "text",
    [
        "{" * 200_000, r"\boxed{" * 25_000, "answer is " * 20_000, "9" * 200_000, "<answer>" * 25_000, r"\boxed{" + "(" * 99_999,
        r"\boxed{" + "9^" * 5_000 + "9}", r"\boxed{9^{9^{9^{9}}}}", r"\boxed{(1234567891011)^{98765432123}}", r"\boxed{100000!}",
        r"\boxed{10^{10^{10}}}", r"\boxed{\binom{10^{9}}{10^{8}}}", r"\boxed{" + "1," * 50_000 + "1}", "$" * 200_000,
        r"\boxed{" + "x*" * 50_000 + "x}", r"\boxed{" + "-" * 50_000 + "1}", r"\boxed{" + r"\sqrt{" * 5_000 + "2}",
        r"\boxed{" + "((((x+1)^{9})^{9})^{9})^{9}" + "}", r"\boxed{\sin(10^{300})}", r"\boxed{" + "|" * 20_000 + "}",
        "\\text{" * 30_000, "1 234 " * 30_000, "\u0000\ud800\uffff" * 1_000, r"\boxed{\begin{pmatrix}" + "1&" * 20_000 + "}",
    ],
    ids=range(24),
)  # fmt: skip
def test_hostile_texts_are_judged_and_fail(text: str) -> None:
    for gold in ("7", "x+1", "(1,2)", r"\sqrt{2}", "yes"):
        assert judge(text, gold).outcome is Outcome.FAIL


@settings(max_examples=1500)
@given(
    st.text(max_size=300),
    st.sampled_from(["7", "x+1", "(1,2)", r"[0,\infty)", "yes", r"\begin{pmatrix}1&2\end{pmatrix}"]),
)
def test_arbitrary_text_raises_nothing(text: str, gold: str) -> None:
    for wrapped in (text, f"\\boxed{{{text}}}"):
        assert judge(wrapped, gold).outcome in (Outcome.PASS, Outcome.FAIL)


LATEX = st.lists(
    st.sampled_from(
        [
            r"\frac",
            r"\sqrt",
            r"\boxed",
            r"{",
            r"}",
            r"(",
            r")",
            r"[",
            r"]",
            r"|",
            r"1",
            r"2",
            r"9",
            r"x",
            r"y",
            r"^",
            r"_",
            r"+",
            r"-",
            r"*",
            r"/",
            r"=",
            r"<",
            r">",
            r"\le",
            r",",
            r";",
            r":",
            r"!",
            r"%",
            r"\pi",
            r"e",
            r"i",
            r"\infty",
            r"\cup",
            r"\in",
            r"\{",
            r"\}",
            r"\begin{pmatrix}",
            r"\end{pmatrix}",
            r"&",
            r"\\",
            r"\text",
            r"\sin",
            r"\log",
            r"\binom",
            r"\pm",
            r".",
            r"0.5",
            r"\overline",
            r"\sum",
            r"\int",
            r"\deg",
            r"$",
            r"10",
            r"99999",
            r"\lfloor",
            r"\rfloor",
            r"'",
            r"\setminus",
        ]
    ),
    max_size=40,
).map(" ".join)


@settings(max_examples=2500)
@given(LATEX, LATEX)
def test_arbitrary_mathematics_raises_nothing(text: str, gold: str) -> None:
    problem = Problem("p", "", {"answer": gold or "1"}, "t", VerifierSpec("math"))
    assert verifier().verify(problem, Completion(f"\\boxed{{{text}}}")).outcome in (Outcome.PASS, Outcome.FAIL)


@pytest.mark.parametrize("seed", range(4))
def test_rewritten_expressions_stay_equal_and_changed_ones_do_not(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(250):
        gold = rewrites.expression(draw)
        rewritten = draw.choice(rewrites.REWRITES)(draw.choice(rewrites.REWRITES)(gold))
        assert boxed(rewritten, gold).outcome is Outcome.PASS, (gold, rewritten)
        changed = rewrites.changed(gold, draw)
        if boxed(changed, gold).outcome is Outcome.PASS:
            assert really_equal(gold, changed), (gold, changed)


def really_equal(gold: str, changed: str) -> bool:
    """A changed digit may leave the value as it was: 1/3 and 3/9, or a factor of a zero."""
    import mpmath

    nodes = [read(text).node for text in (gold, changed)]
    assert nodes[0] is not None
    assert nodes[1] is not None
    with mpmath.workdps(60):
        point = {name: mpmath.mpf(1234567) / 7654321 + i for i, name in enumerate("xyn")}
        values = [numeric_value(node, point) for node in nodes]
        return bool(abs(values[0] - values[1]) <= mpmath.mpf(10) ** -50 * (1 + abs(values[0])))


@given(st.fractions())
def test_a_fraction_is_itself_in_every_form(number: Fraction) -> None:
    for text in (f"\\frac{{{number.numerator}}}{{{number.denominator}}}", f"{number.numerator}/{number.denominator}"):
        node = read(text).node
        assert node is not None
        assert exact(node) == number
    assert isinstance(read(str(abs(number.numerator))).node, Num)


def test_it_works_from_threads_and_asyncio_and_leaves_signals_alone() -> None:
    fired: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: fired.append(1))
    try:
        found: list[Verdict] = []
        thread = threading.Thread(target=lambda: found.append(boxed(r"\sqrt{8}", r"2\sqrt2")))
        thread.start()
        thread.join()

        async def ask() -> Verdict:
            return await asyncio.to_thread(boxed, r"\boxed{9^{9^{9}}}", "1")

        found.append(asyncio.run(ask()))
        assert [verdict.outcome for verdict in found] == [Outcome.PASS, Outcome.FAIL]
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        boxed(r"\frac{1}{3}", "1/3")
        signal.pause()
        assert fired == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
