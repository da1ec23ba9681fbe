"""Words that people type, as they are kept."""

from __future__ import annotations


def tidied(text: str, most: int | None = None) -> str:
    """Without blanks too many; "" where that is not to be kept: nothing, longer than `most`, or with a character that
    cannot be printed."""
    tidy = " ".join(text.split())
    return tidy if tidy.isprintable() and (most is None or len(tidy) <= most) else ""


def printable(text: str) -> str:
    """With a blank for what cannot be printed: what came from elsewhere, as any database takes it. PostgreSQL refuses a
    text with a NUL."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
