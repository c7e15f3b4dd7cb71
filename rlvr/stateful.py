"""What must survive a stop: everything whose next answer depends on what it did before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Stateful(Protocol):
    """Saved with every checkpoint: data cursor, curriculum, sampler, random generators, optimizer, critic.

    A state is made of JSON values and tensors, so that checkpoints need no pickle.
    """

    def state_dict(self) -> Mapping[str, Any]:
        """All that is needed to go on exactly from here."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `state_dict` returned."""
