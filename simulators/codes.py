"""command_status values by name or number, as a person writes them: ESME_RTHROTTLED, RTHROTTLED, 0x58, 88."""

from __future__ import annotations

from typing import Final

from smpp import status

NAMES: Final = {name: code for name, code in vars(status).items() if name.startswith("ESME_")}
_LARGEST: Final = 0xFFFFFFFF


def read(written: object) -> int:
    """Return the value of a command_status; empty is 0. Raises ValueError."""
    if isinstance(written, int) and not isinstance(written, bool):
        return _bounded(written)
    text = str(written).strip().upper()
    if not text:
        return status.ESME_ROK
    named = NAMES.get(text, NAMES.get(f"ESME_{text}"))
    return _number(text) if named is None else named


def write(code: int) -> str:
    """Return the standard's name, a number where it has none, and nothing for 0."""
    return status.name(code) if code else ""


def _number(text: str) -> int:
    try:
        return _bounded(int(text, 0))
    except ValueError:
        raise ValueError(f"{text} is no command_status: write a name as ESME_RSYSERR, or a number as 0x0401") from None


def _bounded(code: int) -> int:
    if not 0 <= code <= _LARGEST:
        raise ValueError("a command_status has 32 bits")
    return code
