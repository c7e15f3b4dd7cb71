"""The path of one stored rollout from its text to its verdict, and on to its advantage.

Everything comes from the run's store and recipe; nothing is judged again (that is `rlvr.rescore`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rlvr.problem import Prompt
from rlvr.recipe import Recipe
from rlvr.store_reader import StoredRollout, StoreReader
from rlvr.verdict import Verdict

_ENDINGS = {
    "eos": "the model ended its turn",
    "stop": "a stop string ended it",
    "length": "the length limit cut it",
    "abort": "it was broken off",
}


def explain_rollout(recipe: Recipe, reader: StoreReader, identity: int) -> dict[str, Any]:
    """All there is to say of a rollout, as plain data. Raises UsageError that says which ids there are."""
    rollout = reader.rollout(identity)
    group = reader.group(rollout)
    verifiers = {task.name: task.verifier for task in recipe.tasks}
    verifier = verifiers.get(rollout.task)
    completion, verdict = rollout.completion, rollout.verdict
    return {
        "id": rollout.id,
        "step": rollout.step,
        "phase": rollout.phase,
        "task": rollout.task,
        "problem": rollout.problem_id,
        "prompt": rollout.prompt,
        "prefill": completion.prefill,
        "completion": completion.text,
        "tokens": len(completion.token_ids),
        "finish_reason": completion.finish_reason.value,
        "verifier": verifier.model_dump() if verifier else None,
        "reference": dict(rollout.reference),
        "extracted": verdict.extracted,
        "verdict": {**verdict.to_json(), "reward": verdict.reward},
        "advantage": rollout.advantage,
        "group": [_neighbour(member) for member in group],
        "signal": signal(recipe, rollout, group),
    }


def signal(recipe: Recipe, rollout: StoredRollout, group: Sequence[StoredRollout]) -> str:
    """Why the rollout's group taught something, or did not."""
    rewards = [member.verdict.reward for member in group]
    judged = [reward for reward in rewards if reward is not None]
    if rollout.phase != "train":
        return f"phase {rollout.phase}: an evaluation, nothing was trained on it"
    if not judged:
        return "every verdict of the group is an error of ours: it was left out of the update"
    mean = sum(judged) / len(judged)
    left_out = len(rewards) - len(judged)
    errors = f"; {left_out} errors are in no baseline" if left_out else ""
    if len(set(judged)) == 1 and recipe.algorithm.needs_mixed_groups:
        how = "right" if judged[0] == 1 else "wrong" if judged[0] == 0 else f"worth {judged[0]:g}"
        return f"no signal: all {len(judged)} judged answers are {how}, so none is better than the others{errors}"
    if rollout.advantage is None:
        return f"rewards have mean {mean:.3f}{errors}, but this rollout was in no update"
    side = "above" if rollout.advantage > 0 else "below" if rollout.advantage < 0 else "at"
    return (
        f"signal: rewards have mean {mean:.3f}{errors}; this answer is {side} what was expected,"
        f" advantage {rollout.advantage:+.3f}"
    )


def describe(found: Mapping[str, Any]) -> str:
    """The path for a person, from top to bottom."""
    verdict = Verdict.from_json({key: value for key, value in found["verdict"].items() if key != "reward"})
    head = f"rollout {found['id']}: {found['phase']} step {found['step']}, task {found['task']}, {found['problem']}"
    ending = f"{found['tokens']} tokens, {_ENDINGS[found['finish_reason']]}"
    prefill = [*_block("written by the chat template", found["prefill"])] if found["prefill"] else []
    verifier = found["verifier"]
    judge = f"verifier {verifier['name']} {verifier['options'] or ''}".rstrip() if verifier else "verifier unknown"
    extracted = found["extracted"]
    lines = [
        head,
        *_block("prompt", _as_text(found["prompt"])),
        *prefill,
        *_block(f"completion ({ending})", found["completion"]),
        *_block("extracted", "nothing" if extracted is None else extracted),
        *_block(f"reference ({judge})", str(found["reference"])),
        *_block("verdict", "\n".join(_verdict(verdict))),
        *_block("group", "\n".join(_member(member, found["id"]) for member in found["group"])),
        found["signal"],
    ]
    return "\n".join(lines)


def _neighbour(member: StoredRollout) -> dict[str, Any]:
    verdict = member.verdict
    return {
        "id": member.id,
        "outcome": verdict.outcome.value,
        "cause": verdict.cause,
        "reward": verdict.reward,
        "advantage": member.advantage,
        "extracted": verdict.extracted,
    }


def _block(title: str, text: str) -> Iterator[str]:
    """A titled paragraph, indented so that a completion cannot look like part of the report."""
    yield f"{title}:"
    yield from (f"    {line}" for line in text.split("\n"))


def _as_text(prompt: Prompt) -> str:
    if isinstance(prompt, str):
        return prompt
    return "\n".join(f"[{message['role']}] {message['content']}" for message in prompt)


def _verdict(verdict: Verdict, indent: str = "") -> Iterator[str]:
    """Outcome, cause, reward and reason; of a composite those of each part as well."""
    reward = "none" if verdict.reward is None else f"{verdict.reward:g}"
    yield f"{indent}{verdict.outcome.value} ({verdict.cause}), reward {reward}: {verdict.reason}"
    for key, value in verdict.details.items():
        if key == "parts" and isinstance(value, dict):
            for name, part in value.items():
                yield f"{indent}  part {name}:"
                yield from _verdict(Verdict.from_json(part), indent + "    ")  # type: ignore[arg-type]
        else:
            yield f"{indent}  {key}: {value}"


def _member(member: Mapping[str, Any], own: int) -> str:
    reward = "error" if member["reward"] is None else f"{member['reward']:g}"
    advantage = "-" if member["advantage"] is None else f"{member['advantage']:+.3f}"
    mark = ">" if member["id"] == own else " "
    extracted = "" if member["extracted"] is None else f"  {' '.join(member['extracted'].split())[:60]!r}"
    return f"{mark} {member['id']}  reward {reward}  advantage {advantage}  {member['cause']}{extracted}"
