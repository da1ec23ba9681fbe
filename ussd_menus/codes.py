"""Dialled codes: `*120*1*2#` is the service `*120#` with the path 1, 2 through its menus."""

from __future__ import annotations

import re
import unicodedata


def arguments(code: str, dialled: str) -> list[str] | None:
    """What was dialled after our `code`; None for another code. Networks may leave out stars and hashes, or all.

    >>> arguments("*120#", "*120*1*2#")
    ['1', '2']
    """
    ours, typed = _parts(code), _parts(dialled)
    if typed and typed[: len(ours)] != ours:
        return None
    return typed[len(ours) :]


def _parts(code: str) -> list[str]:
    return [part for part in re.split(r"[*#\s]+", unicodedata.normalize("NFKC", code)) if part]
