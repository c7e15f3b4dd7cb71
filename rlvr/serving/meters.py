"""What a server counts, as Prometheus reads it (text format 0.0.4). For use from one event loop."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

#: Upper bounds in seconds of the histogram of verdicts.
_BOUNDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)
_HELP = {
    "requests_total": ("counter", "requests by route and status"),
    "refused_total": ("counter", "requests turned away before they were read, by reason"),
    "hangups_total": ("counter", "clients that left before their answer"),
    "verdicts_total": ("counter", "verdicts by verifier, outcome and cause"),
    "in_flight_requests": ("gauge", "requests being served"),
    "in_flight_bytes": ("gauge", "bytes of their bodies"),
}

Labels = tuple[tuple[str, str], ...]


class Meters:
    """Counters, gauges and one histogram."""

    def __init__(self) -> None:
        self._values: dict[str, Counter[Labels]] = {name: Counter() for name in _HELP}
        self._buckets: dict[str, Counter[float]] = defaultdict(Counter)
        self._seconds: Counter[str] = Counter()

    def count(self, name: str, by: int = 1, **labels: str) -> None:
        """Add to a counter, or to a gauge."""
        self._values[name][tuple(sorted(labels.items()))] += by

    def value(self, name: str) -> int:
        """The sum over all labels."""
        return sum(self._values[name].values())

    def time(self, verifier: str, seconds: float) -> None:
        """Note how long a verdict took."""
        bound = next((bound for bound in _BOUNDS if seconds <= bound), float("inf"))
        self._buckets[verifier][bound] += 1
        self._seconds[verifier] += seconds  # type: ignore[assignment]

    def render(self) -> str:
        """All of it as text."""
        return "\n".join([*self._plain(), *self._histogram(), ""])

    def _plain(self) -> Iterable[str]:
        for name, (kind, text) in _HELP.items():
            yield from (f"# HELP rlvr_{name} {text}", f"# TYPE rlvr_{name} {kind}")
            for labels, value in sorted(self._values[name].items()) or [((), 0)]:
                yield f"rlvr_{name}{_shown(labels)} {value}"

    def _histogram(self) -> Iterable[str]:
        name = "rlvr_verdict_seconds"
        yield from (f"# HELP {name} seconds a verdict took, without waiting", f"# TYPE {name} histogram")
        for verifier, counts in sorted(self._buckets.items()):
            below = 0
            for bound in (*_BOUNDS, float("inf")):
                below += counts[bound]
                shown = "+Inf" if bound == float("inf") else f"{bound:g}"
                yield f"{name}_bucket{_shown((('le', shown), ('verifier', verifier)))} {below}"
            yield f"{name}_sum{_shown((('verifier', verifier),))} {self._seconds[verifier]}"
            yield f"{name}_count{_shown((('verifier', verifier),))} {below}"


def _shown(labels: Labels) -> str:
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
