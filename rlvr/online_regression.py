"""Linear or logistic regression that learns batch by batch and slowly forgets: the head of PPO's critic.

The weights' posterior is kept as a Gaussian, mean and precision; what one batch leaves is the prior of
the next (the Laplace approximation, Spiegelhalter & Lauritzen 1990). Nothing to tune: no learning rate,
no passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

#: Precision of a weight before anything was seen.
_PRIOR = 20.0
#: What is left of the precision after each rollout: the policy that was learnt from is no more.
_KEPT = 0.9
_ITERATIONS = 6


class OnlineRegression:
    """Weights for `size` features and a bias, in float64 on the CPU.

    Features may be on any device, where the products over all rows are taken in float32.
    """

    def __init__(self, size: int, *, logistic: bool) -> None:
        self.logistic = logistic
        self.weights = torch.zeros(size + 1, dtype=torch.float64)
        self.precision = _PRIOR * torch.eye(size + 1, dtype=torch.float64)

    def start(self, bias: float) -> None:
        """Begin at a constant prediction: a logit if logistic."""
        self.weights[-1] = bias

    def forget(self) -> None:
        """Go part of the way back to the precision of the start; the weights stay."""
        start = _PRIOR * torch.eye(len(self.weights), dtype=torch.float64)
        self.precision = _KEPT * self.precision + (1 - _KEPT) * start

    def predict(self, features: Tensor) -> Tensor:
        """features (..., F) -> (...): logits if logistic, else values."""
        weights = self.weights.to(features.device, features.dtype)
        return features @ weights[:-1] + weights[-1]

    def learn(self, features: Tensor, targets: Tensor, weights: Tensor) -> float:
        """features (N, F); targets, weights (N,): weight of each row. Returns the mean loss before it.

        Each iteration minimises a quadratic that bounds the loss from above, whose curvature is that of
        p (1 - p) <= 1/4 (Boehning & Lindsay 1988): it cannot overshoot, as Newton's steps can, and one
        factorisation serves all iterations. For squares the bound is exact and one iteration is enough.
        """
        x, y, share = features, targets.to(features), weights.to(features)
        prior, raw = self.weights, self.predict(x)
        loss = binary_cross_entropy_with_logits(raw, y) if self.logistic else mse_loss(raw, y) / 2
        bound = _curvature(x, share * (0.25 if self.logistic else 1.0))
        factor = torch.linalg.cholesky(self.precision + bound)
        for _ in range(_ITERATIONS if self.logistic else 1):
            slope = _slope(x, share * (self._mean(x) - y)) + self.precision @ (self.weights - prior)
            self.weights = self.weights - torch.cholesky_solve(slope[:, None], factor)[:, 0]
        p = self._mean(x)
        self.precision = self.precision + (_curvature(x, share * p * (1 - p)) if self.logistic else bound)
        return float(loss)

    def state_dict(self) -> Mapping[str, Any]:
        """Mean and precision."""
        return {"weights": self.weights, "precision": self.precision}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.weights = state["weights"].clone()
        self.precision = state["precision"].clone()

    def _mean(self, x: Tensor) -> Tensor:
        raw = self.predict(x)
        return raw.sigmoid() if self.logistic else raw


def _slope(x: Tensor, errors: Tensor) -> Tensor:
    """x (N, F), errors (N,) -> (F + 1,): the sum of errors times features, and of errors for the bias."""
    return torch.cat([x.T @ errors, errors.sum()[None]]).double().cpu()


def _curvature(x: Tensor, weights: Tensor) -> Tensor:
    """x (N, F), weights (N,) -> (F + 1, F + 1): the weighted sum of outer products, bias last."""
    weighted = x * weights[:, None]
    side = weighted.sum(0)
    top = torch.cat([x.T @ weighted, side[:, None]], dim=1)
    return torch.cat([top, torch.cat([side, weights.sum()[None]])[None]]).double().cpu()
