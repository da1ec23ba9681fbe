"""The books: entries whose postings add up to nothing, written once for their occasion, never changed.

Debits count positive, credits negative. The rows of an entry's accounts are locked in the order of their ids, after all
other rows of the transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.errors import NotEnough
from clinic.rows import PLAIN, get_or_add
from clinic.tables import Centre, LedgerAccount, LedgerEntry, Posting


class Unbalanced(ValueError):
    """The sides of an entry differ, or its accounts are not of one centre and currency."""


class Otherwise(ValueError):
    """For this occasion something else was written before, in words."""


def account(
    session: Session,
    centre: Centre,
    kind: str,
    key: str = "",
    *,
    resident: int | None = None,
    currency: str | None = None,
    now: dt.datetime,
) -> LedgerAccount:
    """The centre's account of this kind and key, opened where it is new. `currency` None: the centre's."""
    return get_or_add(
        session,
        LedgerAccount,
        ["centre_id", "kind", "key"],
        centre_id=centre.id,
        kind=kind,
        key=key,
        currency=currency or centre.currency,
        resident_id=resident,
        balance=0,
        opened_at=now,
    )


def lock(session: Session, accounts: Collection[int]) -> None:
    """Take these accounts, for a transaction that writes several entries."""
    rows = select(LedgerAccount.id).where(LedgerAccount.id.in_(accounts)).order_by(LedgerAccount.id)
    session.execute(rows.with_for_update())


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

    Raises Unbalanced; Otherwise where the one that is there says something else; NotEnough where a resident's account
    would owe us.
    """
    entry, _ = written(
        session, occasion=occasion, kind=kind, sides=sides, by=by, now=now, visit=visit, payment=payment, note=note
    )
    return entry


def written(
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
) -> tuple[LedgerEntry, bool]:
    """As `post`; and whether it is new."""
    rows = select(LedgerAccount).where(LedgerAccount.id.in_(sides)).order_by(LedgerAccount.id)
    accounts = session.scalars(rows.with_for_update()).all()
    _check(sides, accounts)
    # Only now that the accounts are ours: of two at once the second has waited for the first.
    before = session.scalars(select(LedgerEntry).where(LedgerEntry.occasion == occasion)).one_or_none()
    if before is not None:
        _same(session, before, kind, sides)
        return before, False
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
    for row in accounts:
        amount = sides[row.id]
        after = _move(session, row, amount)
        session.add(Posting(entry_id=entry.id, account_id=row.id, amount=amount, after=after))
    session.flush()
    return entry, True


def _same(session: Session, entry: LedgerEntry, kind: str, sides: Mapping[int, int]) -> None:
    lines = select(Posting.account_id, Posting.amount).where(Posting.entry_id == entry.id)
    before = {line.account_id: line.amount for line in session.execute(lines)}
    if entry.kind != kind or before != dict(sides):
        raise Otherwise(
            f"entry {entry.id} was written for this before, with another amount or account, by {entry.by}: nothing is "
            "changed; a new act needs a key of its own"
        )


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
        moved.values(balance=LedgerAccount.balance + amount).returning(LedgerAccount.balance).execution_options(**PLAIN)
    )
    if after is None:
        raise NotEnough
    session.expire(row)
    return after
