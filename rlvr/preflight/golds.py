"""How a row's right answer may be written, so that its own verifier can be asked whether it passes.

Two sources: the row's solution, as the data set's author wrote it, and the answer its reference names,
in the forms that answers are asked for. Which form a prompt asks for is not known here, so one that
passes is enough; a form that no verifier knows proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rlvr.problem import Completion, FinishReason, Problem, VerifierSpec

_FORMS = ("{}", "\\boxed{{{}}}", "Answer: {}", "The answer is {}.", "#### {}")
_FRAMES = (
    "{}",
    "<think>\nIt follows.\n</think>\n{}",
    "<think>\nIt follows.\n</think>\n<answer>\n{}\n</answer>",
    "<answer>{}</answer>",
)
_ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Gold:
    """A right answer, written out. `form` is `solution`, or the pattern that the answer was put into."""

    form: str
    text: str


def golds(problem: Problem, solution: str | None, shown: bool = False) -> list[Gold]:
    """A problem's right answer in every form, the likeliest first; empty when the row names none.

    Where solutions are `shown` to the model as examples it will imitate them, so no other form counts.
    """
    forms = [] if solution is None else [Gold("solution", text) for text in _continued(problem, solution)]
    if shown and forms:
        return forms
    markers = [f"{marker} {{}}" for marker in _markers(problem.verifier)]
    patterns = [frame.replace("{}", form) for frame in _FRAMES for form in (*markers, *_FORMS)]
    answers = named_answers(problem.reference)
    return forms + [
        Gold(pattern.format("ANSWER"), pattern.format(answer)) for pattern in patterns for answer in answers
    ]


def named_answers(reference: Any) -> list[str]:
    """The accepted answers under the key `answer`, wherever it stands in a reference."""
    found: list[str] = []
    for key, value in reference.items() if isinstance(reference, Mapping) else ():
        if isinstance(value, Mapping):
            found += named_answers(value)
        elif key == _ANSWER:
            values = value if isinstance(value, list | tuple) else [value]
            found += [str(item) for item in values if isinstance(item, str | int | float)]
    return found


def same_answer(one: str, other: str) -> bool:
    """Whether two answers are equal without asking a verifier: as text, or as numbers."""
    if " ".join(one.split()).casefold() == " ".join(other.split()).casefold():
        return True
    numbers = _number(one), _number(other)
    return numbers[0] is not None and numbers[0] == numbers[1]


def as_sampled(text: str, stop: Sequence[str]) -> Completion:
    """The text as a sampler would have ended it, so that what a stop string cuts off is not judged."""
    cuts = [at for string in stop if (at := text.find(string)) >= 0]
    if cuts:
        return Completion(text[: min(cuts)], finish_reason=FinishReason.STOP)
    return Completion(text)


def _continued(problem: Problem, solution: str) -> Iterator[str]:
    """The solution as few-shot examples show it: a text prompt is followed by a space."""
    if isinstance(problem.prompt, str) and not problem.prompt[-1:].isspace() and not solution[:1].isspace():
        yield f" {solution}"
    yield solution


def _markers(spec: VerifierSpec) -> Iterator[str]:
    """What the verifier's options, or those of a part, want an answer to stand after."""
    options: Any = spec.options
    marker = options.get("after")
    if isinstance(marker, str) and marker:
        yield marker.replace("{", "{{").replace("}", "}}")
    for part in options.get("parts", ()):
        yield from _markers(VerifierSpec(part["name"], part.get("options", {})))


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text.strip().strip("$").replace(",", "").replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        return None
