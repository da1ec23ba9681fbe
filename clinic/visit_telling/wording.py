"""What all notices about visits say: whose visit, where, when, its number and its T-code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from clinic import messages
from clinic.batches import among
from clinic.installation import Installation
from clinic.notices import Reached, Telling, notify
from clinic.notices.people import covered
from clinic.tables import ClinicSession, Department, DrawEntry, Subscriber, Visit, Voucher, WaitEntry
from clinic.visit_telling.moments import AT_LEAST, starts
from conf.texts.words import Language, Name, Word


def whole() -> Select[Visit]:
    """Visits with all that a notice or a view of them says, but for the T-code."""
    joined = joinedload(Visit.clinic_session, innerjoin=True)
    return select(Visit).options(
        joined.joinedload(ClinicSession.department, innerjoin=True).joinedload(Department.centre, innerjoin=True),
        joined.joinedload(ClinicSession.practitioner),
    )


def codes(session: Session, visits: Iterable[Visit]) -> dict[int, str]:
    """The numbers of their T-codes."""
    which = among(session, Voucher.visit_id, [visit.id for visit in visits])
    return {row.visit_id: row.number for row in session.execute(select(Voucher.visit_id, Voucher.number).where(which))}


def words(visit: Visit, installation: Installation) -> dict[str, Word]:
    offered = visit.clinic_session
    return {
        "name": covered(visit.name),
        **where(offered),
        "practitioner": practitioner(offered),
        "queue": visit.queue,
        "code": installation.ussd_code,
    }


def where(offered: ClinicSession) -> dict[str, Any]:
    """Where a session is, and when."""
    return {
        "centre": offered.department.centre.name,
        "department": offered.department.name,
        "day": offered.day,
        "half": offered.half,
        "starts": offered.starts,
    }


def practitioner(offered: ClinicSession) -> Name | str:
    return offered.practitioner.name if offered.practitioner else "none"


def booker(row: Visit | WaitEntry | DrawEntry) -> Reached:
    """Who is told of a visit, or of a wish for one: the phone that booked it, or wants it."""
    return Reached(row.phone, cast(Language, row.language), is_self=False, relation="", name="")


def is_wrong(session: Session, phone: str) -> bool:
    """Whether nobody is told: there is no phone (""), or it has said that it is somebody else's, and gets only what it
    asks for itself."""
    return not phone or session.scalar(select(Subscriber.wrong_at).where(Subscriber.phone == phone)) is not None


def tell(
    telling: Telling,
    visit: Visit,
    key: str,
    occasion: str,
    *,
    due_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    **more: Word,
) -> dt.datetime | None:
    """A notice about this visit; when it falls due, None where that would be too late, or the phone has said that it is
    somebody else's. `due_at` None: now."""
    if is_wrong(telling.session, visit.phone):
        return None
    said: dict[str, Any] = {**words(visit, telling.installation), **more}
    return notify(
        telling.session,
        occasion=occasion,
        to=booker(visit),
        resident_id=visit.resident_id,
        centre_id=visit.clinic_session.department.centre_id,
        key=key,
        when=telling.when,
        installation=telling.installation,
        due_at=due_at or telling.when.now,
        expires_at=expires_at,
        **said,
    )


def tell_in_time(
    telling: Telling, visit: Visit, key: str, occasion: str, *, before: dt.datetime | None = None, **more: Word
) -> None:
    """As `tell`, but before the visit that somebody would come for in vain, even if that is in quiet hours.

    `before`: when that visit was to begin, where it has been moved since.
    """
    centre = visit.clinic_session.department.centre_id
    begins = before or starts(visit, telling.when)
    said: dict[str, Any] = {**words(visit, telling.installation), **more}
    if telling.when.due(centre) <= begins - AT_LEAST:
        tell(telling, visit, key, occasion, **said)
        return
    if is_wrong(telling.session, visit.phone):
        return
    messages.tell(
        telling.session,
        occasion=f"{occasion}:{visit.phone}",
        phone=visit.phone,
        language=cast(Language, visit.language),
        key=key,
        now=telling.when.now,
        region=telling.installation.region,
        resident_id=visit.resident_id,
        **said,
    )
