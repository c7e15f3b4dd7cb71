"""Our losses and advantages against TRL's own, on the same random tensors.

Losses: `_compute_loss` of TRL's trainers, called on a stand-in for the trainer that hands it our log-probs in
float64. Advantages: tiny real trainers whose reward function returns our rewards; TRL keeps those in float32.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from rlvr.algorithms import losses
from rlvr.algorithms.advantages import ScaleRewards, group_advantages, leave_one_out
from rlvr.algorithms.corrections import importance_weights
from rlvr.algorithms.kl import k3, k3_corrected
from rlvr.algorithms.losses import Clip, PolicyLoss, cispo, clipped, gmpo, gspo, sapo, sequence_clipped, vespo
from rlvr.algorithms.normalisers import LossType, token_weights
from rlvr.algorithms.shaping import overlong_penalty

pytestmark = pytest.mark.filterwarnings("ignore")  # of TRL and what it imports

WITHIN = 1e-12
#: TRL keeps SAPO's temperatures in float32 (1.05 is off by 5e-8), whatever the losses are in.
SAPO_WITHIN = 1e-6
B, T, LIMIT = 12, 9, 16


class Same:
    """What an accelerator of one process does: nothing."""

    num_processes = 1
    sync_gradients = True

    def gather(self, values: Tensor) -> Tensor:
        return values

    def reduce(self, values: Tensor, reduction: str) -> Tensor:
        return values

    def pad_across_processes(self, values: Tensor, **_: Any) -> Tensor:
        return values


@pytest.fixture(scope="module", params=range(3))
def batch(request: pytest.FixtureRequest) -> dict[str, Tensor]:
    """Far enough off-policy for every bound to act; one completion is empty, one advantage is 0."""
    generator = torch.Generator().manual_seed(request.param)

    def normal(scale: float) -> Tensor:
        return torch.randn(B, T, generator=generator, dtype=torch.float64) * scale

    lengths = torch.randint(1, T + 1, (B,), generator=generator)
    lengths[3], lengths[4] = 0, T
    mask = torch.arange(T)[None, :] < lengths[:, None]
    old = -normal(1).abs()
    advantages = normal(1)[:, 0]
    advantages[5] = 0
    return {
        "mask": mask,
        "old": old * mask,
        "new": (old + normal(0.3)) * mask,
        "reference": (old + normal(0.4)) * mask,
        "sampler": (old + normal(0.3)) * mask,
        "entropy": normal(1).abs().float().double() * mask,  # TRL ranks them in float32
        "advantages": advantages,
    }


def stand_in(trainer: Any, batch: dict[str, Tensor], new: Tensor, **options: Any) -> Any:
    """As much of a trainer as `_compute_loss` reads, with TRL's defaults."""
    settings: dict[str, Any] = {
        "use_bias_correction_kl": True,
        "delta": None,
        "sapo_temperature_pos": 1.0,
        "sapo_temperature_neg": 1.05,
        "vespo_k_pos": 2.0,
        "vespo_lambda_pos": 3.0,
        "vespo_k_neg": 3.0,
        "vespo_lambda_neg": 2.0,
        "steps_per_generation": 1,
    }
    own: dict[str, Any] = {
        "beta": 0.0,
        "epsilon_low": 0.2,
        "epsilon_high": 0.28,
        "loss_type": "grpo",
        "importance_sampling_level": "token",
        "top_entropy_quantile": 1.0,
        "off_policy_mask_threshold": None,
        "use_vllm": False,
        "vllm_importance_sampling_correction": True,
    }
    unknown = set(options) - set(settings) - set(own)
    assert not unknown
    settings |= {key: value for key, value in options.items() if key in settings}
    own |= {key: value for key, value in options.items() if key in own}
    stub = SimpleNamespace(
        **own,
        args=SimpleNamespace(**settings),
        model=SimpleNamespace(training=True),
        accelerator=Same(),
        max_completion_length=LIMIT,
        current_gradient_accumulation_steps=1,
        aux_loss_enabled=False,
        _entropy_bonus_enabled=False,
        _metrics=defaultdict(lambda: defaultdict(list)),
        _get_per_token_logps_and_entropies=lambda *_, **__: (new, batch["entropy"], None),
    )
    stub.get_gamma_weights = getattr(trainer, "get_gamma_weights", None)
    return stub


def theirs(trainer: Any, batch: dict[str, Tensor], weights: Tensor | None = None, **options: Any) -> Any:
    """TRL's loss and its gradient."""
    new = batch["new"].clone().requires_grad_()
    mask = batch["mask"].long()
    inputs = {
        "prompt_ids": torch.zeros(B, 1, dtype=torch.long),
        "prompt_mask": torch.ones(B, 1, dtype=torch.long),
        "completion_ids": torch.zeros_like(mask),
        "completion_mask": mask,
        "advantages": batch["advantages"],
        "old_per_token_logps": batch["old"],
        "old_logps": batch["old"].sum(1),
        "ref_per_token_logps": batch["reference"],
        "sampling_per_token_logps": batch["sampler"],
        "num_items_in_batch": mask.sum(),
    }
    if weights is not None:
        inputs["importance_sampling_ratio"] = weights
        options["use_vllm"] = True
    loss = trainer._compute_loss(stand_in(trainer, batch, new, **options), None, inputs)
    loss.backward()
    return loss.detach(), new.grad


def ours(
    batch: dict[str, Tensor],
    loss: PolicyLoss,
    normaliser: LossType,
    clip: Clip,
    *,
    factor: Any = None,
    term: Any = None,
) -> Any:
    """Our loss and its gradient: every row of the batch counts, as TRL's do, the empty one included."""
    new = batch["new"].clone().requires_grad_()
    mask = batch["mask"]
    losses, _ = loss(new, batch["old"], batch["advantages"][:, None].expand(mask.shape), mask, clip)
    losses = losses if factor is None else losses * factor
    losses = losses if term is None else losses + term(new)
    total = (losses * token_weights(mask, normaliser, B, int(mask.sum()), LIMIT, torch.float64)).sum()
    total.backward()  # type: ignore[no-untyped-call]
    return total.detach(), new.grad


def agree(found: Any, expected: Any, within: float = WITHIN) -> None:
    for own, other in zip(found, expected, strict=True):
        torch.testing.assert_close(own, other, atol=within, rtol=within)


def without_the_empty(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Its row 4 twice instead of row 3: where TRL sums over completions without a mask, one without tokens
    adds a constant of ratio 1 to the loss, and nothing to the gradient; ours has no token to carry that."""
    return {name: torch.cat([values[:3], values[4:], values[4:5]]) for name, values in batch.items()}


@pytest.fixture(scope="module")
def grpo_trainer() -> Any:
    from trl import GRPOTrainer

    return GRPOTrainer


@pytest.mark.parametrize("level", ["token", "sequence"])
@pytest.mark.parametrize("loss_type", ["grpo", "bnpo", "dr_grpo", "dapo", "luspo"])
def test_clipped_losses(grpo_trainer: Any, batch: dict[str, Tensor], loss_type: str, level: str) -> None:
    loss = clipped if level == "token" else gspo
    normaliser: Any = "dapo" if loss_type == "bnpo" else loss_type
    expected = theirs(grpo_trainer, batch, loss_type=loss_type, importance_sampling_level=level)
    agree(ours(batch, loss, normaliser, Clip(0.2, 0.28)), expected)


@pytest.mark.parametrize("level", ["token", "sequence"])
def test_two_sided_clip(grpo_trainer: Any, batch: dict[str, Tensor], level: str) -> None:
    expected = theirs(grpo_trainer, batch, delta=1.35, importance_sampling_level=level)
    agree(ours(batch, clipped if level == "token" else gspo, "grpo", Clip(0.2, 0.28, delta=1.35)), expected)


def test_cispo(grpo_trainer: Any, batch: dict[str, Tensor]) -> None:
    expected = theirs(grpo_trainer, batch, loss_type="cispo", epsilon_high=1.3)  # there the bound itself
    agree(ours(batch, cispo, "dapo", Clip(epsilon_high=0.3)), expected)


def test_sapo(grpo_trainer: Any, batch: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    agree(ours(batch, sapo, "grpo", Clip()), theirs(grpo_trainer, batch, loss_type="sapo"), SAPO_WITHIN)
    monkeypatch.setattr(losses, "_TAU_NEGATIVE", 1.25)  # exact in float32, and then so is the agreement
    agree(ours(batch, sapo, "grpo", Clip()), theirs(grpo_trainer, batch, loss_type="sapo", sapo_temperature_neg=1.25))


def test_vespo(grpo_trainer: Any, batch: dict[str, Tensor]) -> None:
    agree(ours(batch, vespo, "dapo", Clip()), theirs(grpo_trainer, batch, loss_type="vespo"))


def test_gmpo(batch: dict[str, Tensor]) -> None:
    from trl.experimental.gmpo import GMPOTrainer

    full = without_the_empty(batch)
    expected = theirs(GMPOTrainer, full, epsilon_low=0.3, epsilon_high=0.4)
    agree(ours(full, gmpo, "grpo", Clip(0.3, 0.4)), expected)


def test_rloo(batch: dict[str, Tensor]) -> None:
    from trl import RLOOTrainer

    full = without_the_empty(batch)
    agree(ours(full, sequence_clipped, "grpo", Clip(0.2, 0.28)), theirs(RLOOTrainer, full))


@pytest.mark.parametrize("corrected", [False, True])
def test_kl_in_the_loss(grpo_trainer: Any, batch: dict[str, Tensor], corrected: bool) -> None:
    def term(new: Tensor) -> Tensor:
        plain = k3(new, batch["reference"])
        return 0.1 * (k3_corrected(new, batch["reference"], batch["old"]) if corrected else plain)

    expected = theirs(grpo_trainer, batch, beta=0.1, use_bias_correction_kl=corrected)
    agree(ours(batch, clipped, "grpo", Clip(0.2, 0.28), term=term), expected)


@pytest.mark.parametrize("mode", ["truncate", "mask"])
@pytest.mark.parametrize("level", ["token", "sequence"])
def test_importance_weights_enter_as_theirs_do(
    grpo_trainer: Any, batch: dict[str, Tensor], level: Any, mode: Any
) -> None:
    weights = importance_weights(batch["old"], batch["sampler"], batch["mask"], level, mode, 1.6)
    expected = theirs(grpo_trainer, batch, weights, loss_type="dapo")
    agree(ours(batch, clipped, "dapo", Clip(0.2, 0.28), factor=weights), expected)


def test_overlong_penalty() -> None:
    from trl.rewards import get_soft_overlong_punishment

    expected = get_soft_overlong_punishment(20, 5)([[0] * n for n in range(30)])
    assert overlong_penalty(torch.arange(30), 20, 5).tolist() == pytest.approx(expected)


REWARDS: list[float | None] = [1, 0, 0, 1, 1, 1, 1, 1, 0.25, None, 1, 0, None, 1, None, None]


def advantages_of(trainer: Any, config: Any, model: Path, folder: Path, **options: Any) -> Tensor:
    """What a real trainer makes of REWARDS, four completions a prompt."""
    from datasets import Dataset

    args = config(
        output_dir=str(folder),
        per_device_train_batch_size=16,
        num_generations=4,
        max_completion_length=2,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to=[],
        disable_tqdm=True,
        **options,
    )
    data = Dataset.from_list([{"prompt": letter} for letter in "abcd"])
    own = trainer(model=str(model), reward_funcs=lambda **_: REWARDS, args=args, train_dataset=data)
    own.model.train()
    found: Tensor = own._generate_and_score_completions([{"prompt": letter} for letter in "abcd" for _ in range(4)])[
        "advantages"
    ]
    return found


def own_rewards() -> tuple[Tensor, Tensor]:
    rewards = torch.tensor([float("nan") if r is None else r for r in REWARDS], dtype=torch.float64)
    return rewards, torch.arange(16) // 4


@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_group_advantages(grpo_trainer: Any, tiny_model: Path, tmp_path: Path, scale: ScaleRewards) -> None:
    from trl import GRPOConfig

    expected = advantages_of(grpo_trainer, GRPOConfig, tiny_model, tmp_path, scale_rewards=scale)
    found = group_advantages(*own_rewards(), scale)
    torch.testing.assert_close(found.float(), expected, atol=1e-6, rtol=1e-5)


def test_leave_one_out(tiny_model: Path, tmp_path: Path) -> None:
    from trl import RLOOConfig, RLOOTrainer

    expected = advantages_of(RLOOTrainer, RLOOConfig, tiny_model, tmp_path, beta=0.0)
    torch.testing.assert_close(leave_one_out(*own_rewards()).float(), expected, atol=1e-6, rtol=1e-5)
