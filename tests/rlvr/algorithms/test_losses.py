"""Policy losses: gradients by closed forms, bounds, and what must not change anything."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rlvr.algorithms.losses import POLICY_LOSSES, Clip, clipped, gspo, gspo_token, sequence_clipped
from rlvr.algorithms.normalisers import LossType, token_weights

NAMES = sorted(POLICY_LOSSES)
LOSS_TYPES: list[LossType] = ["grpo", "dapo", "dr_grpo", "luspo"]
seeds = st.integers(0, 10_000)
names = st.sampled_from(NAMES)


def drawn(seed: int, drift: float = 0.3) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Log-probs, old log-probs, advantages (one a row) and mask of five completions of one to six tokens."""
    generator = torch.Generator().manual_seed(seed)
    old = -torch.rand(5, 6, generator=generator, dtype=torch.float64)
    new = old + drift * torch.randn(5, 6, generator=generator, dtype=torch.float64)
    advantages = torch.randn(5, 1, generator=generator, dtype=torch.float64).expand(5, 6)
    return new, old, advantages, torch.arange(6)[None, :] < torch.randint(1, 7, (5, 1), generator=generator)


def gradient(name: str, parts: tuple[Tensor, ...], loss_type: LossType = "grpo", clip: Clip | None = None) -> Tensor:
    """The normalised loss's gradient by the log-probs of its first argument."""
    new, old, advantages, mask = parts
    new = new.clone().requires_grad_()
    losses, _ = POLICY_LOSSES[name](new, old, advantages, mask, clip or Clip())
    rows, tokens = int(mask.any(1).sum()), int(mask.sum())
    (losses * token_weights(mask, loss_type, rows, tokens, 10, torch.float64)).sum().backward()  # type: ignore[no-untyped-call]
    assert new.grad is not None
    return new.grad


@given(seeds, names)
def test_on_policy_the_gradient_is_minus_advantage_over_the_count(seed: int, name: str) -> None:
    new, _, advantages, mask = drawn(seed)
    parts = (new, new, advantages, mask)
    # A ratio over the whole completion moves by 1 for each of its tokens, and every token carries it.
    loss_type: LossType = "grpo" if name == "sequence_clipped" else "dapo"
    count = 5 if name == "sequence_clipped" else int(mask.sum())
    torch.testing.assert_close(gradient(name, parts, loss_type), -advantages * mask / count)


@given(seeds, names, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(seed: int, name: str, random: object) -> None:
    parts = drawn(seed)
    order = list(range(5))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = tuple(part[order] for part in parts)
    torch.testing.assert_close(gradient(name, shuffled), gradient(name, parts)[order])


@given(seeds, names, st.sampled_from(LOSS_TYPES), st.integers(1, 4))
def test_micro_batches_add_up_to_the_whole(seed: int, name: str, loss_type: LossType, cut: int) -> None:
    new, old, advantages, mask = drawn(seed)
    whole, _ = POLICY_LOSSES[name](new, old, advantages, mask, Clip())
    counts = (5, int(mask.sum()), 10, torch.float64)
    total = (whole * token_weights(mask, loss_type, *counts)).sum()
    parts = []
    for rows in (slice(0, cut), slice(cut, 5)):
        losses, _ = POLICY_LOSSES[name](new[rows], old[rows], advantages[rows], mask[rows], Clip())
        parts.append((losses * token_weights(mask[rows], loss_type, *counts)).sum())
    torch.testing.assert_close(parts[0] + parts[1], total)


@given(seeds, names, st.integers(0, 4))
def test_what_is_masked_has_no_influence(seed: int, name: str, row: int) -> None:
    new, old, advantages, mask = drawn(seed)
    mask = mask & (torch.arange(5) != row)[:, None]
    broken = tuple(part.clone().masked_fill(~mask, float("nan")) for part in (new, old, advantages))
    found = gradient(name, (*broken, mask))
    assert torch.equal(found, gradient(name, (new, old, advantages, mask)))
    assert not found[~mask].any()
    losses, flags = POLICY_LOSSES[name](*broken, mask, Clip())
    assert not losses[~mask].any()
    assert not flags[~mask].any()


@pytest.mark.parametrize("name", NAMES)
def test_without_advantage_there_is_no_gradient(name: str) -> None:
    new, old, advantages, mask = drawn(0)
    assert not gradient(name, (new, old, torch.zeros_like(advantages), mask)).any()


@pytest.mark.parametrize(
    ("ratio", "advantage", "clip", "expected", "gradient_left"),
    [
        (1.5, 1.0, Clip(0.2, 0.28), -1.28, False),  # already likelier than the upper bound allows: no more push
        (1.5, -1.0, Clip(0.2, 0.28), 1.5, True),
        (0.5, 1.0, Clip(0.2, 0.28), -0.5, True),
        (0.5, -1.0, Clip(0.2, 0.28), 0.8, False),  # already less likely than the lower bound allows
        (1.1, 1.0, Clip(0.2, 0.28), -1.1, True),
        (4.0, -1.0, Clip(delta=3.0), 3.0, False),
        (2.5, -1.0, Clip(delta=3.0), 2.5, True),
        (4.0, 1.0, Clip(delta=3.0), -1.2, False),
    ],
)
@pytest.mark.parametrize("loss", [clipped, gspo, gspo_token, sequence_clipped])
def test_bounds_take_the_gradient_away(
    loss: object, ratio: float, advantage: float, clip: Clip, expected: float, gradient_left: bool
) -> None:
    logprobs = torch.tensor([[ratio]], dtype=torch.float64).log().requires_grad_()
    old, mask = torch.zeros(1, 1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.bool)
    losses, flags = loss(logprobs, old, torch.tensor([[advantage]], dtype=torch.float64), mask, clip)  # type: ignore[operator]
    losses.sum().backward()
    assert losses.item() == pytest.approx(expected)
    assert logprobs.grad is not None
    assert bool(logprobs.grad.any()) is gradient_left
    assert bool(flags) is not gradient_left


@given(seeds)
def test_clipped_tokens_are_those_without_gradient(seed: int) -> None:
    new, old, advantages, mask = drawn(seed)
    _, flags = clipped(new, old, advantages, mask, Clip())
    assert torch.equal(gradient("clipped", (new, old, advantages, mask)) == 0, flags | ~mask)


def test_cispo_keeps_a_gradient_where_it_is_clipped() -> None:
    new, old, advantages, mask = drawn(1)
    _, flags = POLICY_LOSSES["cispo"](new, old, advantages, mask, Clip())
    assert flags.any()
    assert gradient("cispo", (new, old, advantages, mask))[flags].abs().min() > 0


def test_the_table_has_every_loss_by_its_name() -> None:
    expected = "cispo clipped gmpo gspo gspo_token reinforce sapo sequence_clipped vespo"
    assert " ".join(NAMES) == expected
    assert all(loss.__name__ == name for name, loss in POLICY_LOSSES.items())  # type: ignore[attr-defined]
