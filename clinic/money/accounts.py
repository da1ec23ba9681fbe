"""Temporary accounts: money that a resident has left with a centre, to pay visits from by phone.

The centre opens one where it sees its holder, takes in cash and pays it out; a phone may pay from it that was proved to
be in the hands of who is there (`clinic.passcodes`). What is in it we owe: its balance in the books is a credit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.errors import ClinicError
from clinic.money import ledger
from clinic.money.linked import still_theirs
from clinic.phones import masked_phone
from clinic.rows import get_or_add, reads
from clinic.tables import AccountPhone, Centre, LedgerAccount, LedgerEntry, Posting, Resident
from clinic.views import AccountLine, AccountView
from conf.texts.words import Money, Name

MOST = 1000
LAST = 5


class NoAccount(ValueError):
    """There is no such account, or resident, or centre, in words."""


class ProvesOther(ClinicError):
    """The code was sent for something else than paying from this account by this phone."""

    tell = "account.not_proved"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as staff see it: its holder's name, and its phones masked."""

    id: int
    centre: str
    resident: int
    name: str
    balance: Money
    phones: tuple[str, ...]
    opened_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a counter hands out: the entry's number, what was moved, and the balance afterwards."""

    entry: int
    account: int
    name: str
    centre: Name
    kind: str
    amount: Money
    balance: Money
    at: dt.datetime
    by: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a statement: what went in (above 0) or out, of which visit, and the balance after it."""

    entry: int
    at: dt.datetime
    kind: str
    amount: Money
    after: Money
    visit: int | None
    by: str
    note: str


def open_account(session: Session, *, resident: int, centre: str, by: str, now: dt.datetime) -> Account:
    """The resident's account at this centre, opened where there is none. Raises NoAccount."""
    place = session.scalars(select(Centre).where(Centre.code == centre)).one_or_none()
    person = session.get(Resident, resident)
    if place is None or person is None:
        raise NoAccount(f"there is no centre {centre}" if place is None else f"there is no resident {resident}")
    row = ledger.account(session, place, "resident", str(resident), resident=resident, now=now)
    audit.note(session, f"staff:{by}", "account.open", f"account:{row.id}", now=now)
    return _account(session, row)


def proof_of(account: int, phone: str) -> dict[str, Any]:
    """What a code is good for that is sent to this phone to link it (`clinic.passcodes`)."""
    return {"link": account, "phone": phone}


def link(session: Session, *, account: int, phone: str, proof: Mapping[str, Any], by: str, now: dt.datetime) -> Account:
    """Let this phone pay from the account. `proof`: what checking its code gave. Raises ProvesOther, NoAccount."""
    row = _row(session, account)
    if dict(proof) != proof_of(account, phone):
        raise ProvesOther
    linked = get_or_add(
        session,
        AccountPhone,
        ["account_id", "phone"],
        account_id=account,
        phone=phone,
        linked_at=now,
        linked_by=by,
    )
    linked.linked_at, linked.linked_by = now, by  # of a number with another owner since the link before is nothing
    session.flush()
    audit.note(session, f"staff:{by}", "account.link", f"account:{account}", now=now, phone=masked_phone(phone))
    return _account(session, row)


def unlink(session: Session, *, account: int, phone: str, by: str, now: dt.datetime) -> bool:
    """This phone pays from the account no more; False where it could not before."""
    linked = select(AccountPhone).where(AccountPhone.account_id == account, AccountPhone.phone == phone)
    row = session.scalars(linked).one_or_none()
    if row is None:
        return False
    session.delete(row)
    audit.note(session, f"staff:{by}", "account.unlink", f"account:{account}", now=now, phone=masked_phone(phone))
    return True


def top_up(
    session: Session, *, account: int, amount: int, occasion: str, by: str, now: dt.datetime, note: str = ""
) -> Receipt:
    """Cash that was taken in at the counter. `occasion` names this one act: repeated, it gives the same receipt.

    Raises Otherwise where it took in another amount before.
    """
    return _over_the_counter(session, account, "topup", -amount, occasion, by, now, note)


def pay_out(
    session: Session, *, account: int, amount: int, occasion: str, by: str, now: dt.datetime, note: str = ""
) -> Receipt:
    """Cash that was handed out. Raises NotEnough, and Otherwise as `top_up`."""
    return _over_the_counter(session, account, "payout", amount, occasion, by, now, note)


@reads
def show(session: Session, *, account: int) -> Account:
    """Raises NoAccount."""
    return _account(session, _row(session, account))


@reads
def listed(
    session: Session, *, centre: str | None = None, phone: str | None = None, resident: int | None = None
) -> list[Account]:
    """At most 1000 accounts of a centre, a phone, or a resident; or of all."""
    wanted: list[ColumnElement[bool]] = [LedgerAccount.kind == "resident"]
    if centre is not None:
        wanted.append(Centre.code == centre)
    if resident is not None:
        wanted.append(LedgerAccount.resident_id == resident)
    if phone is not None:
        theirs = select(AccountPhone.account_id).where(AccountPhone.phone == phone, still_theirs())
        wanted.append(LedgerAccount.id.in_(theirs))
    found = (
        select(LedgerAccount)
        .join(Centre, Centre.id == LedgerAccount.centre_id)
        .where(*wanted)
        .order_by(Centre.code, LedgerAccount.id)
        .limit(MOST)
    )
    return [_account(session, row) for row in session.scalars(found).all()]


@reads
def statement(
    session: Session, *, account: int, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> list[StatementLine]:
    """What went in and out, the oldest first, with the running balance; from `since` on, before `until`."""
    row = _row(session, account)
    lines = _postings(account).order_by(Posting.id)
    if since is not None:
        lines = lines.where(LedgerEntry.at >= since)
    if until is not None:
        lines = lines.where(LedgerEntry.at < until)
    return [
        StatementLine(
            entry.id,
            entry.at,
            entry.kind,
            Money(-posting.amount, row.currency),
            Money(-posting.after, row.currency),
            entry.visit_id,
            entry.by,
            entry.note,
        )
        for posting, entry in session.execute(lines)
    ]


@reads
def of_phone(session: Session, *, phone: str) -> list[AccountView]:
    """The accounts that this phone may pay from."""
    found = session.execute(
        select(LedgerAccount, Centre, Resident.name)
        .join(AccountPhone, AccountPhone.account_id == LedgerAccount.id)
        .join(Centre, Centre.id == LedgerAccount.centre_id)
        .join(Resident, Resident.id == LedgerAccount.resident_id)
        .where(AccountPhone.phone == phone, still_theirs(), LedgerAccount.kind == "resident")
        .order_by(AccountPhone.id)
    )
    return [AccountView(row.id, centre.name, name, Money(-row.balance, row.currency)) for row, centre, name in found]


@reads
def last(session: Session, *, account: int, phone: str) -> list[AccountLine]:
    """The last five lines of an account that this phone may pay from, the newest first; none of any other."""
    mine = select(AccountPhone.id).where(AccountPhone.account_id == account, AccountPhone.phone == phone)
    if session.scalar(mine.where(still_theirs())) is None:
        return []
    currency = _row(session, account).currency
    lines = session.execute(_postings(account).order_by(Posting.id.desc()).limit(LAST))
    return [
        AccountLine(entry.at, entry.kind, Money(-posting.amount, currency), Money(-posting.after, currency))
        for posting, entry in lines
    ]


def _over_the_counter(
    session: Session, account: int, kind: str, amount: int, occasion: str, by: str, now: dt.datetime, note: str
) -> Receipt:
    """`amount`: of the resident's side; the counter's cash is the other."""
    row = _row(session, account)
    if amount == 0 or (amount < 0) != (kind == "topup"):
        raise ledger.Unbalanced("an amount over the counter is above nothing")
    centre = session.get_one(Centre, row.centre_id)
    cash = ledger.account(session, centre, "cash", now=now)
    sides = {row.id: amount, cash.id: -amount}
    act = f"{kind}:{occasion}"
    entry, is_new = ledger.written(session, occasion=act, kind=kind, sides=sides, by=by, now=now, note=note)
    if is_new:
        audit.note(session, f"staff:{by}", f"account.{kind}", f"account:{account}", now=now, entry=entry.id)
    return receipt(session, entry=entry.id)


@reads
def receipt(session: Session, *, entry: int) -> Receipt:
    """The receipt of what went over the counter, however often it is printed. Raises NoAccount."""
    found = session.execute(
        select(LedgerEntry, Posting, LedgerAccount)
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerEntry.id == entry, LedgerAccount.kind == "resident")
    ).one_or_none()
    if found is None:
        raise NoAccount(f"there is no entry {entry} of an account")
    written, posting, account = found
    whole = _account(session, account)
    return Receipt(
        entry=entry,
        account=account.id,
        name=whole.name,
        centre=session.get_one(Centre, account.centre_id).name,
        kind=written.kind,
        amount=Money(abs(posting.amount), account.currency),
        balance=Money(-posting.after, account.currency),
        at=written.at,
        by=written.by,
    )


def _row(session: Session, account: int) -> LedgerAccount:
    row = session.get(LedgerAccount, account)
    if row is None or row.kind != "resident":
        raise NoAccount(f"there is no account {account}")
    return row


def _account(session: Session, row: LedgerAccount) -> Account:
    person = session.get_one(Resident, row.resident_id)
    linked = select(AccountPhone.phone).where(AccountPhone.account_id == row.id, still_theirs())
    return Account(
        id=row.id,
        centre=session.get_one(Centre, row.centre_id).code,
        resident=person.id,
        name=person.name,
        balance=Money(-row.balance, row.currency),
        phones=tuple(map(masked_phone, session.scalars(linked.order_by(AccountPhone.id)))),
        opened_at=row.opened_at,
    )


def _postings(account: int) -> Select[Posting, LedgerEntry]:
    return (
        select(Posting, LedgerEntry)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(Posting.account_id == account)
    )
