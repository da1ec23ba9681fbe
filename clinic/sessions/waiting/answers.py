"""Answers to an offer: the first yes has the place, a no passes it on at once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import messages
from clinic.errors import SessionClosed, SessionFull
from clinic.installation import Installation
from clinic.messages import INSTEAD
from clinic.notices import Telling, notify, questions
from clinic.rules import Rules
from clinic.sessions.paying import demanded
from clinic.sessions.waiting.entries import NotWaiting, answer, pass_on
from clinic.sessions.waiting.shown import whole
from clinic.sessions.waiting.telling import occasion, words
from clinic.tables import ClinicSession, PlaceOffer, PlaceTold, WaitEntry
from clinic.views import VisitView
from clinic.visit_telling.wording import booker, is_wrong
from clinic.visits.booking import book
from conf.texts.words import Language


class PlaceGone(SessionFull):
    """Another was faster, or it is too late; whoever asked keeps waiting."""

    tell = "waiting.gone"


def accept(
    session: Session,
    offer: int,
    *,
    entry: int,
    phone: str,
    language: Language,
    channel: str,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
    question: int | None = None,
    inbox: int | None = None,
    said: str = "1",
) -> VisitView:
    """Book the place that was offered to this entry; said twice it is the same visit. The others are told that it is
    gone. Where the centre demands payment the visit is pending until it is paid.

    Raises PlaceGone, NotWaiting, and what `clinic.visits.book` raises; the entry waits on then.
    """
    waits = select(WaitEntry).where(WaitEntry.id == entry, WaitEntry.phone == phone).with_for_update()
    row = session.scalars(waits.execution_options(populate_existing=True)).one_or_none()
    place = session.scalars(select(PlaceOffer).options(*whole()).where(PlaceOffer.id == offer)).one_or_none()
    before = _said(session, offer, entry)
    if row is None or place is None or before is None:
        raise NotWaiting
    by_us = row.state == "booked" and place.visit_id is not None and before == "yes"
    if row.state != "waiting" and not by_us:
        raise NotWaiting
    view = _book(session, place, row, phone, language, channel, rules, installation, now)
    if question is not None:
        questions.answered(session, question=question, answer=said, inbox=inbox, now=now)
    if by_us:
        return view
    row.state = "booked"
    session.execute(update(PlaceOffer).where(PlaceOffer.id == offer).values(visit_id=view.id))
    answer(session, offer, entry, "yes")
    pass_on(session, entry=entry, now=now, but=offer)
    _tell_losers(Telling.of(session, rules=rules, installation=installation, now=now), place, entry)
    _nudge(session, place.clinic_session, now)
    return view


def decline(
    session: Session,
    offer: int,
    *,
    entry: int,
    phone: str,
    now: dt.datetime,
    question: int | None = None,
    inbox: int | None = None,
    said: str = "0",
) -> None:
    """Not this one: the next is told of it at once, and whoever declines keeps waiting. Raises NotWaiting."""
    place = session.scalars(select(PlaceOffer).where(PlaceOffer.id == offer).with_for_update()).one_or_none()
    waits = WaitEntry.phone == phone, WaitEntry.state == "waiting"
    theirs = select(WaitEntry.id).where(WaitEntry.id == entry, *waits)
    if place is None or session.scalar(theirs) is None or _said(session, offer, entry) is None:
        raise NotWaiting
    if question is not None:
        questions.answered(session, question=question, answer=said, inbox=inbox, now=now)
    answer(session, offer, entry, "no")
    if place.state == "open":
        place.look_at = now


def _book(
    session: Session,
    place: PlaceOffer,
    row: WaitEntry,
    phone: str,
    language: Language,
    channel: str,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> VisitView:
    pays, provider = demanded(session, offered=place.clinic_session, phone=phone, channel=channel, rules=rules)
    try:
        return book(
            session,
            clinic_session=place.clinic_session_id,
            patient=row.resident_id,
            phone=phone,
            language=language,
            occasion=occasion(place.id, row.id),
            installation=installation,
            now=now,
            channel=channel,
            pays=pays,
            provider=provider,
            rules=rules.booking,
            offer=place.id,
        )
    except (SessionFull, SessionClosed) as error:
        raise PlaceGone from error


def _said(session: Session, offer: int, entry: int) -> str | None:
    """What they have answered to this offer, "" nothing yet; None where they were not told of it."""
    told = select(PlaceTold.answer).where(PlaceTold.place_offer_id == offer, PlaceTold.wait_entry_id == entry)
    answered: str | None = session.scalar(told)
    return answered


def _tell_losers(telling: Telling, place: PlaceOffer, winner: int) -> None:
    """Those who were told and have said nothing yet: it has gone, and they keep waiting. Whose offer has not left yet
    hears nothing of it at all."""
    session, row = telling.session, place.clinic_session
    silent = PlaceTold.place_offer_id == place.id, PlaceTold.answer == "", PlaceTold.wait_entry_id != winner
    told = select(WaitEntry).join(PlaceTold, PlaceTold.wait_entry_id == WaitEntry.id).where(*silent)
    for entry in session.scalars(told.order_by(WaitEntry.id)).all():
        answer(session, place.id, entry.id, "gone")
        asked = f"{occasion(place.id, entry.id)}:{entry.phone}"
        unsent = messages.call_off(session, asked, f"{INSTEAD}{asked}", now=telling.when.now)
        if unsent or entry.state != "waiting" or is_wrong(session, entry.phone):
            continue
        notify(
            session,
            occasion=f"place-gone:{place.id}:{entry.id}",
            to=booker(entry),
            resident_id=entry.resident_id,
            centre_id=row.department.centre_id,
            key="waiting.taken_sms",
            when=telling.when,
            installation=telling.installation,
            due_at=telling.when.now,
            **words(row, entry.name),
        )


def _nudge(session: Session, row: ClinicSession, now: dt.datetime) -> None:
    """Those who have lost one may be told of another place of the department now, instead of when somebody looks."""
    theirs = select(ClinicSession.id).where(
        ClinicSession.department_id == row.department_id, ClinicSession.day >= now.date()
    )
    others = select(PlaceOffer).where(PlaceOffer.look_at.is_not(None), PlaceOffer.state == "open")
    these = others.where(PlaceOffer.clinic_session_id.in_(theirs)).order_by(PlaceOffer.id)
    for offer in session.scalars(these.with_for_update(skip_locked=True)).all():
        offer.look_at = now
