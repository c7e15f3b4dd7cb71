"""Estimates of KL(policy || reference) from sampled tokens, and where each is right.

With d = logprob - reference logprob of a token drawn from the policy (Schulman, "Approximating KL
divergence", 2020). As a *value* (a metric, or a penalty inside the reward, without gradient): k1 and k3 are
unbiased, k3 with less variance. As a *loss*, differentiated by autograd, what counts is the gradient's
expectation over the policy's own tokens:

  k1: 0. Useless as a loss, right in the reward.
  k3: that of KL(reference || policy), the forward KL: a different pull, which GRPO's authors use.
  k3_corrected: the gradient of KL(policy || reference), off-policy too. Right as a loss.

Exact on a distribution of four tokens: tests/rlvr/algorithms/test_fixtures.py, case kl_exact_4way.
All arguments and results are (B, T), in nats; entries are independent, so what a masked entry or an ERROR row
holds stays there, and a weight of 0 must drop it: it is finite wherever log-probs are.
"""

from __future__ import annotations

import torch
from torch import Tensor


def k1(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """d: unbiased as a value, either sign. For the reward (-beta k1, no gradient), never as a loss."""
    return logprobs - reference_logprobs


def k3(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """exp(-d) - 1 + d: unbiased as a value, never negative. As a loss its gradient is the forward KL's."""
    d = logprobs - reference_logprobs
    return torch.expm1(-d) + d


def k3_corrected(logprobs: Tensor, reference_logprobs: Tensor, old_logprobs: Tensor) -> Tensor:
    """r k3 with r = exp(logprobs - old_logprobs), differentiated through r as well; for use as a loss.

    Unbiased in value and gradient for KL(policy || reference) with tokens drawn from an older policy
    (DeepSeek-V3.2, 2025, arXiv 2512.02556). On-policy the value is that of k3, the gradient is not.
    """
    return (logprobs - old_logprobs).exp() * k3(logprobs, reference_logprobs)
