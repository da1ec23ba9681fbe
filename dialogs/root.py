"""The root menu: where a dialled code leads without arguments, and what the hotline offers."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final, Literal, get_args

from dialogs.account import my_account
from dialogs.booking import book_visit
from dialogs.care import my_readings
from dialogs.home_visits import request_home_visit
from dialogs.language import choose_language
from dialogs.letters import is_in_writing
from dialogs.talk import Choice, Desk, Dialog, Talk
from dialogs.tips import health_tips
from dialogs.vaccines import vaccine_record
from dialogs.visits import my_visits

Entry = Literal["book", "visits", "vaccines", "tips", "home", "language", "readings", "account"]
ENTRIES: tuple[Entry, ...] = get_args(Entry)

DIALOGS: Final[dict[str, Dialog]] = {
    "book": book_visit,
    "visits": my_visits,
    "vaccines": vaccine_record,
    "tips": health_tips,
    "home": request_home_visit,
    "language": choose_language,
    "readings": my_readings,
    "account": my_account,
}
_TEXTS: Final[dict[str, str]] = {
    "book": "root.book",
    "visits": "root.visits",
    "vaccines": "root.vaccines",
    "tips": "root.tips",
    "home": "root.home",
    "language": "root.language",
    "readings": "root.readings",
    "account": "root.account",
}


def menu(entries: Sequence[str]) -> Dialog:
    """A dialog that offers these entries in this order. ValueError names one that there is not, or is there twice."""
    for place, entry in enumerate(entries):
        if entry not in DIALOGS:
            near = difflib.get_close_matches(entry, ENTRIES, n=1)
            meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(ENTRIES)}"
            raise ValueError(f"no such entry of the menu: {entry}; {meant}")
        if entry in entries[:place]:
            raise ValueError(f"{entry} stands twice in the menu")

    async def offer(talk: Talk, desk: Desk) -> None:
        wanted = await talk.choose("root.menu", [Choice(entry, _TEXTS[entry]) for entry in entries])
        await DIALOGS[wanted](talk, desk)

    return offer


def spoken(entries: Sequence[str]) -> Dialog:
    """As `menu`, for a channel without letters. ValueError also where an entry can only be written."""
    dialog = menu(entries)
    for entry in entries:
        if is_in_writing(DIALOGS[entry]):
            raise ValueError(f"{entry} needs typed text, so it cannot be offered by voice")
    return dialog


root: Final[Dialog] = menu(ENTRIES)
"""Welcome, and go where the subscriber wants."""


def number(entry: Entry) -> str:
    """What one types at the root menu for this entry."""
    return str(ENTRIES.index(entry) + 1)
