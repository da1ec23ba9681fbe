"""Sessions, visits, queues and fees as tables: what `caredial hospital export` writes, and `caredial import` reads
again (but for queues, which nobody can import)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.orm import Session

from clinic.hospital import names
from clinic.hospital.view import View, expected, number_of, whole_sessions, whole_visits
from clinic.money import amounts
from clinic.places.shares import Rule
from clinic.rows import reads
from clinic.tables import Centre, ClinicSession, Resident, Visit

Line = Mapping[str, object]
WHERE: Final = ("centre", "department", "practitioner", "day", "half")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "sessions": (*WHERE, "starts", "ends", "capacity", "fee", "release", "external_id", "kind", "shares"),
    "visits": (
        *WHERE, "external_id", "name", "identity", "phone", "language", "channel", "status", "fee", "queue", "paid",
        "pays",
    ),
    "queue": (
        *WHERE, "queue", "status", "turn", "passes", "arrived", "called", "seen", "expected_from", "expected_until",
        "external_id", "visit",
    ),
    "fees": (
        "centre", "external_id", "visit", "department", "day", "half", "queue", "status", "fee", "paid", "currency",
        "pays",
    ),
}  # fmt: skip
"""The columns of each kind, in their order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which days (the last one too) and which centre, None for all."""

    first: dt.date
    last: dt.date
    centre: str | None = None


@reads
def lines(session: Session, *, kind: str, view: Callable[[Session], View], wanted: Wanted) -> list[Line]:
    """The lines of a kind, a column's name to its value. `view` says whether identity numbers are written."""
    return list(KINDS[kind](view(session), wanted))


def _sessions(view: View, wanted: Wanted) -> Iterator[Line]:
    """Only those that are open: the table does not say more, and what reads it would open others."""
    query = _of_days(whole_sessions(), ClinicSession.day, wanted).where(ClinicSession.state == "open")
    for row in view.session.scalars(query.order_by(*ORDER)).all():
        yield {
            **_where(row),
            "starts": f"{row.starts:%H:%M}",
            "ends": f"{row.ends:%H:%M}",
            "capacity": row.capacity,
            "fee": amounts.written(row.fee, row.department.centre.currency),
            "release": _release(row, view.zone),
            "external_id": names.shown(row.external_id),
            "kind": row.kind,
            "shares": str(Rule.read(row.shares)) if row.shares is not None else "",
        }


def _visits(view: View, wanted: Wanted) -> Iterator[Line]:
    """Not those of sessions that will not be: nobody could book them anew."""
    query = (
        _of_days(whole_visits(), Visit.day, wanted).join(Resident, Resident.id == Visit.resident_id).where(NOT_STOPPED)
    )
    for row, resident in view.session.execute(query.add_columns(Resident).order_by(*ORDER, Visit.queue)):
        currency = row.clinic_session.department.centre.currency
        yield {
            **_where(row.clinic_session),
            "external_id": names.shown(row.external_id),
            "name": row.name,
            "identity": number_of(view, resident),
            "phone": row.phone,
            "language": row.language,
            "channel": row.channel,
            "status": row.state,
            "fee": amounts.written(row.fee, currency),
            "queue": row.queue,
            "paid": amounts.written(row.paid, currency),
            "pays": row.pays,
        }


def _queue(view: View, wanted: Wanted) -> Iterator[Line]:
    query = _of_days(whole_visits(), Visit.day, wanted)
    rows = view.session.scalars(query.order_by(*ORDER, Visit.queue)).all()
    soon = expected(view, rows)
    for row in rows:
        span = soon.get(row.id)
        yield {
            **_where(row.clinic_session),
            "queue": row.queue,
            "status": row.state,
            "turn": "" if row.turn is None else row.turn,
            "passes": row.passes,
            "arrived": _moment(row.arrived_at, view.zone),
            "called": _moment(row.called_at, view.zone),
            "seen": _moment(row.seen_at, view.zone),
            "expected_from": _moment(span and span[0], view.zone),
            "expected_until": _moment(span and span[1], view.zone),
            "external_id": names.shown(row.external_id),
            "visit": row.id,
        }


def _fees(view: View, wanted: Wanted) -> Iterator[Line]:
    query = _of_days(whole_visits(), Visit.day, wanted)
    for row in view.session.scalars(query.order_by(*ORDER, Visit.queue)).all():
        offered, centre = row.clinic_session, row.clinic_session.department.centre
        yield {
            "centre": centre.code,
            "external_id": names.shown(row.external_id),
            "visit": row.id,
            "department": offered.department.code,
            "day": row.day.isoformat(),
            "half": offered.half,
            "queue": row.queue,
            "status": row.state,
            "fee": amounts.written(row.fee, centre.currency),
            "paid": amounts.written(row.paid, centre.currency),
            "currency": centre.currency,
            "pays": row.pays,
        }


def _of_days(query: Select[Any], column: Any, wanted: Wanted) -> Select[Any]:
    narrowed = query.where(column >= wanted.first, column <= wanted.last)
    return narrowed if wanted.centre is None else narrowed.where(Centre.code == wanted.centre)


def _where(row: ClinicSession) -> dict[str, object]:
    return {
        "centre": row.department.centre.code,
        "department": row.department.code,
        "practitioner": row.practitioner.code if row.practitioner else "",
        "day": row.day.isoformat(),
        "half": row.half,
    }


def _release(row: ClinicSession, zone: dt.tzinfo) -> str:
    """As an import reads it: so many days before its day, at that hour; nothing where it is released later than that
    can say."""
    moment = row.release_at.astimezone(zone)
    days = (row.day - moment.date()).days
    return f"-{days}d {moment:%H:%M}" if 0 <= days <= 999 else ""


def _moment(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""


NOT_STOPPED = ClinicSession.state != "stopped"
ORDER = (Centre.code, ClinicSession.day, ClinicSession.starts, ClinicSession.id)
KINDS: dict[str, Callable[[View, Wanted], Iterator[Line]]] = {
    "sessions": _sessions,
    "visits": _visits,
    "queue": _queue,
    "fees": _fees,
}
