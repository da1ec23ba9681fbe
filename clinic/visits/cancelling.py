"""Giving a visit back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from clinic.errors import NotCancellable
from clinic.fairness import cancelling
from clinic.installation import Installation
from clinic.tables.visits import TO_COME
from clinic.views import VisitView
from clinic.visits.seen import is_over, own, tell, view_of
from clinic.visits.withdrawing import Why, lock, withdraw
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
    """Give the place back; its T-code is worth nothing from then on. Raises NotCancellable.

    Later than the centre's rule allows it counts, and what was paid is not given back (`clinic.fairness.cancelling`).
    """
    row = own(session, visit, phone)
    if row is None:
        raise NotCancellable
    lock(session, row)  # before it is judged: it may be moved to another day in this moment
    if row.state not in TO_COME or is_over(row, now):
        raise NotCancellable
    then = cancelling.of(session, row, now)
    why: Why = "late" if then.late else "own"
    if not withdraw(session, row, why=why, by="subscriber", refunds=then.refunds, now=now):
        raise NotCancellable
    view = view_of(session, row, installation)
    tell(session, row, view, "visit.cancelled_sms", f"cancelled:{row.id}", language, now)
    return view
