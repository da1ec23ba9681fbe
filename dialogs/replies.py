"""Answers to notices that begin a conversation: 1 to a reminder of a vaccine books a place for it."""

from __future__ import annotations

import datetime as dt

from clinic.notices import Asked
from dialogs.conversation import plain
from dialogs.incoming import Incoming
from dialogs.talk import Answer, Desk
from dialogs.vaccines.menu import answers_to_book

BOOK = "1"


async def to_vaccine(asked: Asked, incoming: Incoming, desk: Desk) -> list[Answer] | None:
    """Begin where a day is asked for what the reminder was about; what else was answered is no answer to it.

    The question stays open until a place is booked: who breaks off may answer once more.
    """
    if plain(incoming.text) != BOOK:
        return None
    return await answers_to_book(desk, incoming.phone, asked.subject["resident"], _first(asked))


def _first(asked: Asked) -> str:
    """The series of the dose that can be given first."""
    doses = sorted(asked.subject["doses"], key=lambda dose: dt.date.fromisoformat(dose[3]))
    return str(doses[0][0])
