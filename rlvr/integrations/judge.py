"""A verifier with the scorer that runs it, for frameworks that call a function and know nothing of either.

It owns worker processes: they start with the first judgement and end with `close` or with this process.
It can be pickled, and starts its own workers wherever it arrives. Not a form any framework calls: those
are its neighbours.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rlvr.errors import UsageError
from rlvr.problem import Completion, Problem, Prompt, VerifierSpec
from rlvr.registry import build_sandbox, build_verifier, needs_sandbox
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
from rlvr.tasks.gold import extract
from rlvr.verdict import Json, Verdict
from rlvr.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Gold:
    """How a framework's one ground truth becomes a verifier's reference.

    A mapping is the whole reference. Anything else stands under `field`, by default the one key the
    verifier's reference must have; a text is first cut by `extract`, if given: `gsm8k`, `boxed`, `json` or a
    regular expression, as in a recipe's tasks.
    """

    field: str = ""
    extract: str = ""

    def reference(self, truth: Any, verifier: Verifier) -> dict[str, Json]:
        """The reference, without keys that are None: tables fill in what a row does not have.

        Raises UsageError where the truth is no mapping and the verifier's reference has no one key for it.
        """
        if self.extract and isinstance(truth, str):
            truth = extract(truth, self.extract)
        found = dict(truth) if isinstance(truth, Mapping) else {self.field or _only_key(verifier): truth}
        return {key: plain(value) for key, value in found.items() if value is not None}


def _only_key(verifier: Verifier) -> str:
    fields = verifier.Reference.model_fields
    required = [field.alias or name for name, field in fields.items() if field.is_required()]
    if len(required) != 1:
        known = ", ".join(field.alias or name for name, field in fields.items()) or "those of its parts"
        what = f"a reference of {verifier.name!r} has not one key but several ({known})"
        raise UsageError(f"{what}, and the ground truth is no mapping.", "Give a mapping, or name the key.")
    return required[0]


class Judge:
    """One verifier. Any number of threads may ask."""

    def __init__(self, name: str, options: Mapping[str, Json] | None = None, scoring: ScoringOptions | None = None):
        """Raises UsageError for an unknown verifier or a wrong option, now and not in the middle of a run."""
        self.spec = VerifierSpec(name, dict(options or {}))
        self.verifier = build_verifier(self.spec)
        self.scoring = scoring or ScoringOptions()
        self._lock = threading.Lock()
        self._scorer: Scorer | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"spec": self.spec, "scoring": self.scoring}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        spec: VerifierSpec = state["spec"]
        self.__init__(spec.name, spec.options, state["scoring"])  # type: ignore[misc]

    @property
    def label(self) -> str:
        """The verifier's own name, also where it comes from a file."""
        return self.verifier.name

    def problem(self, prompt: Prompt, reference: Mapping[str, Json]) -> Problem:
        """What was asked, for this verifier."""
        return Problem("", prompt, reference, self.label, self.spec)

    def verdicts(self, pairs: Iterable[tuple[Problem, Completion]]) -> list[Verdict]:
        """Verdicts in the order of the pairs."""
        return self._started().score(pairs)

    def check_health(self) -> None:
        """Raise TooManyErrors when too many of the last verdicts were errors."""
        self._started().check_health()

    def close(self) -> None:
        """End the workers. A later judgement starts new ones."""
        with self._lock:
            scorer, self._scorer = self._scorer, None
        if scorer is not None:
            scorer.close()

    def _started(self) -> Scorer:
        with self._lock:
            if self._scorer is None:
                sandbox = build_sandbox("docker", {}) if needs_sandbox(self.spec) else None
                self._scorer = Scorer(self.scoring, sandbox)
            return self._scorer


def plain(value: Any) -> Any:
    """A value of a table or a tensor as JSON has it: numpy's arrays and scalars become lists and numbers."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return plain(value.tolist()) if hasattr(value, "tolist") else value
