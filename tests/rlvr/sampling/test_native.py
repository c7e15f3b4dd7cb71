"""The embedded sampler against the model's own generation and the policy's log-probs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from rlvr.decoder import Decoder
from rlvr.encoder import Encoder
from rlvr.errors import UsageError
from rlvr.models import load_base, load_tokenizer
from rlvr.problem import FinishReason
from rlvr.sampler import Request, Sampled, SamplingParams
from rlvr.sampling.native import NativeSampler

PROMPTS = [(1, 2, 3, 4, 5), (1, 2, 3, 9), (40, 41), (1, 2, 3, 4, 5, 6, 7, 8, 9)]


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Any:
    return load_base(str(tiny_model), None, torch.float32)


@pytest.fixture(scope="module")
def encoder(tiny_model: Path) -> Encoder:
    return Encoder(load_tokenizer(str(tiny_model)))


def requests(n: int, **params: Any) -> list[Request]:
    chosen = SamplingParams(**{"max_tokens": 12, **params})
    return [Request(i, prompt, n, 100 + i, chosen) for i, prompt in enumerate(PROMPTS)]


def collect(model: Any, encoder: Encoder, asked: list[Request], rows: int) -> list[Sampled]:
    found = NativeSampler(model, encoder, rows).sample(asked)
    return sorted(found, key=lambda s: (s.request, s.index))


def test_greedy_is_the_models_own_greedy(model: Any, encoder: Encoder) -> None:
    for sampled in collect(model, encoder, requests(1, temperature=0.0), rows=3):
        ids = torch.tensor([PROMPTS[sampled.request]])
        expected = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :].tolist()
        assert list(sampled.completion.token_ids) == expected


def test_log_probs_are_the_models(model: Any, encoder: Encoder) -> None:
    for sampled in collect(model, encoder, requests(3, temperature=0.8), rows=4):
        prompt, completion = PROMPTS[sampled.request], sampled.completion
        ids = torch.tensor([*prompt, *completion.token_ids])
        logits = model(input_ids=ids[None]).logits[0, len(prompt) - 1 : -1] / 0.8
        expected = torch.log_softmax(logits, -1).gather(1, ids[len(prompt) :, None])[:, 0]
        torch.testing.assert_close(torch.tensor(completion.logprobs), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("rows", [1, 2, 5, 64])
def test_tokens_do_not_depend_on_who_shares_the_batch(model: Any, encoder: Encoder, rows: int) -> None:
    expected = collect(model, encoder, requests(4), rows=16)
    found = collect(model, encoder, requests(4), rows=rows)
    assert [s.completion.token_ids for s in found] == [s.completion.token_ids for s in expected]


def test_every_completion_comes_once_with_its_own_tokens(model: Any, encoder: Encoder) -> None:
    found = collect(model, encoder, requests(5), rows=7)
    assert [(s.request, s.index) for s in found] == [(r, i) for r in range(4) for i in range(5)]
    assert len({s.completion.token_ids for s in found}) > 4


def test_requests_are_drawn_only_as_rows_become_free(model: Any, encoder: Encoder) -> None:
    drawn: list[int] = []

    def source() -> Any:
        for request in requests(1):
            drawn.append(request.id)
            yield request

    stream = NativeSampler(model, encoder, rows=1).sample(source())
    next(stream)
    assert drawn == [0]
    assert len(list(stream)) == 3


def test_a_completion_ends_at_the_end_of_turn_token_and_keeps_it(model: Any, encoder: Encoder) -> None:
    found = collect(model, encoder, requests(40, max_tokens=40, temperature=1.5), rows=64)
    ended = [s.completion for s in found if s.completion.finish_reason is FinishReason.EOS]
    assert ended
    for completion in ended:
        assert completion.token_ids[-1] in encoder.end_ids
        assert not set(completion.token_ids[:-1]) & encoder.end_ids
        assert "<|end|>" not in completion.text


def test_a_stop_string_cuts_the_text_and_keeps_its_tokens(model: Any, encoder: Encoder) -> None:
    free = collect(model, encoder, requests(8, max_tokens=30), rows=64)
    text = next(s.completion.text for s in free if len(s.completion.text) > 10 and s.completion.text.isprintable())
    stop = text[4:6]
    found = collect(model, encoder, requests(8, max_tokens=30, stop=(stop,)), rows=64)
    stopped = [s.completion for s in found if s.completion.finish_reason is FinishReason.STOP]
    assert stopped
    for completion in stopped:
        assert stop not in completion.text
        assert encoder.decode(completion.token_ids) == completion.text + stop
        assert len(completion.logprobs) == len(completion.token_ids)
    assert all(stop not in s.completion.text for s in found)


def test_the_length_limit_is_told(model: Any, encoder: Encoder) -> None:
    found = collect(model, encoder, requests(2, max_tokens=1), rows=64)
    limited = [s.completion for s in found if s.completion.finish_reason is FinishReason.LENGTH]
    assert limited
    assert all(len(completion.token_ids) == 1 and completion.truncated for completion in limited)


def test_half_a_stop_string_does_not_outlive_the_length_limit(model: Any, encoder: Encoder) -> None:
    """The last token allowed brings a stop string's last character, and no stop string."""
    free = collect(model, encoder, requests(4, max_tokens=6), rows=64)
    ends = {encoder.decode(s.completion.token_ids)[-1:] for s in free}
    stops = tuple(f"~~~{end}" for end in ends if end)
    found = collect(model, encoder, requests(4, max_tokens=6, stop=stops), rows=64)
    assert [s.completion for s in found] == [s.completion for s in free]
    assert any(s.completion.finish_reason is FinishReason.LENGTH for s in found)


def test_a_window_of_attention_must_hold_prompt_and_completion(
    model: Any, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = max(map(len, PROMPTS))
    monkeypatch.setattr(model.config, "sliding_window", longest + 12, raising=False)
    assert len(collect(model, encoder, requests(1), rows=4)) == len(PROMPTS)
    with pytest.raises(UsageError, match=f"window of {longest + 12} tokens"):
        collect(model, encoder, requests(1, max_tokens=13), rows=4)


def test_windowed_attention_is_refused(model: Any, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model.config, "layer_types", ["full_attention", "sliding_attention"], raising=False)
    with pytest.raises(UsageError, match="sliding_attention"):
        NativeSampler(model, encoder)


def test_new_weights_are_not_mixed_with_old_prompts(tiny_model: Path, encoder: Encoder) -> None:
    model = load_base(str(tiny_model), None, torch.float32)
    sampler = NativeSampler(model, encoder, rows=4)
    asked = [Request(0, PROMPTS[0], 2, 5, SamplingParams(8))]
    list(sampler.sample(asked))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.3)
    fresh = [s.completion for s in NativeSampler(model, encoder, rows=4).sample(asked)]
    assert [s.completion for s in sampler.sample(asked)] == fresh


def test_the_decoder_shares_what_carries_no_adapter(tiny_model: Path) -> None:
    base = load_base(str(tiny_model), None, torch.float32)
    decoder = Decoder(base)
    assert decoder.model is not base
    pairs = zip(decoder.model.parameters(), base.parameters(), strict=True)
    assert all(a is b for a, b in pairs)
