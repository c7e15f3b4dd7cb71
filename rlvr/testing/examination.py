"""Asks a verifier everything the kit asks, through the workers that training uses, and notes each breach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from rlvr.errors import UsageError, nearest
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_sandbox, build_verifier
from rlvr.sandbox import Job, JobResult, Sandbox
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
from rlvr.testing.breach import Breach
from rlvr.testing.hostile import HOSTILE
from rlvr.verdict import CAUSES, Json, Outcome, Verdict
from rlvr.verifier import Example, SandboxVerifier, Verifier

#: After so many texts that cost a worker, the rest would only take long.
_ENOUGH = 4
_LONGEST_REASON = 1000
_STRANGE_KEY = "no_such_key"
_OTHER = "another example's answer"
_JOINTS = {f"all answers as {kind}": text for kind, text in (("lines", "\n"), ("words", " "), ("alternatives", " or "))}
_KNOWN = {_OTHER, *_JOINTS, *HOSTILE}


@dataclass(frozen=True, slots=True)
class _Question:
    """A text, what it is judged against, and the outcome it must have; None for anything but PASS."""

    rule: str
    on: str
    problem: Problem
    completion: Completion
    expected: Outcome | None = None


class Examination:
    """Of one verifier, once."""

    def __init__(
        self, spec: VerifierSpec, sandbox: Sandbox | None, deadline_seconds: float, allow: frozenset[str]
    ) -> None:
        self.spec = spec
        self.sandbox = sandbox
        self.options = ScoringOptions(workers=1, deadline_seconds=deadline_seconds, cache_size=0)
        for name in allow - _KNOWN:
            raise UsageError(f"there is no text {name!r} to allow.", nearest(name, _KNOWN))
        self.allow = allow
        self.found: list[Breach] = []

    def run(self) -> list[Breach]:
        """Every breach."""
        try:
            verifier = build_verifier(self.spec)
        except UsageError as error:
            return [Breach("builds", "", " ".join(str(error).split()))]
        examples = list(verifier.examples())
        if not self._has_both_kinds(examples):
            return self.found
        self._refuses_unknown_keys(verifier, examples[0])
        self._judges(verifier, [*self._examples(examples), *self._others(examples), *self._hostile(examples)])
        return self.found

    def _note(self, rule: str, on: str, found: str) -> None:
        self.found.append(Breach(rule, on, found))

    def _has_both_kinds(self, examples: Sequence[Example]) -> bool:
        if not examples or examples[0].outcome is not Outcome.PASS:
            self._note("examples", "", "the first example does not pass, and there must be one that does")
            return False
        if all(example.outcome is not Outcome.FAIL for example in examples):
            self._note("examples", "", "no example fails")
        return True

    def _refuses_unknown_keys(self, verifier: Verifier, example: Example) -> None:
        try:
            build_verifier(VerifierSpec(self.spec.name, {**self.spec.options, _STRANGE_KEY: 1}))
            self._note("builds", "", "it takes an option that it does not have")
        except UsageError:
            pass
        try:
            verifier.check_reference(replace(self._problem(example), reference={**example.reference, _STRANGE_KEY: 1}))
            self._note("builds", "", "it takes a reference with a key that it does not have")
        except ValueError:
            pass

    def _examples(self, examples: Sequence[Example]) -> Iterator[_Question]:
        for number, example in enumerate(examples, 1):
            on = f"example {number}"
            yield _Question("examples", on, self._problem(example), example.completion, example.outcome)

    def _others(self, examples: Sequence[Example]) -> Iterator[_Question]:
        """Right answers to other questions, and every answer at once."""
        right = [example for example in examples if example.outcome is Outcome.PASS]
        stated = {(_plain(e.reference), e.completion.full_text) for e in right}
        everything = list(dict.fromkeys(example.completion.full_text for example in examples))
        for one in _distinct(right):
            for other in right:
                if (_plain(one.reference), other.completion.full_text) not in stated:
                    yield _Question("others", _OTHER, self._problem(one), other.completion)
            for name, joint in _JOINTS.items():
                yield _Question("others", name, self._problem(one), Completion(joint.join(everything)))

    def _hostile(self, examples: Sequence[Example]) -> Iterator[_Question]:
        """Against the canary's reference: under another one ("do not refuse") any text may be right."""
        for name, text in HOSTILE.items():
            yield _Question("hostile", name, self._problem(examples[0]), Completion(text))

    def _problem(self, example: Example) -> Problem:
        return example.problem(self.spec)

    def _judges(self, verifier: Verifier, questions: list[_Question]) -> None:
        """Once all; then, but for hostile texts, backwards and in a process that has seen none of it."""
        questions = [question for question in questions if question.on not in self.allow]
        sandbox = self.sandbox
        if sandbox is None and isinstance(verifier, SandboxVerifier):
            sandbox = build_sandbox("docker", {})
        lent = _Lent(sandbox) if sandbox else None
        try:
            first = self._pass(questions, lent)
            for question, verdict in first:
                self._examine(verifier, question, verdict)
            if len(first) == len(questions):
                again = dict(self._numbered(self._pass([q for q in questions[::-1] if q.rule != "hostile"], lent)))
                self._compare(first, again, by_sandbox=sandbox is not None)
        finally:
            if sandbox is not None and self.sandbox is None:
                sandbox.close()

    def _pass(self, questions: Sequence[_Question], sandbox: _Lent | None) -> list[tuple[_Question, Verdict]]:
        """Verdicts in order; fewer than questions when too many cost a worker."""
        judged: list[tuple[_Question, Verdict]] = []
        lost = 0
        with Scorer(self.options, sandbox) as scorer:
            pending = [(question, scorer.submit(question.problem, question.completion)) for question in questions]
            for question, judgement in pending:
                verdict = judgement.result()
                judged.append((question, verdict))
                lost += "worker" in verdict.details
                if lost >= _ENOUGH:
                    break
        return judged

    def _numbered(self, judged: list[tuple[_Question, Verdict]]) -> Iterator[tuple[int, Verdict]]:
        return ((id(question), verdict) for question, verdict in judged)

    def _examine(self, verifier: Verifier, question: _Question, verdict: Verdict) -> None:
        if "worker" in verdict.details or verdict.outcome is Outcome.ERROR:
            self._note("worker", question.on, verdict.reason.partition(": ")[2] or verdict.reason)
            return
        if question.expected is None and verdict.outcome is Outcome.PASS:
            self._note(question.rule, question.on, f"it passes: {verdict.reason}")
        elif question.expected not in (None, verdict.outcome):
            self._note(
                question.rule, question.on, f"states {question.expected}, is {verdict.outcome}: {verdict.reason}"
            )
        owner, colon, _ = verdict.cause.partition(":")
        if verdict.cause not in CAUSES[verdict.outcome] and not (colon and owner == verifier.name):
            self._note("verdict", question.on, f"its cause {verdict.cause!r} is neither known nor its own")
        if not verdict.reason.strip() or "\n" in verdict.reason or len(verdict.reason) > _LONGEST_REASON:
            self._note("verdict", question.on, f"its reason is not one line of at most {_LONGEST_REASON} characters")

    def _compare(
        self, first: list[tuple[_Question, Verdict]], again: Mapping[int, Verdict], *, by_sandbox: bool
    ) -> None:
        """What a sandbox measured, such as seconds in a reason, may differ; outcome, cause and answer may not."""
        for question, one in first:
            other = again.get(id(question))
            if other is None:
                continue
            same = _essence(one) == _essence(other) if by_sandbox else one == other
            if not same:
                self._note("repeats", question.on, f"once {_shown(one)}, then {_shown(other)}")


class _Lent:
    """A sandbox that outlives the scorer it is given to."""

    name: ClassVar[str] = "lent"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def run(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """As the sandbox does."""
        return self._sandbox.run(jobs)

    def status(self) -> Mapping[str, Any]:
        """As the sandbox does."""
        return self._sandbox.status()

    def close(self) -> None:
        """Leave the sandbox to its owner."""


def _distinct(examples: Sequence[Example]) -> Iterator[Example]:
    """One example for each reference."""
    yield from {_plain(example.reference): example for example in reversed(examples)}.values()


def _plain(reference: Mapping[str, Json]) -> str:
    return repr(sorted(reference.items()))


def _essence(verdict: Verdict) -> tuple[object, ...]:
    return verdict.outcome, verdict.cause, verdict.extracted, verdict.score


def _shown(verdict: Verdict) -> str:
    return f"{verdict.outcome} {verdict.cause!r} ({verdict.reason})"
