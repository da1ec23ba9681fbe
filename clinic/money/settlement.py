"""The day's settlement: our payments against what the provider, or the hospital, says of that day.

It names each difference, and is run as often as one likes: what staff have cleared stays cleared, the rest is found
anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.money import matching, statements
from clinic.money.matching import Difference, Ours, Theirs
from clinic.money.statements import HOSPITAL
from clinic.rows import PLAIN, get_or_add, reads
from clinic.tables import Centre, Payment, Settlement, SettlementDifference, Statement

NEAR = dt.timedelta(days=3)
"""A payment at midnight, or one of a weekend, is settled there on another day."""
MOST_NOTE = 200
MOST = 1000


class NotSettled(ValueError):
    """There is no such settlement, difference or source, in words."""


@dataclass(frozen=True, slots=True)
class Line:
    """A difference as staff see it; amounts in smallest units of `currency`."""

    id: int
    source: str
    day: dt.date
    name: str
    payment: int | None
    visit: int | None
    reference: str
    ours: int | None
    theirs: int | None
    currency: str
    cleared_at: dt.datetime | None
    cleared_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Result:
    """A settlement: lines and sums of both sides (refunds count against them), and what differs.

    `currency`: of all lines; "" where they are of several, and the sums say little.
    """

    source: str
    day: dt.date
    ours: int
    theirs: int
    our_sum: int
    their_sum: int
    currency: str
    run_at: dt.datetime
    by: str
    differences: tuple[Line, ...]

    @property
    def open(self) -> int:
        return sum(line.cleared_at is None for line in self.differences)


def run(
    session: Session,
    *,
    source: str,
    day: dt.date,
    zone: ZoneInfo,
    by: str,
    now: dt.datetime,
    providers: Collection[str] = (),
) -> Result:
    """Compare this day. `providers`: those that the settings name, which may have nothing to compare yet. Raises
    NotSettled where nothing is known of this source."""
    theirs = _theirs(session, source, day)
    of_day = [line for line in theirs if line.day == day]
    ours = _ours(session, source, day, zone, theirs)
    mine = [each for each in ours if each.day == day and each.moved]
    if not of_day and not mine and source not in providers and not _is_known(session, source):
        raise NotSettled(f"nothing is known of {source}; import its statement, or see `caredial settle list`")
    found = matching.compare(ours, theirs, day)
    row = get_or_add(
        session, Settlement, ["source", "day"], source=source, day=day, ours=0, theirs=0, our_sum=0, their_sum=0,
        differences=0, run_at=now, by=by,
    )  # fmt: skip
    session.refresh(row, with_for_update=True)
    done = [line for line in of_day if line.state == matching.DONE]
    row.ours, row.theirs, row.differences = len(mine), len(done), len(found)
    row.our_sum, row.their_sum = sum(map(_signed, mine)), sum(map(_signed, done))
    both: list[Ours | Theirs] = [*mine, *done]
    currencies = {line.currency for line in both}
    row.currency, row.run_at, row.by = currencies.pop() if len(currencies) == 1 else "", now, by
    _write(session, row.id, found)
    audit.note(session, f"staff:{by}", "settle.run", f"settlement:{row.id}", now=now, differences=len(found))
    return show(session, source=source, day=day)


@reads
def one(session: Session, *, difference: int) -> Line:
    """This difference. Raises NotSettled."""
    found = _lines(session, SettlementDifference.id == difference)
    if not found:
        raise _no_such(difference)
    return found[0]


def _no_such(difference: int) -> NotSettled:
    return NotSettled(f"there is no difference {difference}; `caredial settle open` shows those to see to")


def clear(session: Session, *, difference: int, note: str, by: str, now: dt.datetime) -> Line:
    """A difference is explained. Raises NotSettled."""
    row = session.scalars(select(SettlementDifference).where(SettlementDifference.id == difference)).one_or_none()
    if row is None:
        raise _no_such(difference)
    if not note.strip() or len(note) > MOST_NOTE:
        raise NotSettled(f"the note says why, in at most {MOST_NOTE} characters")
    row.cleared_at, row.cleared_by, row.note = now, by, note.strip()
    audit.note(session, f"staff:{by}", "settle.clear", f"difference:{difference}", now=now)
    session.flush()
    return _lines(session, SettlementDifference.id == difference)[0]


def scan(session: Session, *, installation: Installation, now: dt.datetime) -> Found:
    """Settle the last three days with all who have said something of them; how many differences are open.

    A statement that comes later still is settled by `caredial settle run`.
    """
    today = now.astimezone(installation.timezone).date()
    results = [
        run(session, source=source, day=day, zone=installation.timezone, by="system", now=now)
        for day in (today - dt.timedelta(days=before) for before in range(NEAR.days, 0, -1))
        for source in statements.sources(session, day=day)
    ]
    return Found(sum(result.open for result in results), more=False)


@reads
def show(session: Session, *, source: str, day: dt.date) -> Result:
    """A settlement as it was run last. Raises NotSettled."""
    row = session.scalars(select(Settlement).where(Settlement.source == source, Settlement.day == day)).one_or_none()
    if row is None:
        raise NotSettled(f"{source} was not settled for {day}; `caredial settle run` does")
    return _result(row, _lines(session, SettlementDifference.settlement_id == row.id))


@reads
def listed(session: Session, *, since: dt.date | None = None, source: str | None = None) -> list[Result]:
    """At most 1000 settlements, the newest day first; without their differences' lines."""
    wanted: list[ColumnElement[bool]] = []
    if since is not None:
        wanted.append(Settlement.day >= since)
    if source is not None:
        wanted.append(Settlement.source == source)
    rows = session.scalars(
        select(Settlement).where(*wanted).order_by(Settlement.day.desc(), Settlement.source).limit(MOST)
    ).all()
    lines = _lines(session, among(session, SettlementDifference.settlement_id, [row.id for row in rows]))
    return [_result(row, [line for line in lines if (line.source, line.day) == (row.source, row.day)]) for row in rows]


@reads
def open_ones(session: Session) -> list[Line]:
    """At most 1000 differences that nobody has cleared, the oldest day first."""
    return _lines(session, SettlementDifference.cleared_at.is_(None))


def _theirs(session: Session, source: str, day: dt.date) -> list[Theirs]:
    rows = session.scalars(
        select(Statement)
        .where(Statement.source == source, Statement.day >= day - NEAR, Statement.day <= day + NEAR)
        .order_by(Statement.day, Statement.id)
    )
    return [
        Theirs(
            row.kind, (row.correlation_id, row.reference), row.reference, row.amount, row.currency, row.state, row.day
        )
        for row in rows
    ]


def _ours(session: Session, source: str, day: dt.date, zone: ZoneInfo, theirs: Sequence[Theirs]) -> list[Ours]:
    """What was settled on this day, and whatever their lines of it speak of."""
    begins = dt.datetime.combine(day, dt.time(0), tzinfo=zone)
    of_day = (Payment.settled_at >= begins) & (Payment.settled_at < begins + dt.timedelta(days=1))
    named = {key for line in theirs if line.day == day for key in line.keys if key}
    if source.startswith(HOSPITAL):
        centre = select(Centre.id).where(Centre.code == source.removeprefix(HOSPITAL)).scalar_subquery()
        rows = session.scalars(
            select(Payment)
            .where(Payment.centre_id == centre, or_(of_day, _visits_of(session, named)))
            .where(Payment.method != "insurance", Payment.occasion.not_like("%:insured"))
        ).all()
        return [_our_line(row, (str(row.visit_id),), zone) for row in rows if row.visit_id is not None]
    spoken = or_(among(session, Payment.correlation_id, named), among(session, Payment.reference, named))
    rows = session.scalars(
        select(Payment).where(Payment.provider == source, Payment.method == "mobile", or_(of_day, spoken))
    ).all()
    return [_our_line(row, (row.correlation_id, row.reference), zone) for row in rows]


def _visits_of(session: Session, named: Collection[str]) -> ColumnElement[bool]:
    numbers = [int(key) for key in named if key.isdecimal() and len(key) < 10]
    return among(session, Payment.visit_id, numbers)


def _our_line(row: Payment, keys: tuple[str, ...], zone: ZoneInfo) -> Ours:
    day = row.settled_at.astimezone(zone).date() if row.settled_at is not None else None
    return Ours(row.id, row.kind, keys, row.amount, row.currency, row.state, day)


def _write(session: Session, settlement: int, found: Sequence[Difference]) -> None:
    """What was cleared is not found anew: the very same difference is explained already."""
    session.execute(
        delete(SettlementDifference)
        .where(SettlementDifference.settlement_id == settlement, SettlementDifference.cleared_at.is_(None))
        .execution_options(**PLAIN)
    )
    cleared = session.scalars(
        select(SettlementDifference).where(SettlementDifference.settlement_id == settlement)
    ).all()
    explained = {(row.name, row.payment_id, row.reference, row.ours, row.theirs) for row in cleared}
    session.add_all(
        SettlementDifference(
            settlement_id=settlement,
            name=each.name,
            payment_id=each.payment,
            reference=each.reference,
            ours=each.ours,
            theirs=each.theirs,
        )
        for each in found
        if (each.name, each.payment, each.reference, each.ours, each.theirs) not in explained
    )
    session.flush()


def _lines(session: Session, which: ColumnElement[bool]) -> list[Line]:
    rows = session.execute(
        select(SettlementDifference, Settlement, Payment.visit_id, Payment.currency)
        .join(Settlement, Settlement.id == SettlementDifference.settlement_id)
        .outerjoin(Payment, Payment.id == SettlementDifference.payment_id)
        .where(which)
        .order_by(Settlement.day, Settlement.source, SettlementDifference.id)
        .limit(MOST)
    )
    return [
        Line(
            id=row.id,
            source=of.source,
            day=of.day,
            name=row.name,
            payment=row.payment_id,
            visit=visit,
            reference=row.reference,
            ours=row.ours,
            theirs=row.theirs,
            currency=currency or _currency(session, of, row.reference),
            cleared_at=row.cleared_at,
            cleared_by=row.cleared_by,
            note=row.note,
        )
        for row, of, visit, currency in rows
    ]


def _currency(session: Session, of: Settlement, reference: str) -> str:
    """Of what is only there: as they say."""
    said = select(Statement.currency).where(
        Statement.source == of.source, Statement.day == of.day, Statement.reference == reference
    )
    return session.scalar(said.limit(1)) or ""


def _is_known(session: Session, source: str) -> bool:
    if source.startswith(HOSPITAL):
        return session.scalar(select(Centre.id).where(Centre.code == source.removeprefix(HOSPITAL))) is not None
    paid = select(Payment.id).where(Payment.provider == source).limit(1)
    said = select(Statement.id).where(Statement.source == source).limit(1)
    return session.scalar(paid) is not None or session.scalar(said) is not None


def _signed(line: Ours | Theirs) -> int:
    return line.amount if line.kind == "charge" else -line.amount


def _result(row: Settlement, lines: Sequence[Line]) -> Result:
    return Result(
        source=row.source,
        day=row.day,
        ours=row.ours,
        theirs=row.theirs,
        our_sum=row.our_sum,
        their_sum=row.their_sum,
        currency=row.currency,
        run_at=row.run_at,
        by=row.by,
        differences=tuple(lines),
    )
