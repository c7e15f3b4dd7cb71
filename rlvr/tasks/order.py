"""Orders that look random and are the same on every machine and in every version of Python."""

from __future__ import annotations

import hashlib


def digest(*parts: object) -> str:
    """64 hex digits that depend on all parts: sort by it to shuffle, whatever the order was before."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
