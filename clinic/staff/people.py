"""Who of the staff is meant: by centre, role, code and roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import Centre, Roster, Staff
from conf.texts.words import Name

Shift = Literal["am", "pm", "night"]
SHIFTS: tuple[Shift, ...] = ("am", "pm", "night")
"""Parts of a day of the roster; the night is the one that begins on that day."""


@dataclass(frozen=True, slots=True)
class Among:
    """A choice among the staff: everybody whom all of this fits; what is empty leaves nobody out.

    Centres and members of staff by their codes. `day`: on the roster then; `shift`: in this part of that day.
    """

    centres: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    day: dt.date | None = None
    shift: Shift | None = None
    left_too: bool = False
    """Also those who work here no more: to look at, never to tell them something."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the staff, the phone masked. `shifts`: on the day that was asked for."""

    id: int
    code: str
    name: str
    role: str
    centre: Name
    phone: str
    active: bool
    shifts: tuple[str, ...] = ()


@reads
def found(session: Session, *, among: Among) -> list[Member]:
    """Whom the choice means, by centre, role and code."""
    shifts = _shifts(session, among)
    rows = session.execute(
        select(Staff, Centre)
        .join(Centre, Centre.id == Staff.centre_id)
        .where(*_conditions(among))
        .order_by(Centre.code, Staff.role, Staff.code)
    )
    return [_member(row, centre, shifts.get(row.id, ())) for row, centre in rows]


def _member(row: Staff, centre: Centre, shifts: tuple[str, ...]) -> Member:
    return Member(
        id=row.id,
        code=row.code,
        name=row.name,
        role=row.role,
        centre=centre.name,
        phone=masked_phone(row.phone),
        active=row.active,
        shifts=shifts,
    )


@reads
def unknown(session: Session, *, among: Among) -> list[str]:
    """A sentence for each centre, role or code that nobody has: a slip of the pen would tell fewer people."""
    return [
        sentence
        for what, written, column in (
            ("centre", among.centres, Centre.code),
            ("role", among.roles, Staff.role),
            ("member of staff", among.codes, Staff.code),
        )
        if written
        for sentence in _missing(what, written, session.scalars(select(column).distinct().order_by(column)).all())
    ]


def _missing(what: str, written: Sequence[str], known: Sequence[str]) -> list[str]:
    there = f"; there are: {', '.join(known) or 'none'}" if what != "member of staff" else ""
    return [f"there is no {what} {name!r}{there}" for name in written if name not in known]


def _conditions(among: Among) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [] if among.left_too else [Staff.active.is_(True)]
    if among.centres:
        wanted.append(Centre.code.in_(among.centres))
    if among.roles:
        wanted.append(Staff.role.in_(among.roles))
    if among.codes:
        wanted.append(Staff.code.in_(among.codes))
    if among.day is not None:
        wanted.append(Staff.id.in_(select(Roster.staff_id).where(*_on_duty(among))))
    return wanted


def _on_duty(among: Among) -> list[ColumnElement[bool]]:
    return [Roster.day == among.day, *([] if among.shift is None else [Roster.shift == among.shift])]


def _shifts(session: Session, among: Among) -> Mapping[int, tuple[str, ...]]:
    """Of everybody on duty that day, in which parts of it."""
    if among.day is None:
        return {}
    duty: dict[int, set[str]] = {}
    for staff, shift in session.execute(select(Roster.staff_id, Roster.shift).where(Roster.day == among.day)):
        duty.setdefault(staff, set()).add(shift)
    return {staff: tuple(shift for shift in SHIFTS if shift in theirs) for staff, theirs in duty.items()}
