"""Units of measure behind a value: which they are, and the value without them."""

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
#: What stands in `\text{}` as a unit: no digits, but for powers of a unit ("m/s^2", "m s^{-1}").
_INSIDE = r"(?:[^{}\d]|(?<=[a-zA-Z])(?:\^(?:\{-?[1-9]\}|-?[1-9](?!\d))|[23](?!\w)))*"
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
