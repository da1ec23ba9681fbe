"""Clinic sessions made from the weekly roster: each line's days, as far ahead as is wanted, once each.

No session is made on a holiday, or on a day that the centres are closed; none where the department has one at that time
already for the same practitioner, made by hand, moved there, or stopped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from clinic.batches import among
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.places.changing import lay_out
from clinic.rows import add_if_new, in_turn
from clinic.rules import Rules
from clinic.sessions.lottery.making import commit
from clinic.tables import ClinicSession, SessionTemplate
from clinic.workdays import Workdays

DAY = dt.timedelta(days=1)
Slot = tuple[int, int | None, dt.date, str]


@dataclass(frozen=True, slots=True)
class Made:
    """A batch: how many sessions were made, how many lines were looked at, and the last of them (None: none left)."""

    sessions: int
    lines: int
    last: int | None


def scan(
    session: Session,
    *,
    rules: Rules,
    installation: Installation,
    vault: Vault | None,
    now: dt.datetime,
    most: int = 100,
) -> Found:
    """Make what is missing of up to `most` lines, so far ahead as the rules say; how many sessions."""
    local = now.astimezone(installation.timezone)
    until = local.date() + DAY * _ahead(session, rules, local.date())
    workdays = workdays_of(rules, installation)
    made = make(session, until=until, workdays=workdays, vault=vault, now=local, most=most, only_new=True)
    return Found(made.sessions, more=made.lines == most)


def make(
    session: Session,
    *,
    until: dt.date,
    workdays: Workdays,
    vault: Vault | None,
    now: dt.datetime,
    after: int = 0,
    most: int = 100,
    only_new: bool = False,
) -> Made:
    """Make the sessions from today to `until` of up to `most` lines of the roster with numbers above `after`.

    `vault` seals the seed of a draw; without one no lottery is made.
    `only_new`: not of lines of which they were made so far already; a session that was deleted does not come back then.
    `now` is aware and local.
    """
    in_turn(session, "make sessions")
    lines = _lines(session, until, now.date(), after, most, only_new=only_new)
    kept = _kept(session, lines, now.date())
    count = 0
    for line in lines:
        for day in _days(line, now.date(), until):
            slot = line.department_id, line.practitioner_id, day, line.half
            if slot not in kept and workdays.is_held(day) and _add(session, line, day, vault, now):
                kept.add(slot)
                count += 1
        line.made_until = max(until, line.made_until or until)
    session.flush()
    return Made(count, len(lines), lines[-1].id if lines else None)


def workdays_of(rules: Rules, installation: Installation) -> Workdays:
    """The days on which clinics are held here."""
    return Workdays(installation.region, frozenset(rules.notices.closed), frozenset(rules.notices.open))


def first_state(kind: str, draw_at: dt.datetime | None, *, experts: bool, now: dt.datetime) -> str:
    """What a session is before anybody has booked it."""
    if kind == "expert" and not experts:
        return "closed"
    return "draw" if draw_at is not None and draw_at > now else "open"


def _ahead(session: Session, rules: Rules, today: dt.date) -> int:
    """Days: a session is there before it is released, however early that is."""
    valid = or_(SessionTemplate.valid_until.is_(None), SessionTemplate.valid_until >= today)
    longest = session.scalar(select(func.max(SessionTemplate.release_days)).where(valid))
    return max(rules.booking.roster_days, (longest or 0) + 1)


def _lines(
    session: Session, until: dt.date, today: dt.date, after: int, most: int, *, only_new: bool
) -> Sequence[SessionTemplate]:
    wanted = (
        select(SessionTemplate)
        .options(joinedload(SessionTemplate.department))
        .where(SessionTemplate.id > after, SessionTemplate.valid_from <= until)
        .where(or_(SessionTemplate.valid_until.is_(None), SessionTemplate.valid_until >= today))
    )
    if only_new:
        wanted = wanted.where(or_(SessionTemplate.made_until.is_(None), SessionTemplate.made_until < until))
    return session.scalars(wanted.order_by(SessionTemplate.id).limit(most)).all()


def _kept(session: Session, lines: Sequence[SessionTemplate], today: dt.date) -> set[Slot]:
    """What stands in these departments already. Two without a practitioner the database would let be."""
    rows = session.execute(
        select(ClinicSession.department_id, ClinicSession.practitioner_id, ClinicSession.day, ClinicSession.half).where(
            among(session, ClinicSession.department_id, {line.department_id for line in lines}),
            ClinicSession.day >= today,
        )
    )
    return {(row[0], row[1], row[2], row[3]) for row in rows}


def _days(line: SessionTemplate, today: dt.date, until: dt.date) -> Iterator[dt.date]:
    first, last = max(today, line.valid_from), min(until, line.valid_until or until)
    day = first + DAY * ((line.weekday - first.weekday()) % 7)
    while day <= last:
        yield day
        day += 7 * DAY


def _add(session: Session, line: SessionTemplate, day: dt.date, vault: Vault | None, now: dt.datetime) -> bool:
    """Whether it is made: not one that is over, nor one that another has made in this moment."""
    if dt.datetime.combine(day, line.ends, now.tzinfo) <= now:
        return False
    values = _values(line, day, now)
    if values["state"] == "draw" and vault is None:
        return False
    number = add_if_new(session, ClinicSession, **values)
    if number is None:
        return False
    row = session.get_one(ClinicSession, number)
    lay_out(session, row)
    if vault is not None and row.state == "draw":
        commit(session, row, vault, now)
    return True


def _values(line: SessionTemplate, day: dt.date, now: dt.datetime) -> dict[str, Any]:
    release_at = dt.datetime.combine(day - DAY * line.release_days, line.release_at, now.tzinfo)
    draw_at = None if line.draw_hours is None else release_at + dt.timedelta(hours=line.draw_hours)
    state = first_state(line.kind, draw_at, experts=line.department.experts, now=now)
    flow_at = None
    if line.flow_at is not None:
        flow_at = dt.datetime.combine(day - DAY * line.flow_days, line.flow_at, now.tzinfo)
    same = "department_id practitioner_id half starts ends capacity fee kind shares"
    return {name: getattr(line, name) for name in same.split()} | {
        "template_id": line.id,
        "day": day,
        "state": state,
        "release_at": release_at,
        "draw_at": draw_at,
        "flow_at": flow_at,
        "taken": 0,
        "last_number": 0,
    }
