"""Numbers of an independent float64 implementation: each case of what we have is a test, and must have a handler.

Losses within 1e-9, gradients (by central differences there) within 1e-7.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rlvr.algorithms.advantages import (
    group_advantages,
    has_signal,
    leave_one_out,
    reinforce_pp,
    reinforce_pp_baseline,
    whiten,
)
from rlvr.algorithms.corrections import importance_weights
from rlvr.algorithms.gae import explained_variance, gae, terminal_rewards
from rlvr.algorithms.kl import k1, k3, k3_corrected
from rlvr.algorithms.losses import (
    Clip,
    PolicyLoss,
    cispo,
    clipped,
    gmpo,
    gspo,
    gspo_token,
    reinforce,
    sapo,
    sequence_clipped,
    vespo,
)
from rlvr.algorithms.normalisers import LossType, token_weights
from rlvr.algorithms.value_losses import clipped_squared, logistic
from rlvr.evals.passk import pass_at_k
from rlvr.policy import LogProbHead

DATA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data" / "algo_fixtures.json").read_text())
LOSS, GRADIENT = DATA["meta"]["tolerance"]["loss"], DATA["meta"]["tolerance"]["grad"]
#: Of objectives that no recipe can ask for, so that there is nothing to hold against them.
NOT_OURS = {"dual_clip_ppo_c1.3", "off_policy_seq_mask", "top_entropy_40pct"}
CASES: dict[str, dict[str, Any]] = {name: case for name, case in DATA["cases"].items() if name not in NOT_OURS}
HANDLERS: dict[str, Callable[[dict[str, Any]], None]] = {}


def tensor(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


BATCH = {name: tensor(values) for name, values in DATA["batch"].items() if isinstance(values, list)}
MASK, REWARDS, OLD = BATCH["mask"].bool(), BATCH["rewards"], BATCH["logp_old"]
GROUPS = torch.arange(8) // 4
LIMIT = DATA["batch"]["max_completion_length"]
#: Rewards of each token with the KL penalty of the fixtures inside them.
TOKEN_REWARDS = terminal_rewards(REWARDS, MASK) - 0.05 * k1(OLD, BATCH["logp_ref"])


def close(found: Tensor, expected: Any, within: float = LOSS) -> None:
    torch.testing.assert_close(found, tensor(expected), atol=within, rtol=0)


def advantages(name: str) -> Tensor:
    """(B, T) advantages by the fixtures' name for them, from our own estimators."""
    if name == "gae.whitened_gamma1_lambda0p95":
        return whiten(gae(TOKEN_REWARDS, tensor(CASES["gae"]["inputs"]["values"]), MASK, 1.0, 0.95)[0], MASK)
    if name == "reinforce_pp_token.expected_advantages":
        return reinforce_pp(TOKEN_REWARDS, MASK)
    by_row = {
        "grpo_group_std_ddof1_eps1e-4": lambda: group_advantages(REWARDS, GROUPS, "group"),
        "dr_grpo_no_std": lambda: group_advantages(REWARDS, GROUPS, "none"),
        "rloo_leave_one_out": lambda: leave_one_out(REWARDS, GROUPS),
    }
    return by_row[name]()[:, None] * MASK


def handles(*names: str) -> Callable[[Callable[[dict[str, Any]], None]], Callable[[dict[str, Any]], None]]:
    def register(handler: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    assert name in HANDLERS, f"no handler for the case {name}"
    HANDLERS[name](CASES[name])


def test_every_handler_has_its_case() -> None:
    assert set(HANDLERS) == set(CASES)


def policy_case(
    loss: PolicyLoss,
    normaliser: LossType,
    bounds: Clip | None = None,
    *,
    old: Tensor | None = OLD,
    factor: Callable[[Tensor, Tensor], Tensor] | None = None,
    term: Callable[[Tensor], Tensor] | None = None,
    rows: slice = slice(None),
) -> Callable[[dict[str, Any]], None]:
    """A handler for a loss with its gradient. `factor(logprobs, A)` multiplies token losses, `term` is added."""

    def handler(case: dict[str, Any]) -> None:
        params = case["params"]
        clip = bounds or Clip(params.get("eps_low", 0.2), params.get("eps_high", 0.2))
        weighed = advantages(case["advantage"])
        new = BATCH["logp_new"].clone().requires_grad_()
        losses, _ = loss(new, new.detach() if old is None else old, weighed, MASK, clip)
        if factor:
            losses = losses * factor(new, weighed)
        if term:
            losses = losses + term(new)
        weights = token_weights(MASK, normaliser, 8, int(MASK.sum()), LIMIT, torch.float64)
        total = (losses * weights)[rows].sum()
        total.backward()  # type: ignore[no-untyped-call]
        close(total.detach(), case["expected"]["loss"])
        assert new.grad is not None
        close(new.grad, case["expected"]["grad"], GRADIENT)

    return handler


KL, SAMPLER = 0.04, BATCH["logp_sampler"]
HANDLERS |= {
    "grpo": policy_case(clipped, "grpo"),
    "grpo_on_policy_no_old": policy_case(clipped, "grpo", old=None),
    "grpo_k3_beta0.04": policy_case(clipped, "grpo", term=lambda new: KL * k3(new, BATCH["logp_ref"])),
    "grpo_k3_beta0.04_is_corrected": policy_case(
        clipped, "grpo", term=lambda new: KL * k3_corrected(new, BATCH["logp_ref"], OLD)
    ),
    "dr_grpo": policy_case(clipped, "dr_grpo"),
    "bnpo": policy_case(clipped, "dapo"),
    "dapo_clip_higher": policy_case(clipped, "dapo"),
    "dapo_first_micro_of_2": policy_case(clipped, "dapo", rows=slice(0, 4)),
    "two_sided_clip_delta1.5": policy_case(clipped, "dapo", Clip(delta=1.5)),
    "gspo": policy_case(gspo, "grpo"),
    "gspo_token": policy_case(gspo_token, "grpo"),
    "cispo": policy_case(cispo, "dapo", Clip(epsilon_high=0.28)),
    "sapo": policy_case(sapo, "grpo"),
    "luspo": policy_case(gspo, "luspo"),
    "vespo": policy_case(vespo, "dapo"),
    "gmpo": policy_case(gmpo, "grpo"),
    "rloo_seq_ratio_clip": policy_case(sequence_clipped, "grpo"),
    "reinforce_rloo_plain": policy_case(reinforce, "luspo"),
    "reinforce_pp_ppo_clip": policy_case(clipped, "dapo"),
    "ppo_clip_gae": policy_case(clipped, "dapo"),
}


@handles("tis_token_truncate", "tis_token_mask", "tis_sequence_truncate", "tis_sequence_mask")
def sampler_weights(case: dict[str, Any]) -> None:
    level, mode = case["params"]["mode"].split("_")
    weights = importance_weights(OLD, SAMPLER, MASK, level, mode, case["params"]["max"])
    close(weights, tensor(case["is_weights"]).expand(MASK.shape).tolist())
    policy_case(clipped, "dapo", factor=lambda *_: weights)(case)


@handles("advantages")
def advantage_table(case: dict[str, Any]) -> None:
    expected = dict(case["expected"])
    close(group_advantages(REWARDS, GROUPS, "group"), expected.pop("grpo_group_std_ddof1_eps1e-4"))
    close(group_advantages(REWARDS, GROUPS, "batch"), expected.pop("batch_std_ddof1_eps1e-4"))
    close(group_advantages(REWARDS, GROUPS, "none"), expected.pop("dr_grpo_no_std"))
    close(leave_one_out(REWARDS, GROUPS), expected.pop("rloo_leave_one_out"))
    close(leave_one_out(REWARDS, GROUPS), expected.pop("rloo_equals_G_over_Gminus1_times_dr_grpo"))
    # One token a completion makes whitening over tokens whitening over completions.
    one = torch.ones(8, 1, dtype=torch.bool)
    found = reinforce_pp_baseline(REWARDS, GROUPS, one)[:, 0]
    close(found, expected.pop("reinforce_pp_baseline_seq(group mean, then batch whiten ddof1 eps1e-8)"))
    # The population's deviation is verl's variant: whitening one group alone, without the batch.
    by_group = [whiten(REWARDS[rows, None], one[rows], correction=0)[:, 0] for rows in (slice(0, 4), slice(4, 8))]
    close(torch.cat(by_group), expected.pop("grpo_group_std_ddof0_eps1e-8"), 2e-8)  # eps beside the std there
    assert not expected


@handles("adv_degenerate_and_unscorable")
def degenerate(case: dict[str, Any]) -> None:
    rewards = tensor([float("nan") if r is None else r for r in case["rewards"]])
    groups = torch.arange(12) // 4
    close(group_advantages(rewards, groups, "group"), case["expected"])
    close(leave_one_out(rewards, groups), case["rloo_expected"])
    assert [i for i, live in enumerate(has_signal(rewards, groups)) if live] == case["groups_with_signal"]


@handles("reinforce_pp_token")
def reinforce_pp_token(case: dict[str, Any]) -> None:
    to_go = gae(TOKEN_REWARDS, torch.zeros_like(OLD), MASK, 1.0, 1.0)[0]
    close(to_go, case["expected_returns"])
    close(reinforce_pp(TOKEN_REWARDS, MASK), case["expected_advantages"])


@handles("gae")
def generalized_advantages(case: dict[str, Any]) -> None:
    values = tensor(case["inputs"]["values"])
    close(TOKEN_REWARDS, case["inputs"]["token_rewards"])
    for name, expected in case["expected"].items():
        gamma, lam = (float(part.lstrip("gamlbd")) for part in name.split("_"))
        found, returns = gae(TOKEN_REWARDS, values, MASK, gamma, lam)
        close(found, expected["advantages"])
        close(returns, expected["returns"])
        assert torch.equal(
            found, gae(TOKEN_REWARDS, values, MASK, gamma, torch.full((8,), lam, dtype=torch.float64))[0]
        )
    close(advantages("gae.whitened_gamma1_lambda0p95"), case["whitened_gamma1_lambda0p95"])
    returns = gae(TOKEN_REWARDS, values, MASK, 1.0, 1.0)[1]
    found_variance = explained_variance(values, returns, MASK)
    assert found_variance == pytest.approx(case["explained_variance_lambda1_returns"], abs=LOSS)


def value_case(losses: Tensor, values: Tensor, expected: dict[str, Any]) -> None:
    total = losses[MASK].mean()
    total.backward()  # type: ignore[no-untyped-call]
    close(total.detach(), expected["loss"])
    assert values.grad is not None
    close(values.grad, expected["grad"], GRADIENT)


@handles("value_loss_clipped")
def value_loss_clipped(case: dict[str, Any]) -> None:
    old = tensor(CASES["gae"]["inputs"]["values"])
    returns = gae(TOKEN_REWARDS, old, MASK, 1.0, 0.95)[1]
    values = tensor(case["value_new"]).requires_grad_()
    value_case(clipped_squared(values, old, returns, case["params"]["cliprange_value"]), values, case["expected"])
    plain = clipped_squared(values, old, returns, float("inf"))[MASK].mean()
    close(plain.detach(), case["unclipped"]["loss"])


@handles("value_loss_bce")
def value_loss_bce(case: dict[str, Any]) -> None:
    logits = tensor(CASES["value_loss_clipped"]["value_new"]).requires_grad_()
    value_case(logistic(logits, REWARDS), logits, case["expected"])


@handles("kl_estimators")
def kl_estimators(case: dict[str, Any]) -> None:
    for name, estimate in {"k1": k1, "k3": k3}.items():
        new = BATCH["logp_new"].clone().requires_grad_()
        found = estimate(new, BATCH["logp_ref"])
        expected = case["expected"][name]
        close((found * MASK).detach(), expected["per_token"])
        mean = found[MASK].mean()
        close(mean.detach(), expected["token_mean"])
        mean.backward()  # type: ignore[no-untyped-call]
        assert new.grad is not None
        close(new.grad, expected["grad_of_token_mean"], GRADIENT)


@handles("kl_exact_4way")
def kl_on_four_tokens(case: dict[str, Any]) -> None:
    """Expectations over all four tokens: of the values, and of the gradients by the policy's logits."""
    drawn, reference = tensor(case["p"]), tensor(case["q"]).log()

    def expected(estimate: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        logits = drawn.log().requires_grad_()
        value = (drawn * estimate(logits.log_softmax(0))).sum()
        value.backward()  # type: ignore[no-untyped-call]
        assert logits.grad is not None
        return value.detach(), logits.grad

    for name, estimate in {"k1": k1, "k3": k3}.items():
        value, gradient = expected(lambda logprobs, estimate=estimate: estimate(logprobs, reference))
        close(value, case[f"E_{name}"])
        close(gradient, case[f"E_grad_{name}"], GRADIENT)
    value, gradient = expected(lambda lp: k3_corrected(lp, reference, drawn.log()))
    close(value, case["kl_pq"])
    close(gradient, case["grad_logits_exact_reverse_kl"], GRADIENT)


@handles("logprob_entropy_temperature")
def logprob_entropy_temperature(case: dict[str, Any]) -> None:
    """Through the policy's own head, which computes in float32 whatever it is given."""
    logits, targets = tensor(case["logits"]).float(), torch.tensor(case["token_ids"])
    for temperature, expected in case["expected"].items():
        score = LogProbHead.apply
        logprobs, entropy = score(logits, torch.eye(5), None, targets, float(temperature), False)  # type: ignore[no-untyped-call]
        close(logprobs.double(), expected["logp"], 1e-6)
        close(entropy.double(), expected["entropy"], 1e-6)


@handles("pass_at_k")
def pass_at(case: dict[str, Any]) -> None:
    for k, expected in case["expected"].items():
        assert pass_at_k(case["n"], case["c"], int(k)) == pytest.approx(expected, abs=LOSS)
