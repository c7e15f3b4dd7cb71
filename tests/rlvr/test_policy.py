"""Log-probs of the policy against a plain forward pass, the layout of a batch, adapters on and off and on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from rlvr.batch import RolloutBatch
from rlvr.errors import UsageError
from rlvr.models import load_base
from rlvr.packing import common_prefix, pack
from rlvr.policy import LogProbHead, Policy
from rlvr.problem import Completion, FinishReason, Problem, Rollout, VerifierSpec
from rlvr.recipe import LoraOptions
from rlvr.runtime import with_lora
from rlvr.verdict import Verdict

PROBLEM = Problem("p", "", {}, "t", VerifierSpec("math"))


@pytest.fixture
def policy(tiny_model: Path) -> Policy:
    torch.manual_seed(0)
    base = load_base(str(tiny_model), None, torch.float32)
    policy = Policy(with_lora(base, LoraOptions(r=4)), torch.device("cpu"), torch.float32)
    with torch.no_grad():
        for parameter in policy.parameters:
            parameter.copy_(torch.randn_like(parameter) * 0.1)
    return policy


def make_batch(groups: list[tuple[tuple[int, ...], list[tuple[int, ...]]]]) -> RolloutBatch:
    rollouts, prompts = [], []
    for number, (prompt, completions) in enumerate(groups):
        for ids in completions:
            completion = Completion("", ids, tuple(-1.0 for _ in ids), FinishReason.EOS)
            rollouts.append(Rollout(PROBLEM, completion, number, 0, Verdict.passed("right")))
            prompts.append(prompt)
    return RolloutBatch.of(rollouts, prompts)


BATCH = make_batch(
    [
        ((1, 2, 3, 4, 5, 6, 7, 8), [(9, 10, 11), (12,), (13, 14, 15, 16, 17)]),
        ((20, 21, 22), [(23, 24), (25, 26, 27, 28)]),
    ]
)
ALIKE = make_batch(
    [
        ((1, 2, 3, 4, 5, 6, 7, 8), [(9, 10, 11), (12,), (13, 14, 15, 16, 17)]),
        ((1, 2, 3, 4, 5), [(6, 24), (25, 26, 27, 28)]),
        ((1, 2, 3, 4, 30, 31), [(23,), (25, 26)]),
    ]
)


def plain_logprobs(policy: Policy, batch: RolloutBatch, temperature: float) -> Tensor:
    """One completion at a time through the whole model."""
    out = torch.zeros(batch.mask.shape)
    for i, prompt in enumerate(batch.prompts):
        n = int(batch.lengths[i])
        ids = torch.tensor([*prompt, *batch.completion_ids[i, :n].tolist()])
        logits = policy.model(input_ids=ids[None]).logits[0, len(prompt) - 1 : -1] / temperature
        out[i, :n] = torch.log_softmax(logits, -1).gather(1, ids[len(prompt) :, None])[:, 0]
    return out


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("batch", [BATCH, ALIKE], ids=["unlike", "alike"])
def test_packed_rows_score_as_single_ones_do(
    policy: Policy, batch: RolloutBatch, share: bool, temperature: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Policy, "_sharing_pays", lambda *_: share)
    found = policy.forward(batch, temperature).logprobs
    torch.testing.assert_close(found, plain_logprobs(policy, batch, temperature), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("recompute", [True, False])
@pytest.mark.parametrize("batch", [BATCH, ALIKE], ids=["unlike", "alike"])
def test_gradients_are_those_of_the_plain_pass(
    policy: Policy, batch: RolloutBatch, share: bool, recompute: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Policy, "_sharing_pays", lambda *_: share)
    if recompute:
        policy.checkpoint_gradients()
        policy.model.train()
    weights = torch.randn(batch.mask.shape)

    def gradient(score: Callable[[], Tensor]) -> Tensor:
        policy.model.zero_grad()
        (score() * weights * batch.mask).sum().backward()
        return torch.cat([p.grad.flatten() for p in policy.parameters if p.grad is not None])

    packed = gradient(lambda: policy.forward(batch, 1.0).logprobs)
    plain = gradient(lambda: plain_logprobs(policy, batch, 1.0))
    torch.testing.assert_close(packed, plain, atol=1e-4, rtol=1e-4)


def test_sharing_is_chosen_for_long_prompts_and_short_answers(policy: Policy) -> None:
    short = make_batch([(tuple(range(100)), [(1, 2)] * 8)])
    long = make_batch([((1, 2), [tuple(range(200))] * 8)])
    assert policy._sharing_pays(short)
    assert not policy._sharing_pays(long)


def test_entropy_is_that_of_the_distribution(policy: Policy) -> None:
    scored = policy.forward(BATCH, 1.0)
    ids = torch.tensor([*BATCH.prompts[0]])
    logp = torch.log_softmax(policy.model(input_ids=ids[None]).logits[0, -1], -1)
    assert scored.entropy[0, 0].item() == pytest.approx(-(logp.exp() * logp).sum().item(), rel=1e-5)
    assert not scored.entropy.requires_grad
    assert (scored.entropy[~BATCH.mask] == 0).all()


def test_hidden_states_come_only_when_asked_for(policy: Policy) -> None:
    assert policy.forward(BATCH, 1.0).hidden is None
    hidden = policy.forward(BATCH, 1.0, keep_hidden=True).hidden
    assert hidden is not None
    assert hidden.shape == (5, 5, 32)
    assert not hidden.requires_grad


def test_the_reference_is_the_base_without_the_adapter(policy: Policy) -> None:
    with policy.reference():
        reference = policy.forward(BATCH, 1.0).logprobs
    policy.load_state_dict({name: torch.zeros_like(value) for name, value in policy.state_dict().items()})
    torch.testing.assert_close(reference, policy.forward(BATCH, 1.0).logprobs)
    assert not reference.requires_grad


@pytest.mark.parametrize("entropy_weight", [0.0, 0.7])
def test_head_gradient_agrees_with_finite_differences(entropy_weight: float) -> None:
    torch.manual_seed(0)
    states = torch.randn(7, 5, dtype=torch.float64, requires_grad=True)
    weight, bias = torch.randn(11, 5, dtype=torch.float64), torch.randn(11, dtype=torch.float64)
    targets = torch.randint(11, (7,))
    numeric = torch.zeros_like(states)

    def total(h: Tensor) -> Tensor:
        logp = torch.log_softmax((h @ weight.T + bias) / 0.7, -1)
        return logp.gather(1, targets[:, None]).sum() - entropy_weight * (logp.exp() * logp).sum()

    with torch.no_grad():
        for i in range(states.numel()):
            step = torch.zeros(states.numel(), dtype=torch.float64)
            step[i] = 1e-5
            up, down = (total(states + sign * step.view_as(states)) for sign in (1, -1))
            numeric.view(-1)[i] = (up - down) / 2e-5
    values, entropies = LogProbHead.apply(states, weight, bias, targets, 0.7, entropy_weight > 0)
    found = values.sum() + entropy_weight * entropies.sum()
    found.backward()
    assert found.item() == pytest.approx(total(states).item(), abs=1e-4)
    assert states.grad is not None
    torch.testing.assert_close(states.grad, numeric, atol=1e-5, rtol=1e-4)


def test_an_adapter_comes_back_from_disk(policy: Policy, tmp_path: Path) -> None:
    before = policy.forward(BATCH, 1.0).logprobs.detach()
    policy.save(tmp_path / "adapter")
    policy.load_state_dict({name: torch.zeros_like(value) for name, value in policy.state_dict().items()})
    policy.load(tmp_path / "adapter")
    assert torch.equal(policy.forward(BATCH, 1.0).logprobs, before)


def test_saving_twice_writes_the_same_bytes(policy: Policy, tmp_path: Path) -> None:
    for name in ("a", "b"):
        policy.save(tmp_path / name)
    for file in ("adapter_model.safetensors", "adapter_config.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_an_adapter_that_does_not_fit_is_refused(policy: Policy, tiny_model: Path, tmp_path: Path) -> None:
    policy.save(tmp_path / "adapter")
    base = load_base(str(tiny_model), None, torch.float32)
    other = Policy(with_lora(base, LoraOptions(r=8)), torch.device("cpu"), torch.float32)
    with pytest.raises(UsageError, match="with r 4, the recipe has 8"):
        other.load(tmp_path / "adapter")
    with pytest.raises(UsageError, match="no adapter"):
        other.load(tmp_path)
    narrow = LoraOptions(r=4, target_modules=["q_proj"])
    base = load_base(str(tiny_model), None, torch.float32)
    with pytest.raises(UsageError, match="does not fit"):
        Policy(with_lora(base, narrow), torch.device("cpu"), torch.float32).load(tmp_path / "adapter")


def test_an_adapter_of_another_strength_is_refused(policy: Policy, tiny_model: Path, tmp_path: Path) -> None:
    """Its tensors fit, and would count four times as much."""
    policy.save(tmp_path / "adapter")
    base = load_base(str(tiny_model), None, torch.float32)
    alpha = LoraOptions().lora_alpha * 4
    other = Policy(with_lora(base, LoraOptions(r=4, lora_alpha=alpha)), torch.device("cpu"), torch.float32)
    with pytest.raises(UsageError, match="lora_alpha"):
        other.load(tmp_path / "adapter")


def test_the_share_of_trained_parameters_is_told(policy: Policy) -> None:
    trained = sum(p.numel() for p in policy.parameters)
    assert policy.describe().startswith(f"{trained:,} of ")


def test_the_reference_is_where_the_policy_started(policy: Policy) -> None:
    with policy.reference():
        bare = policy.forward(BATCH, 1.0).logprobs
    start = policy.forward(BATCH, 1.0).logprobs.detach()
    policy.start_here()
    with torch.no_grad():
        for parameter in policy.parameters:
            parameter.add_(0.1)
    with policy.reference():
        torch.testing.assert_close(policy.forward(BATCH, 1.0).logprobs, start)
    moved = policy.forward(BATCH, 1.0).logprobs
    assert (moved - start).abs().max() > 1e-3
    assert (bare - start).abs().max() > 1e-3


def test_a_second_adapter_leaves_the_policy_alone(policy: Policy, tmp_path: Path) -> None:
    before = policy.forward(BATCH, 1.0).logprobs.detach()
    own = list(policy.parameters)
    second = policy.add_adapter("value")
    assert not {id(p) for p in second} & {id(p) for p in own}
    with policy.under("value"):
        policy.hidden(BATCH).square().sum().backward()
    assert all(p.grad is None for p in own)
    assert any(p.grad is not None and bool(p.grad.any()) for p in second)
    assert [id(p) for p in policy.parameters] == [id(p) for p in own]
    assert all(p.requires_grad for p in own)
    with torch.no_grad():
        for parameter in second:
            parameter.add_(1.0)
    torch.testing.assert_close(policy.forward(BATCH, 1.0).logprobs, before)
    policy.save(tmp_path / "adapter")
    assert sorted(path.name for path in (tmp_path / "adapter").iterdir() if path.is_dir()) == []


PACKED = make_batch([((1, 2, 3, 4), [(5, 6), (7, 8, 9)]), ((1, 2, 10), [(11, 12)])])


@pytest.mark.parametrize(
    ("prompts", "shared"),
    [
        ([(1, 2, 3), (1, 2, 4)], 2),
        ([(1, 2, 3), (1, 2, 3)], 2),
        ([(1, 2, 3)], 2),
        ([(1, 2), (1, 2, 3)], 1),
        ([(1, 2, 3, 4), (1, 5, 3, 4), (1, 2, 3, 9)], 1),
        ([(1,), (1, 2)], 0),
        ([(3, 1), (4, 1)], 0),
    ],
)
def test_the_common_prefix_leaves_each_prompt_its_last_token(prompts: list[tuple[int, ...]], shared: int) -> None:
    assert common_prefix(prompts) == shared
    assert common_prefix(prompts[::-1]) == shared


def test_groups_stand_side_by_side_behind_what_their_prompts_share() -> None:
    packed = pack(PACKED, torch.device("cpu"), share_prompts=True, share_prefix=True)
    assert packed.prefix.tolist() == [1, 2]
    assert packed.input_ids.tolist() == [[3, 4, 5, 7, 8], [10, 11, 0, 0, 0]]
    assert packed.position_ids.tolist() == [[2, 3, 4, 4, 5], [2, 3, 2, 2, 2]]
    assert packed.predictors.tolist() == [1, 2, 1, 3, 4, 5, 6]
    rows = packed.attention_mask[0, 0].int().tolist()
    assert rows == [
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0, 1, 0],  # the second completion does not see the first
        [1, 1, 1, 1, 0, 1, 1],
    ]


def test_rows_of_their_own_are_plain_sequences() -> None:
    packed = pack(PACKED, torch.device("cpu"), share_prompts=False, share_prefix=False)
    assert len(packed.prefix) == 0
    assert packed.input_ids.tolist() == [[1, 2, 3, 4, 5, 0], [1, 2, 3, 4, 7, 8], [1, 2, 10, 11, 0, 0]]
    assert packed.attention_mask[1, 0].equal(torch.ones(6, 6, dtype=torch.bool).tril())


def test_a_model_that_changes_its_logits_after_the_head_is_refused() -> None:
    from transformers import GraniteConfig, GraniteForCausalLM

    shape = {"vocab_size": 32, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    for scaling in (8.0, 1.0):
        config = GraniteConfig(**shape, num_attention_heads=2, num_key_value_heads=2, logits_scaling=scaling)
        adapted = with_lora(GraniteForCausalLM(config), LoraOptions(r=2))
        if scaling == 1.0:
            Policy(adapted, torch.device("cpu"), torch.float32)
            continue
        with pytest.raises(UsageError, match="GraniteForCausalLM changes its logits"):
            Policy(adapted, torch.device("cpu"), torch.float32)
