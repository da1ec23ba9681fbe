"""A visit as its booker sees it, and as an SMS tells it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import messages
from clinic.errors import NotPossible
from clinic.installation import Installation
from clinic.queue import standing
from clinic.rows import reads
from clinic.subscribers import theirs_since
from clinic.tables import ClinicSession, Visit, Voucher
from clinic.tables.visits import STANDING
from clinic.views import VisitView
from clinic.visit_telling.wording import whole
from conf.texts.words import Code, Language, Money


@reads
def upcoming(session: Session, *, phone: str, installation: Installation, now: dt.datetime) -> list[VisitView]:
    """The visits this phone booked for today or later that still stand, the next one first.

    Of one that says that it is somebody else's now only those that were booked since.
    """
    rows = session.scalars(
        whole()
        .join(ClinicSession, ClinicSession.id == Visit.clinic_session_id)
        .where(Visit.phone == phone, Visit.day >= now.date(), Visit.state.in_(STANDING))
        .where(theirs_since(phone, Visit.booked_at))
        .order_by(Visit.day, ClinicSession.starts, Visit.id)
    )
    return [view_of(session, row, installation, now=now) for row in rows.all()]


def send_code(
    session: Session,
    *,
    visit: int,
    phone: str,
    language: Language,
    occasion: str,
    installation: Installation,
    now: dt.datetime,
) -> VisitView:
    """Send the T-code of an own visit once more. Raises NotPossible."""
    row = own(session, visit, phone)
    if row is None or row.state != "booked":
        raise NotPossible
    view = view_of(session, row, installation)
    tell(session, row, view, "visit.code_sms", f"again:{row.id}:{occasion}", language, now)
    return view


def own(session: Session, visit: int, phone: str) -> Visit | None:
    """The visit, if this phone has booked it."""
    return session.scalars(whole().where(Visit.id == visit, Visit.phone == phone)).one_or_none()


def is_over(row: Visit, now: dt.datetime) -> bool:
    """Whether its session is over at `now`, which is local."""
    return now >= row.clinic_session.ends_at(now.tzinfo)


def view_of(session: Session, row: Visit, installation: Installation, *, now: dt.datetime | None = None) -> VisitView:
    """The visit as its booker sees it; with `now`, on its day, where it stands in the queue at this moment."""
    offered, currency = row.clinic_session, row.clinic_session.department.centre.currency
    stands = standing.of(session, row, now=now) if now is not None and row.day == now.date() else None
    voucher = session.scalars(select(Voucher).where(Voucher.visit_id == row.id)).one_or_none()
    return VisitView(
        id=row.id,
        queue=row.queue,
        state=row.state,
        name=row.name,
        centre=offered.department.centre.name,
        department=offered.department.name,
        practitioner=offered.practitioner.name if offered.practitioner else None,
        day=row.day,
        half=offered.half,
        starts=offered.starts,
        fee=Money(row.fee, currency),
        ahead=stands.ahead if stands else standing.ahead(session, row),
        number=voucher.number if voucher else "",
        link=installation.page(voucher.token) if voucher else "",
        pays=row.pays,
        paid=Money(row.paid, currency),
        hold_until=row.hold_until,
        standing=stands,
    )


def tell(
    session: Session, row: Visit, view: VisitView, key: str, occasion: str, language: Language, now: dt.datetime
) -> None:
    """Write the SMS of this key, to the phone that booked."""
    words: dict[str, Any] = {"number": Code(view.number), "link": view.link} if key == "visit.code_sms" else {}
    messages.tell(
        session,
        occasion=occasion,
        phone=row.phone,
        language=language,
        key=key,
        now=now,
        resident_id=row.resident_id,
        centre=view.centre,
        department=view.department,
        day=view.day,
        half=view.half,
        starts=view.starts,
        queue=view.queue,
        **words,
    )
