"""A verifier as verl's custom reward function.

    # rewards.py
    from rlvr.integrations.verl import ComputeScore
    compute_score = ComputeScore("math")

    reward.custom_reward_function.path=rewards.py

verl has no reward that is absent: whatever is returned enters the group's baseline, and NaN would enter
every weight. So an ERROR raises NoVerdict, which ends the run with the reason, unless `error_score` states
what it is to count as; every result then carries `error`, 1.0 for such rows, so that they can be seen and
filtered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr.errors import NoVerdict, UsageError, nearest
from rlvr.integrations.judge import Gold, Judge
from rlvr.problem import Completion, VerifierSpec
from rlvr.scoring.options import ScoringOptions
from rlvr.verdict import Json, Outcome


class ComputeScore:
    """Call it as verl does, from any thread.

    verifiers: a verifier's name with its `options`, or `{data_source: VerifierSpec}` for a mixture.
    gold: how `ground_truth` becomes the reference; `Gold(extract="json")` where a whole reference is kept
        as text.
    error_score: what an ERROR counts as; None raises.
    """

    def __init__(
        self,
        verifiers: str | Mapping[str, VerifierSpec],
        options: Mapping[str, Json] | None = None,
        *,
        gold: Gold | None = None,
        error_score: float | None = None,
        scoring: ScoringOptions | None = None,
    ) -> None:
        """Raises UsageError for an unknown verifier or a wrong option."""
        if not isinstance(verifiers, str) and options:
            raise UsageError("options belong to one verifier.", "Give each VerifierSpec its own.")
        self._default = Judge(verifiers, options, scoring) if isinstance(verifiers, str) else None
        specs = {} if isinstance(verifiers, str) else verifiers
        self._judges = {source: Judge(spec.name, spec.options, scoring) for source, spec in specs.items()}
        self._gold = gold or Gold()
        self._error_score = error_score
        self.__name__ = "compute_score"

    def __call__(
        self, data_source: str, solution_str: str, ground_truth: Any, extra_info: Any = None, **_: Any
    ) -> dict[str, Any]:
        """`score`, and beside it `acc` (1.0 for PASS), `pred`, `outcome`, `cause`, `reason`, `error`.

        Raises NoVerdict for an ERROR without `error_score`, UsageError for an unknown `data_source`.
        """
        judge = self._judge(data_source)
        prompt = str(extra_info.get("question", "")) if isinstance(extra_info, Mapping) else ""
        problem = judge.problem(prompt, self._gold.reference(ground_truth, judge.verifier))
        (verdict,) = judge.verdicts([(problem, Completion(solution_str))])
        score = self._error_score if verdict.reward is None else verdict.reward
        if score is None:
            mend = "Mend it, or give ComputeScore(error_score=...) what such a row is to count as."
            raise NoVerdict(f"verifier {judge.label!r}, {verdict.cause}: {verdict.reason}", mend)
        return {
            "score": score,
            "acc": float(verdict.outcome is Outcome.PASS),
            "pred": verdict.extracted or "",
            "outcome": verdict.outcome.value,
            "cause": verdict.cause,
            "reason": verdict.reason,
            "error": float(verdict.outcome is Outcome.ERROR),
        }

    def close(self) -> None:
        """End the worker processes."""
        for judge in (self._default, *self._judges.values()):
            if judge is not None:
                judge.close()

    def _judge(self, data_source: str) -> Judge:
        judge = self._judges.get(data_source, self._default)
        if judge is None:
            raise UsageError(f"no verifier for data_source {data_source!r}.", nearest(data_source, self._judges))
        return judge
