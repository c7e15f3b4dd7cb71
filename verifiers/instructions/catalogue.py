"""The catalogue of instructions: what an id is called with, what it asks, and how it is judged.

    @instruction("punctuation:no_comma", least=2)
    def no_comma(text: str) -> bool:
        \"\"\"Contain no comma.\"\"\"

    @as_published("punctuation:no_comma")
    def _no_comma(text: str) -> bool: ...

The first is the hardened judgement, used in training; its docstring says what is asked of the answer,
with the arguments' names in braces. The second repeats what the published scorer
does, faults included, for evaluations that are compared with published numbers; where it is missing,
both are the same. Arguments are checked against the function's annotations when data is loaded.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeAlias, get_type_hints

from pydantic import Field, create_model

from rlvr.errors import nearest
from rlvr.verifier import Model

Judge: TypeAlias = Callable[..., bool]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]
Relation = Literal["less than", "at least", "at most", "around"]

#: Known ids that cannot be judged here, and why.
REFUSED = {
    "words:start_verb": "whether a word is a verb needs a part-of-speech tagger, and none is reliable enough",
}


@dataclass(frozen=True)
class Instruction:
    """One id. Where `least` is over 1, any short text satisfies the constraint, and a hardened answer
    needs at least that many words before it means anything.
    """

    id: str
    asks: str
    arguments: type[Model]
    hardened: Judge
    reference: Judge
    least: int

    def needs(self, arguments: dict[str, Any], at_least: int) -> int:
        """How many words a hardened answer needs; one, when the arguments themselves ask for something."""
        relation = next((value for key, value in arguments.items() if key.endswith("relation")), "at most")
        asks_for_some = relation in ("at least", "around") and 0 not in arguments.values()
        return 1 if self.least == 1 or asks_for_some else max(self.least, at_least)

    def describe(self, arguments: dict[str, Any]) -> str:
        """What is asked, as the end of "the answer should ..."."""
        shown = {key: value if len(str(value)) <= 80 else f"{str(value)[:80]}..." for key, value in arguments.items()}
        asks = self.asks[:1].lower() + self.asks[1:].rstrip(".")
        return asks.format(**shown)


INSTRUCTIONS: dict[str, Instruction] = {}


def instruction(name: str, *, least: int = 1) -> Callable[[Judge], Judge]:
    """Register the decorated function as the judge of that id in both modes."""

    def register(judge: Judge) -> Judge:
        if name in INSTRUCTIONS:
            raise ValueError(f"two functions judge {name!r}")
        INSTRUCTIONS[name] = Instruction(name, inspect.getdoc(judge) or "", _arguments_of(judge), judge, judge, least)
        return judge

    return register


def as_published(*names: str) -> Callable[[Judge], Judge]:
    """Register the decorated function as the published scorer's judgement of those ids."""

    def register(judge: Judge) -> Judge:
        for name in names:
            INSTRUCTIONS[name] = replace(INSTRUCTIONS[name], reference=judge)
        return judge

    return register


def lookup(name: str) -> Instruction:
    """The instruction of that id. Raises ValueError with the reason or the nearest name."""
    if name in REFUSED:
        raise ValueError(f"{name!r} cannot be judged: {REFUSED[name]}")
    if name not in INSTRUCTIONS:
        raise ValueError(f"there is no instruction {name!r}. {nearest(name, INSTRUCTIONS)}")
    return INSTRUCTIONS[name]


def _arguments_of(judge: Judge) -> type[Model]:
    """A model of the keyword arguments, made from the function's annotations."""
    hints = get_type_hints(judge, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(judge).parameters.items())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], default)
    model: type[Model] = create_model(judge.__name__, __base__=Model, **fields)
    return model


def holds(found: int, relation: str, wanted: int) -> bool:
    """Whether a number stands in the relation; "around" is within a tenth, and at least one."""
    if relation == "less than":
        return found < wanted
    if relation == "at most":
        return found <= wanted
    if relation == "around":
        return abs(found - wanted) <= max(1, round(wanted / 10))
    return found >= wanted
