"""What may go out of a broadcast at this moment: nothing in quiet hours, nothing to who has refused meanwhile."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import consent, hours
from clinic.batches import among
from clinic.broadcasts import limits
from clinic.broadcasts.views import Screen
from clinic.hours import Hours
from clinic.rows import rows_changed
from clinic.rules import Rules
from clinic.tables import Broadcast, Centre, Consent, Message

QUIET = "quiet hours"
"""The error of a message that expired because quiet hours lasted until it was too late."""

RECENT = dt.timedelta(hours=1)
"""A refusal cancels what is queued. What was under way then, and has come back, is found within this time."""

NOBODY = Screen(clear=True)


class _Due(NamedTuple):
    id: int
    phone: str
    centre_id: int | None
    due_at: dt.datetime


def screen(session: Session, *, broadcast: int, now: dt.datetime, rules: Rules, most: int = 2_000) -> Screen:
    """Ask before claiming from a broadcast, in the same transaction; `now` is aware, in the installation's zone.

    Puts off up to `most` due messages of centres that are in their quiet hours, cancels those who refused. Two small
    queries while no centre is quiet and nobody has refused in the last hour.
    """
    cancelled = _cancel_refused(session, broadcast, now)
    known = hours.load(session, rules, now.tzinfo or dt.UTC)
    quiet = _quiet(session, known, now)
    if not quiet:
        return Screen(clear=True, cancelled=cancelled) if cancelled else NOBODY
    due = _due(session, broadcast, now, most)
    put_off = [row for row in due if row.centre_id in quiet]
    deferred, expired, full = _put_off(session, put_off, quiet, broadcast, known, rules, now)
    return Screen(
        clear=not put_off or len(due) < most,
        quiet=frozenset(quiet),
        all_quiet_until=min(quiet.values()) if _everywhere(known, quiet) else None,
        deferred=deferred,
        cancelled=cancelled + full,
        expired=expired,
    )


def _cancel_refused(session: Session, broadcast: int, now: dt.datetime) -> int:
    of_class = select(Broadcast.consent_class).where(Broadcast.id == broadcast).scalar_subquery()
    phones = session.scalars(
        select(Consent.phone).where(
            Consent.changed_at >= now - RECENT, Consent.given.is_(False), Consent.consent_class == of_class
        )
    ).all()
    return cancel_refused(session, broadcast, phones, now) if phones else 0


def cancel_refused(session: Session, broadcast: int, phones: Collection[str], now: dt.datetime) -> int:
    """By the phone's index: that of the broadcast would read all that it has; the plus hides the column from it."""
    ours = Message.broadcast_id.op("+")(0) == broadcast
    which = among(session, Message.phone, phones) & ours
    return _change(session, which, state="cancelled", error=consent.REFUSED, settled_at=now)


def _quiet(session: Session, known: Hours, now: dt.datetime) -> dict[int | None, dt.datetime]:
    """The centres that are in their quiet hours, and until when; None stands for messages of no centre."""
    own = {centre: known.until(centre, now) for centre in known.own}
    quiet: dict[int | None, dt.datetime] = {centre: until for centre, until in own.items() if until is not None}
    usual = known.until(None, now)
    if usual is not None:
        others = session.scalars(select(Centre.id).where(Centre.id.not_in(known.own)))
        quiet[None] = usual
        quiet.update((centre, usual) for centre in others)
    return quiet


def _everywhere(known: Hours, quiet: Collection[int | None]) -> bool:
    return None in quiet and all(centre in quiet for centre in known.own)


def _due(session: Session, broadcast: int, now: dt.datetime, most: int) -> list[_Due]:
    """The messages that would be claimed next. Each is looked at once: what is put off is due no more."""
    rows = session.execute(
        select(Message.id, Message.phone, Message.centre_id, Message.due_at)
        .where(Message.broadcast_id == broadcast, Message.state == "queued", Message.due_at <= now)
        .order_by(Message.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [_Due(*row) for row in rows]


def _put_off(
    session: Session,
    rows: Sequence[_Due],
    quiet: dict[int | None, dt.datetime],
    broadcast: int,
    known: Hours,
    rules: Rules,
    now: dt.datetime,
) -> tuple[int, int, int]:
    """How many were put off, how many expire in quiet hours, and how many have had enough on the day put off to."""
    if not rows:
        return 0, 0, 0
    expires_at = session.scalars(select(Broadcast.expires_at).where(Broadcast.id == broadcast)).one()
    late = {row.id for row in rows if expires_at is not None and quiet[row.centre_id] >= expires_at}
    full = _over_the_limit(session, [row for row in rows if row.id not in late], quiet, broadcast, known, rules)
    moved: defaultdict[dt.datetime, list[int]] = defaultdict(list)
    for row in rows:
        if row.id not in late and row.id not in full:
            moved[quiet[row.centre_id]].append(row.id)
    deferred = sum(_change(session, Message.id.in_(ids), due_at=until) for until, ids in moved.items())
    expired = _change(session, Message.id.in_(late), state="expired", error=QUIET, settled_at=now) if late else 0
    cancelled = (
        _change(session, Message.id.in_(full), state="cancelled", error=limits.TOO_MANY, settled_at=now) if full else 0
    )
    return deferred, expired, cancelled


def _over_the_limit(
    session: Session,
    rows: Sequence[_Due],
    quiet: dict[int | None, dt.datetime],
    broadcast: int,
    known: Hours,
    rules: Rules,
) -> set[int]:
    """Those whose phone gets enough others on the day that they would be moved to."""
    zone = known.zone
    to = {row.id: quiet[row.centre_id].astimezone(zone).date() for row in rows}
    moved = [row for row in rows if row.due_at.astimezone(zone).date() != to[row.id]]
    days = sorted({to[row.id] for row in moved})
    if not days or not limits.can_be_reached(session, days, zone=zone, besides=broadcast, limit=rules.daily_limit):
        return set()
    phones = {row.phone for row in moved}
    full = limits.full(session, phones, days=days, zone=zone, besides=broadcast, limit=rules.daily_limit)
    return {row.id for row in moved if (row.phone, to[row.id]) in full}


def _change(session: Session, which: Any, **values: Any) -> int:
    changed = update(Message).where(which, Message.state == "queued").values(**values)
    done = session.execute(changed, execution_options={"synchronize_session": False})
    return rows_changed(done)
