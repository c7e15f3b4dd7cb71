"""A verifier as OpenRLHF's reward function, and what its remote form is made of.

    # rewards.py, for --reward.remote_url rewards.py
    from rlvr.integrations.openrlhf import RewardFunction
    reward_func = RewardFunction("math")

    $ rlvr serve math                        # for --reward.remote_url http://127.0.0.1:8000/openrlhf/math

OpenRLHF passes the whole text, prompt and answer, special tokens included. Only the answer is judged; where
the prompt cannot be told from it nothing is, because the prompt may hold a right answer. An ERROR raises
NoVerdict (from the server: status 503), which OpenRLHF logs and treats as no reward.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rlvr.errors import NoVerdict, UsageError
from rlvr.integrations.judge import Gold, Judge
from rlvr.problem import Completion
from rlvr.scoring.options import ScoringOptions
from rlvr.verdict import Json, Outcome, Verdict

#: What chat templates end the assistant's turn with.
END_OF_TURN = ("<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>", "<end_of_turn>", "<|end|>", "</s>")
#: A tokenizer may write so many characters of its own before the prompt, such as a begin token.
_BEFORE_PROMPT = 32


class RewardFunction:
    """Call it as OpenRLHF does, from any thread. Parameters as of `Judge` and `Gold`.

    end_of_turn: special tokens that are cut from the end of the answer.
    """

    def __init__(
        self,
        verifier: str,
        options: Mapping[str, Json] | None = None,
        *,
        gold: Gold | None = None,
        end_of_turn: Sequence[str] = END_OF_TURN,
        scoring: ScoringOptions | None = None,
    ) -> None:
        """Raises UsageError for an unknown verifier or a wrong option."""
        self._judge = Judge(verifier, options, scoring)
        self._gold = gold or Gold()
        self._end_of_turn = tuple(end_of_turn)
        self.__name__ = "reward_func"

    def __call__(
        self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **_: Any
    ) -> dict[str, Any]:
        """`rewards` and `scores`, float tensors (N,), and `extra_logs` of such tensors.

        Raises NoVerdict when one could not be judged, UsageError when prompt and answer cannot be told apart.
        """
        import torch

        pairs = [
            (
                self._judge.problem(prompt, self._gold.reference(label, self._judge.verifier)),
                answer_in(query, prompt, self._end_of_turn),
            )
            for query, prompt, label in zip(queries, prompts, labels, strict=True)
        ]
        form = remote_form(self._judge.verdicts(pairs))
        logs = {key: torch.tensor(values) for key, values in form["extra_logs"].items()}
        rewards = torch.tensor(form["rewards"])
        return {"rewards": rewards, "scores": rewards.clone(), "extra_logs": logs}

    def close(self) -> None:
        """End the worker processes."""
        self._judge.close()


def answer_in(query: str, prompt: str, end_of_turn: Iterable[str] = END_OF_TURN) -> Completion:
    """What follows the prompt in a query, without the token that ended the turn. Raises UsageError."""
    start = query.find(prompt, 0, len(prompt) + _BEFORE_PROMPT)
    if start < 0:
        what = f"a query does not begin with its prompt: {query[:80]!r} against {prompt[:80]!r}."
        raise UsageError(what, "Shorten the prompts if they were cut; else the tokenizer changes them.")
    text = query[start + len(prompt) :].rstrip()
    for token in end_of_turn:
        if text.endswith(token):
            return Completion(text.removesuffix(token))
    return Completion(query[start + len(prompt) :])


def remote_form(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Verdicts as OpenRLHF's JSON: `rewards`, `scores` and `extra_logs`, lists of N floats. Raises NoVerdict."""
    for verdict in verdicts:
        if verdict.reward is None:
            raise NoVerdict(f"{verdict.cause}: {verdict.reason}", "Mend the verifier or the row; nothing was scored.")
    rewards = [float(verdict.reward or 0.0) for verdict in verdicts]
    passed = [float(verdict.outcome is Outcome.PASS) for verdict in verdicts]
    return {"rewards": rewards, "scores": rewards, "extra_logs": {"passed": passed}}
