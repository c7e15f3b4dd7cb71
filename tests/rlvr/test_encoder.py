"""Prompts to tokens and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlvr.encoder import Encoder
from rlvr.errors import UsageError
from rlvr.models import load_tokenizer
from rlvr.problem import Message

CHAT: tuple[Message, ...] = ({"role": "user", "content": "Hi"},)


@pytest.fixture
def tokenizer(tiny_model: Path) -> Any:
    return load_tokenizer(str(tiny_model))


def test_plain_text_is_encoded_as_it_is(tokenizer: Any) -> None:
    encoded = Encoder(tokenizer).encode("Q: 1\nA:")
    assert tokenizer.decode(encoded.ids) == "Q: 1\nA:"
    assert encoded.prefill == ""


def test_messages_go_through_the_template_up_to_the_answer(tokenizer: Any) -> None:
    encoded = Encoder(tokenizer).encode(CHAT)
    assert tokenizer.decode(encoded.ids) == "<|user|>Hi<|end|><|assistant|>"
    assert encoded.prefill == ""


def test_what_the_template_writes_for_the_assistant_is_the_prefill(tokenizer: Any) -> None:
    encoded = Encoder(tokenizer, template_args={"think": True}).encode(CHAT)
    assert tokenizer.decode(encoded.ids).endswith("<|assistant|><think>")
    assert encoded.prefill == "<think>"


def test_end_ids_are_those_of_tokenizer_generation_config_and_template(tokenizer: Any) -> None:
    assert Encoder(tokenizer, [7]).end_ids == {7, tokenizer.eos_token_id}
    tokenizer.eos_token = "<|system|>"
    assert tokenizer.convert_tokens_to_ids("<|end|>") in Encoder(tokenizer).end_ids


def test_decoding_drops_only_the_final_end_of_turn(tokenizer: Any) -> None:
    encoder = Encoder(tokenizer)
    end = tokenizer.eos_token_id
    ids = [*tokenizer("ab")["input_ids"], end, *tokenizer("c")["input_ids"], end]
    assert encoder.decode(ids) == "ab<|end|>c"
    assert encoder.decode([]) == ""


def test_messages_without_a_template_say_what_to_do(tokenizer: Any) -> None:
    tokenizer.chat_template = None
    with pytest.raises(UsageError, match="format: text"):
        Encoder(tokenizer).encode(CHAT)


def test_a_stop_character_in_two_tokens_is_not_missed(tokenizer: Any) -> None:
    encoder = Encoder(tokenizer)
    ids = tokenizer("a\N{SNOWMAN}", add_special_tokens=False)["input_ids"]
    assert len(ids) > 2, "the character takes several tokens"
    assert encoder.may_end(ids, ("\N{SNOWMAN}",))
    assert not encoder.may_end(ids[:1], ("\N{SNOWMAN}",))
