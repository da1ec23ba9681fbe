"""Who is told of a block, and how: at the phone that booked what it was made of, else where the person is reached."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select

from clinic.fairness.days import last_day
from clinic.notices import Reached, Telling, notify, reached
from clinic.notices.people import covered
from clinic.tables import Block, Centre, Resident, Subscriber, Visit
from conf.texts import say
from conf.texts.words import LANGUAGES, Language, Word


def tell(telling: Telling, row: Block, key: str, occasion: str, *, phone: str = "", **more: Word) -> list[str]:
    """Tell of a block, outside quiet hours; the phones that are told. `phone`: only this one."""
    told = []
    for to in _reached(telling, row, phone):
        words: dict[str, Any] = {**_words(telling, row, to.language), **more}
        notify(
            telling.session,
            occasion=occasion,
            to=to,
            resident_id=row.resident_id,
            centre_id=row.centre_id,
            key=key,
            when=telling.when,
            installation=telling.installation,
            due_at=telling.when.now,
            **words,
        )
        told.append(to.phone)
    return told


def spoken_by(telling: Telling, phone: str, otherwise: str = "") -> Language:
    """The language that this phone chose, else the one that it used, else the installation's."""
    chosen = telling.session.scalar(select(Subscriber.language).where(Subscriber.phone == phone)) or otherwise
    return chosen if chosen in LANGUAGES else telling.installation.language


def _words(telling: Telling, row: Block, language: Language) -> dict[str, Word]:
    session = telling.session
    name = session.scalar(select(Resident.name).where(Resident.id == row.resident_id)) if row.resident_id else None
    centre = session.get(Centre, row.centre_id) if row.centre_id else None
    return {
        "name": covered(name) if name else say(language, "block.this_phone"),
        "centre": centre.name if centre else say(language, "block.everywhere"),
        "last": last_day(row.until, telling.when.now),
        "code": telling.installation.ussd_code,
    }


def _reached(telling: Telling, row: Block, phone: str) -> list[Reached]:
    """Not a phone that has said that it is somebody else's."""
    found: list[Reached] = []
    if phone or row.phone:
        found = [_to(telling, phone or row.phone or "", _used(telling, row))]
    elif row.counted:
        found = _bookers(telling, Visit.id == row.counted[-1])
    elif row.resident_id is not None:
        who, language = row.resident_id, telling.installation.language
        found = reached(telling.session, residents=[who], language=language).get(who, [])
        found = found or _bookers(telling, Visit.resident_id == who)
    wrong = select(Subscriber.phone).where(
        Subscriber.phone.in_([each.phone for each in found]), Subscriber.wrong_at.is_not(None)
    )
    elsewhere = set(telling.session.scalars(wrong))
    return [each for each in found if each.phone not in elsewhere]


def _bookers(telling: Telling, which: ColumnElement[bool]) -> list[Reached]:
    """The phone that booked the last of these visits."""
    last = select(Visit.phone, Visit.language).where(which, Visit.phone != "").order_by(Visit.id.desc()).limit(1)
    return [_to(telling, row.phone, row.language) for row in telling.session.execute(last)]


def _used(telling: Telling, row: Block) -> str:
    """The language in which the last of its visits was booked, "" where there is none."""
    if not row.counted:
        return ""
    return telling.session.scalar(select(Visit.language).where(Visit.id == row.counted[-1])) or ""


def _to(telling: Telling, phone: str, language: str) -> Reached:
    return Reached(phone, spoken_by(telling, phone, language), is_self=False, relation="", name="")
