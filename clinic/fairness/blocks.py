"""Who may not book by phone for a time: looked at by every booking, made and lifted by staff, listed.

A block is a person's, however many phones book for them, or a phone's, whomever it books for; at one centre or
everywhere. It ends by itself at midnight after its last day. Whoever comes to the counter is not turned away by it.
Blocks that follow from absences are made by `clinic.fairness.absences`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.errors import Blocked, NotPossible
from clinic.fairness.days import ends, last_day
from clinic.fairness.told import tell
from clinic.notices import Telling
from clinic.notices.people import covered
from clinic.phones import masked_phone
from clinic.rows import add_or_get, reads
from clinic.tables import Block, Centre, RelatedPerson, Resident, Subscriber, Visit
from clinic.typed import tidied
from conf.texts.words import Name

MOST = 1000
MOST_NOTE = 200
CAME = ("arrived", "fulfilled")
"""The states of visits that somebody came to."""


class NoSuchBlock(Exception):
    """There is no such block, or it cannot be treated so; the words say which."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is blocked: a resident or a phone, one of both."""

    resident: int | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class BlockView:
    """A block as staff see it. `centre` None: everywhere; `last`: its last day; `visits`: what it was made of."""

    id: int
    name: str
    resident: int | None
    phone: str
    centre: Name | None
    reason: str
    note: str
    visits: tuple[int, ...]
    since: dt.datetime
    last: dt.date
    by: str
    lifted_at: dt.datetime | None
    lifted_by: str
    appeal: str
    appeal_text: str
    appealed_at: dt.datetime | None
    answer: str


def check(session: Session, *, resident: int, phone: str, centre: int, now: dt.datetime) -> None:
    """Raise Blocked, with its last day, where the person or the phone is blocked at this centre.

    NotPossible for a phone that has nothing to do with the person who is: whoever has only somebody's identity number
    does not learn of it.
    """
    found = session.scalars(
        select(Block)
        .where(or_(Block.resident_id == resident, Block.phone == phone))
        .where(holds(now), or_(Block.centre_id.is_(None), Block.centre_id == centre))
        .order_by(Block.until.desc(), Block.id)
    ).all()
    for row in found:
        if may_know(session, row, phone):
            raise Blocked(last_day(row.until, now))
    if found:
        raise NotPossible


def may_know(session: Session, row: Block, phone: str) -> bool:
    """Whether a phone is told of a block: its own; of a person the phone that has booked a visit that counts, or that
    is theirs beyond doubt. One that has only named the person never is, however long it is known, and whoever it says
    that its owner is: all that takes is their identity number.

    Beyond doubt: the centre has it on record for them, or they came with a T-code that it had booked before the block;
    of a block by staff also the phone that was told of it (`clinic.fairness.told`), which has booked their last visit.
    """
    if row.resident_id is None or row.phone == phone:
        return True
    theirs = Visit.resident_id == row.resident_id, Visit.phone == phone
    came = and_(*theirs, Visit.state.in_(CAME), Visit.booked_at <= row.since)
    last = select(func.max(Visit.id)).where(
        Visit.resident_id == row.resident_id, Visit.phone != "", Visit.booked_at <= row.since
    )
    told = among(session, Visit.id, row.counted) if row.counted else Visit.id == last.scalar_subquery()
    known = (
        select(RelatedPerson.id)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.phone == phone, Subscriber.wrong_at.is_(None), RelatedPerson.resident_id == row.resident_id)
        .where(or_(RelatedPerson.is_told, exists().where(came), exists().where(*theirs, told)))
    )
    return session.scalar(known.limit(1)) is not None


def holds(now: dt.datetime) -> ColumnElement[bool]:
    return and_(Block.lifted_at.is_(None), Block.since <= now, Block.until > now)


def block(
    telling: Telling,
    *,
    whom: Subject,
    centre: int | None,
    last: dt.date,
    reason: str,
    note: str,
    by: str,
    occasion: str,
    visits: Collection[int] = (),
    rule: int | None = None,
) -> Block | None:
    """Block up to and including `last`; None where this occasion has made one before. Nobody is told of it here."""
    session, now = telling.session, telling.when.now
    if session.scalar(select(Block.id).where(Block.occasion == occasion)) is not None:
        return None
    row = add_or_get(
        session,
        Block,
        ["occasion"],
        occasion=occasion,
        resident_id=whom.resident,
        phone=whom.phone,
        centre_id=centre,
        reason=reason,
        note=note,
        counted=list(visits),
        rule_id=rule,
        since=now,
        until=ends(last, now),
        by=by,
        lifted_by="",
        appeal="",
        appeal_text="",
        appeal_phone="",
        answered_by="",
        answer="",
    )
    audit.note(session, by, "block.add", f"block:{row}", now=now, reason=reason, last=last.isoformat())
    return session.get_one(Block, row)


def by_staff(
    telling: Telling, *, whom: Subject, centre: str, last: dt.date, reason: str, by: str, occasion: str
) -> int:
    """Staff block a person or a phone, and whom it is about is told; the number of the block. Raises NoSuchBlock."""
    now, note = telling.when.now, checked(reason)
    check_last(last, now)
    if whom.resident is not None and telling.session.get(Resident, whom.resident) is None:
        raise NoSuchBlock(f"there is no resident {whom.resident}; `caredial people find` shows their numbers")
    row = block(
        telling,
        whom=whom,
        centre=_centre(telling.session, centre),
        last=last,
        reason="staff",
        note=note,
        by=f"staff:{by}",
        occasion=occasion,
    )
    if row is None:
        raise NoSuchBlock("this was done already")
    tell(telling, row, "block.staff_sms", f"block:{row.id}:made", reason=note)
    return row.id


def lift(telling: Telling, *, block: int, by: str, reason: str) -> None:
    """End a block before its time; who is blocked is told. Raises NoSuchBlock."""
    row = open_one(telling.session, block, telling.when.now)
    end(telling, row, by=f"staff:{by}", reason=checked(reason))
    tell(telling, row, "block.lifted_sms", f"block:{row.id}:lifted")


def end(telling: Telling, row: Block, *, by: str, reason: str) -> None:
    """The row is lifted from now on; who is told of it is the caller's business."""
    row.lifted_at, row.lifted_by = telling.when.now, by
    telling.session.flush()
    audit.note(telling.session, by, "block.lift", f"block:{row.id}", now=telling.when.now, reason=reason)


def open_one(session: Session, block: int, now: dt.datetime) -> Block:
    """A block that holds, its row ours. Raises NoSuchBlock."""
    row = session.scalars(select(Block).where(Block.id == block).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchBlock(f"there is no block {block}; `caredial fairness blocks list --all` shows them")
    if row.lifted_at is not None:
        raise NoSuchBlock(f"block {block} was lifted already")
    if row.until <= now:
        raise NoSuchBlock(f"block {block} has ended by itself on {last_day(row.until, now)}")
    return row


@reads
def listed(
    session: Session, *, now: dt.datetime, centre: str = "", every: bool = False, appealed: bool = False
) -> list[BlockView]:
    """Blocks that hold, the newest first; `every`: those that are over, too; `appealed`: only those with an appeal that
    waits. Names and phones are masked. At most 1000."""
    found = _whole().order_by(Block.id.desc()).limit(MOST)
    if appealed:
        found = found.where(Block.appeal == "open")
    elif not every:
        found = found.where(holds(now))
    if centre:
        found = found.where(or_(Centre.code == centre, Block.centre_id.is_(None)))
    return [_view(row, name, where, now) for row, name, where in session.execute(found)]


@reads
def one(session: Session, *, block: int, now: dt.datetime) -> BlockView | None:
    """This block, whether it holds or not."""
    found = session.execute(_whole().where(Block.id == block)).one_or_none()
    return None if found is None else _view(*found, now)


def _whole() -> Select[Block, str | None, Centre | None]:
    return (
        select(Block, Resident.name, Centre)
        .outerjoin(Resident, Resident.id == Block.resident_id)
        .outerjoin(Centre, Centre.id == Block.centre_id)
    )


def _view(row: Block, name: str | None, centre: Centre | None, now: dt.datetime) -> BlockView:
    return BlockView(
        id=row.id,
        name=covered(name) if name else "",
        resident=row.resident_id,
        phone=masked_phone(row.phone) if row.phone else "",
        centre=centre.name if centre else None,
        reason=row.reason,
        note=row.note,
        visits=tuple(row.counted),
        since=row.since,
        last=last_day(row.until, now),
        by=row.by,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        appeal=row.appeal,
        appeal_text=row.appeal_text,
        appealed_at=row.appealed_at,
        answer=row.answer,
    )


def _centre(session: Session, code: str) -> int | None:
    if not code:
        return None
    found: int | None = session.scalar(select(Centre.id).where(Centre.code == code))
    if found is None:
        raise NoSuchBlock(f"there is no centre {code!r}")
    return found


def check_last(last: dt.date, now: dt.datetime) -> None:
    """Raise NoSuchBlock for a last day that is over."""
    if last < now.date():
        raise NoSuchBlock(f"{last} is over; a block lasts until today or longer")


def checked(reason: str) -> str:
    """The reason that staff give, without blanks too many. Raises NoSuchBlock."""
    tidy = tidied(reason, MOST_NOTE)
    if not tidy:
        raise NoSuchBlock(f"a reason has 1 to {MOST_NOTE} printable characters")
    return tidy
