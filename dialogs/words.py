"""Words that several dialogs say alike: when somebody is seen, a visit, and whose it is; and words that they hear.

A name is shown and said in full only to whoever has typed it in this very conversation, to be confirmed. Everywhere
else it is covered (王*明), as in every SMS: a screen is read over a shoulder, a phone is borrowed or shared by a
village, and the number of a caller can be forged.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Protocol

from clinic.notices.people import covered
from clinic.views import VisitView
from conf import texts
from conf.texts.words import LANGUAGES, Code, Half, Name, Word


class Timed(Protocol):
    """A clinic session, or what stands for one: a visit, an offer, a ticket."""

    @property
    def day(self) -> dt.date: ...
    @property
    def half(self) -> Half: ...
    @property
    def starts(self) -> dt.time: ...
    @property
    def practitioner(self) -> Name | None: ...


class Placed(Timed, Protocol):
    """One of a person's."""

    @property
    def name(self) -> str: ...
    @property
    def centre(self) -> Name: ...
    @property
    def department(self) -> Name: ...


def when(timed: Timed) -> dict[str, Word]:
    """When, and who sees them."""
    return {
        "day": timed.day,
        "half": timed.half,
        "starts": timed.starts,
        "practitioner": timed.practitioner or "none",
    }


def whose(placed: Placed) -> dict[str, Word]:
    """Whose, where, when."""
    return {
        "name": covered(placed.name),
        "centre": placed.centre,
        "department": placed.department,
        **when(placed),
    }


def of_visit(visit: VisitView) -> dict[str, Word]:
    """All that is said of a visit; its T-code only where it has one."""
    code: dict[str, Word] = {"number": Code(visit.number)} if visit.number else {}
    return {**whose(visit), "queue": visit.queue, "ahead": visit.ahead, "fee": visit.fee, **code}


@cache
def alternatives(key: str) -> tuple[str, ...]:
    """What may be answered: what stands between the bars of a text, of every language; the longest first."""
    found = {word.strip().casefold() for language in LANGUAGES for word in texts.say(language, key).split("|")}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))
