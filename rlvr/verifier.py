"""What a plug-in author implements: `Verifier`, or `SandboxVerifier` for what must be run to be judged.

    class Parity(Verifier):
        name, version = "parity", "1"

        class Reference(Model):
            even: bool

        def verify(self, problem, completion):
            ...

A verifier is a pure function of its options, the problem and the completion. It may raise: one
boundary, in `rlvr.scoring`, tells whose fault that was. It starts no process of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from rlvr.errors import RlvrError, UsageError
from rlvr.misfit import explain as explain  # plug-ins that read options of their own have it from here
from rlvr.problem import Completion, Problem, Prompt, VerifierSpec
from rlvr.sandbox import Job, JobResult
from rlvr.verdict import Json, Outcome, Verdict


class Model(BaseModel):
    """Base of every `Options` and `Reference`: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Example:
    """A completion whose outcome is known. A verifier's first example is its canary."""

    reference: Mapping[str, Json]
    completion: Completion
    outcome: Outcome
    prompt: Prompt = ""

    @classmethod
    def of(cls, reference: Mapping[str, Json], text: str, outcome: Outcome, prompt: Prompt = "") -> Example:
        """An example from the completion's text."""
        return cls(reference, Completion(text), outcome, prompt)

    def problem(self, verifier: VerifierSpec) -> Problem:
        """The example as a problem of that verifier."""
        return Problem("example", self.prompt, self.reference, "example", verifier)


class Verifier(ABC):
    """Judges completions. `name` is how a recipe calls it, `version` changes whenever a verdict may."""

    name: ClassVar[str]
    version: ClassVar[str]
    #: What a recipe may set.
    Options: ClassVar[type[Model]] = Model
    #: What a row must carry; checked when the data is loaded.
    Reference: ClassVar[type[Model]] = Model

    @property
    def waits_seconds(self) -> float:
        """How long a verdict may wait for another machine, by the verifier's own clock; 0 where it is made here.

        The scorer's deadline begins after that, and what goes wrong is never taken for the completion's doing.
        """
        return 0.0

    def __init__(self, options: Any = None) -> None:
        self.options: Any = self.Options() if options is None else options

    @abstractmethod
    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """Judge one completion. Must not depend on time, order, or anything outside its arguments."""

    @abstractmethod
    def examples(self) -> Iterable[Example]:
        """Completions of known outcome under the present options: first one that passes, then others."""

    def reference(self, problem: Problem) -> Any:
        """The problem's reference as this verifier's `Reference`. Raises pydantic's ValidationError."""
        return self.Reference.model_validate(problem.reference)

    def check_reference(self, problem: Problem) -> None:
        """Raise ValueError (pydantic's ValidationError is one) when nothing could be judged against it.

        Override to check more than the shape, such as a gold answer that does not parse.
        """
        self.reference(problem)


class SandboxVerifier(Verifier):
    """Judged by running something: `prepare` makes the job, a sandbox runs it, `conclude` reads the result.

    Both halves are pure; the scoring layer carries the job to the sandbox in between.
    """

    @abstractmethod
    def prepare(self, problem: Problem, completion: Completion) -> Job | Verdict:
        """The job to run, or a verdict at once when there is nothing to run."""

    @abstractmethod
    def conclude(self, problem: Problem, result: JobResult) -> Verdict:
        """The verdict that the job's result means. Never called with a result that is our fault."""

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """A sandbox verifier cannot judge by itself. Raises TypeError."""
        raise TypeError(f"{self.name} needs a sandbox: judge it through rlvr.scoring.Scorer")


def build(kind: type[Verifier], options: Mapping[str, Json]) -> Verifier:
    """A verifier of that class with those options. Raises UsageError that names the option and the mend."""
    try:
        checked = kind.Options.model_validate(options)
    except ValidationError as error:
        raise UsageError(f"verifier {kind.name!r}: {explain(error, kind.Options)}") from None
    try:
        return kind(checked)
    except RlvrError:
        raise
    except Exception as error:  # a plug-in's constructor: whatever it raises is told with its name
        raise UsageError(f"verifier {kind.name!r} cannot be built: {error!r}") from error


def fault(verifier: Verifier, error: ValueError) -> str:
    """What `check_reference` found wrong, in a line."""
    if isinstance(error, ValidationError):
        return explain(error, verifier.Reference)
    return str(error) or repr(error)
