"""The books: entries whose postings add up to nothing, written once for their occasion, never changed.

Debits count positive, credits negative. The rows of an entry's accounts are locked in the order of their ids, after all
other rows of the transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.errors import NotEnough
from clinic.rows import get_or_add
from clinic.tables import Centre, LedgerAccount, LedgerEntry, Posting


class Unbalanced(ValueError):
    """The sides of an entry differ, or its accounts are not of one centre and currency."""


def account(
    session: Session, centre: Centre, kind: str, key: str = "", *, resident: int | None = None, now: dt.datetime
) -> LedgerAccount:
    """The centre's account of this kind and key, opened where it is new."""
    return get_or_add(
        session,
        LedgerAccount,
        ["centre_id", "kind", "key"],
        centre_id=centre.id,
        kind=kind,
        key=key,
        currency=centre.currency,
        resident_id=resident,
        balance=0,
        opened_at=now,
    )


def post(
    session: Session,
    *,
    occasion: str,
    kind: str,
    sides: Mapping[int, int],
    by: str,
    now: dt.datetime,
    visit: int | None = None,
    payment: int | None = None,
    note: str = "",
) -> LedgerEntry:
    """Write an entry; the one that is there where the occasion was written before. `sides`: account to amount.

    Raises Unbalanced; NotEnough where a resident's account would owe us.
    """
    before = session.scalars(select(LedgerEntry).where(LedgerEntry.occasion == occasion)).one_or_none()
    if before is not None:
        return before
    accounts = session.scalars(select(LedgerAccount).where(LedgerAccount.id.in_(sides))).all()
    _check(sides, accounts)
    entry = LedgerEntry(
        occasion=occasion,
        centre_id=accounts[0].centre_id,
        kind=kind,
        at=now,
        by=by,
        visit_id=visit,
        payment_id=payment,
        note=note,
    )
    session.add(entry)
    session.flush()
    for row in sorted(accounts, key=lambda each: each.id):
        amount = sides[row.id]
        after = _move(session, row, amount)
        session.add(Posting(entry_id=entry.id, account_id=row.id, amount=amount, after=after))
    session.flush()
    return entry


def _check(sides: Mapping[int, int], accounts: object) -> None:
    rows: list[LedgerAccount] = list(accounts)  # type: ignore[call-overload]
    if sum(sides.values()) != 0 or len(rows) != len(sides) or len(rows) < 2:
        raise Unbalanced(f"the sides {dict(sides)} do not add up to nothing")
    if len({(row.centre_id, row.currency) for row in rows}) != 1:
        raise Unbalanced("the accounts are not of one centre and currency")


def _move(session: Session, row: LedgerAccount, amount: int) -> int:
    """One UPDATE moves the balance and looks that a resident's account stays ours to owe."""
    moved = update(LedgerAccount).where(LedgerAccount.id == row.id)
    if row.kind == "resident":
        moved = moved.where(LedgerAccount.balance + amount <= 0)
    after: int | None = session.scalar(
        moved.values(balance=LedgerAccount.balance + amount)
        .returning(LedgerAccount.balance)
        .execution_options(synchronize_session=False)
    )
    if after is None:
        raise NotEnough
    session.expire(row)
    return after
