"""Another verifier, on servers run by `rlvr serve`.

    verifier: {name: remote, options: {urls: ["http://a:8000", "http://b:8000"], verifier: code}}

References are the other verifier's. The key stands in an environment variable, never in a recipe. Whatever
goes wrong on the way is ERROR `verifier_failed`: neither a network nor a server can make an answer wrong.
It does not judge, and it does not spread one verdict's work: each goes to one server.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator

from rlvr.errors import UsageError
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier, check_reference
from rlvr.verdict import Json, Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier, fault
from rlvr.verifiers._servers import NoAnswer, Servers


class RemoteOptions(Model):
    """Where and what.

    urls: servers that offer the same verifier; each verdict needs one of them. verifier, options: what to
    ask for. key_variable: the environment variable with the servers' key; where it is not set, none is sent.
    timeout_seconds: how long one verdict may take in all, several servers included; more than twice the
    servers' own deadline, or answers that hang a verifier there are errors here.
    """

    urls: tuple[str, ...] = Field(min_length=1)
    verifier: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    options: dict[str, Any] = Field(default_factory=dict)
    key_variable: str = "RLVR_SERVE_KEY"
    timeout_seconds: float = Field(default=60.0, gt=0)

    @field_validator("urls")
    @classmethod
    def _are_servers(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
                raise ValueError(f"{url!r} is no server; write http://host:8000")
            if parts.username or parts.password:
                raise ValueError("a key does not belong in a url; put it into the environment variable")
        return urls


class RemoteReference(Model):
    """Any keys: the verifier on the servers says which."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Remote(Verifier):
    """Asks for the verdict of a verifier that runs elsewhere."""

    name = "remote"
    version = "1"
    Options = RemoteOptions
    Reference = RemoteReference

    def __init__(self, options: Any = None) -> None:
        """Raises ValidationError without options: there is no server by default."""
        super().__init__(options)
        self._servers = Servers(self.options.urls, os.environ.get(self.options.key_variable, "").strip() or None)
        self._spec = VerifierSpec(self.options.verifier, self.options.options)

    @property
    def waits_seconds(self) -> float:
        """The time all servers together have for one verdict."""
        return float(self.options.timeout_seconds)

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """The servers' verdict, or ERROR `verifier_failed` with what each of them said."""
        row = _row(self._spec, problem, completion)
        until = time.monotonic() + self.options.timeout_seconds
        verdict = self._asked(row, self.options.timeout_seconds)
        left = until - time.monotonic()
        if verdict.outcome is Outcome.ERROR and verdict.cause != "invalid_reference" and left > 0:
            verdict = self._asked(row, left)  # elsewhere, where there are several: the servers take turns
        return verdict

    def _asked(self, row: Mapping[str, Json], seconds: float) -> Verdict:
        try:
            answer = self._servers.ask("/verify", {"rows": [row]}, seconds)
        except NoAnswer as error:
            return Verdict.error("verifier_failed", f"{self._spec.name} is out of reach: {error}")
        try:
            (found,) = answer["verdicts"]
            return Verdict.from_json({key: value for key, value in found.items() if key != "reward"})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return Verdict.error("verifier_failed", f"what a server sent is no verdict: {error!r}")

    def check_reference(self, problem: Problem) -> None:
        """Raise ValueError when the verifier is known here too and could not judge against it."""
        local = self._local()
        if local is None:
            return
        try:
            check_reference(local, Problem(problem.id, problem.prompt, problem.reference, problem.task, self._spec))
        except ValueError as error:  # told with the keys of the verifier that refused, of which there are none here
            raise ValueError(f"{self._spec.name}: {fault(local, error)}") from error

    def examples(self) -> Iterable[Example]:
        """The other verifier's, where it is known here too."""
        local = self._local()
        return local.examples() if local is not None else ()

    def _local(self) -> Verifier | None:
        try:
            return build_verifier(self._spec)
        except UsageError:
            return None  # a plug-in that only the servers have


def _row(spec: VerifierSpec, problem: Problem, completion: Completion) -> dict[str, Any]:
    prompt = problem.prompt
    return {
        "verifier": spec.name,
        "options": dict(spec.options),
        "reference": dict(problem.reference),
        "prompt": _sendable(prompt) if isinstance(prompt, str) else [dict(turn) for turn in prompt],
        "prefill": _sendable(completion.prefill),
        "completion": _sendable(completion.text),
        "finish_reason": completion.finish_reason.value,
    }


def _sendable(text: str) -> str:
    """The text with a sign in place of half characters, which no encoding has."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
