"""Units of measure behind a value: which they are, and the value without them.

Behind a value `\\text{}` may hold a unit or the name of what was counted. Text that says more than that stays, and
the answer is then no plain value: `5\\text{ million}` is not 5.
"""

from __future__ import annotations

import re

_NAMES = (
    "cm centimet(?:er|re)s? mm millimet(?:er|re)s? km kilomet(?:er|re)s? m met(?:er|re)s? ft feet foot inch(?:es)? in "
    "yards? yd miles? mi units? hours? hrs? hr h minutes? mins? seconds? secs? s days? weeks? months? years? yrs? "
    "dollars? bucks cents? yuan euros? kg kilograms? g grams? mg lbs? pounds? oz ounces? mph kph kmh liters? litres? L "
    "ml mL gallons? points? people persons? students? apples? balls? ways? times cubes? squares? sides? cups? tickets? "
    "coins? square cubic sq per radians? rad integers? numbers? solutions? items? Hz kHz MHz kPa Pa kJ kW eV mol "
    "[ap]\\.m newtons? joules? watts? volts? amperes? ohms?"
)
_NAME = rf"(?:{'|'.join(_NAMES.split())})"
_POWER = r"(?:\s*\^\s*\{?\s*-?[1-9]\s*\}?)?"
#: Units of one letter; any other letter in `\text{}` is a variable, or `\mathrm{i}` and `\mathrm{e}`.
_LETTER_UNITS = "[mshgltLNJWVACFKT]"
_LETTER = "[A-Za-zµÀ-ɏЀ-ӿ]"
#: What things are called is open ("12\text{ red balls}"), so behind a value any English word is taken for a name,
#: except those that say something of the value or give another one: numerals, operations, denials, alternatives,
#: conditions, verbs.
_TELLING_BEGINNINGS = (
    "two three thirt four fort[yi] fift five six seven eight nine nint eleven twel[vf] twent hundred thousand "
    "[a-z]*illion dozen infinit percent incorrect possibl probabl"
)
_TELLING_WORDS = (
    "zero nil null ones? tens? tenths? gross lakhs? crores? half halves thirds? quarter double[ds]? triple[ds]? twice "
    "thrice quadruple plus minus negative factorial squared cubed root modulo mod divided multiplied added subtracted "
    "over below under reciprocal inverse pi inf sqrt sin cos tan log ln exp no not none never nor neither non without "
    "except wrong false invalid untrue nope or and either maybe perhaps also else instead rather but versus vs "
    "alternatively otherwise if when where unless because since for while than to until from by it is "
    "isn are aren was were be been being has have had do does did can cannot could would should may might must will "
    "shall equals? means? becomes? makes? gives?"
)
_TELLING = rf"(?i:(?:{'|'.join(_TELLING_BEGINNINGS.split())})[a-z]*|{'|'.join(_TELLING_WORDS.split())})(?!{_LETTER})"
#: A word, read in one way only, so that a text that is refused is refused in linear time.
_WORD = (
    rf"(?>(?:{_NAME}(?:\s+(?:squared|cubed))?|{_LETTER_UNITS}|a(?=\s+{_LETTER})|o'clock|(?!{_TELLING}){_LETTER}{{2,}})"
    rf"(?!{_LETTER}))"
)
#: Chinese measures and counters, which are no numerals: 千 is one, but in 千米 a part of the unit.
_CHINESE = (
    r"[平立]方(?=[千厘分毫公]?[米里])|千(?=[米克瓦])|"
    "[个個只元圆角分厘毫公米里海克斤吨升顷亩天日周月年小时钟秒点岁人名位本页张支枚颗棵朵条辆台件种次组对双道层块片根倍度]"
)
_RAISED = r"(?:\^(?:\{-?[1-9]\}|-?[1-9](?!\d))|[23](?!\w))?"
#: What stands in `\text{}` as a unit: no digits, but for powers of a unit ("m/s^2", "m s^{-1}").
_INSIDE = (
    rf"(?:[\s.()\[\]]|,(?=\s*\}})|[-/*·](?=\s*(?:[^\W\d_]|[(\\]))|\\(?:cdot|deg|mu|Omega)(?![a-zA-Z])|{_CHINESE}"
    rf"|{_WORD}{_RAISED})*+"
)
_TEXT = re.compile(rf"(?<=[\w}})\]%])\s*\\text\s*\{{{_INSIDE}\}}{_POWER}(?:\s*/?\s*\\text\s*\{{{_INSIDE}\}}{_POWER})*")
_PLAIN = re.compile(rf"(?<=[\d}})%])((?:\s*[/*]?\s*{_NAME}(?![a-zA-Z]){_POWER}){{1,6}})\s*\.?$")
#: "30 \frac{m}{s}" and its like.
_PART = rf"\{{\s*(?:{_NAME}|\\text\s*\{{{_INSIDE}\}}){_POWER}\s*\}}"
_FRACTION = re.compile(rf"(?<=[\d}})])\s*\\frac\s*{_PART}\s*{_PART}\s*\.?$")
_TEMPERATURE = re.compile(
    r"\\deg\s*(?:\\text\s*\{\s*)?(?:[CF]|[Cc]elsius|[Ff]ahrenheit|[Cc]entigrade)(?![a-zA-Z])(?:\s*\})?\s*$"
)
#: A unit at the end of a text takes no more characters.
_LONGEST = 80
_COMMAND = re.compile(r"\\[a-zA-Z]+")


def unit(text: str) -> str:
    """The unit behind a cleaned value, folded: "5 \\text{ cm}^2" has "cm^2". Empty where there is none."""
    end = max(0, len(text) - _LONGEST)
    found = _TEXT.search(text) or _PLAIN.search(text, end) or _FRACTION.search(text, end)
    return re.sub(r"\\text|[\s{}.]", "", found[0]).casefold() if found else ""


def without_unit(text: str) -> str:
    """A cleaned value without its unit. Letters that may be variables stay where others stand before them."""
    if "\\" in text:
        text = _TEMPERATURE.sub(r"\\deg ", text)
        text = _TEXT.sub("", text)
        text = _FRACTION.sub("", text)
    found = _PLAIN.search(text, max(0, len(text) - _LONGEST))
    if not found:
        return text
    value = text[: found.start()].rpartition("=")[2]
    return text if re.search(r"[a-zA-Z]", _COMMAND.sub("", value)) else text[: found.start()]
