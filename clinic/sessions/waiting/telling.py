"""The scan over places that came back: whom they are told to, and when they are anybody's again.

`offer_at_once` people think about a place at a time, each for `offer_minutes`; who says no makes room for the next at
once. Nobody thinks about two places at a time. Who was told may say yes as long as nobody else has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from clinic.errors import Blocked, NotPossible
from clinic.fairness import blocks
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import Telling, Times, ask, notify
from clinic.notices.people import covered
from clinic.places.offers import release
from clinic.places.taking import for_session
from clinic.rules import Rules
from clinic.sessions.waiting.entries import MARGIN
from clinic.sessions.waiting.shown import TOLD_FIRST, whole
from clinic.tables import ClinicSession, PlaceOffer, PlaceTold, Subscriber, Visit, WaitEntry
from clinic.tables.visits import STANDING
from clinic.visit_telling.wording import booker, practitioner, where
from conf.texts.words import Money

KIND = "place"
"""The kind of question that an offer asks."""
LOOKED_AT = 100
"""So many of those who wait are looked at for a place: of more than a few only where most are blocked."""


def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime) -> Found:
    """Look at one offer that is due to be looked at; how many were told of it.

    One in each transaction: it may take its session's row, and nobody holds two of these.
    """
    due = select(PlaceOffer).where(PlaceOffer.look_at.is_not(None), PlaceOffer.look_at <= now)
    first = due.where(PlaceOffer.state == "open").order_by(PlaceOffer.look_at, PlaceOffer.id).limit(1)
    mine = first.options(*whole()).with_for_update(of=PlaceOffer, skip_locked=True)
    offer = session.scalars(mine.execution_options(populate_existing=True)).one_or_none()
    if offer is None:
        return Found(0, more=False)
    told = _look(Telling.of(session, rules=rules, installation=installation, now=now), offer, rules)
    session.flush()
    return Found(told, more=True)


def words(row: ClinicSession, name: str) -> dict[str, Any]:
    """What is said of a place: whose, where, when, what it costs."""
    return {
        "name": covered(name),
        **where(row),
        "practitioner": practitioner(row),
        "fee": Money(row.fee, row.department.centre.currency),
    }


def occasion(offer: int, entry: int) -> str:
    return f"place:{offer}:{entry}"


def _look(telling: Telling, offer: PlaceOffer, rules: Rules) -> int:
    """Tell the next ones, or give it up; how many were told."""
    session, when, row = telling.session, telling.when, offer.clinic_session
    last_moment = row.starts_at(when.now.tzinfo) - MARGIN
    due = when.due(row.department.centre_id)
    if row.state != "open" or max(due, when.now) >= last_moment:
        release(session, offer)
        return 0
    if due > when.now:  # nobody is woken for it
        offer.look_at = due
        return 0
    think = dt.timedelta(minutes=max(rules.booking.offer_minutes, 1))
    thinking = _thinking(session, offer, when.now - think)
    chosen = _next(session, offer, when, max(rules.booking.offer_at_once, 1) - len(thinking), think)
    for entry in chosen:
        _tell(telling, offer, entry, last_moment)
    ends = [told_at + think for told_at in thinking] + [when.now + think for _ in chosen]
    ends = ends or _others_end(session, offer, when, think)
    if not ends:
        release(session, offer)
    else:
        offer.look_at, offer.told = min(*ends, last_moment), offer.told + len(chosen)
    return len(chosen)


def _thinking(session: Session, offer: PlaceOffer, since: dt.datetime) -> Sequence[dt.datetime]:
    """When those were told who have said nothing yet and still have time."""
    silent = PlaceTold.place_offer_id == offer.id, PlaceTold.answer == "", PlaceTold.told_at > since
    return session.scalars(select(PlaceTold.told_at).where(*silent)).all()


def _next(session: Session, offer: PlaceOffer, when: Times, many: int, think: dt.timedelta) -> Sequence[WaitEntry]:
    """In the order in which they are told; entries in others' hands are passed over."""
    if many <= 0:
        return ()
    fit = select(WaitEntry).where(*_fit(offer), ~_is_busy(offer, when.now - think))
    ours = fit.order_by(*TOLD_FIRST).limit(LOOKED_AT).with_for_update(of=WaitEntry, skip_locked=True)
    chosen: list[WaitEntry] = []
    for entry in session.scalars(ours.execution_options(populate_existing=True)).all():
        if len(chosen) == many:
            break
        if not _is_blocked(session, entry, offer, when.now):
            chosen.append(entry)
    return chosen


def _others_end(session: Session, offer: PlaceOffer, when: Times, think: dt.timedelta) -> list[dt.datetime]:
    """When somebody whom this is for has thought long enough about another place."""
    busy = (
        select(func.min(PlaceTold.told_at))
        .join(PlaceOffer, PlaceOffer.id == PlaceTold.place_offer_id)
        .join(WaitEntry, WaitEntry.id == PlaceTold.wait_entry_id)
        .where(*_fit(offer), PlaceOffer.state == "open", PlaceOffer.id != offer.id)
        .where(PlaceTold.answer == "", PlaceTold.told_at > when.now - think)
    )
    first: dt.datetime | None = session.scalar(busy)
    return [] if first is None else [first + think]


def _fit(offer: PlaceOffer) -> list[ColumnElement[bool]]:
    """Who waits for this place, was not told of it yet, has no visit in the department on that day, and is reached."""
    row = offer.clinic_session
    before = aliased(PlaceTold)  # beside the offers that are asked for (`_others_end`)
    told = exists().where(before.place_offer_id == offer.id, before.wait_entry_id == WaitEntry.id)
    holds = exists().where(
        Visit.resident_id == WaitEntry.resident_id,
        Visit.department_id == row.department_id,
        Visit.day == row.day,
        Visit.state.in_(STANDING),
    )
    wrong = exists().where(Subscriber.phone == WaitEntry.phone, Subscriber.wrong_at.is_not(None))
    return [*for_session(row), ~told, ~holds, ~wrong]


def _is_busy(offer: PlaceOffer, since: dt.datetime) -> ColumnElement[bool]:
    """They think about another place."""
    silent = and_(PlaceTold.wait_entry_id == WaitEntry.id, PlaceTold.answer == "", PlaceTold.told_at > since)
    other = select(PlaceOffer.id).where(PlaceOffer.state == "open", PlaceOffer.id != offer.id)
    return exists().where(silent, PlaceTold.place_offer_id.in_(other))


def _is_blocked(session: Session, entry: WaitEntry, offer: PlaceOffer, now: dt.datetime) -> bool:
    centre = offer.clinic_session.department.centre_id
    try:
        blocks.check(session, resident=entry.resident_id, phone=entry.phone, centre=centre, now=now)
    except (Blocked, NotPossible):
        return True
    return False


def _tell(telling: Telling, offer: PlaceOffer, entry: WaitEntry, last_moment: dt.datetime) -> None:
    session, when, row = telling.session, telling.when, offer.clinic_session
    due = notify(
        session,
        occasion=occasion(offer.id, entry.id),
        to=booker(entry),
        resident_id=entry.resident_id,
        centre_id=row.department.centre_id,
        key="waiting.offer_sms",
        when=when,
        installation=telling.installation,
        due_at=when.now,
        expires_at=last_moment,
        **words(row, entry.name),
    )
    ask(
        session,
        occasion=occasion(offer.id, entry.id),
        phone=entry.phone,
        kind=KIND,
        subject={"offer": offer.id, "entry": entry.id},
        asked_at=due or when.now,
        expires_at=last_moment,
    )
    session.add(PlaceTold(place_offer_id=offer.id, wait_entry_id=entry.id, told_at=when.now, answer=""))
    entry.offered_at, entry.offers = when.now, entry.offers + 1
