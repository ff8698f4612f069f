"""Which texts count as the same: those that differ in case and space alone."""

from collections.abc import Iterable

import numpy as np

from likewise.classify.arrays import Rows


def normalised(text: str) -> str:
    """Return a text in lower case, with one blank between its words."""
    return " ".join(text.lower().split())


def groups_of(texts: Iterable[str]) -> Rows:
    """Return a number for each text, the same for texts that count as the same: int64, (n,)."""
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(normalised(text), len(seen)) for text in texts], np.int64)
