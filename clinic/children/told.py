"""What a family was told of, taken back while it has not gone: a dose is not asked for after it was given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy.orm import Session

from clinic.children import records, withdrawing
from clinic.children.withdrawing import Dose
from clinic.vaccines.due import due


def forget(session: Session, *, resident: int, now: dt.datetime) -> int:
    """After a dose, a contraindication or a correction: take back what has not come and is not so any more; how many
    reminders waited. `now` is aware and local.

    What such a reminder also told, and is still due, is told anew by the next scan.
    """
    if not withdrawing.waiting(session, children=[resident], now=now):
        return 0
    known = withdrawing.of_child(session, resident)
    days = _days(session, resident, now.date())
    wrong = [each for each in known if not all(_stands(dose, days, now.date()) for dose in each.doses)]
    return withdrawing.take_back(session, child=resident, which=wrong, known=known, now=now)


def _days(session: Session, resident: int, today: dt.date) -> dict[tuple[str, int], dt.date]:
    """From when on what is still to be given can be given."""
    child = records.load(session, residents=[resident])[resident]
    return {
        (each.series, each.number): each.on
        for each in due(child, today)
        if each.status in ("later", "due", "overdue") and each.on
    }


def _stands(dose: Dose, days: Mapping[tuple[str, int], dt.date], today: dt.date) -> bool:
    """Whether it is still to be given, and no later than the message says."""
    on = days.get((dose.series, dose.number))
    return on is not None and on <= max(dose.on, today)
