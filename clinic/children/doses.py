"""Doses: recorded with their lots, corrected, struck; each at once with its judgement (docs/vaccines.md).

The number of a dose on record is its place in the series. Where none is given it is the one that the rules see in it,
or, where a dose that did not count has that number already, the next.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from dataclasses import replace as with_
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.children import records
from clinic.children.errors import BadRecord, NoSuchChild
from clinic.children.files import look_again
from clinic.immunizations import VACCINES
from clinic.tables import Immunization, Resident
from clinic.vaccines.judging import judge
from clinic.vaccines.products import counted_as
from clinic.vaccines.records import IMMUNOGLOBULIN, Child, Given, Judged
from conf.vaccines import codes, edition

CODES = (*VACCINES, IMMUNOGLOBULIN)
"""What needs no look at the schedules."""
_APART = {IMMUNOGLOBULIN}
MOST_LOT = 40


@dataclass(frozen=True, slots=True)
class DoseTold:
    """A dose as it is on record; `is_changed`: other than before.

    `counted`: as what it counts, each with its judgement: one of a vaccine, several of a product, none of
    immunoglobulin.
    """

    id: int
    child: int
    vaccine: str
    number: int
    day: dt.date
    lot: str
    counted: tuple[Judged, ...]
    is_changed: bool = True

    @property
    def judged(self) -> Judged | None:
        """The judgement of the first that it counts as."""
        return self.counted[0] if self.counted else None


def record(
    session: Session,
    *,
    child: int,
    vaccine: str,
    day: dt.date,
    lot: str = "",
    number: int | None = None,
    by: str,
    now: dt.datetime,
) -> DoseTold:
    """Record a dose that was given; once more the same is no second one. Raises BadRecord, NoSuchChild."""
    given = put(session, child=child, vaccine=vaccine, day=day, lot=lot or None, number=number, now=now, replace=False)
    if given.is_changed:
        look_again(session, [child], now)
    told = _told(session, given.row, now.date(), is_changed=given.is_changed)
    if given.is_changed:
        _note(session, "dose.record", told, by, now)
    return told


def correct(
    session: Session,
    *,
    dose: int,
    vaccine: str | None = None,
    day: dt.date | None = None,
    lot: str | None = None,
    number: int | None = None,
    by: str,
    now: dt.datetime,
) -> DoseTold:
    """Correct the dose with this ID; None: as it is. Raises BadRecord."""
    row = _dose(session, dose)
    before = _content(row)
    checked(session, row.resident_id, vaccine or row.vaccine, day or row.given_on, lot or "", now.date())
    row.vaccine, row.given_on = vaccine or row.vaccine, day or row.given_on
    row.lot = row.lot if lot is None else lot
    row.dose = number or row.dose
    if _content(row) == before:
        return _told(session, row, now.date(), is_changed=False)
    _refuse_twice(session, row)
    session.flush()
    look_again(session, [row.resident_id], now)
    told = _told(session, row, now.date())
    _note(session, "dose.correct", told, by, now, before=before)
    return told


def strike(session: Session, *, dose: int, why: str, by: str, now: dt.datetime) -> DoseTold:
    """Take a dose off the record that was not given, or not to this child; the audit trail keeps it."""
    row = _dose(session, dose)
    told = _told(session, row, now.date())
    session.delete(row)
    session.flush()
    look_again(session, [row.resident_id], now)
    _note(session, "dose.strike", told, by, now, why=why, before=_content(row))
    return told


@dataclass(frozen=True, slots=True)
class Put:
    """A dose's row. For use cases only."""

    row: Immunization
    is_changed: bool


def put(
    session: Session,
    *,
    child: int,
    vaccine: str,
    day: dt.date,
    lot: str | None,
    number: int | None,
    now: dt.datetime,
    replace: bool,
    birth: dt.date | None = None,
) -> Put:
    """The dose on record, added where it is new. `replace`: a dose with this number is corrected, not refused.

    The caller lets the reminders look at the child again, where it is changed (`clinic.children.files.look_again`).

    It is known again by its number, else by its day. `lot` None: not told. `birth`: the child's, where known.
    """
    checked(session, child, vaccine, day, lot or "", now.date(), birth)
    mine = select(Immunization).where(Immunization.resident_id == child, Immunization.vaccine == vaccine)
    row = _known(session, mine, number, day)
    if row is None:
        number = number or _number(session, child, Given(vaccine, day), now.date())
        row = Immunization(resident_id=child, vaccine=vaccine, dose=number, given_on=day, lot=lot or "")
        session.add(row)
    elif (row.dose, row.given_on, row.lot) == (number or row.dose, day, row.lot if lot is None else lot):
        return Put(row, is_changed=False)
    elif not replace:
        raise BadRecord(_other(row, day, number))
    else:
        row.dose, row.given_on, row.lot = number or row.dose, day, row.lot if lot is None else lot
    session.flush()
    return Put(row, is_changed=True)


def _known(session: Session, mine: Any, number: int | None, day: dt.date) -> Immunization | None:
    """The row with this number; else that of this day: nobody is given the same twice on a day."""
    which = Immunization.given_on == day
    found = list(session.scalars(mine.where(or_(which, Immunization.dose == number) if number else which)))
    return min(found, key=lambda row: (row.dose != number, row.id), default=None)


def _other(row: Immunization, day: dt.date, number: int | None) -> str:
    what = f"{row.vaccine} {row.dose} of {row.given_on} with the lot {row.lot or 'unknown'}"
    wrong = "lot" if row.given_on == day and number in (None, row.dose) else "number"
    return f"{wrong}: {what} is on record (dose ID {row.id}); correct that one"


def checked(
    session: Session,
    child: int,
    vaccine: str,
    day: dt.date,
    lot: str,
    today: dt.date,
    birth: dt.date | None = None,
) -> None:
    """Raises BadRecord where such a dose cannot have been given."""
    if vaccine not in CODES and vaccine not in codes():
        raise BadRecord(f"vaccine: {vaccine!r} is none of {', '.join((*codes(), IMMUNOGLOBULIN))}")
    born = birth or session.scalar(select(Resident.birth).where(Resident.id == child))
    if born is None:
        raise NoSuchChild(f"there is no child with the ID {child}")
    if not born <= day <= today:
        raise BadRecord(f"day: {day} is {'before the birth' if day < born else 'still to come'}")
    if len(lot) > MOST_LOT or not lot.isprintable():
        raise BadRecord(f"lot: longer than {MOST_LOT} characters, or with one that cannot be printed")


def _number(session: Session, child: int, given: Given, today: dt.date) -> int:
    """As the rules see it, of a product the first that it counts as; the first of its series needs no look at them."""
    on_record = session.execute(
        select(Immunization.vaccine, Immunization.dose).where(Immunization.resident_id == child)
    )
    numbers = [(vaccine, number) for vaccine, number in on_record]
    taken = {number for vaccine, number in numbers if vaccine == given.vaccine}
    number = max(taken, default=0) + 1
    if given.vaccine != IMMUNOGLOBULIN and _is_begun(given.vaccine, {vaccine for vaccine, _ in numbers}, today):
        known = records.load(session, residents=[child])[child]
        parts = counted_as(given, known.birth)
        counted = _counted(with_(known, doses=(*known.doses, *parts)), given, today)
        number = (counted[0].number if counted else 0) or number
    while number in taken:
        number += 1
    return number


def _is_begun(vaccine: str, had: set[str], today: dt.date) -> bool:
    """Whether a dose of its series is on record, or of what today's edition does not know."""
    series_of = edition(today).series_of
    return vaccine not in series_of or any(series_of.get(each) in (None, series_of[vaccine]) for each in had - _APART)


def _dose(session: Session, dose: int) -> Immunization:
    row = session.get(Immunization, dose, with_for_update=True)
    if row is None:
        raise BadRecord(f"dose: there is no dose with the ID {dose}; the child's record shows them")
    return row


def _refuse_twice(session: Session, row: Immunization) -> None:
    same = (Immunization.resident_id == row.resident_id, Immunization.vaccine == row.vaccine)
    with session.no_autoflush:
        other = session.scalar(
            select(Immunization.id).where(*same, Immunization.dose == row.dose, Immunization.id != row.id)
        )
    if other is not None:
        raise BadRecord(
            f"number: {row.vaccine} {row.dose} is on record already (dose ID {other}); correct that one first"
        )


def _content(row: Immunization) -> dict[str, Any]:
    return {"vaccine": row.vaccine, "number": row.dose, "day": str(row.given_on), "lot": row.lot}


def _told(session: Session, row: Immunization, today: dt.date, *, is_changed: bool = True) -> DoseTold:
    counted: tuple[Judged, ...] = ()
    if row.vaccine != IMMUNOGLOBULIN:
        child = records.load(session, residents=[row.resident_id])[row.resident_id]
        counted = _counted(child, Given(row.vaccine, row.given_on), today)
    return DoseTold(row.id, row.resident_id, row.vaccine, row.dose, row.given_on, row.lot, counted, is_changed)


def _counted(child: Child, given: Given, today: dt.date) -> tuple[Judged, ...]:
    """The judgements of what a dose of this child counts as."""
    judged = judge(child, today, explain=True)
    found = (next((one for one in judged if one.given == part), None) for part in counted_as(given, child.birth))
    return tuple(one for one in found if one is not None)


def _note(session: Session, action: str, told: DoseTold, by: str, now: dt.datetime, **detail: Any) -> None:
    now_is = {"dose": told.id, "vaccine": told.vaccine, "number": told.number, "day": str(told.day), "lot": told.lot}
    audit.note(session, f"staff:{by}", action, f"resident:{told.child}", now=now, **now_is, **detail)
