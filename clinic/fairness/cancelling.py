"""Until when a visit can be given up without consequence, and what it has afterwards.

A centre's own rules go before the installation's; the one that holds on the day of giving up counts. Where there is
none, giving up has no consequence before the session ends, but that what was paid is given back only up to the day
before the visit. Too late is not forbidden: the place is of use to somebody even then.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from clinic.rows import reads
from clinic.tables import CancelRule, Department, Visit
from conf.texts.words import Money


@dataclass(frozen=True, slots=True)
class Consequence:
    """What giving a visit up now means: whether it counts as given up late, and whether what was `paid` comes back.

    `until`: the last moment at which it has neither consequence; None where there is no such moment.
    """

    late: bool
    refunds: bool
    paid: Money
    until: dt.datetime | None


@reads
def consequence(session: Session, visit: int, now: dt.datetime) -> Consequence:
    """What giving up this visit now would mean, before it is done: for who asks the resident whether they are sure."""
    return of(session, session.get_one(Visit, visit), now)


def of(session: Session, visit: Visit, now: dt.datetime) -> Consequence:
    """As `consequence`, of a row. One that waits to be paid is no visit yet, and has none."""
    paid = Money(visit.paid, visit.clinic_session.department.centre.currency)
    if visit.state == "pending":
        return Consequence(late=False, refunds=True, paid=paid, until=None)
    rule = _rule(session, visit, now)
    if rule is not None:
        until = _moment(visit.day - dt.timedelta(days=rule.days), rule.until, now)
        over = now > until and not _moved_after(visit, until)
        return Consequence(late=over, refunds=not over, paid=paid, until=until)
    if not visit.paid:
        return Consequence(late=False, refunds=True, paid=paid, until=None)
    until = _moment(visit.day, dt.time(0), now) - dt.timedelta(minutes=1)
    over = now.date() >= visit.day and not _moved_after(visit, until)
    return Consequence(late=False, refunds=not over, paid=paid, until=until)


def _holds_on(day: dt.date) -> ColumnElement[bool]:
    """The rules that hold on this day."""
    return and_(CancelRule.valid_from <= day, or_(CancelRule.valid_until.is_(None), CancelRule.valid_until >= day))


def _rule(session: Session, visit: Visit, now: dt.datetime) -> CancelRule | None:
    """The centre's own, else the installation's; of several the one that began last."""
    centre = select(Department.centre_id).where(Department.id == visit.department_id).scalar_subquery()
    return session.scalars(
        select(CancelRule)
        .where(or_(CancelRule.centre_id.is_(None), CancelRule.centre_id == centre), _holds_on(now.date()))
        .order_by(CancelRule.centre_id.is_(None), CancelRule.valid_from.desc(), CancelRule.id.desc())
        .limit(1)
    ).one_or_none()


def _moved_after(visit: Visit, until: dt.datetime) -> bool:
    """Whom the centre has moved when it was too late already had no chance to be in time."""
    return visit.moved_at is not None and visit.moved_at > until


def _moment(day: dt.date, at: dt.time, now: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(day, at, tzinfo=now.tzinfo)
