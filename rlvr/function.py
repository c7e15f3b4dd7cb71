"""A function as a verifier, for what needs no class.

    from rlvr.function import verifier

    @verifier("near", passes=[("3.14", 3.1)], fails=[("4", 3.1), ("no idea", 3.1)])
    def near(text: str, answer: float, *, tolerance: float = 0.1) -> bool:
        '''Whether the answer is a number close to the right one.'''
        ...

The function gets the completion's text, then what a row's reference holds, then what a recipe may set:
positional parameters are the verifier's `Reference`, those after the `*` its `Options`. It returns a bool
or a `Verdict`, and may raise. `passes` and `fails` are calls of which the outcome is known, under the
default options; the first that passes is the verifier's canary. The function itself stays as it is and
can be called in tests.

What needs a sandbox, the prompt, or examples that depend on the options is a `Verifier`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeVar, cast, get_type_hints

from pydantic import create_model

from rlvr.errors import UsageError
from rlvr.problem import Completion, Problem
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier

F = TypeVar("F", bound=Callable[..., bool | Verdict])

#: The arguments of a call: the text, then the reference's values in order.
Call = tuple[Any, ...]


def verifier(name: str, *, passes: Sequence[Call], fails: Sequence[Call], version: str = "1") -> Callable[[F], F]:
    """Make a verifier of a function: name it as `path/to/file.py:function`, or by an entry point.

    Raises UsageError when the function's parameters or the examples do not tell what is what.
    """

    def decorate(function: F) -> F:
        function.as_verifier = _class_of(function, name, version, passes, fails)  # type: ignore[attr-defined]
        return function

    return decorate


class FunctionVerifier(Verifier):
    """Judges by calling a function. Subclasses are made by `verifier`."""

    function: ClassVar[Callable[..., Any]]
    calls: ClassVar[Sequence[tuple[Call, Outcome]]]

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """The function's verdict, or PASS for True and FAIL `wrong_answer` for False."""
        reference = self.reference(problem)
        values = [getattr(reference, field) for field in self.Reference.model_fields]
        options = {field: getattr(self.options, field) for field in self.Options.model_fields}
        found = type(self).function(completion.full_text, *values, **options)
        if isinstance(found, Verdict):
            return found
        if not isinstance(found, bool):
            raise TypeError(f"{self.name} returned {found!r:.200}, not a bool or a Verdict")
        if found:
            return Verdict.passed(f"{self.name} holds")
        return Verdict.failed("wrong_answer", f"{self.name} does not hold")

    def examples(self) -> Iterable[Example]:
        """The calls that were given with the function."""
        for (text, *values), outcome in self.calls:
            yield Example.of(dict(zip(self.Reference.model_fields, values, strict=False)), text, outcome)


def _class_of(
    function: Callable[..., Any], name: str, version: str, passes: Sequence[Call], fails: Sequence[Call]
) -> type[FunctionVerifier]:
    reference, options = _models(function, name)
    calls = [(call, Outcome.PASS) for call in passes] + [(call, Outcome.FAIL) for call in fails]
    if not passes or not fails:
        what = f"verifier {name!r} has no example that {'fails' if passes else 'passes'}."
        raise UsageError(what, f"Give it one: @verifier({name!r}, passes=[(text, ...)], fails=[(text, ...)]).")
    fewest = sum(field.is_required() for field in reference.model_fields.values())
    for call, _ in calls:
        if not isinstance(call, tuple) or not fewest <= len(call) - 1 <= len(reference.model_fields):
            given = ", ".join(["text", *reference.model_fields]) + ("" if reference.model_fields else ",")
            raise UsageError(f"verifier {name!r}: {call!r} is no call of it.", f"Give a tuple ({given}).")
    body = {
        "__module__": function.__module__,
        "__doc__": function.__doc__,
        "name": name,
        "version": version,
        "Reference": reference,
        "Options": options,
        "function": staticmethod(function),
        "calls": tuple(calls),
    }
    return cast(type[FunctionVerifier], type(function.__name__, (FunctionVerifier,), body))


def _models(function: Callable[..., Any], name: str) -> tuple[type[Model], type[Model]]:
    """The function's parameters after the first as `Reference` and `Options`."""
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise UsageError(f"verifier {name!r} takes no text.", "Let its first parameter be `text: str`.")
    hints = get_type_hints(function)
    fields: dict[bool, dict[str, Any]] = {False: {}, True: {}}
    for parameter in parameters[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or parameter.name not in hints:
            mend = "Give each parameter after the text a name and a type, such as `answer: str`."
            raise UsageError(f"verifier {name!r}: parameter {parameter.name!r} is no single value with a type.", mend)
        optional = parameter.kind is parameter.KEYWORD_ONLY
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[optional][parameter.name] = (hints[parameter.name], default)
    reference = create_model("Reference", __base__=Model, **fields[False])
    return reference, create_model("Options", __base__=Model, **fields[True])
