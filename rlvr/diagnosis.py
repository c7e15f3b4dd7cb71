"""Says in words what goes wrong in a run while it can still be stopped.

Each rule looks at the metrics of the last steps and returns a sentence or nothing. A finding is said
once, and again only after many steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any, TypeAlias

Metrics: TypeAlias = Mapping[str, float | None]

#: Steps a rule looks back on, and steps before it repeats itself.
_WINDOW = 5
_PAUSE = 25
#: What the rules read; a checkpoint keeps no more.
_READ = (
    "reward",
    "groups/mixed",
    "groups/all_pass",
    "groups/all_fail",
    "entropy",
    "kl",
    "sampler_mismatch",
    "completions/mean_length",
    "completions/clipped_ratio",
    "critic/alone/brier",
    "critic/brier_of_rate",
    "validation/pass@1",
    "validation/base_best",
)


class Diagnosis:
    """Follows a run's metrics."""

    def __init__(self, max_steps: int) -> None:
        self.max_steps = max_steps
        self._history: list[dict[str, float | None]] = []
        self._said: dict[str, int] = {}

    def look(self, step: int, metrics: Metrics) -> list[str]:
        """What is to be said after a step."""
        causes = {name: value for name, value in metrics.items() if name.startswith("cause/")}
        self._history.append({name: metrics.get(name) for name in _READ} | causes)
        found = []
        for rule in _RULES:
            sentence = rule(self._history, step / self.max_steps)
            if sentence and step - self._said.get(rule.__name__, -_PAUSE) >= _PAUSE:
                self._said[rule.__name__] = step
                found.append(sentence)
        return found

    def state_dict(self) -> Mapping[str, Any]:
        """What was seen and said."""
        return {"history": list(self._history), "said": dict(self._said)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._history = list(state["history"])
        self._said = dict(state["said"])


def _series(history: Sequence[Metrics], name: str) -> list[float]:
    """The values of a metric, without steps that have none."""
    return [value for step in history if (value := step.get(name)) is not None]


def _no_signal(history: Sequence[Metrics], _: float) -> str:
    last = [step for step in history if step.get("groups/mixed") is not None][-_WINDOW:]  # one rollout, many steps
    if len(last) < _WINDOW or any(_series(last, "groups/mixed")):
        return ""
    if fmean(_series(last, "groups/all_pass")) > 0.5:
        return "no group has signal: the model answers nearly everything right. Take harder problems, or stop here."
    causes = {name: fmean(_series(last, name)) for step in last for name in step if name.startswith("cause/")}
    worst = max((cause for cause in causes if cause != "cause/correct"), key=causes.__getitem__, default="")
    why = f", most often for {worst.removeprefix('cause/')}" if worst else ""
    return (
        f"no group has signal: the model answers nearly everything wrong{why}. "
        "Show worked examples in the prompt, take easier problems, or start from warm_start."
    )


def _entropy_collapse(history: Sequence[Metrics], _: float) -> str:
    entropy, reward = _series(history, "entropy"), _series(history, "reward")
    if min(len(entropy), len(reward)) < 2 * _WINDOW or fmean(reward[-_WINDOW:]) > 0.7:
        return ""
    first, last = fmean(entropy[:_WINDOW]), fmean(entropy[-_WINDOW:])
    if last > 0.1 * first:
        return ""
    return (
        f"entropy has collapsed ({first:.2f} -> {last:.2f} nats a token) while the reward is only "
        f"{fmean(reward[-_WINDOW:]):.2f}: lower train.learning_rate, raise algorithm.epsilon_high, "
        "or set algorithm.entropy_coef."
    )


def _runaway_length(history: Sequence[Metrics], _: float) -> str:
    lengths, cut = _series(history, "completions/mean_length"), _series(history, "completions/clipped_ratio")
    if len(lengths) < 2 * _WINDOW:
        return ""
    first, last, share = fmean(lengths[:_WINDOW]), fmean(lengths[-_WINDOW:]), fmean(cut[-_WINDOW:])
    if last < 1.5 * first or share < 0.3:
        return ""
    return (
        f"completions grow ({first:.0f} -> {last:.0f} tokens) and {share:.0%} are cut off: "
        "raise sampling.max_completion_length, or set algorithm.overlong_cache."
    )


def _kl_explosion(history: Sequence[Metrics], _: float) -> str:
    kl = _series(history, "kl")[-_WINDOW:]
    if len(kl) < _WINDOW or fmean(kl) < 1.0:
        return ""
    return (
        f"the policy is {fmean(kl):.1f} nats a token from its reference: "
        "raise algorithm.beta or lower train.learning_rate."
    )


def _sampler_disagrees(history: Sequence[Metrics], _: float) -> str:
    gap = _series(history, "sampler_mismatch")[-_WINDOW:]
    if len(gap) < _WINDOW or fmean(gap) < 0.2:
        return ""
    return (
        f"sampler and trainer disagree by {fmean(gap):.2f} nats a token: "
        "set algorithm.sampler_correction=token_truncate, or model.dtype=float32."
    )


def _idle_critic(history: Sequence[Metrics], _: float) -> str:
    own, rate = _series(history, "critic/alone/brier"), _series(history, "critic/brier_of_rate")
    if len(own) < 3 * _WINDOW or fmean(own[-2 * _WINDOW :]) <= fmean(rate[-2 * _WINDOW :]):
        return ""
    return (
        f"the critic is worse than a constant (Brier score {fmean(own[-2 * _WINDOW :]):.3f}, "
        f"the running rate {fmean(rate[-2 * _WINDOW :]):.3f}): set critic.kind=adapter, "
        "with that lower critic.learning_rate, or take an algorithm without a critic."
    )


def _overfitting(history: Sequence[Metrics], _: float) -> str:
    scores = [(i, v) for i, step in enumerate(history) if (v := step.get("validation/pass@1")) is not None]
    if len(scores) < 3 or not scores[-3][1] - 0.02 > scores[-2][1] > scores[-1][1] + 0.02:
        return ""
    span = history[scores[-3][0] :]
    rewards = _series(span, "reward")
    half = len(rewards) // 2
    if half == 0 or fmean(rewards[half:]) <= fmean(rewards[:half]):
        return ""
    return (
        f"the reward rises while validation falls ({scores[-3][1]:.2f} -> {scores[-1][1]:.2f}): the model learns "
        "the training problems or a way around the verifier. Read passing rollouts; take more problems."
    )


def _only_sharper(history: Sequence[Metrics], progress: float) -> str:
    score, base = _series(history, "validation/pass@1"), _series(history, "validation/base_best")
    if progress < 0.5 or not score or history[-1].get("validation/pass@1") is None or score[-1] > base[-1] + 0.02:
        return ""
    return (
        f"validation pass@1 {score[-1]:.2f} is what the base model reaches at a lower temperature "
        f"({base[-1]:.2f}): so far the gain is sharpening."
    )


_RULES: tuple[Callable[[Sequence[Metrics], float], str], ...] = (
    _no_signal,
    _entropy_collapse,
    _runaway_length,
    _kl_explosion,
    _sampler_disagrees,
    _idle_critic,
    _overfitting,
    _only_sharper,
)
