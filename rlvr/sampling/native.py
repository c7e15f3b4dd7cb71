"""The embedded sampler: continuous batching on the policy's own weights.

A prompt is prefilled once for its group; a row that has finished leaves at once and the next one
takes its place; log-probs are kept as they are drawn. Completions come in order of finishing.

Needs full attention in every layer (Llama, Qwen, SmolLM, Mistral without a window and their like).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from rlvr.encoder import Encoder
from rlvr.errors import UsageError
from rlvr.problem import Completion, FinishReason
from rlvr.sampler import Request, Sampled
from rlvr.sampling._draw import draw
from rlvr.sampling._rows import KeyValue, Rows


@dataclass(slots=True)
class _Row:
    """A completion being written. `uniforms` are its random numbers, one a token, fixed from the start."""

    request: Request
    index: int
    uniforms: list[float]
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Prompt:
    """A prefilled prompt with those of its completions that are yet to start."""

    request: Request
    logits: Tensor
    layers: list[KeyValue]
    uniforms: Tensor
    started: int = 0


_MEND = "Take shorter prompts and completions, a model with full attention, or a sampler of your own."


class NativeSampler:
    """Samples from a model of the transformers library that shares weights with the policy."""

    name = "native"

    def __init__(self, model: Any, encoder: Encoder, rows: int = 64) -> None:
        """`rows` completions run side by side. Raises UsageError for a model with windowed attention."""
        kinds = getattr(model.config, "layer_types", None)
        if kinds and set(kinds) != {"full_attention"}:
            raise UsageError(f"the native sampler needs full attention, this model has {sorted(set(kinds))}.", _MEND)
        self.encoder = encoder
        #: Tokens that attention reaches back, where layers do not say of themselves; None for all.
        self.window = None if kinds else getattr(model.config, "sliding_window", None)
        self.rows = Rows(model, rows)

    @torch.inference_mode()
    def sample(self, requests: Iterable[Request]) -> Iterator[Sampled]:
        """Yield each completion the moment it ends. Requests are drawn as rows become free.

        Raises UsageError for a request that may grow beyond the model's attention window.
        """
        waiting = self._starts(requests)
        running: list[_Row] = []
        self.rows.forget()
        while True:
            while len(running) < self.rows.count and (start := next(waiting, None)):
                done = self._start(start, running)
                if done:
                    yield done
            if not running:
                return
            yield from self._advance(running)

    def _starts(self, requests: Iterable[Request]) -> Iterator[_Prompt]:
        """Each prompt as often as it is to be answered."""
        for request in requests:
            self._check_width(request)
            generator = torch.Generator().manual_seed(request.seed)
            uniforms = torch.rand(request.n, request.params.max_tokens, generator=generator)
            logits, layers = self.rows.prefill(request.prompt_ids)
            prompt = _Prompt(request, logits, layers, uniforms)
            while prompt.started < request.n:
                yield prompt
                prompt.started += 1

    def _check_width(self, request: Request) -> None:
        """Raise UsageError for a completion that could grow beyond a window of attention."""
        width = len(request.prompt_ids) + request.params.max_tokens
        if self.window is not None and width > self.window:
            what = f"a prompt of {len(request.prompt_ids)} tokens and up to {request.params.max_tokens} more"
            raise UsageError(f"{what} exceed this model's attention window of {self.window} tokens.", _MEND)

    def _start(self, prompt: _Prompt, running: list[_Row]) -> Sampled | None:
        """Put one completion of a prompt into a free row; returns it when its first token ends it."""
        request = prompt.request
        row = _Row(request, prompt.started, prompt.uniforms[prompt.started].tolist())
        self._draw([row], prompt.logits)
        if done := self._finished(row):
            return done
        width = len(request.prompt_ids) + request.params.max_tokens
        self.rows.admit(len(running), prompt.layers, width)
        running.append(row)
        return None

    def _advance(self, running: list[_Row]) -> Iterator[Sampled]:
        """One more token for every row; finished rows leave and the last row fills the gap."""
        device = self.rows.device
        tokens = torch.tensor([row.ids[-1] for row in running], device=device)
        positions = torch.tensor([_position(row) for row in running], device=device)
        self._draw(running, self.rows.step(tokens, positions))
        for i in reversed(range(len(running))):
            if done := self._finished(running[i]):
                last = running.pop()
                if i < len(running):
                    self.rows.move(len(running), i, _position(last))
                    running[i] = last
                yield done

    def _draw(self, rows: list[_Row], logits: Tensor) -> None:
        params = [row.request.params for row in rows]
        columns = (
            [p.temperature for p in params],
            [p.top_p for p in params],
            [row.uniforms[len(row.ids)] for row in rows],
        )
        tokens, logprobs = draw(logits, *(torch.tensor(c, device=logits.device) for c in columns))
        for row, token, logprob in zip(rows, tokens.tolist(), logprobs.tolist(), strict=True):
            row.ids.append(token)
            row.logprobs.append(logprob)

    def _finished(self, row: _Row) -> Sampled | None:
        """The completion, if the last token ended it."""
        reason, cut = self._end(row)
        if reason is None:
            return None
        text = self.encoder.decode(row.ids)[:cut]
        completion = Completion(text, tuple(row.ids), tuple(row.logprobs), reason, row.request.prefill)
        return Sampled(row.request.id, row.index, completion)

    def _end(self, row: _Row) -> tuple[FinishReason | None, int | None]:
        """Why the last token ended the completion, if it did, and where a stop string cuts the text."""
        params = row.request.params
        if row.ids[-1] in self.encoder.end_ids:
            return FinishReason.EOS, None
        if params.stop and self.encoder.may_end(row.ids, params.stop):
            text = self.encoder.decode(row.ids)
            cuts = [at for stop in params.stop if (at := text.find(stop)) >= 0]
            if cuts:
                return FinishReason.STOP, min(cuts)
        return (FinishReason.LENGTH if len(row.ids) == params.max_tokens else None), None


def _position(row: _Row) -> int:
    """Where the row's last token stands."""
    return len(row.request.prompt_ids) + len(row.ids) - 1
