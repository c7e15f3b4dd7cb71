"""A verifier as TRL's reward function: call shapes, and real training steps of the installed TRL."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr.errors import TooManyErrors, UsageError
from rlvr.integrations.trl import RewardFunction
from rlvr.scoring.options import ScoringOptions

ONE = ScoringOptions(workers=1)
#: For rows that are errors on purpose.
PATIENT = ScoringOptions(workers=1, max_error_rate=1.0)
ANYTHING, BROKEN = r"[\s\S]*", "("


def chat(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def test_texts_and_chats_are_judged_alike() -> None:
    with RewardFunction("math", scoring=ONE) as reward:
        assert reward.__name__ == "math"
        texts = [r"\boxed{4}", r"\boxed{5}", ""]
        rest: dict[str, Any] = {"answer": ["4"] * 3, "trainer_state": None}
        assert reward(["q"] * 3, texts, [[1]] * 3, **rest) == [1.0, 0.0, 0.0]
        prompts = [[{"role": "user", "content": "q"}]] * 3
        assert reward(prompts, [chat(text) for text in texts], [[1]] * 3, **rest) == [1.0, 0.0, 0.0]


def test_of_several_turns_the_last_of_the_assistant_counts() -> None:
    turns = [*chat(r"\boxed{5}"), {"role": "tool", "content": r"\boxed{6}"}, *chat(r"\boxed{4}")]
    blocks = [{"role": "assistant", "content": [{"type": "text", "text": r"\boxed{"}, {"type": "text", "text": "4}"}]}]
    with RewardFunction("math", scoring=ONE) as reward:
        assert reward(["q"] * 3, [turns, turns[:2], blocks], answer=["4", "6", "4"]) == [1.0, 0.0, 1.0]


def test_an_error_is_none_and_is_told() -> None:
    extra: dict[str, list[Any]] = {}
    metric: dict[str, float] = {}
    with RewardFunction("math", scoring=PATIENT) as reward:
        rewards = reward(
            ["q"] * 4,
            [r"\boxed{4}", r"\boxed{4}", "no", r"\boxed{4}"],
            [[1]] * 4,
            answer=["4", " ", "4", None],
            log_extra=extra.__setitem__,
            log_metric=metric.__setitem__,
        )
    assert rewards == [1.0, None, 0.0, None]
    assert extra["math/cause"] == ["correct", "invalid_reference", "no_answer", "invalid_reference"]
    assert "blank" in extra["math/reason"][1]
    assert metric == {"verifier/math/pass": 0.25, "verifier/math/fail": 0.25, "verifier/math/error": 0.5}


def test_a_graded_verdict_keeps_its_score() -> None:
    options = {"parts": [{"name": "exact"}, {"name": "regex"}]}
    reference = {"exact": {"answer": "ab"}, "regex": {"pattern": "a.*"}}
    with RewardFunction("weighted", options, reference="ref", scoring=ONE) as reward:
        assert reward(["q"] * 2, ["ab", "ac"], ref=[reference] * 2) == [1.0, 0.5]


def test_references_from_one_column_or_several() -> None:
    with RewardFunction("math", reference="solution", scoring=ONE) as reward:
        assert reward(["q"] * 2, [r"\boxed{12}"] * 2, solution=["12", "13"]) == [1.0, 0.0]
        assert reward(["q"], [r"\boxed{12}"], solution=[{"answer": "12"}]) == [1.0]
    with RewardFunction("math", reference={"answer": "solution"}, scoring=ONE) as reward:
        assert reward(["q"], [r"\boxed{12}"], solution=["12"]) == [1.0]
    with RewardFunction("math", extract="gsm8k", scoring=ONE) as reward:
        assert reward(["q"], [r"\boxed{1200}"], answer=["so\n#### 1,200"]) == [1.0]
    columns = {"options": "choices", "answer": "key"}
    with RewardFunction("choice", reference=columns, scoring=ONE) as reward:
        assert reward(["q"] * 2, ["y", "x"], choices=[["x", "y"]] * 2, key=["y", "y"]) == [1.0, 0.0]


def test_what_cannot_be_is_said_at_once() -> None:
    with pytest.raises(UsageError, match="Did you mean 'math'"):
        RewardFunction("maths")
    with pytest.raises(UsageError, match="Did you mean 'extraction'"):
        RewardFunction("math", {"extractoin": "lenient"})
    with pytest.raises(UsageError, match="one column"):
        RewardFunction("math", reference={"answer": "a"}, extract="boxed")
    with pytest.raises(UsageError, match=r"no column 'answer' \(it has: gold\)"):
        RewardFunction("math")(["q"], ["4"], gold=["4"])


def test_ids_tell_what_the_length_limit_cut() -> None:
    with RewardFunction("exact", end_ids=[9], scoring=ONE) as reward:
        assert reward(["q"] * 3, ["dog"] * 3, [[1, 9], [1, 2], []], answer=["dog"] * 3) == [1.0, 0.0, 0.0]


def test_a_prefill_belongs_to_the_completion() -> None:
    with RewardFunction("exact", {"thinking": "require"}, prefill="<think>", scoring=ONE) as reward:
        assert reward(["q"], ["hm</think>dog"], answer=["dog"]) == [1.0]


def test_any_thread_may_ask_and_a_copy_has_its_own_workers() -> None:
    with RewardFunction("math", scoring=ONE) as reward:
        found: dict[int, list[float | None]] = {}

        def ask(number: int) -> None:
            found[number] = reward(["q"] * 2, [rf"\boxed{{{number}}}", r"\boxed{99}"], answer=[number] * 2)

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {number: [1.0, 0.0] for number in range(8)}
        with pickle.loads(pickle.dumps(reward)) as copy:
            assert copy(["q"], [r"\boxed{4}"], answer=["4"]) == [1.0]


def train(model: Path, folder: Path, rows: list[dict[str, Any]], reward: Callable[..., Any]) -> Any:
    """Three steps of TRL's own trainer, with a model that can say 4 and 5 and nothing else; returns it."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    tokenizer = AutoTokenizer.from_pretrained(model)
    wordless = [i for i in range(len(tokenizer)) if i not in tokenizer.convert_tokens_to_ids(["4", "5"])]
    args = GRPOConfig(
        output_dir=str(folder),
        max_steps=3,
        num_generations=4,
        per_device_train_batch_size=8,
        max_completion_length=1,
        generation_kwargs={"suppress_tokens": wordless},
        learning_rate=1e-3,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        disable_tqdm=True,
        seed=0,
    )
    trainer = GRPOTrainer(
        AutoModelForCausalLM.from_pretrained(model),
        reward_funcs=reward,
        args=args,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    trainer.train()
    return trainer


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")  # TRL's and transformers' own, about each other
@pytest.mark.parametrize("form", ["text", "chat"])
def test_trl_trains_with_math(tiny_model: Path, tmp_path: Path, form: str) -> None:
    asked = [f"{i} + {4 - i} =" for i in range(4)]
    prompts = asked if form == "text" else [[{"role": "user", "content": text}] for text in asked]
    rows = [{"prompt": prompt, "answer": "4"} for prompt in prompts]
    with RewardFunction("math", {"extraction": "lenient"}, scoring=ONE) as reward:
        trainer = train(tiny_model, tmp_path, rows, reward)
    logs = [log for log in trainer.state.log_history if "rewards/math/mean" in log]
    assert trainer.state.global_step == len(logs) == 3
    assert any(0 < log["rewards/math/mean"] < 1 and log["grad_norm"] > 0 for log in logs)
    for log in logs:
        assert log["verifier/math/error"] == 0.0
        assert log["rewards/math/mean"] == log["verifier/math/pass"] == 1 - log["verifier/math/fail"]
    said = [text if form == "text" else text[-1]["content"] for text in trainer._logs["completion"]]
    causes = ["correct" if text == "4" else "wrong_answer" for text in said]
    assert causes == list(trainer._logs["extra"]["math/cause"])


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_in_trl_an_error_does_not_enter_the_mean(tiny_model: Path, tmp_path: Path) -> None:
    """Every row that can be judged passes, half of them cannot: the mean is 1, where zeros would make it 0.5."""
    import math

    rows = [{"prompt": f"say {i}", "pattern": BROKEN if i % 2 else ANYTHING} for i in range(8)]
    with RewardFunction("regex", reference="pattern", scoring=PATIENT) as reward:
        trainer = train(tiny_model, tmp_path, rows, reward)
    logs = [log for log in trainer.state.log_history if "rewards/regex/mean" in log]
    shares = [log["verifier/regex/error"] for log in logs]
    assert 0 < sum(shares) < 3
    for log in logs:
        assert log["rewards/regex/mean"] == 1.0 or log["verifier/regex/error"] == 1.0
    rewards = list(trainer._logs["rewards"]["regex"])
    causes = list(trainer._logs["extra"]["regex/cause"])
    assert [math.isnan(reward) for reward in rewards] == [cause == "invalid_reference" for cause in causes]


def test_a_run_of_errors_is_stopped() -> None:
    with (
        RewardFunction("regex", reference="pattern", scoring=ONE) as reward,
        pytest.raises(TooManyErrors, match="12 of the last 12"),
    ):
        reward(["q"] * 12, [str(i) for i in range(12)], pattern=[BROKEN] * 12)
