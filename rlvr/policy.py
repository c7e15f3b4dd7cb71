"""The model being trained: a frozen base with LoRA adapters, and log-probs of what it sampled.

One forward pass scores whole groups, laid out by `rlvr.packing` so that no token is computed twice. The
language-model head runs on completion positions alone, in chunks, and keeps no logits.

Not here: sampling (`rlvr.sampling`), losses (`rlvr.algorithms`), the optimizer (`rlvr.trainer`).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from rlvr.disk import write_folder
from rlvr.errors import UsageError
from rlvr.packing import pack

if TYPE_CHECKING:
    from rlvr.batch import RolloutBatch

#: peft's name of the adapter that is trained.
ADAPTER = "default"
_HEAD_CHUNK = 1024


@dataclass(frozen=True, slots=True)
class Scored:
    """What a forward pass says of a batch's completions.

    logprobs: (B, T) of the sampled tokens at the sampling temperature, 0 where masked.
    entropy:  (B, T) in nats of the distribution each token was drawn from; with gradient where asked for.
    hidden:   (B, T, H) last hidden states, those that predict each token, detached; only where asked for.
    """

    logprobs: Tensor
    entropy: Tensor
    hidden: Tensor | None = None


class Policy:
    """Base model + LoRA on one device. Raises UsageError for a model with more to its logits than a head.

    The reference policy is the policy as it started: the model with the adapter off, or a frozen copy of
    the adapter it was given to start from.
    """

    def __init__(self, model: Any, device: torch.device, dtype: torch.dtype) -> None:
        self.model = model.to(device)
        self.device = device
        self.dtype = dtype
        self._start: dict[str, Tensor] | None = None
        self._recomputes = False
        self._check_head()

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What the optimizer updates, in a fixed order."""
        return [p for _, p in sorted(self._adapter().items())]

    @property
    def base(self) -> Any:
        """The causal language model inside, adapters included."""
        return self.model.get_base_model()

    @property
    def has_start(self) -> bool:
        """Whether it started from an adapter rather than from the bare model."""
        return self._start is not None

    def state_dict(self) -> dict[str, Tensor]:
        """The adapter's parameters."""
        return {name: p.detach() for name, p in self._adapter().items()}

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Put the adapter's parameters back."""
        for name, p in self._adapter().items():
            p.copy_(state[name])

    def describe(self) -> str:
        """Parameters trained of how many, in one line."""
        trained = sum(p.numel() for p in self.parameters)
        total = sum(p.numel() for p in self.model.parameters())
        return f"{trained:,} of {total:,} parameters are trained ({trained / total:.2%})"

    def forward(
        self, batch: RolloutBatch, temperature: float, *, keep_hidden: bool = False, entropy_grad: bool = False
    ) -> Scored:
        """Log-probs of the batch's completion tokens, with gradient unless torch.no_grad is active."""
        states = self._states(batch)
        targets = batch.completion_ids.to(self.device)[batch.mask.to(self.device)]
        head = self.base.get_output_embeddings()
        score = LogProbHead.apply
        values, entropies = score(  # type: ignore[no-untyped-call]
            states, head.weight, head.bias, targets, temperature, entropy_grad
        )
        hidden = self._scatter(states.detach().float(), batch) if keep_hidden else None
        return Scored(self._scatter(values, batch), self._scatter(entropies, batch), hidden)

    @contextmanager
    def under(self, adapter: str) -> Iterator[None]:
        """Inside, another adapter of the model is in use. Backward passes belong inside: they may recompute."""
        self.model.base_model.set_adapter(adapter)
        try:
            yield
        finally:
            self.model.base_model.set_adapter(ADAPTER)
            for p in self._adapter(adapter).values():
                p.requires_grad_(True)  # peft froze what it put aside

    def hidden(self, batch: RolloutBatch) -> Tensor:
        """Last hidden states (B, T, H) under the adapter in use, with gradient for it."""
        return self._scatter(self._states(batch).float(), batch)

    def add_adapter(self, name: str) -> list[nn.Parameter]:
        """Put a second adapter, shaped like the policy's, beside it; its parameters, in a fixed order."""
        self.model.add_adapter(name, copy.deepcopy(self.model.peft_config[ADAPTER]))
        parameters = self._adapter(name)
        for p in parameters.values():
            p.requires_grad_(True)
        return [p for _, p in sorted(parameters.items())]

    def start_here(self) -> None:
        """Make the present adapter the start: the reference policy, and what a comparison calls `start`."""
        self._start = {name: p.clone() for name, p in self.state_dict().items()}

    def checkpoint_gradients(self) -> None:
        """Recompute activations in the backward pass: slower, in much less memory."""
        model = self.base  # newer transformers have given the method another name
        enable = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
        enable({"use_reentrant": False})
        self._recomputes = True  # transformers keeps no keys and values then

    @contextmanager
    def reference(self) -> Iterator[None]:
        """Inside, the model is the reference policy."""
        if self._start is None:
            with torch.no_grad(), self.model.disable_adapter():
                yield
            return
        trained = {name: p.data for name, p in self._adapter().items()}
        try:
            for name, p in self._adapter().items():
                p.data = self._start[name]
            with torch.no_grad():
                yield
        finally:
            for name, p in self._adapter().items():
                p.data = trained[name]

    def load(self, folder: Path) -> None:
        """Take over an adapter that `save` wrote. Raises UsageError when it does not fit this model."""
        from safetensors.torch import load_file

        path, described = folder / "adapter_model.safetensors", folder / "adapter_config.json"
        if not (path.is_file() and described.is_file()):
            mend = "Give a folder with adapter_model.safetensors and adapter_config.json."
            raise UsageError(f"there is no adapter in {folder}.", mend)
        self._check_config(folder, json.loads(described.read_text()))
        own = {name.replace(".default.", "."): name for name in self.state_dict()}
        found = load_file(path)
        if set(found) != set(own) or any(found[n].shape != self.state_dict()[own[n]].shape for n in own):
            mend = "Use the recipe it was trained with: model, lora.r and lora.target_modules must agree."
            raise UsageError(f"the adapter in {folder} does not fit this model.", mend)
        self.load_state_dict({own[name]: tensor for name, tensor in found.items()})

    def _check_config(self, folder: Path, found: Mapping[str, Any]) -> None:
        """Raise UsageError for an adapter that would have another strength here: its tensors would fit."""
        own = self.model.peft_config[ADAPTER].to_dict()
        for name in ("r", "lora_alpha", "use_rslora", "use_dora", "rank_pattern", "alpha_pattern"):
            if found.get(name, own[name]) != own[name]:
                what = f"the adapter in {folder} was trained with {name} {found[name]}, the recipe has {own[name]}."
                raise UsageError(what, "Set lora as in the recipe that it was trained with.")

    def save(self, folder: Path) -> None:
        """Write the adapter in PEFT's format, its configuration in a fixed order, whole or not at all.

        Raises EnvironmentLacks when it cannot be written.
        """

        def fill(scratch: Path) -> None:
            self.model.save_pretrained(scratch, selected_adapters=[ADAPTER])
            _sort_config(scratch / "adapter_config.json")

        write_folder(folder, fill)

    def _adapter(self, adapter: str = ADAPTER) -> dict[str, nn.Parameter]:
        """An adapter's parameters by name."""
        return {name: p for name, p in self.model.named_parameters() if f".{adapter}." in name}

    def _states(self, batch: RolloutBatch) -> Tensor:
        """Hidden states (N, H) that predict the N completion tokens, in row-major order of (B, T)."""
        share = self._sharing_pays(batch)
        packed = pack(batch, self.device, share_prompts=share, share_prefix=not self._recomputes)
        with self._autocast():
            states: Tensor = self._backbone()(
                input_ids=packed.input_ids,
                attention_mask=packed.attention_mask,
                position_ids=packed.position_ids,
                past_key_values=self._keys_and_values(packed.prefix, len(packed.input_ids)),
                use_cache=len(packed.prefix) > 0,
            ).last_hidden_state
        return states.flatten(0, 1)[packed.predictors]

    def _keys_and_values(self, prefix: Tensor, rows: int) -> Any:
        """Of the tokens that stand before all rows, with gradient; None where there are none."""
        if not len(prefix):
            return None
        from transformers.cache_utils import DynamicCache

        cache = DynamicCache()
        self._backbone()(input_ids=prefix[None], past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(rows)
        return cache

    def _backbone(self) -> Any:
        """The decoder without its head."""
        return getattr(self.base, self.base.base_model_prefix)

    @torch.no_grad()
    def _check_head(self) -> None:
        """Some models scale or cap their logits after the head, which neither this class nor a sampler does."""
        ids = torch.tensor([[0, 1]], device=self.device)
        logits = self.base(input_ids=ids).logits[0].float()
        bare = self.base.get_output_embeddings()(self._backbone()(input_ids=ids).last_hidden_state[0]).float()
        if (logits - bare).abs().max() > 0.01 * logits.abs().max():
            kind = type(self.base).__name__
            mend = "Take a model whose logits are its head's, as those of Llama, Qwen, Mistral, SmolLM."
            raise UsageError(f"{kind} changes its logits after its head, which is not supported.", mend)

    def _autocast(self) -> AbstractContextManager[Any]:
        if self.dtype is torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def _scatter(self, values: Tensor, batch: RolloutBatch) -> Tensor:
        """Values of completion tokens, (N, ...), into their places of (B, T, ...), zeros elsewhere."""
        mask = batch.mask.to(values.device)
        out = values.new_zeros(*mask.shape, *values.shape[1:])
        out[mask] = values
        return out

    def _sharing_pays(self, batch: RolloutBatch) -> bool:
        """Whether to write each prompt once per group.

        Sharing saves every matrix product on the repeated prompt tokens and pays for it with attention
        scores between completions of one group, which the mask then discards.
        """
        config = self.base.config
        saved, extra = 0, 0
        for prompt, lengths in batch.groups():
            saved += len(prompt) * (len(lengths) - 1)
            own = sum((len(prompt) + n) ** 2 for n in lengths)
            extra += (len(prompt) + sum(lengths)) ** 2 - own
        per_token = sum(p.numel() for p in self._backbone().layers.parameters())
        return bool(saved * per_token > extra * 2 * config.hidden_size * config.num_hidden_layers)


def _sort_config(path: Path) -> None:
    """peft writes sets in whatever order they have."""
    config = json.loads(path.read_text())
    for key in ("target_modules", "exclude_modules", "modules_to_save"):
        if isinstance(config.get(key), list):
            config[key] = sorted(config[key])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


class LogProbHead(torch.autograd.Function):
    """log p(target) and entropy from hidden states, without ever holding (N, V) for the backward pass.

    With logits z = W h / temperature and p = softmax(z): d log p(y) / dh = (W[y] - p W) / temperature and
    d H / dh = -(p (log p + H)) W / temperature, (N, H) matrices that are computed in the forward pass,
    chunk by chunk, and kept in place of logits. The head itself is frozen, so no gradient for it is
    needed; entropy has one only where `entropy_grad` says so.
    """

    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        temperature: float,
        entropy_grad: bool,
    ) -> tuple[Tensor, Tensor]:
        """states (N, H), weight (V, H), targets (N,) -> log-probs (N,) and entropies (N,), float32."""
        want_grad = ctx.needs_input_grad[0]
        logprobs, entropies, slopes, entropy_slopes = [], [], [], []
        for h, y in zip(states.split(_HEAD_CHUNK), targets.split(_HEAD_CHUNK), strict=True):
            logits = nn.functional.linear(h.to(weight.dtype), weight, bias).float().div_(temperature)
            logp = torch.log_softmax(logits, dim=-1)
            p = logp.exp()
            entropy = -(p * logp).nan_to_num_(0.0).sum(-1)
            logprobs.append(logp.gather(1, y[:, None])[:, 0])
            entropies.append(entropy)
            if want_grad:
                mean = p.to(weight.dtype) @ weight
                slopes.append((weight[y] - mean).to(states.dtype).div_(temperature))
            if want_grad and entropy_grad:
                pull = -(p * (logp + entropy[:, None])).nan_to_num_(0.0).to(weight.dtype)
                entropy_slopes.append((pull @ weight).to(states.dtype).div_(temperature))
        if want_grad:
            ctx.save_for_backward(torch.cat(slopes), torch.cat(entropy_slopes) if entropy_grad else None)
        entropies_ = torch.cat(entropies)
        if not entropy_grad:
            ctx.mark_non_differentiable(entropies_)
        return torch.cat(logprobs), entropies_

    @staticmethod
    def backward(ctx: Any, grad: Tensor, entropy_grad: Tensor) -> tuple[Tensor, None, None, None, None, None]:
        """Gradient for the states only."""
        slopes, entropy_slopes = ctx.saved_tensors
        total = (grad[:, None] * slopes).to(slopes.dtype)
        if entropy_slopes is not None:
            total = total + (entropy_grad[:, None] * entropy_slopes).to(slopes.dtype)
        return total, None, None, None, None, None
