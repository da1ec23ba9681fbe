"""A broadcast from its invoice to its end. What changes it locks its row, so that two commands take turns."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from clinic import audience, audit
from clinic.broadcasts import wording, writing
from clinic.broadcasts.drafts import find, view
from clinic.broadcasts.errors import NotNow
from clinic.broadcasts.invoice import as_json, digest, from_json
from clinic.broadcasts.screening import Screening, plan
from clinic.broadcasts.views import BroadcastView, Going, Invoice, LinkShape, Progress
from clinic.installation import Installation
from clinic.rows import gives_way, reads, rows_changed
from clinic.rules import Rules
from clinic.tables import Broadcast, BroadcastState, Message, MessageState

CHUNK = 2_000
"""Recipients of one transaction: long enough to be fast, short enough to keep nobody waiting."""

NOT_IN_TIME = "not sent in time"
LATE: Mapping[BroadcastState, str] = {"waiting": "not approved in time", "paused": "paused for too long"}


def begin(session: Session, *, invoice: Invoice, by: str, now: dt.datetime) -> BroadcastView:
    """Send what this invoice shows: it is kept with the broadcast, whose state is preparing from now on.

    Then call `write_some` until its Progress is `done`; who does not get so far leaves the rest to the daemon's job
    "broadcasts". Raises NoSuchBroadcast, NotNow (no draft any more, changed since the invoice, or nobody to send to).
    """
    row = _locked(session, invoice.broadcast, ("draft",), "sent")
    if invoice.digest != digest(row):
        raise NotNow(f"broadcast {row.id} was changed since this preview; look at a new one first")
    if not invoice.recipients:
        raise NotNow(f"broadcast {row.id} has nobody to send to; its preview tells why")
    row.state, row.invoice = "preparing", as_json(_without_words(invoice, row))
    row.start_at, row.expires_at = invoice.start_at, invoice.expires_at
    row.sent_by, row.sent_at = by, now
    row.cursor = {"after": None, "written": 0, "members": 0, "excluded": {}, "all": False}
    return _noted(session, row, by, "send", now, recipients=invoice.recipients)


def _without_words(invoice: Invoice, row: Broadcast) -> Invoice:
    """What is kept for years has no resident's words in it: the text as it was written stands for the example."""
    lines = []
    for line in invoice.languages:
        text = wording.with_refusal(line.language, row.texts[line.language], row.consent_class)
        lines.append(replace(line, example=text) if wording.parse(text).placeholders else line)
    return replace(invoice, languages=tuple(lines))


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next members of a broadcast, looked up before its turn to write: those that follow `after`."""

    after: audience.Cursor | None
    most: int
    members: Sequence[audience.Member]


@reads
def look_ahead(session: Session, *, broadcast: int, most: int = CHUNK) -> Ahead | None:
    """What `write_some` would look up next; None where nothing is left to write. Raises NoSuchBroadcast.

    Who writes chunk after chunk looks up here, where no lock is held: the daemon writes meanwhile (SQLite has one
    writer, and who waits for its lock is not told when it is free).
    """
    row = find(session, broadcast)
    if row.state != "preparing":
        return None
    shown, after = from_json(row.invoice or {}), _after(row)
    return Ahead(after, most, _members(session, row, shown, after, most))


@gives_way
def write_some(
    session: Session,
    *,
    broadcast: int,
    rules: Rules,
    links: Sequence[LinkShape],
    installation: Installation,
    now: dt.datetime,
    most: int = CHUNK,
    ahead: Ahead | None = None,
) -> Progress:
    """Write the messages of the next `most` members; the last chunk moves the broadcast on to waiting or sending.

    What is written may be sent at once, unless somebody's leave is waited for. `ahead`: its members, looked up before;
    where others have written meanwhile they are looked up again. What is decided of each is decided here, in turn.

    Any number of processes may call it at once or go on after one that died: each chunk and the place where the next
    begins are one transaction. Raises NoSuchBroadcast.
    """
    row = find(session, broadcast, lock=True)
    if row.state == "preparing":
        writing.take_turn(session)
        shown, kept, after = from_json(row.invoice or {}), dict(row.cursor or {}), _after(row)
        decided = plan(row, start_at=shown.start_at, expires_at=shown.expires_at)
        fits = ahead is not None and (ahead.after, ahead.most) == (after, most)
        page = ahead.members if ahead is not None and fits else _members(session, row, shown, after, most)
        if page:
            seen = writing.InOutbox(session, row.id)
            screening = Screening(session, decided, rules=rules, links=links, installation=installation, seen=seen)
            recipients, excluded = screening.page(page)
            first = kept["written"] + 1
            writing.write(session, recipients, broadcast=row.id, first=first, expires_at=shown.expires_at, now=now)
            row.cursor = {
                "after": list(page[-1].key),
                "written": kept["written"] + len(recipients),
                "members": kept["members"] + len(page),
                "excluded": dict(Counter(kept["excluded"]) + Counter(excluded)),
            }
        if len(page) < most:
            _all_written(session, row, shown, now)
        elif row.began_at is None and _has_leave(row, shown):
            row.began_at = _beginning(row, now)
    return Progress(row.state, (row.cursor or {}).get("written", 0), (row.invoice or {}).get("recipients", 0))


def _after(row: Broadcast) -> audience.Cursor | None:
    """Where the last chunk has ended."""
    after = (row.cursor or {}).get("after")
    return audience.Cursor(*after) if after else None


def _members(
    session: Session, row: Broadcast, shown: Invoice, after: audience.Cursor | None, most: int
) -> list[audience.Member]:
    words = plan(row, start_at=shown.start_at, expires_at=shown.expires_at).words
    return audience.members(session, row.expression, today=shown.today, after=after, most=most, words=words)


def _has_leave(row: Broadcast, shown: Invoice) -> bool:
    return not shown.approval or row.approved_by is not None


def _all_written(session: Session, row: Broadcast, shown: Invoice, now: dt.datetime) -> None:
    row.cursor = {**(row.cursor or {}), "all": True}
    if _has_leave(row, shown):
        _go(session, row, now)
    else:
        row.state = "waiting"


def _go(session: Session, row: Broadcast, now: dt.datetime) -> None:
    row.state, row.began_at = "sending", _beginning(row, now)
    session.info["told"] = True  # wakes the sender after the commit


def _beginning(row: Broadcast, now: dt.datetime) -> dt.datetime:
    """What has begun may be claimed from, also while the rest of it is still written (`sending_now`)."""
    return row.began_at or max(now, row.start_at or now)


def approve(session: Session, *, broadcast: int, by: str, now: dt.datetime) -> BroadcastView:
    """A second person's leave: it goes out. Raises NoSuchBroadcast, NotNow (the same person; too late).

    Its time to be sent in began at its start, with or without leave. It may be given while messages are still written.
    """
    row = _locked(session, broadcast, ("preparing", "waiting"), "approved")
    if by.strip().casefold() == (row.sent_by or "").strip().casefold():
        raise NotNow(f"broadcast {broadcast} was sent by {row.sent_by}; a second person must approve it")
    if row.expires_at is not None and row.expires_at <= now:
        raise NotNow(f"broadcast {broadcast} is too old to go out; cancel it and send a new one")
    row.approved_by, row.approved_at = by, now
    if row.state == "waiting":
        _go(session, row, now)
    return _noted(session, row, by, "approve", now)


def pause(session: Session, *, broadcast: int, by: str, now: dt.datetime) -> BroadcastView:
    """Send no more of it until `resume`, and write no more; its time to be sent in runs on.

    Raises NoSuchBroadcast, NotNow.
    """
    row = _locked(session, broadcast, ("preparing", "sending"), "paused")
    row.state = "paused"
    return _noted(session, row, by, "pause", now)


def resume(session: Session, *, broadcast: int, by: str, now: dt.datetime) -> BroadcastView:
    """Raises NoSuchBroadcast, NotNow."""
    row = _locked(session, broadcast, ("paused",), "resumed")
    if (row.cursor or {}).get("all"):
        _go(session, row, now)
    else:
        row.state, session.info["told"] = "preparing", True
    return _noted(session, row, by, "resume", now)


def cancel(session: Session, *, broadcast: int, by: str, now: dt.datetime) -> BroadcastView:
    """Send no more of it, ever: nothing is claimed of it any more once this is committed.

    Then call `clear` until it gives 0 to mark the messages; the daemon's job does what is left.
    Raises NoSuchBroadcast, NotNow.
    """
    row = _locked(session, broadcast, ("draft", "preparing", "waiting", "sending", "paused"), "cancelled")
    row.state, row.ended_at = "cancelled", now
    return _noted(session, row, by, "cancel", now)


@gives_way
def clear(session: Session, *, broadcast: int, now: dt.datetime, most: int = CHUNK) -> int:
    """Mark up to `most` queued messages of a cancelled broadcast as cancelled; how many there were."""
    row = find(session, broadcast, lock=True)
    return _end_queued(session, row, "cancelled", "cancelled", now, most) if row.state == "cancelled" else 0


@gives_way
def conclude(session: Session, *, now: dt.datetime, most: int = CHUNK) -> list[int]:
    """Broadcasts that have nothing left to send are done; the numbers of those that were concluded now.

    What is not sent in time expires: up to `most` messages of each in a call. What is left of cancelled ones is marked.
    """
    late = Broadcast.state.in_(("paused", "waiting")) & (Broadcast.expires_at <= now)
    left = (Broadcast.state == "cancelled") & _has("queued")
    rows = session.scalars(
        select(Broadcast)
        .where(or_(Broadcast.state == "sending", late, left))
        .order_by(Broadcast.id)
        .with_for_update(skip_locked=True)
    )
    return [row.id for row in rows if _conclude(session, row, now, most)]


def _conclude(session: Session, row: Broadcast, now: dt.datetime, most: int) -> bool:
    if row.state == "cancelled":
        _end_queued(session, row, "cancelled", "cancelled", now, most)
        return False
    too_late = row.expires_at is not None and row.expires_at <= now
    if too_late and _end_queued(session, row, "expired", LATE.get(row.state, NOT_IN_TIME), now, most) == most:
        return False
    if session.scalar(select(_of(row.id, "queued", "sending"))):
        return False
    row.state, row.ended_at = "cancelled" if row.state == "waiting" else "done", now
    audit.note(session, "gateway", row.state, f"broadcast:{row.id}", now=now)
    return True


def _end_queued(session: Session, row: Broadcast, state: MessageState, error: str, now: dt.datetime, most: int) -> int:
    some = select(Message.id).where(Message.broadcast_id == row.id, Message.state == "queued").limit(most)
    ended = update(Message).where(Message.id.in_(some.scalar_subquery()), Message.state == "queued")
    done = session.execute(
        ended.values(state=state, error=error, settled_at=now), execution_options={"synchronize_session": False}
    )
    return rows_changed(done)


def _of(broadcast: int, *states: MessageState) -> Any:
    return exists().where(Message.broadcast_id == broadcast, Message.state.in_(states))


def _has(state: MessageState) -> Any:
    return exists().where(Message.broadcast_id == Broadcast.id, Message.state == state)


@reads
def preparing(session: Session) -> list[int]:
    """Broadcasts whose messages are not all written yet."""
    rows = select(Broadcast.id).where(Broadcast.state == "preparing").order_by(Broadcast.id)
    return list(session.scalars(rows))


@reads
def shown(session: Session, *, broadcast: int) -> Invoice:
    """The invoice that it was sent with. Raises NoSuchBroadcast, NotNow before there is one."""
    row = find(session, broadcast)
    if row.invoice is None:
        raise NotNow(f"broadcast {broadcast} was never sent; `caredial broadcast preview` makes its invoice")
    return from_json(row.invoice)


@reads
def sending_now(session: Session, *, now: dt.datetime) -> list[Going]:
    """Broadcasts that may be claimed from at this moment, by number."""
    begun = and_(Broadcast.state == "preparing", Broadcast.began_at.is_not(None))
    goes = or_(Broadcast.state == "sending", begun)
    rows = select(Broadcast.id, Broadcast.centre_id).where(goes, Broadcast.start_at <= now)
    return [Going(*row) for row in session.execute(rows.order_by(Broadcast.id))]


def _locked(session: Session, broadcast: int, states: tuple[BroadcastState, ...], what: str) -> Broadcast:
    row = find(session, broadcast, lock=True)
    if row.state not in states:
        raise NotNow(f"broadcast {broadcast} is {row.state}; only one that is {' or '.join(states)} can be {what}")
    return row


def _noted(session: Session, row: Broadcast, by: str, action: str, now: dt.datetime, **detail: Any) -> BroadcastView:
    audit.note(session, f"staff:{by}", action, f"broadcast:{row.id}", now=now, **detail)
    session.flush()
    return view(session, row)
