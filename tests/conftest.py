"""What many tests need: a language model small enough to train in a test, and the Docker engine."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same cases on every machine, and no verdict that hangs on the clock.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run in several processes: a file stays together, and all that use the engine take turns."""
    for item in items:
        engine = item.get_closest_marker("docker") is not None
        item.add_marker(pytest.mark.xdist_group("docker" if engine else str(item.path)))


CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% if think %}<think>{% endif %}{% endif %}"
)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random Llama of 60,000 parameters and its tokenizer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny") / "model"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={char: i for i, char in enumerate(alphabet)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core,
        eos_token="<|end|>",
        pad_token="<|end|>",
        additional_special_tokens=["<|user|>", "<|assistant|>", "<|system|>"],
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=True,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def engine() -> None:
    """An engine that answers, with the image built. Where RLVR_REQUIRE_DOCKER is set, its lack is a failure."""
    _need_image(os.environ.get("RLVR_SANDBOX_BASE", "rlvr-base"))


@pytest.fixture(scope="session")
def packages_image(engine: None) -> tuple[str, ...]:
    """The packages of a second image, which is built on a base that has them."""
    packages = ("numpy", "pytest")
    _need_image("rlvr-base-numpy-pytest", packages)
    return packages


def _need_image(base: str, packages: tuple[str, ...] = ()) -> None:
    from rlvr.errors import EnvironmentLacks
    from rlvr.sandboxes.docker import image, manage
    from rlvr.sandboxes.docker.engine import connect

    name = image.tag(packages)
    try:
        client = connect()
        if not manage.has_image(client, name):
            if not manage.has_image(client, base):
                raise EnvironmentLacks(f"neither {name} nor the base image {base} is there")
            image.build(client, base, packages)
        client.close()
    except EnvironmentLacks as error:
        if os.environ.get("RLVR_REQUIRE_DOCKER"):
            pytest.fail(f"RLVR_REQUIRE_DOCKER is set, but {error}")
        pytest.skip(f"no sandbox: {error.what}")


@pytest.fixture(scope="module")
def start_server() -> Iterator[Callable[..., Any]]:
    """Starts `rlvr serve` with the words given, on a free port; see `servers.py`. All are ended at last."""
    spec = importlib.util.spec_from_file_location("rlvr_test_servers", Path(__file__).with_name("servers.py"))
    assert spec is not None and spec.loader is not None
    servers: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = servers
    spec.loader.exec_module(servers)
    started: list[Any] = []

    def start(*words: object, **more: Any) -> Any:
        started.append(servers.start(*map(str, words), **more))
        return started[-1]

    yield start
    for server in started:
        servers.end(server)
