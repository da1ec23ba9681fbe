"""Dialogs that can only be written: the hotline does not offer them, and says so when it starts."""

from __future__ import annotations

from typing import TypeVar

from dialogs.talk import Dialog

D = TypeVar("D", bound=Dialog)


def in_writing(dialog: D) -> D:
    """Marks a dialog that asks for typed text which has no voice way (a name has one, and an identity number)."""
    dialog.in_writing = True  # type: ignore[attr-defined]
    return dialog


def is_in_writing(dialog: Dialog) -> bool:
    return getattr(dialog, "in_writing", False)
