"""What was told to whom, when, by which way and why: looked up in the outbox, the newest first.

A day is found by the numbers of messages, which grow with the time at which they are written: some twenty looks at the
primary key, and no index that a million rows of a broadcast would have to be written into.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.messages import INSTEAD
from clinic.names import masked
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import (
    Audit,
    Base,
    Broadcast,
    Channel,
    Client,
    Message,
    MessagePart,
    MessageState,
    Resident,
    StaffNotice,
)
from smpp.kinds import MessageClass

SLACK: Final = dt.timedelta(hours=1)
"""Two messages that are written at once may get their numbers the other way round; by no more than this."""
MOST: Final = 50
KINDS_OF: Final = dt.timedelta(days=30)
_NOBODY: Final = -1

Key = TypeVar("Key", bound=Base)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None: whatever it is. `since` and `until` (not among it) are when it was written."""

    phone: str | None = None
    resident: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    kind: str | None = None
    state: MessageState | None = None
    message_class: MessageClass | None = None
    broadcast: int | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as the SMS centre knows it, and what its receipt said."""

    number: int
    link: str
    smsc_id: str
    state: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """A message: when it was written, fell due, was last taken to be sent (`claimed_at`), and since when (`settled_at`)
    it is what it is; whom it is about.

    `source` is where it came from (broadcast, program, staff notice, reply, booking, notice, ...), `about` tells which,
    `who` has sent it: "" for nobody but ourselves.
    """

    id: int
    created_at: dt.datetime
    due_at: dt.datetime
    expires_at: dt.datetime
    claimed_at: dt.datetime | None
    settled_at: dt.datetime | None
    phone: str
    person: str
    kind: str
    message_class: MessageClass
    channel: Channel
    state: MessageState
    error: str
    attempts: int
    source: str
    about: str
    who: str
    segments: tuple[Segment, ...]


@reads
def find(
    session: Session, *, wanted: Wanted, before: int | None = None, most: int = MOST, shown: bool = False
) -> list[Found]:
    """At most `most` messages, the newest first; of the next page with `before`, the last number of this one.

    Phones and names are masked unless they are `shown`.
    """
    ids = list(session.scalars(query(session, wanted, before=before, most=most)))
    return _lines(session, ids, shown=shown)


@reads
def text_of(session: Session, *, message: int) -> str | None:
    """The whole text; "" for a code, which is nobody's business, None where there is no such message."""
    row = session.execute(select(Message.text, Message.message_class).where(Message.id == message)).one_or_none()
    if row is None:
        return None
    return "" if row.message_class == "code" else row.text


@reads
def get(session: Session, *, message: int, shown: bool = False) -> Found | None:
    found = _lines(session, [message], shown=shown)
    return found[0] if found else None


@reads
def kinds(session: Session, *, now: dt.datetime) -> list[tuple[str, int]]:
    """The kinds of the last thirty days, with how many of each were written; broadcasts have none."""
    first = _number_at(session, now - KINDS_OF)
    counts = select(Message.kind, func.count()).where(Message.id >= first, Message.kind.is_not(None))
    return [(str(row[0]), int(row[1])) for row in session.execute(counts.group_by(Message.kind).order_by(Message.kind))]


def note_shown(session: Session, *, messages: Iterable[int], what: str, by: str, now: dt.datetime) -> None:
    """That somebody has seen the text, or the phone and the name, of these messages."""
    for number in messages:
        audit.note(session, f"staff:{by}", f"message.{what}", f"message:{number}", now=now)


def query(session: Session, wanted: Wanted, *, before: int | None = None, most: int = MOST) -> Select[Any]:
    """The numbers of the messages that are wanted, by an index each time."""
    plain = {
        Message.phone: wanted.phone,
        Message.resident_id: wanted.resident,
        Message.kind: wanted.kind,
        Message.state: wanted.state,
        Message.message_class: wanted.message_class,
    }
    which: list[Any] = [column == value for column, value in plain.items() if value is not None]
    if wanted.client is not None:
        which.append(Message.client_id == _client(session, wanted.client))
    since, until = wanted.since, wanted.until
    if wanted.broadcast is not None:
        which.append(_of_broadcast(wanted))
        since, until = _span(session, wanted.broadcast, since, until)
    which += _written(session, since, until)
    if before is not None:
        which.append(Message.id < before)
    return select(Message.id).where(*which).order_by(Message.id.desc()).limit(most)


def _client(session: Session, name: str) -> int:
    return session.scalar(select(Client.id).where(Client.name == name)) or _NOBODY


def _of_broadcast(wanted: Wanted) -> Any:
    """A million lie side by side: the newest are found by their numbers, and only a state by its index. So the column
    is hidden from the index that knows all of a broadcast, but in no order."""
    hidden = Message.broadcast_id if wanted.state is not None else Message.broadcast_id + 0
    return hidden == wanted.broadcast


def _span(
    session: Session, broadcast: int, since: dt.datetime | None, until: dt.datetime | None
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """When messages of this broadcast were written, within what was asked for."""
    row = session.get(Broadcast, broadcast)
    if row is None:
        return since, until
    return max(filter(None, (since, row.created_at))), min(filter(None, (until, row.ended_at)), default=None)


def _written(session: Session, since: dt.datetime | None, until: dt.datetime | None) -> list[Any]:
    found: list[Any] = []
    if since is not None:
        found += [Message.id >= _number_at(session, since - SLACK), Message.created_at >= since]
    if until is not None:
        found += [Message.id < _number_at(session, until + SLACK), Message.created_at < until]
    return found


def _number_at(session: Session, moment: dt.datetime) -> int:
    """The first number of those that were written at this moment or later; one more than all where there is none."""
    low, high = 0, (session.scalar(select(func.max(Message.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        at_or_after = select(Message.id, Message.created_at).where(Message.id >= middle)
        row = session.execute(at_or_after.order_by(Message.id).limit(1)).one_or_none()
        if row is None or row.created_at >= moment:
            high = middle
        else:
            low = row.id + 1
    return low


# What stands in a line


def _lines(session: Session, ids: Sequence[int], *, shown: bool) -> list[Found]:
    columns = [column for column in Message.__table__.c if column.name not in ("text", "speech")]
    rows = session.execute(select(*columns).where(among(session, Message.id, ids)).order_by(Message.id.desc())).all()
    segments = _segments(session, ids)
    names = _by_id(session, Resident, {row.resident_id for row in rows})
    broadcasts = _by_id(session, Broadcast, {row.broadcast_id for row in rows})
    clients = _by_id(session, Client, {row.client_id for row in rows})
    staff = _by_id(session, StaffNotice, {_notice(row.occasion) for row in rows})
    changed = _changed_by(session, {_changed(row.occasion) for row in rows} - {None})
    found = []
    for row in rows:
        person = names[row.resident_id].name if row.resident_id in names else ""
        source, about, who = _why(row, broadcasts, clients, staff)
        who = who or changed.get(_changed(row.occasion) or "", "")
        found.append(
            Found(
                id=row.id,
                created_at=row.created_at,
                due_at=row.due_at,
                expires_at=row.expires_at,
                claimed_at=row.claimed_at,
                settled_at=row.settled_at,
                phone=row.phone if shown else masked_phone(row.phone),
                person=person if shown or not person else masked(person),
                kind=row.kind or "",
                message_class=row.message_class,
                channel=row.channel,
                state=row.state,
                error=row.error or "",
                attempts=row.attempts,
                source=source,
                about=about,
                who=who,
                segments=tuple(segments[row.id]),
            )
        )
    return found


def _segments(session: Session, ids: Sequence[int]) -> Mapping[int, list[Segment]]:
    found: dict[int, list[Segment]] = defaultdict(list)
    parts = select(MessagePart).where(among(session, MessagePart.message_id, ids)).order_by(MessagePart.number)
    for part in session.scalars(parts):
        found[part.message_id].append(Segment(part.number, part.link, part.smsc_id, part.state, part.error))
    return found


def _by_id(session: Session, table: type[Key], ids: Collection[int | None]) -> dict[int, Key]:
    known = [number for number in ids if number is not None]
    return {row.id: row for row in session.scalars(select(table).where(among(session, table.id, known)))}


def _notice(occasion: str) -> int | None:
    """The notice to staff that this occasion is of."""
    words = occasion.removeprefix(INSTEAD).split(":")
    return int(words[1]) if words[0] == "staff" and len(words) > 1 and words[1].isdigit() else None


def _changed(occasion: str) -> str | None:
    """The visit whose session somebody has stopped or moved, as the audit trail calls it."""
    words = occasion.removeprefix(INSTEAD).split(":")
    return ":".join(words[:2]) if words[0] == "visit" and len(words) > 2 and words[2] in ("stopped", "moved") else None


def _changed_by(session: Session, visits: Collection[str | None]) -> Mapping[str, str]:
    """Who has stopped or moved these visits, the last of them."""
    subjects = [each for each in visits if each is not None]
    rows = select(Audit.subject, Audit.actor).where(
        among(session, Audit.subject, subjects), Audit.action.in_(("visit.stopped", "visit.move"))
    )
    found = session.execute(rows.order_by(Audit.id)) if subjects else ()
    return {subject: actor.removeprefix("staff:") for subject, actor in found}


_SOURCES: Final[Mapping[str, str]] = {
    "code": "booking",
    "again": "booking",
    "cancelled": "booking",
    "home": "home visit",
    "alarm": "alarm",
    "reply": "reply",
    "cli": "command line",
}
"""Where a message comes from, by how its occasion begins; all else is a notice, or an answer of a dialog."""


def _why(
    row: Row[Any],
    broadcasts: Mapping[int, Broadcast],
    clients: Mapping[int, Client],
    staff: Mapping[int, StaffNotice],
) -> tuple[str, str, str]:
    occasion: str = row.occasion.removeprefix(INSTEAD)
    called = "call instead of an SMS that did not come" if row.occasion.startswith(INSTEAD) else ""
    if row.broadcast_id is not None:
        cast = broadcasts.get(row.broadcast_id)
        return "broadcast", f"{row.broadcast_id} {cast.title}" if cast else "", (cast.sent_by or "") if cast else ""
    if row.client_id is not None:
        return "program", called, clients[row.client_id].name if row.client_id in clients else ""
    notice = staff.get(_notice(occasion) or _NOBODY)
    if notice is not None:
        return "staff notice", str(notice.id), notice.created_by
    begins = occasion.split(":", maxsplit=1)[0]
    known = _SOURCES.get(begins, "notice" if row.message_class == "notice" else "answer")
    return known, called or (occasion.split(":")[1] if begins == "reply" else ""), ""
