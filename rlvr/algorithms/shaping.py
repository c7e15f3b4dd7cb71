"""What is added to a verdict's reward before advantages are estimated. The verdict itself never changes.

Whether a group has signal is asked of verdicts, not of shaped rewards: a penalty for length alone would make
any group look mixed.
"""

from __future__ import annotations

from torch import Tensor

from rlvr.errors import UsageError


def overlong_penalty(lengths: Tensor, max_length: int, cache: int) -> Tensor:
    """lengths (B,) in tokens -> (B,) float64 in [-1, 0], to be added to rewards (NaN + penalty stays NaN).

    DAPO's soft overlong punishment (Yu et al. 2025, arXiv 2503.14476, eq. 13): 0 up to max_length - cache,
    then linearly down to -1 at max_length and beyond. Raises UsageError unless 0 < cache <= max_length.
    """
    if not 0 < cache <= max_length:
        raise UsageError(
            f"a soft overlong penalty over the last {cache} of {max_length} tokens has no zone to fall in.",
            "Choose a cache of at least 1 token, and at most max_length.",
        )
    return ((max_length - cache - lengths.double()) / cache).clamp(-1, 0)
