"""Entries that end without a place: their last day is over, or the one session they are for is stopped."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import Telling, notify
from clinic.notices.people import covered
from clinic.rules import Rules
from clinic.tables import ClinicSession, Department, WaitEntry
from clinic.visit_telling.wording import booker, is_wrong


def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = 100) -> Found:
    """End up to `most` of them, and tell it at the hour of notices; how many."""
    stopped = select(ClinicSession.id).where(ClinicSession.state == "stopped", ClinicSession.day >= now.date())
    over = or_(WaitEntry.last_day < now.date(), WaitEntry.clinic_session_id.in_(stopped))
    due = (
        select(WaitEntry)
        .options(joinedload(WaitEntry.department, innerjoin=True).joinedload(Department.centre, innerjoin=True))
        .where(WaitEntry.state == "waiting", over)
        .order_by(WaitEntry.id)
        .limit(most)
        .with_for_update(of=WaitEntry, skip_locked=True)
    )
    rows = session.scalars(due.execution_options(populate_existing=True)).all()
    telling = Telling.of(session, rules=rules, installation=installation, now=now)
    for row in rows:
        row.state = "over"
        audit.note(session, "system", "waiting.over", f"waiting:{row.id}", now=now)
        if not is_wrong(session, row.phone):
            _tell(telling, row)
    session.flush()
    return Found(len(rows), more=len(rows) == most)


def _tell(telling: Telling, row: WaitEntry) -> None:
    notify(
        telling.session,
        occasion=f"waiting:{row.id}:over",
        to=booker(row),
        resident_id=row.resident_id,
        centre_id=row.department.centre_id,
        key="waiting.over_sms",
        when=telling.when,
        installation=telling.installation,
        name=covered(row.name),
        centre=row.department.centre.name,
        department=row.department.name,
        last=row.last_day,
        code=telling.installation.ussd_code,
    )
