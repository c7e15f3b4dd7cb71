"""What a person sees while a run works: a line a step, and how far the present phase is.

On a terminal the phase is a live bar; elsewhere (a file, a pipe) each phase says when it is done.
Everything goes to standard error, so that standard output holds results only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rlvr.rollouts import OnSampled


class Display:
    """Shows the course of a run."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """One line of plain text."""
        self.console.print(text, markup=False)

    def step(self, step: int, steps: int, metrics: Mapping[str, float | None]) -> None:
        """The line of one training step."""
        self.say(
            f"step {step:>{len(str(steps))}}/{steps}"
            f"  reward {_number(metrics.get('reward'), '.3f')}"
            f"  mixed groups {_number(metrics.get('groups/mixed'), '.0%')}"
            f"  errors {_number(metrics.get('outcome/error'), '.0%')}"
            f"  tokens {_number(metrics.get('completions/mean_length'), '.0f')}"
            f"  cut {_number(metrics.get('completions/clipped_ratio'), '.0%')}"
            f"  entropy {_number(metrics['entropy'], '.2f')}"
            f"  |g| {_number(metrics['grad_norm'], '.2f')}"
            f"  {_number(metrics['seconds/step'], '.1f')} s"
        )

    @contextmanager
    def phase(self, title: str, *, quiet: bool = False) -> Iterator[OnSampled]:
        """A phase whose progress is reported through the function it yields; quiet ones leave no line."""
        started = time.perf_counter()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        if not quiet:
            self.say(f"{title}: {time.perf_counter() - started:.0f} s")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
