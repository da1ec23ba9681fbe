"""Giving a visit back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from clinic.errors import NotCancellable
from clinic.installation import Installation
from clinic.tables import Visit
from clinic.views import VisitView
from clinic.visits.seen import own, tell, view_of
from clinic.visits.withdrawing import withdraw
from conf.texts.words import Language


def cancel(
    session: Session,
    *,
    visit: int,
    phone: str,
    language: Language,
    installation: Installation,
    now: dt.datetime,
) -> VisitView:
    """Give the place back; its T-code is worth nothing from then on. Raises NotCancellable."""
    row = own(session, visit, phone)
    if row is None or row.state not in ("pending", "booked") or _over(row, now):
        raise NotCancellable
    if not withdraw(session, row, why="own", by="subscriber", now=now):
        raise NotCancellable
    view = view_of(session, row, installation)
    tell(session, row, view, "visit.cancelled_sms", f"cancelled:{row.id}", language, now)
    return view


def _over(row: Visit, now: dt.datetime) -> bool:
    ends = dt.datetime.combine(row.day, row.clinic_session.ends, tzinfo=now.tzinfo)
    return now >= ends
