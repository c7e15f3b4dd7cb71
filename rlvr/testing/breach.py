"""One thing in which a verifier falls short of what it owes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """`rule` is one of those that `rlvr.testing` lists, `on` the text it was seen with, `found` what happened."""

    rule: str
    on: str
    found: str


def summary(breaches: Iterable[Breach]) -> str:
    """A line for each rule and finding, with the texts it was seen with."""
    seen: dict[tuple[str, str], list[str]] = {}
    for breach in breaches:
        seen.setdefault((breach.rule, breach.found), []).append(breach.on)
    return "\n".join(f"  {rule}: {found}{_on(texts)}" for (rule, found), texts in seen.items())


def _on(texts: list[str]) -> str:
    texts = list(dict.fromkeys(text for text in texts if text))
    more = f" and {len(texts) - 3} more" if len(texts) > 3 else ""
    return f" (on {', '.join(texts[:3])}{more})" if texts else ""
