"""A verifier as OpenRLHF's reward function: whole texts in, tensors out, and never the prompt judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from rlvr.errors import NoVerdict, UsageError
from rlvr.integrations.openrlhf import RewardFunction, answer_in
from rlvr.scoring.options import ScoringOptions

ONE = ScoringOptions(workers=1)
PROMPT = "<|im_start|>user\nsay \\boxed{4}<|im_end|>\n<|im_start|>assistant\n"


def test_tensors_one_number_a_query() -> None:
    reward = RewardFunction("math", scoring=ONE)
    queries = [PROMPT + text for text in (r"\boxed{4}<|im_end|>", r"\boxed{5}<|im_end|>", "no")]
    found = reward(queries, [PROMPT] * 3, ["4"] * 3, another="keyword")
    assert torch.equal(found["rewards"], torch.tensor([1.0, 0.0, 0.0]))
    assert torch.equal(found["scores"], found["rewards"])
    assert torch.equal(found["extra_logs"]["passed"], found["rewards"])
    reward.close()


def test_an_error_raises_and_nothing_is_scored() -> None:
    reward = RewardFunction("math", scoring=ONE)
    with pytest.raises(NoVerdict, match="invalid_reference"):
        reward([PROMPT + r"\boxed{4}"] * 2, [PROMPT] * 2, ["4", " "])
    reward.close()


def test_the_answer_ends_with_its_turn() -> None:
    assert answer_in(PROMPT + "dog<|im_end|>\n", PROMPT).text == "dog"
    assert answer_in(PROMPT + "dog </s> cat", PROMPT).text == "dog </s> cat"
    assert answer_in("<s>" + PROMPT + "dog\n", PROMPT).text == "dog\n"
    assert answer_in(PROMPT + "dog<eot>", PROMPT, ["<eot>"]).text == "dog"


@pytest.mark.parametrize("query", [PROMPT[5:] + r"\boxed{5}", "x" * 40 + PROMPT + r"\boxed{5}", ""])
def test_where_the_prompt_is_not_found_nothing_is_judged(query: str) -> None:
    with pytest.raises(UsageError, match="does not begin with its prompt"):
        answer_in(query, PROMPT)


def test_loaded_from_a_file_by_its_name(tmp_path: Path) -> None:
    """As OpenRLHF loads it: the module is executed under a name of its own and `reward_func` taken from it."""
    import importlib.util

    file = tmp_path / "rewards.py"
    file.write_text(
        "from rlvr.integrations.openrlhf import RewardFunction\nreward_func = RewardFunction('exact')\n",
    )
    spec = importlib.util.spec_from_file_location("reward_func", file)
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.reward_func(["a dog"], ["a "], ["dog"])["rewards"].tolist() == [1.0]
    module.reward_func.close()
