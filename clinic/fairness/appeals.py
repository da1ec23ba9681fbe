"""Appeals: whoever is blocked sees it, with the visits that it was made of, and may say once that it is not right.

Seen, and appealed against, by the phones that have to do with it (`clinic.fairness.blocks.may_know`): that which is
blocked itself, and of a person those that booked one of the visits, or are theirs beyond doubt. Having named the person
is not enough. A visit that another phone has booked is only counted, never shown. Staff decide: granted lifts the
block, refused lets it stand; both are told with the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.errors import ClinicError
from clinic.fairness import blocks
from clinic.fairness.blocks import MOST_NOTE, NoSuchBlock
from clinic.fairness.days import last_day
from clinic.fairness.told import tell
from clinic.installation import Installation
from clinic.notices import Telling
from clinic.notices.people import covered
from clinic.rows import reads
from clinic.rules import Rules
from clinic.tables import Block, Centre, Department, RelatedPerson, Subscriber, Visit
from clinic.typed import printable, tidied
from conf.texts.words import Name

MOST_ANSWER = 60
"""Characters: with what stands around it, it fits two segments in both languages."""


class NotAppealable(ClinicError):
    """The block is over, was appealed against already, or has nothing to do with this phone."""

    tell = "block.not_appealable"


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """A visit that a block was made of, booked by the phone that looks."""

    id: int
    day: dt.date
    department: Name


@dataclass(frozen=True, slots=True)
class OwnBlock:
    """A block as the phone sees it that it concerns. `name` "": the phone itself is blocked; `centre` None: everywhere;
    `count`: visits that it was made of, `visits`: those of them that this phone had booked."""

    id: int
    name: str
    centre: Name | None
    reason: str
    note: str
    last: dt.date
    count: int
    visits: tuple[OwnVisit, ...]
    appeal: str
    answer: str


@reads
def of_phone(session: Session, *, phone: str, now: dt.datetime) -> list[OwnBlock]:
    """The blocks that hold and concern this phone, that which lasts longest first."""
    people = _people(session, phone)
    rows = session.scalars(
        select(Block)
        .where(blocks.holds(now), or_(Block.phone == phone, among(session, Block.resident_id, list(people))))
        .order_by(Block.until.desc(), Block.id)
    ).all()
    mine = [row for row in rows if blocks.may_know(session, row, phone)]
    return [_own(session, row, _visits(session, row, phone), people, now) for row in mine]


def appeal(session: Session, *, block: int, phone: str, text: str, now: dt.datetime) -> None:
    """Say once that a block is not right; said again by the same phone it changes nothing. Raises NotAppealable."""
    if all(each.id != block for each in of_phone(session, phone=phone, now=now)):
        raise NotAppealable
    tidy = " ".join(printable(text).split())[:MOST_NOTE]
    fresh = update(Block).where(Block.id == block, Block.appeal == "", Block.lifted_at.is_(None))
    said = {"appeal": "open", "appealed_at": now, "appeal_text": tidy, "appeal_phone": phone}
    if session.scalar(fresh.values(said).returning(Block.id)) is not None:
        audit.note(session, "subscriber", "block.appeal", f"block:{block}", now=now)
        return
    row = session.get_one(Block, block, populate_existing=True)
    if (row.appeal, row.appeal_phone) != ("open", phone):
        raise NotAppealable


def decide(
    session: Session,
    *,
    block: int,
    granted: bool,
    answer: str,
    by: str,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> None:
    """Staff answer an appeal, which is told with `answer` to the phone that has appealed. Raises NoSuchBlock."""
    row = session.scalars(select(Block).where(Block.id == block).with_for_update()).one_or_none()
    if row is None or row.appeal != "open":
        raise NoSuchBlock(f"block {block} has no appeal that waits; `caredial fairness appeals list` shows those")
    tidy = tidied(answer, MOST_ANSWER)
    if not tidy:
        raise NoSuchBlock(f"an answer has 1 to {MOST_ANSWER} printable characters: it is told in one SMS")
    row.appeal, row.answer = "granted" if granted else "refused", tidy
    row.answered_at, row.answered_by = now, by
    with_ = Telling.of(session, rules=rules, installation=installation, now=now)
    audit.note(session, f"staff:{by}", f"appeal.{row.appeal}", f"block:{block}", now=now)
    if granted and row.lifted_at is None:
        blocks.end(with_, row, by=f"staff:{by}", reason=tidy)
    key = "block.granted_sms" if granted else "block.refused_sms"
    tell(with_, row, key, f"block:{block}:answered", phone=row.appeal_phone, answer=tidy)


def _people(session: Session, phone: str) -> dict[int, RelatedPerson]:
    """Whom this phone may book for; nobody where it has said that it is somebody else's."""
    rows = session.scalars(
        select(RelatedPerson)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.phone == phone, Subscriber.wrong_at.is_(None))
    )
    return {row.resident_id: row for row in rows}


def _visits(session: Session, row: Block, phone: str) -> Sequence[Row[int, dt.date, str, str]]:
    return session.execute(
        select(Visit.id, Visit.day, Department.name_zh, Department.name_en)
        .join(Department, Department.id == Visit.department_id)
        .where(among(session, Visit.id, row.counted), Visit.phone == phone)
        .order_by(Visit.day, Visit.id)
    ).all()


def _own(
    session: Session,
    row: Block,
    visits: Sequence[Row[int, dt.date, str, str]],
    people: dict[int, RelatedPerson],
    now: dt.datetime,
) -> OwnBlock:
    centre = session.get(Centre, row.centre_id) if row.centre_id else None
    return OwnBlock(
        id=row.id,
        name=covered(people[row.resident_id].name) if row.resident_id else "",
        centre=centre.name if centre else None,
        reason=row.reason,
        note=row.note,
        last=last_day(row.until, now),
        count=len(row.counted),
        visits=tuple(OwnVisit(each.id, each.day, Name(each.name_zh, each.name_en)) for each in visits),
        appeal=row.appeal,
        answer=row.answer,
    )
