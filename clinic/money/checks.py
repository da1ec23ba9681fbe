"""What must be true of the books at every moment: `caredial accounts check` asks.

Beside what `clinic.invariants` says of entries, balances, payments and visits: each is one query that gives what breaks
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from clinic import invariants
from clinic.invariants import Broken
from clinic.money.charging import REFUNDS
from clinic.rows import reads
from clinic.tables import Centre, Department, LedgerAccount, LedgerEntry, Payment, Posting, Visit

MOST = 100
Rule = Callable[[], Select[Any]]


@reads
def broken(session: Session, *, most: int = MOST) -> list[Broken]:
    """What is wrong in the books, at most `most` rows of each rule; none where all is well."""
    return [found for rule in RULES for found in _rows(session, rule, most)]


def running() -> Select[Any]:
    """The balance that an account had after its last posting is the one that it has."""
    last = select(func.max(Posting.id)).group_by(Posting.account_id)
    return (
        _named("account", LedgerAccount.id, LedgerAccount.balance, Posting.after.label("last"))
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .where(Posting.id.in_(last), Posting.after != LedgerAccount.balance)
    )


def currencies() -> Select[Any]:
    """All accounts of an entry are of its centre, and of one currency."""
    most, least = func.max(LedgerAccount.currency), func.min(LedgerAccount.currency)
    others = func.sum(case((LedgerAccount.centre_id != LedgerEntry.centre_id, 1), else_=0))
    return (
        _named("entry", LedgerEntry.id, least.label("currency"), most.label("and"), others.label("elsewhere"))
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .group_by(LedgerEntry.id)
        .having(or_(most != least, others > 0))
    )


def income() -> Select[Any]:
    """A centre's fees are what its visits say is paid."""
    paid: Any = (
        select(func.coalesce(func.sum(Visit.paid), 0))
        .join(Department, Department.id == Visit.department_id)
        .where(Department.centre_id == Centre.id)
        .correlate(Centre)
        .scalar_subquery()
    )
    fees: Any = (
        select(func.coalesce(func.sum(LedgerAccount.balance), 0))
        .where(LedgerAccount.centre_id == Centre.id, LedgerAccount.kind == "fees")
        .correlate(Centre)
        .scalar_subquery()
    )
    named = _named("centre", Centre.id, (-fees).label("fees"), paid.label("paid"))
    return named.where(paid != -fees)


def owed() -> Select[Any]:
    """What waits to be given back stands under `refunds`, to the last coin."""
    left = case(
        (Payment.state == "completed", 0),
        (Payment.state == "differs", Payment.amount - func.coalesce(Payment.came, 0)),
        else_=Payment.amount,
    )
    waiting: Any = (
        select(func.coalesce(func.sum(left), 0))
        .where(Payment.centre_id == Centre.id, Payment.kind == "refund", Payment.method == "mobile")
        .correlate(Centre)
        .scalar_subquery()
    )
    books: Any = (
        select(func.coalesce(func.sum(LedgerAccount.balance), 0))
        .where(LedgerAccount.centre_id == Centre.id)
        .where(and_(LedgerAccount.kind == "suspense", LedgerAccount.key == REFUNDS))
        .correlate(Centre)
        .scalar_subquery()
    )
    named = _named("centre", Centre.id, (-books).label("books"), waiting.label("waiting"))
    return named.where(waiting != -books)


RULES: Final[tuple[Rule, ...]] = (
    invariants.entries,
    invariants.balances,
    invariants.settled,
    invariants.refunds,
    running,
    currencies,
    income,
    owed,
)


def _named(kind: str, *columns: Any) -> Select[Any]:
    return select(literal(kind), *columns)


def _rows(session: Session, rule: Rule, most: int) -> Iterator[Broken]:
    found = session.execute(rule().limit(most))
    names = list(found.keys())[2:]
    for kind, number, *figures in (tuple(row) for row in found):
        said = ", ".join(f"{name} {figure}" for name, figure in zip(names, figures, strict=True))
        yield Broken((rule.__doc__ or "").strip(), f"{kind} {number}", said)
