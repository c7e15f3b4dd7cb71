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
    """Weights for `size` features and a bias, in float64 on the CPU."""

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
        return features.double() @ self.weights[:-1] + self.weights[-1]

    def learn(self, features: Tensor, targets: Tensor, weights: Tensor) -> float:
        """features (N, F); targets, weights (N,): weight of each row. Returns the mean loss before it.

        Each iteration minimises a quadratic that bounds the loss from above, whose curvature is that of
        p (1 - p) <= 1/4 (Boehning & Lindsay 1988): it cannot overshoot, as Newton's steps can, and one
        factorisation serves all iterations. For squares the bound is exact and one iteration is enough.
        """
        x = torch.cat([features.double(), torch.ones(len(features), 1, dtype=torch.float64)], dim=1)
        y, share = targets.double(), weights.double()
        prior, raw = self.weights, x @ self.weights
        loss = binary_cross_entropy_with_logits(raw, y) if self.logistic else mse_loss(raw, y) / 2
        bound = x.T @ (x * (share * (0.25 if self.logistic else 1.0))[:, None])
        factor = torch.linalg.cholesky(self.precision + bound)
        for _ in range(_ITERATIONS if self.logistic else 1):
            slope = x.T @ (share * (self._mean(x) - y)) + self.precision @ (self.weights - prior)
            self.weights = self.weights - torch.cholesky_solve(slope[:, None], factor)[:, 0]
        p = self._mean(x)
        self.precision = self.precision + (x.T @ (x * (share * p * (1 - p))[:, None]) if self.logistic else bound)
        return float(loss)

    def state_dict(self) -> Mapping[str, Any]:
        """Mean and precision."""
        return {"weights": self.weights, "precision": self.precision}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.weights = state["weights"].clone()
        self.precision = state["precision"].clone()

    def _mean(self, x: Tensor) -> Tensor:
        raw = x @ self.weights
        return raw.sigmoid() if self.logistic else raw
