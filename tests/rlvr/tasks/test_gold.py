import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.tasks.gold import extract


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("He has 2 + 2 = <<2+2=4>>4 eggs.\n#### 4", "4"),
        ("#### 1,234,567", "1234567"),
        ("#### $1,080", "1080"),
        ("#### -3  ", "-3"),
        ("#### 3.50\n", "3.50"),
        ("#### 1\nno\n#### 2", "2"),
        ("#### (1,2)", "(1,2)"),
        ("no mark 4", None),
        ("####", None),
        ("####\n\n7", None),
    ],
)
def test_gsm8k(text, gold):
    assert extract(text, "gsm8k") == gold


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        (r"so \boxed{42}.", "42"),
        (r"\boxed{1} and \boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"$\boxed{ \{1, 2\} }$", r"\{1, 2\}"),
        (r"\boxed{\left\{x\right.}", r"\left\{x\right."),
        (r"\boxed{1", None),
        (r"\fbox{1}", None),
        ("", None),
    ],
)
def test_boxed(text, gold):
    assert extract(text, "boxed") == gold


@given(st.recursive(st.text("ab+ ", min_size=1), lambda inner: st.builds(r"\frac{{{}}}{{{}}}".format, inner, inner)))
def test_boxed_finds_any_nesting(answer):
    assert extract(f"hence \\boxed{{{answer}}} {{}}", "boxed") == answer.strip()


@pytest.mark.parametrize(
    ("text", "value"), [('{"type": "object"}', {"type": "object"}), ("[1]", [1]), ("{", None), ("[" * 10**5, None)]
)
def test_json(text, value):
    assert extract(text, "json") == value


@pytest.mark.parametrize(("pattern", "gold"), [(r"is (\d+)", "2"), (r"\d+", "2"), (r"(?i)IS (\w)", "2"), ("x", None)])
def test_a_pattern_takes_the_last_match(pattern, gold):
    assert extract("it is 1, no, it is 2", pattern) == gold
