"""Every error the project raises on purpose.

    RlvrError                     exit code 1
    ├── UsageError  (ValueError)  exit code 2: a recipe, an option or a row is wrong
    │   ├── RecipeError           a key or a value of a recipe
    │   └── DataError             a data source, or a row of it
    ├── EnvironmentLacks          exit code 3: a model, an engine, a package or a right is missing
    │   └── SandboxUnavailable    the sandbox's engine does not answer
    ├── TooManyErrors             the share of ERROR verdicts passed `scoring.max_error_rate`
    ├── NoVerdict                 a completion could not be judged, and the caller has no reward for that
    ├── CheckFailed               a check ran and did not hold
    └── Interrupted               exit code 130: somebody asked the run to stop; it can go on

A message says what is wrong and where; `mend` says what to do about it. All of them can be pickled.
Plug-in code raises whatever it likes: only the boundary in `rlvr.scoring` turns that into a verdict.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RlvrError(Exception):
    """Root of the tree. `str(error)` is the whole message, mend included."""

    exit_code = 1

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what, mend)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.what}\n  {self.mend}" if self.mend else self.what


class UsageError(RlvrError, ValueError):
    """The caller asked for something that cannot be: wrong option, wrong recipe, wrong row."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe's key or value is wrong."""


class DataError(UsageError):
    """A data source cannot be read, or one of its rows is unusable; the message names the row."""


class EnvironmentLacks(RlvrError):
    """The machine lacks something: a model, a package, an engine, a right to write."""

    exit_code = 3


class SandboxUnavailable(EnvironmentLacks):
    """The engine that runs candidate code does not answer."""


class TooManyErrors(RlvrError):
    """More verdicts were ERROR (our fault) than `scoring.max_error_rate` allows; the run stopped."""


class NoVerdict(RlvrError):
    """A verdict is ERROR, and the framework that asked knows no absent reward."""


class CheckFailed(RlvrError):
    """A check was carried out and its condition does not hold."""


class Interrupted(RlvrError):
    """A run stopped because it was asked to, and saved first."""

    exit_code = 130


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that helps with a misspelt name: the close match if there is one, else all known names."""
    choices = sorted(known)
    meant = close(name, choices)
    return f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(choices) or 'none'}."


def close(name: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt one most likely stands for, if there is one."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), None)
