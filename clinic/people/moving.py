"""What belongs to people moves from a phone that they have lost to the one that they have now; all of it or nothing.

Visits get new T-codes: whoever finds the old phone reads SMS that are worth nothing. What that phone was asked about
them it can answer no more, and what still waits to be told about them goes to the new one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from clinic import vouchers
from clinic.installation import Installation
from clinic.residents import disown
from clinic.rows import PLAIN, rows_changed
from clinic.tables import (
    AccountPhone,
    DrawEntry,
    FamilyCopy,
    HomeVisit,
    LedgerAccount,
    Message,
    Question,
    RelatedPerson,
    Subscriber,
    Visit,
    Voucher,
    WaitEntry,
)
from clinic.tables.visits import HOLDS, STANDING
from clinic.visit_telling.wording import whole
from clinic.visits.seen import tell, view_of
from conf.texts.words import Language


@dataclass(frozen=True, slots=True)
class Move:
    """Of whom, from where, whereto. Both phones are locked, and the residents."""

    residents: tuple[int, ...]
    old: Subscriber
    new: Subscriber
    language: Language
    now: dt.datetime

    def theirs(self, table: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Rows that the old phone has of these people."""
        return table.phone == self.old.phone, table.resident_id.in_(self.residents)


@dataclass(frozen=True, slots=True)
class Moved:
    people: int
    visits: int
    waiting: int
    accounts: int


def move(session: Session, what: Move, installation: Installation, occasion: str, by: str) -> Moved:
    """Move everything. `occasion` names this recovery, `by` who has seen the identity documents."""
    visits = _visits(session, what, installation, occasion)
    waiting = _count(session, _rows(WaitEntry, what, WaitEntry.state == "waiting"), phone=what.new.phone)
    entered = DrawEntry.state.in_(("entered", "won"))
    waiting += _count(session, _rows(DrawEntry, what, entered), phone=what.new.phone)
    _count(session, _rows(HomeVisit, what, HomeVisit.state == "active"), phone=what.new.phone)
    accounts = _accounts(session, what, by)
    _notices(session, what)
    _people(session, what)
    session.flush()
    return Moved(len(what.residents), visits, waiting, accounts)


def _rows(table: Any, what: Move, *more: ColumnElement[bool]) -> Any:
    return update(table).where(*what.theirs(table), *more)


def _count(session: Session, changed: Any, **values: Any) -> int:
    result = session.execute(changed.values(**values), execution_options=PLAIN)
    return rows_changed(result)


def _visits(session: Session, what: Move, installation: Installation, occasion: str) -> int:
    """Those that are to come, with a T-code of their own; how many. T-codes before visits, as whoever uses one does."""
    to_come = Visit.day >= what.now.date(), Visit.state.in_(STANDING)
    standing = session.scalars(select(Visit.id).where(*what.theirs(Visit), *to_come).order_by(Visit.id)).all()
    for voucher in session.scalars(
        select(Voucher)
        .where(Voucher.visit_id.in_(standing), Voucher.state == "issued")
        .order_by(Voucher.id)
        .with_for_update()
    ).all():
        vouchers.renew(session, voucher)
    # The history goes along; not what was cancelled.
    _count(session, _rows(Visit, what, Visit.state.in_(HOLDS)), phone=what.new.phone, language=what.language)
    for row in session.scalars(
        whole().where(Visit.id.in_(standing)).order_by(Visit.id).execution_options(populate_existing=True)
    ).all():
        if row.state == "booked":
            row.look_at = what.now  # what the old phone was told of it is told to this one, where it still matters
            view = view_of(session, row, installation)
            tell(session, row, view, "visit.code_sms", f"{occasion}:{row.id}", what.language, what.now)
    return len(standing)


def _accounts(session: Session, what: Move, by: str) -> int:
    """The new phone pays from their accounts, the old one no more."""
    theirs = select(LedgerAccount.id).where(LedgerAccount.resident_id.in_(what.residents))
    linked = session.scalars(
        select(AccountPhone).where(AccountPhone.phone == what.old.phone, AccountPhone.account_id.in_(theirs))
    ).all()
    known = set(
        session.scalars(
            select(AccountPhone.account_id).where(
                AccountPhone.phone == what.new.phone, AccountPhone.account_id.in_([row.account_id for row in linked])
            )
        )
    )
    for row in linked:
        if row.account_id in known:
            session.delete(row)
        else:
            row.phone, row.linked_at, row.linked_by = what.new.phone, what.now, by
    return len(linked)


def _notices(session: Session, what: Move) -> None:
    """What waits goes to the new phone, T-codes apart, which are written anew; what was asked is answered by nobody."""
    open_now = Question.phone == what.old.phone, Question.answered_at.is_(None), Question.expires_at > what.now
    waits = Message.state == "queued", Message.message_class == "notice"
    redirected = _occasions(session, what, *waits)
    _count(session, _rows(Message, what, *waits), phone=what.new.phone)
    _count(session, update(Question).where(*open_now, Question.occasion.in_(redirected)), phone=what.new.phone)
    asked = _occasions(session, what, Message.state != "queued")
    subjects = session.execute(select(Question.id, Question.occasion, Question.subject).where(*open_now)).all()
    visits = set(session.scalars(select(Visit.id).where(Visit.resident_id.in_(what.residents))))
    over = [row.id for row in subjects if row.occasion in asked or _is_about(row.subject, what.residents, visits)]
    _count(session, update(Question).where(Question.id.in_(over)), expires_at=what.now)
    others = Message.message_class != "notice", Message.state == "queued"
    _count(session, _rows(Message, what, *others), state="cancelled", error="phone changed", settled_at=what.now)
    # No call in place of an SMS that did not come.
    _count(session, _rows(Message, what, Message.channel == "sms"), speech=None)


def _occasions(session: Session, what: Move, *which: ColumnElement[bool]) -> Sequence[str]:
    return session.scalars(select(Message.occasion).where(*what.theirs(Message), *which)).all()


def _is_about(subject: dict[str, Any], residents: Collection[int], visits: Collection[int]) -> bool:
    about = {subject.get("resident"), *subject.get("people", ())}
    return bool(about & set(residents)) or subject.get("visit") in visits


def _people(session: Session, what: Move) -> None:
    """The old phone books for them no more. The new one does, and is told of them: the centre has seen whose it is."""
    held = session.scalars(
        select(RelatedPerson)
        .where(RelatedPerson.subscriber_id == what.old.id, RelatedPerson.resident_id.in_(what.residents))
        .order_by(RelatedPerson.is_self.desc(), RelatedPerson.id)
    ).all()
    known = {
        row.resident_id: row
        for row in session.scalars(select(RelatedPerson).where(RelatedPerson.subscriber_id == what.new.id))
    }
    has_owner = any(row.is_self for row in known.values())
    for row in held:
        was_self = row.is_self
        disown(session, row, what.now.date())
        if was_self:
            _copies(session, what)
        if row.resident_id in known:
            there = known[row.resident_id]
            there.is_told, there.relation = True, there.relation or row.relation
            session.delete(row)
        else:
            row.subscriber_id, row.is_told = what.new.id, True
            there = row
        if was_self and not has_owner:
            there.is_self = has_owner = True
        session.flush()


def _copies(session: Session, what: Move) -> None:
    """Copies of others' readings were for the owner of the phone, who has another now."""
    have = select(FamilyCopy.resident_id).where(FamilyCopy.phone == what.new.phone)
    still = FamilyCopy.phone == what.old.phone, FamilyCopy.ended_at.is_(None)
    session.execute(delete(FamilyCopy).where(*still, FamilyCopy.resident_id.in_(have)), execution_options=PLAIN)
    _count(session, update(FamilyCopy).where(*still), phone=what.new.phone)
