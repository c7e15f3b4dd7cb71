"""The processes that train together. One process, or those that accelerate started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import torch

T = TypeVar("T")


class Ranks:
    """Where this process stands among `world`; sums and gathers over all of them.

    Without an accelerator `world` is 1 and both are the identity. With one (an
    `accelerate.Accelerator`, handed in by the caller), they go through its process group.
    """

    def __init__(self, accelerator: Any | None = None) -> None:
        self.accelerator = accelerator
        self.rank = accelerator.process_index if accelerator else 0
        self.world = accelerator.num_processes if accelerator else 1

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and talks to the terminal."""
        return bool(self.rank == 0)

    def sum(self, value: torch.Tensor) -> torch.Tensor:
        """Element-wise sum of a tensor of one shape over all processes, known to each of them."""
        return value if self.accelerator is None else self.accelerator.reduce(value, reduction="sum")

    def gather(self, values: list[T]) -> list[T]:
        """All processes' lists, one after another in order of rank, known to each of them."""
        if self.accelerator is None:
            return values
        from accelerate.utils import gather_object

        return list(gather_object(values))
