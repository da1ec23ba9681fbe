"""The root menu: where a dialled code leads without arguments."""

from __future__ import annotations

from typing import Literal, get_args

from dialogs.booking import book_visit
from dialogs.language import choose_language
from dialogs.talk import Choice, Desk, Dialog, Talk
from dialogs.visits import my_visits

Entry = Literal["book", "visits", "language"]
ENTRIES: tuple[Entry, ...] = get_args(Entry)

_DIALOGS: dict[str, Dialog] = {"book": book_visit, "visits": my_visits, "language": choose_language}


async def root(talk: Talk, desk: Desk) -> None:
    """Welcome, and go where the subscriber wants."""
    wanted = await talk.choose(
        "root.menu",
        [Choice("book", "root.book"), Choice("visits", "root.visits"), Choice("language", "root.language")],
    )
    await _DIALOGS[wanted](talk, desk)


def number(entry: Entry) -> str:
    """What one types at the root menu for this entry."""
    return str(ENTRIES.index(entry) + 1)
