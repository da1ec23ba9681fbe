"""Names as others may see them."""

from __future__ import annotations


def masked(name: str) -> str:
    """A name as a page may show it: its first character, then stars."""
    return name[:1] + "*" * max(1, min(2, len(name) - 1))
