"""Numbers and constants: exact values, roots, decimals, percents, degrees, what is near but not equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EQUAL = [
    ("12", r"12.0 ;; 12/1 ;; +12 ;; 0012 ;; 24/2 ;; 3\cdot 4"),
    ("-1234.5", "-1,234.50"),
    ("1234567", r"1 234 567 ;; 1{,}234{,}567 ;; 1\,234\,567"),
    ("0.75", r"\frac{6}{8} ;; 3/4 ;; .75 ;; 75\% ;; \frac34"),
    ("1.5", r"1\frac{1}{2} ;; 1 1/2 ;; \frac{3}{2}"),
    (r"-\frac43", r"-1\frac{1}{3} ;; \frac{4}{-3}"),
    ("1000", r"1e3 ;; 10^3 ;; 1.0\times10^{3}"),
    (r"\frac13", r"0.\overline{3} ;; 0.\dot{3} ;; 0.3333333 ;; 0.33333333333333"),
    (r"\frac23", "0.6666667 ;; 0.6666666"),
    (r"28\%", r"28 ;; 0.28 ;; \frac{7}{25} ;; 28 percent ;; 28\text{ percent}"),
    (r"33\frac{1}{3}\%", r"\frac13 ;; 33\frac13 ;; \frac{100}{3}\%"),
    ("28", r"28\%"),
    ("1", r"100\%"),
    (r"2\sqrt{2}", r"\sqrt{8} ;; 2sqrt(2) ;; \sqrt[4]{64}"),
    (r"\frac{\sqrt2}{2}", r"\frac{1}{\sqrt{2}} ;; 2^{-1/2} ;; \sin 45^\circ"),
    (r"\sqrt2", "1.4142136 ;; 1.4142135"),
    (r"\sqrt{7+4\sqrt3}", r"2+\sqrt3"),
    ("1024", "2^{10} ;; 4^5"),
    ("120", r"5! ;; 6\cdot 20"),
    ("10", r"\binom{5}{2} ;; {5 \choose 2}"),
    ("3", r"\log_2 8 ;; \lg 1000 ;; \lfloor 3.7\rfloor ;; \lceil 2.1 \rceil ;; 7 \bmod 4 ;; |{-3}| ;; \gcd(9, 12)"),
    ("1", r"\ln e ;; \tan\frac{\pi}{4}"),
    ("-1", r"e^{i\pi} ;; i^2"),
    ("3+4i", "4i+3 ;; (2+i)^2"),
    ("2i", r"\sqrt{-4} ;; (1+i)^2"),
    ("0", r"\sqrt6-\sqrt2\sqrt3 ;; \ln 6-\ln 2-\ln 3"),
    (r"\frac{\pi}{3}", r"60^\circ ;; \pi/3"),
    (r"60^\circ", r"60 ;; \frac{\pi}{3} ;; 60 degrees"),
    ("0.002", r"2 \cdot 10^{-3}"),
    (r"x \equiv 3 \pmod 7", r"x \equiv 10 \pmod{7} ;; 3 \pmod 7"),
    ("101_2", "101_{2}"),
    ("6", r"\max(2, 6)"),
    ("2:3", "4:6 ;; 2/3"),
    ("1:2:3", "2:4:6"),
]  # fmt: skip
DIFFERENT = [
    ("12", "13 ;; -12 ;; 1.2 ;; 12.0000001 ;; 12 13 ;; 12x ;; 12, 13"),
    ("1", "1.0000001 ;; 0.999999999 ;; 100 ;; 1/0 ;; 1,000"),
    ("1/3", "0.333 ;; 0.3333334 ;; 3"),
    ("0.25", r"25 ;; 2.5\% ;; 0.25\%"),
    (r"5\%", r"0.5 ;; 50\%"),
    (r"\sqrt2", r"1.41 ;; 1.4142137 ;; -\sqrt2 ;; \sqrt3"),
    ("1/2^{99}", "1/2^{98} ;; 0"),
    (r"2 \cdot 10^{-20}", "10^{-20} ;; 0"),
    (r"\frac{1}{2006!}", r"\frac{1}{2004!}"),
    ("0", r"10^{-60}\pi ;; e^{-200} ;; e^{-2000} ;; \frac00"),
    ("1000000009", "1000000007"),
    (r"60^\circ", r"\frac{\pi}{6} ;; 6"),
    ("52_8", "52_3 ;; 52"),
    ("7", r"7/0 ;; 7! ;; 7^7 ;; \frac{d}{dx}x^7 ;; \log 0"),
    (r"x \equiv 3 \pmod 7", r"x \equiv 4 \pmod 7 ;; x \equiv 3 \pmod 5"),
    (r"1+\frac1e", r"1-\frac1e"),
    ("2^{1000}", "2^{1000}+1"),
    ("1:2:3", "3:2:1 ;; 1:2"),
]  # fmt: skip


def test_what_is_equal_and_what_is_not(table: Callable[..., None]) -> None:
    table(EQUAL, DIFFERENT)


def test_policies(boxed: Callable[..., Any]) -> None:
    for answer, gold, policy, outcome in (
        ("28", "28\\%", {"percent": "exact"}, "fail"),
        ("0.28", "28\\%", {"percent": "exact"}, "pass"),
        ("3.14159", "3.14", {}, "fail"),
        ("3.14159", "3.14", {"rounding": "gold"}, "pass"),
        ("3.15", "3.14", {"rounding": "gold"}, "fail"),
    ):
        assert boxed(answer, gold, **policy).outcome == outcome
