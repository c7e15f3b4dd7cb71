"""What one step's rollouts show, as numbers. Shares are over all sampled completions or groups."""

from __future__ import annotations

from collections import Counter

from rlvr.algorithms.advantages import has_signal
from rlvr.batch import RolloutBatch
from rlvr.verdict import Outcome


def batch_metrics(batch: RolloutBatch) -> dict[str, float | None]:
    """Rewards, outcomes by cause, groups with signal, lengths and truncation of one batch.

    `reward` is None when no completion could be judged: a dead run must not look like a healthy one.
    """
    judged = batch.rewards[~batch.rewards.isnan()]
    lengths = batch.lengths.double()
    return {
        "reward": float(judged.mean()) if len(judged) else None,
        "reward_std": float(judged.std()) if len(judged) > 1 else None,
        **_outcome_shares(batch),
        **_group_shares(batch),
        "completions/mean_length": float(lengths.mean()),
        "completions/min_length": float(lengths.min()),
        "completions/max_length": float(lengths.max()),
        "completions/clipped_ratio": float(batch.truncated.double().mean()),
    }


def _outcome_shares(batch: RolloutBatch) -> dict[str, float | None]:
    """`outcome/pass`, `outcome/fail`, `outcome/error`, and `cause/<cause>` for those that occurred."""
    count = len(batch)
    outcomes = Counter(verdict.outcome for verdict in batch.verdicts)
    causes = Counter(verdict.cause for verdict in batch.verdicts)
    shares: dict[str, float | None] = {f"outcome/{o.value}": outcomes[o] / count for o in Outcome}
    return shares | {f"cause/{cause}": n / count for cause, n in sorted(causes.items())}


def _group_shares(batch: RolloutBatch) -> dict[str, float | None]:
    """How many groups there were; shares of those whose rewards differ, that were all right, all wrong."""
    mixed = has_signal(batch.rewards, batch.group_index)
    rewards = [batch.rewards[rows] for rows in batch.group_rows()]
    judged = [r[~r.isnan()] for r in rewards]
    return {
        "groups/count": float(len(mixed)),
        "groups/mixed": sum(mixed) / len(mixed),
        "groups/all_pass": sum(bool(len(r)) and bool((r == 1).all()) for r in judged) / len(judged),
        "groups/all_fail": sum(bool(len(r)) and bool((r == 0).all()) for r in judged) / len(judged),
    }
