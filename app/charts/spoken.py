"""Charts in words: lists of names with their numbers."""

from collections.abc import Iterable

MOST = 6
"""Longer lists are cut: a sentence is read, not searched."""


def listed(parts: Iterable[str], most: int = MOST) -> str:
    """Parts one after another as a sentence; how many are left out is said."""
    every = list(parts)
    more = f"; and {len(every) - most} more" if len(every) > most else ""
    return f"{'; '.join(every[:most])}{more}." if every else ""
