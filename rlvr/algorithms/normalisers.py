"""How token losses add up to one number: a weight for each token, known before the first micro-batch.

The loss of an optimizer step is the sum of weight times token loss over all of its micro-batches. Counts are
those of the whole optimizer batch, so gradients add up to the same however it is cut.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

LossType = Literal["grpo", "dapo", "dr_grpo", "luspo"]


def token_weights(
    mask: Tensor,
    loss_type: LossType,
    rows: int,
    tokens: int,
    max_tokens: int,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """How much each token counts, (B, T), zero where masked; `mask` excludes rows that are not trained on.

    rows, tokens: completions and tokens trained on in the whole optimizer batch, over all micro-batches and
    ranks; max_tokens: the limit on a completion's tokens.
    grpo:    mean over a completion's tokens, then over completions (favours short right answers).
    dapo:    mean over all tokens of the batch (arXiv 2503.14476). BNPO is this with the tokens of a
             micro-batch for a count: the same thing when there is one micro-batch, and otherwise a loss that
             depends on the cut, which is why it is not offered.
    dr_grpo: sum over tokens / (rows * max_tokens), a constant: no bias by length (arXiv 2503.20783).
    luspo:   sum over a completion's tokens, then mean over completions: longer ones count more, which
             undoes the length bias of a ratio that is averaged over tokens (LUSPO, arXiv 2602.05261).
    """
    weights = mask.to(dtype)
    if loss_type == "grpo":
        return weights / mask.sum(1, keepdim=True).clamp(min=1) / max(rows, 1)
    divisors = {"dapo": tokens, "dr_grpo": rows * max_tokens, "luspo": rows}
    return weights / max(divisors[loss_type], 1)
