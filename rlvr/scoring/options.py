"""What a recipe may say about scoring."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rlvr.verifier import Model


class ScoringOptions(Model):
    """Limits of one verdict, and when a run stops.

    workers: processes for each verifier; 0 is one a processor, at most 4. deadline_seconds and memory_mb
    bound one verdict. A run stops when more than max_error_rate of the last error_window verdicts were
    errors. cache_size: verdicts kept, so that equal answers are judged once. max_pending: while so many
    completions wait for their verdicts, sampling waits too.
    """

    workers: Annotated[int, Field(ge=0, le=256)] = 0
    deadline_seconds: Annotated[float, Field(gt=0)] = 10.0
    memory_mb: Annotated[int, Field(ge=64)] = 2048
    max_error_rate: Annotated[float, Field(ge=0, le=1)] = 0.05
    error_window: Annotated[int, Field(ge=1)] = 200
    cache_size: Annotated[int, Field(ge=0)] = 50_000
    max_pending: Annotated[int, Field(ge=1)] = 4096
