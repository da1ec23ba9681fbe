"""What must be true of places, visits, T-codes and money at every moment, whatever happened; `caredial db check` asks.

Each is one query over all rows that gives what breaks it, so that it can be asked of a whole city's database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from clinic.rows import reads
from clinic.tables import (
    ClinicSession,
    LedgerAccount,
    LedgerEntry,
    Payment,
    PlaceOffer,
    Posting,
    SessionShare,
    Visit,
    Voucher,
)
from clinic.tables.visits import HOLDS

MOST = 100


@dataclass(frozen=True, slots=True)
class Broken:
    """What is not true of which row: `said` holds the figures that differ."""

    rule: str
    subject: str
    said: str


@reads
def broken(session: Session, *, most: int = MOST) -> list[Broken]:
    """What is broken, at most `most` rows of each rule; none where all is well."""
    return [found for rule in RULES for found in _rows(session, rule, most)]


def _rows(session: Session, rule: Callable[[], Select[Any]], most: int) -> Iterator[Broken]:
    """A rule's query gives the kind of row, its number, and figures with their names."""
    rows = session.execute(rule().limit(most))
    names = list(rows.keys())[2:]
    for kind, number, *figures in rows:
        said = ", ".join(f"{name} {figure}" for name, figure in zip(names, figures, strict=True))
        yield Broken((rule.__doc__ or "").strip(), f"{kind} {number}", said)


def _held(*more: ColumnElement[bool]) -> Any:
    theirs = Visit.clinic_session_id == ClinicSession.id
    return select(func.count(Visit.id)).where(theirs, Visit.state.in_(HOLDS), *more).correlate(ClinicSession)


def _open_offers() -> Any:
    theirs = PlaceOffer.clinic_session_id == ClinicSession.id, PlaceOffer.state == "open"
    return select(func.count(PlaceOffer.id)).where(*theirs).correlate(ClinicSession).scalar_subquery()


def _settled() -> tuple[ColumnElement[bool], ...]:
    """No visit is on its way from here, or to here: there it has its place from the move on, and comes when nobody has
    it in hand any more (`clinic.sessions.changes.follow`)."""
    source = aliased(ClinicSession)
    comes = select(source.id).where(source.change["to"].as_integer() == ClinicSession.id).correlate(ClinicSession)
    return ClinicSession.change.is_(None), ~comes.exists()


def places_held() -> Select[Any]:
    """A session that can be booked counts as taken what visits and open offers hold, and no more than its places."""
    held = _held().scalar_subquery() + _open_offers()
    wrong = or_(ClinicSession.taken != held, ClinicSession.taken > ClinicSession.capacity)
    named = _named("session", ClinicSession.id, ClinicSession.taken, ClinicSession.capacity, held.label("held"))
    return named.where(ClinicSession.state.in_(("open", "closed", "draw")), *_settled(), wrong)


def pools() -> Select[Any]:
    """The pools of a shared-out session add up to its places and to what is taken, and none is over its own."""
    places, taken = func.sum(SessionShare.places), func.sum(SessionShare.taken)
    over = func.sum(case((or_(SessionShare.taken > SessionShare.places, SessionShare.taken < 0), 1), else_=0))
    of_one = (
        select(SessionShare.clinic_session_id, places.label("places"), taken.label("pooled"), over.label("over"))
        .group_by(SessionShare.clinic_session_id)
        .subquery()
    )
    wrong = or_(of_one.c.places != ClinicSession.capacity, of_one.c.pooled != ClinicSession.taken, of_one.c.over > 0)
    return (
        _named("session", ClinicSession.id, ClinicSession.capacity, ClinicSession.taken, *list(of_one.c)[1:])
        .join(of_one, of_one.c.clinic_session_id == ClinicSession.id)
        .where(ClinicSession.state != "stopped", *_settled(), wrong)
    )


def numbers() -> Select[Any]:
    """No queue number is above the last one that the session has given."""
    above = _named("visit", Visit.id, Visit.queue, ClinicSession.last_number)
    return above.join(ClinicSession).where(Visit.queue > ClinicSession.last_number)


def vouchers() -> Select[Any]:
    """A visit that is expected has one good T-code; one that is pending none; a cancelled one none that is good."""
    good = case((Voucher.state == "issued", 1), else_=0)
    wrong = or_(
        and_(Visit.state == "booked", or_(Voucher.id.is_(None), Voucher.state != "issued")),
        and_(Visit.state == "pending", Voucher.id.is_not(None)),
        and_(Visit.state == "cancelled", good == 1),
    )
    named = _named("visit", Visit.id, Visit.state, Voucher.state.label("voucher"))
    return named.outerjoin(Voucher, Voucher.visit_id == Visit.id).where(wrong)


def holds() -> Select[Any]:
    """A visit waits to be paid exactly as long as it is pending."""
    waits = case((Visit.hold_until.is_(None), 0), else_=1)
    named = _named("visit", Visit.id, Visit.state, waits.label("waits"))
    return named.where((Visit.state == "pending") != (Visit.hold_until.is_not(None)))


def entries() -> Select[Any]:
    """The postings of an entry add up to nothing."""
    total = func.sum(Posting.amount)
    named = _named("entry", LedgerEntry.id, total.label("sum"), func.count(Posting.id).label("postings"))
    grouped = named.outerjoin(Posting, Posting.entry_id == LedgerEntry.id).group_by(LedgerEntry.id)
    return grouped.having(or_(total != 0, func.count(Posting.id) < 2))


def balances() -> Select[Any]:
    """An account's balance is what its postings add up to, and no resident's account owes us."""
    total = func.coalesce(func.sum(Posting.amount), 0)
    named = _named("account", LedgerAccount.id, LedgerAccount.balance, total.label("postings"))
    grouped = named.outerjoin(Posting, Posting.account_id == LedgerAccount.id).group_by(LedgerAccount.id)
    owes = and_(LedgerAccount.kind == "resident", LedgerAccount.balance > 0)
    return grouped.having(or_(LedgerAccount.balance != total, owes))


def settled() -> Select[Any]:
    """A payment has its one entry in the books when it is completed, and not before."""
    named = _named("payment", Payment.id, Payment.state, func.count(LedgerEntry.id).label("entries"))
    grouped = named.outerjoin(LedgerEntry, LedgerEntry.payment_id == Payment.id).group_by(Payment.id, Payment.state)
    completed = case((Payment.state == "completed", 1), else_=0)
    return grouped.having(func.count(LedgerEntry.id) != completed)


def refunds() -> Select[Any]:
    """No more is given back than was paid, and what a visit says is paid is what we hold for it."""
    charged = _sum(Payment.kind == "charge", Payment.state == "completed")
    back = _sum(Payment.kind == "refund", Payment.state != "failed")
    given = _sum(Payment.kind == "refund")
    wrong = or_(back > charged, and_(Visit.paid != charged - given, Visit.paid != charged - back))
    named = _named("visit", Visit.id, Visit.state, Visit.paid, charged.label("charged"), back.label("back"))
    return named.where(wrong)


def _named(kind: str, *columns: Any) -> Select[Any]:
    return select(literal(kind), *columns)


def _sum(*which: ColumnElement[bool]) -> Any:
    total = select(func.coalesce(func.sum(Payment.amount), 0)).where(Payment.visit_id == Visit.id, *which)
    return total.correlate(Visit).scalar_subquery()


RULES: tuple[Callable[[], Select[Any]], ...] = (
    places_held,
    pools,
    numbers,
    vouchers,
    holds,
    entries,
    balances,
    settled,
    refunds,
)
