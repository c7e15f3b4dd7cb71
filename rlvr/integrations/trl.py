"""A verifier as a reward function of TRL's GRPOTrainer and RLOOTrainer.

    with RewardFunction("math") as reward:
        GRPOTrainer(model, reward_funcs=reward, train_dataset=dataset, args=config).train()

An ERROR becomes None, which TRL leaves out of the group's mean and of the loss. A run whose verdicts are
errors too often is stopped with TooManyErrors; TRL by itself would go on training on nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from rlvr.errors import UsageError
from rlvr.integrations.judge import Gold, Judge, plain
from rlvr.problem import Completion, FinishReason, Message, Prompt
from rlvr.scoring.options import ScoringOptions
from rlvr.verdict import Json, Outcome, Verdict


class RewardFunction:
    """Call it as TRL does. `__name__` is what TRL shows as `rewards/<name>/mean`.

    reference: the column that holds the ground truth, or `{reference key: column}` for several. A
        single column's value becomes the reference as `Gold` says, `extract` included; where the column is
        called like a key of the reference, it is that key.
    prefill: what the chat template writes for the assistant before the completion, such as `<think>`.
    end_ids: ids that end a completion by itself. Where given, one that ends in none of them was cut by the
        length limit, and verifiers are told so.

    Raises UsageError for an unknown verifier, a wrong option, or, when called, a missing column.
    """

    def __init__(
        self,
        verifier: str,
        options: Mapping[str, Json] | None = None,
        *,
        reference: str | Mapping[str, str] = "answer",
        extract: str = "",
        prefill: str = "",
        end_ids: Collection[int] = (),
        scoring: ScoringOptions | None = None,
    ) -> None:
        if extract and not isinstance(reference, str):
            raise UsageError("extract cuts one column's text.", "Name that column alone, or cut the texts beforehand.")
        self._judge = Judge(verifier, options, scoring)
        self._columns = reference if isinstance(reference, str) else dict(reference)
        self._extract = extract
        self._prefill = prefill
        self._end_ids = frozenset(end_ids)
        self.__name__ = self._judge.label

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None = None,
        *,
        log_extra: Callable[[str, list[Any]], None] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        """One reward a completion, None where it could not be judged.

        Texts of the verdicts go to `log_extra` as `<name>/cause` and `<name>/reason`, shares of each
        outcome to `log_metric` as `verifier/<name>/{pass,fail,error}`.
        """
        ids = completion_ids if completion_ids is not None else [()] * len(prompts)
        references = self._references(columns, len(prompts))
        pairs = [
            (self._judge.problem(_prompt(prompt), reference), self._completion(completion, its_ids))
            for prompt, completion, its_ids, reference in zip(prompts, completions, ids, references, strict=True)
        ]
        verdicts = self._judge.verdicts(pairs)
        self._log(verdicts, log_extra, log_metric)
        self._judge.check_health()
        return [verdict.reward for verdict in verdicts]

    def __enter__(self) -> RewardFunction:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker processes."""
        self._judge.close()

    def _references(self, columns: Mapping[str, Any], count: int) -> list[dict[str, Json]]:
        wanted = [self._columns] if isinstance(self._columns, str) else list(self._columns.values())
        for column in wanted:
            if column not in columns:
                known = ", ".join(sorted(columns)) or "none"
                what = f"reward function {self.__name__!r}: the dataset has no column {column!r} (it has: {known})."
                raise UsageError(what, "Name the one with the ground truth in RewardFunction(reference=...).")
        if isinstance(self._columns, str):
            is_key = self._columns in self._judge.verifier.Reference.model_fields
            gold = Gold(self._columns if is_key else "", self._extract)
            return [gold.reference(truth, self._judge.verifier) for truth in columns[self._columns]]
        found = [{key: plain(columns[column][row]) for key, column in self._columns.items()} for row in range(count)]
        return [{key: value for key, value in row.items() if value is not None} for row in found]

    def _completion(self, completion: Any, ids: Sequence[int]) -> Completion:
        cut = bool(self._end_ids) and (not ids or ids[-1] not in self._end_ids)
        reason = FinishReason.LENGTH if cut else FinishReason.EOS
        rest: dict[str, Any] = {"token_ids": tuple(ids), "finish_reason": reason, "prefill": self._prefill}
        if isinstance(completion, str):
            return Completion(completion, **rest)
        turns = tuple(_message(message) for message in completion)
        spoken = [turn["content"] for turn in turns if turn["role"] == "assistant"]
        return Completion(spoken[-1] if spoken else "", messages=turns if len(turns) > 1 else (), **rest)

    def _log(
        self,
        verdicts: Sequence[Verdict],
        log_extra: Callable[[str, list[Any]], None] | None,
        log_metric: Callable[[str, float], None] | None,
    ) -> None:
        if log_extra is not None:
            log_extra(f"{self.__name__}/cause", [verdict.cause for verdict in verdicts])
            log_extra(f"{self.__name__}/reason", [verdict.reason for verdict in verdicts])
        if log_metric is not None:
            for outcome in Outcome if verdicts else ():
                share = sum(verdict.outcome is outcome for verdict in verdicts) / len(verdicts)
                log_metric(f"verifier/{self.__name__}/{outcome.value}", share)


def _prompt(prompt: Any) -> Prompt:
    return prompt if isinstance(prompt, str) else tuple(_message(message) for message in prompt)


def _message(message: Mapping[str, Any]) -> Message:
    """A turn whose content is text: blocks of content are joined, those that are no text left out."""
    content = message.get("content") or ""
    if not isinstance(content, str):
        content = "".join(str(block.get("text", "")) for block in content)
    return {"role": str(message["role"]), "content": content}
