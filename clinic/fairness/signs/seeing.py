"""Looks at what was booked lately, and notes what looks like trading with places.

It goes by the phones and people of the last hours only, batch by batch; of these it sees the month before. So it costs
by what is booked, not by what there is. Run again it notes nothing twice: an open sign grows, and one that staff have
judged begins anew with what came after.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.fairness.signs import kinds
from clinic.fairness.signs.kinds import Kind, Seen
from clinic.places.pools import COUNTER
from clinic.rows import in_turn
from clinic.rules import Rules
from clinic.tables import ClinicSession, RelatedPerson, ScalperSign, Subscriber, Visit
from clinic.tables.visits import GIVEN_UP

MONTH = dt.timedelta(days=30)
MOST_SHOWN = 50
"""Visits that are kept as evidence of one sign: the newest."""
TRUSTED = "trusted"
"""The kind of a row that says no sign of any kind is to be noted of this phone until a day."""
Shown = tuple[str, Kind, list[int], dict[int, dt.datetime]]
"""What may be a sign: the phone, the kind, the visits that show it (none: it is not there), and when each of those that
were looked at was booked."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A batch: signs that are new, and the last visit that was looked at; None: nothing was left."""

    fresh: int
    last: int | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What staff have said of some phones: since when a kind is counted anew, and what is not to be noted at all."""

    since: Mapping[tuple[str, str], dt.datetime]
    open: Mapping[tuple[str, str], ScalperSign]
    rounds: Mapping[tuple[str, str], int]
    cleared: frozenset[tuple[str, str]]

    def is_cleared(self, phone: str, kind: str) -> bool:
        return (phone, kind) in self.cleared or (phone, TRUSTED) in self.cleared


def look(
    session: Session, *, since: dt.datetime, after: int | None, rules: Rules, now: dt.datetime, most: int = 500
) -> Looked:
    """Look at up to `most` visits that were booked `since` then and come after `after` (None: the first)."""
    in_turn(session, "scalper signs")
    batch = _batch(session, since, after, most)
    if not batch:
        return Looked(0, None)
    phones, residents = {visit.phone for visit in batch}, {visit.resident for visit in batch}
    month = now - MONTH
    theirs = kinds.by_phone(_visits(session, among(session, Visit.phone, sorted(phones)), month))
    people = _people(_visits(session, among(session, Visit.resident_id, sorted(residents)), month))
    found = [*_by_phone(session, theirs, rules), *_by_person(people, rules), *_grabbed(session, batch, month, rules)]
    return Looked(_note(session, found, now), max(visit.id for visit in batch))


def first_since(session: Session, *, since: dt.datetime) -> int | None:
    """The first visit booked since then; None where there is none. Numbers grow with the time, so some twenty looks
    find it."""
    low, high = 0, session.scalar(select(Visit.id).order_by(Visit.id.desc()).limit(1)) or 0
    while low < high:
        middle = (low + high) // 2
        row = session.execute(
            select(Visit.id, Visit.booked_at).where(Visit.id > middle).order_by(Visit.id).limit(1)
        ).one_or_none()
        if row is None or row.booked_at >= since:
            high = middle
        else:
            low = row.id
    return session.scalar(select(Visit.id).where(Visit.id > low).order_by(Visit.id).limit(1))


def _batch(session: Session, since: dt.datetime, after: int | None, most: int) -> list[Seen]:
    if after is None:
        first = first_since(session, since=since)
        if first is None:
            return []
        after = first - 1
    rows = select(*_COLUMNS).where(Visit.id > after, Visit.channel != COUNTER).order_by(Visit.id).limit(most)
    return [_seen(row) for row in session.execute(rows)]


def _by_phone(session: Session, theirs: Mapping[str, Sequence[Seen]], rules: Rules) -> Iterable[Shown]:
    many = [phone for phone, visits in theirs.items() if len(visits) > rules.booking.identities]
    family = _families(session, many)
    for phone, visits in theirs.items():
        when = {visit.id: visit.booked_at for visit in visits}
        shown = kinds.identities(visits, rules.booking.identities, family.get(phone, ()))
        yield phone, "identities", shown, when
        yield phone, "speed", kinds.speed(visits), when


def _by_person(people: Mapping[int, Sequence[Seen]], rules: Rules) -> Iterable[Shown]:
    for visits in people.values():
        found = kinds.phones(visits, rules.booking.identity_phones)
        if found is not None:
            yield found[0], "phones", found[1], {visit.id: visit.booked_at for visit in visits}


def _grabbed(session: Session, batch: Sequence[Seen], month: dt.datetime, rules: Rules) -> Iterable[Shown]:
    """The phones of which somebody has just taken a place that they gave up minutes before; each with its month."""
    sessions = sorted({visit.session for visit in batch})
    gone = _visits(session, among(session, Visit.clinic_session_id, sessions), month, given_up=True)
    booked: dict[int, list[dt.datetime]] = defaultdict(list)
    for visit in batch:
        booked[visit.session].append(visit.booked_at)
    suspects = {
        visit.phone
        for visit in gone
        if visit.given_up_at is not None
        and any(visit.given_up_at <= at <= visit.given_up_at + kinds.MINUTES for at in booked[visit.session])
    }
    for phone in sorted(suspects):
        places = {visit.session for visit in _visits(session, Visit.phone == phone, month, given_up=True)}
        whole = _visits(session, among(session, Visit.clinic_session_id, sorted(places)), None)
        there: dict[int, list[Seen]] = defaultdict(list)
        for visit in whole:
            there[visit.session].append(visit)
        when = {visit.id: visit.booked_at for visit in whole}
        yield phone, "grabs", kinds.grabs(phone, there, _capacity(session, places), rules.booking.grabs), when


def _note(session: Session, found: Iterable[Shown], now: dt.datetime) -> int:
    shown = [each for each in found if each[2]]
    known, fresh = _known(session, {phone for phone, *_ in shown}, now), 0
    for phone, kind, visits, when in shown:
        since = known.since.get((phone, kind))
        # What staff have judged is judged: only what was booked after it makes a sign anew.
        if known.is_cleared(phone, kind) or (since is not None and all(when[visit] <= since for visit in visits)):
            continue
        row = known.open.get((phone, kind))
        if row is None:
            row = ScalperSign(
                phone=phone,
                kind=kind,
                round=known.rounds.get((phone, kind), 0) + 1,
                first_at=now,
                last_at=now,
                state="open",
                count=0,
                evidence={},
                judged_by="",
            )
            session.add(row)
            fresh += 1
        if row.evidence.get("visits") != visits[-MOST_SHOWN:]:
            row.count, row.evidence, row.last_at = len(visits), {"visits": visits[-MOST_SHOWN:]}, now
    session.flush()
    return fresh


def _known(session: Session, phones: Collection[str], now: dt.datetime) -> _Known:
    rows = session.scalars(
        select(ScalperSign).where(among(session, ScalperSign.phone, sorted(phones))).order_by(ScalperSign.id)
    ).all()
    return _Known(
        since={(row.phone, row.kind): row.judged_at for row in rows if row.judged_at is not None},
        open={(row.phone, row.kind): row for row in rows if row.state == "open"},
        rounds={(row.phone, row.kind): row.round for row in rows},
        cleared=frozenset(
            (row.phone, row.kind)
            for row in rows
            if row.state == "cleared" and row.until is not None and row.until >= now.date()
        ),
    )


_COLUMNS = (
    Visit.id,
    Visit.phone,
    Visit.resident_id,
    Visit.clinic_session_id,
    Visit.booked_at,
    Visit.cancelled_at,
    Visit.cancelled_for,
)


def _visits(
    session: Session, which: ColumnElement[bool], since: dt.datetime | None, *, given_up: bool = False
) -> list[Seen]:
    """In the order in which they were booked; only those `given_up`. `since` None: of any time, the counter's too."""
    found = select(*_COLUMNS).where(which).order_by(Visit.booked_at, Visit.id)
    if since is not None:
        # A visit lies on the day of its booking or later, so the day finds it by the index.
        found = found.where(Visit.day >= since.date(), Visit.channel != COUNTER)
        found = found.where(Visit.cancelled_at >= since if given_up else Visit.booked_at >= since)
    if given_up:
        found = found.where(Visit.cancelled_for.in_(GIVEN_UP))
    return [_seen(row) for row in session.execute(found)]


def _seen(row: Any) -> Seen:
    given_up = row.cancelled_at if row.cancelled_for in GIVEN_UP else None
    return Seen(row.id, row.phone, row.resident_id, row.clinic_session_id, row.booked_at, given_up, row.cancelled_at)


def _people(visits: Iterable[Seen]) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    for visit in visits:
        found[visit.resident].append(visit)
    return dict(found)


def _families(session: Session, phones: Collection[str]) -> dict[str, set[int]]:
    """Of each phone the people that the centre has put on record as theirs."""
    rows = session.execute(
        select(Subscriber.phone, RelatedPerson.resident_id)
        .join(RelatedPerson, RelatedPerson.subscriber_id == Subscriber.id)
        .where(among(session, Subscriber.phone, sorted(phones)), RelatedPerson.relation != "")
    )
    found: dict[str, set[int]] = defaultdict(set)
    for phone, resident in rows:
        found[phone].add(resident)
    return found


def _capacity(session: Session, sessions: Collection[int]) -> dict[int, int]:
    rows = select(ClinicSession.id, ClinicSession.capacity).where(among(session, ClinicSession.id, sorted(sessions)))
    return {row.id: row.capacity for row in session.execute(rows)}
