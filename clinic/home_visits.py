"""Home visits: a resident asks for staff to come. The centre is told at once, and calls back for the rest."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, joinedload

from clinic import audit, messages, residents, subscribers
from clinic.errors import AlreadyRequested, NotPossible
from clinic.installation import Installation
from clinic.names import masked
from clinic.phones import masked_phone
from clinic.residents import NewPerson
from clinic.rows import in_turn, reads
from clinic.tables import Centre, HomeVisit, Resident, Subscriber
from clinic.views import HomeVisitView
from conf import texts
from conf.texts.words import Language

State = Literal["active", "completed", "revoked"]
STATES: tuple[State, ...] = ("active", "completed", "revoked")
MOST = 200


def request(
    session: Session,
    *,
    patient: int | NewPerson,
    centre: int,
    phone: str,
    language: Language,
    occasion: str,
    installation: Installation,
    now: dt.datetime,
) -> HomeVisitView:
    """Note the request, and tell the centre's duty phone and the subscriber by SMS.

    `occasion` names this one act: repeated it gives the same request again. Where somebody else has asked for this
    person already, nothing more is noted, and the phone is told what it would be told of a new one: so it does not
    learn that there is one. Raises AlreadyRequested, NotPossible.
    """
    repeated = _repeated(session, occasion, phone)
    if repeated is not None:
        return _view(repeated)
    subscriber = subscribers.locked(session, phone, now)
    repeated = _repeated(session, occasion, phone)  # by another node meanwhile; the lock has waited for it
    if repeated is not None:
        return _view(repeated)
    place = session.get(Centre, centre)
    if place is None:
        raise NotPossible
    person = residents.related(session, subscriber, patient, now)
    in_turn(session, f"home_visit:{person.resident_id}")
    subscriber.last_centre_id = centre
    first = _active(session, person.resident_id)
    if first is not None:
        return _as_if_noted(session, first, subscriber, person.name, place, language, installation, now)
    row = HomeVisit(
        occasion=occasion,
        phone=phone,
        resident_id=person.resident_id,
        name=person.name,
        centre=place,
        state="active",
        requested_at=now,
    )
    session.add(row)
    session.flush()
    audit.note(session, f"subscriber:{subscriber.id}", "home_visit.request", f"home_visit:{row.id}", now=now)
    _tell(session, row, place, language, installation, now)
    return _view(row)


def close(session: Session, *, request: int, done: bool, now: dt.datetime) -> bool:
    """Staff have been there (`done`), or it is called off; False when there is no such active request."""
    state: State = "completed" if done else "revoked"
    active = update(HomeVisit).where(HomeVisit.id == request, HomeVisit.state == "active")
    closed = session.scalar(active.values(state=state, closed_at=now).returning(HomeVisit.id))
    if closed is None:
        return False
    audit.note(session, "staff", f"home_visit.{state}", f"home_visit:{request}", now=now)
    return True


@reads
def listed(
    session: Session,
    *,
    state: State | None = "active",
    centre: str | None = None,
    shown: bool = False,
    most: int = MOST,
) -> list[HomeVisitView]:
    """At most `most` requests, the oldest first; of every state with None, of one centre by its code.

    Names and phones are masked unless they are to be `shown`: to call back, for example. Staff see the name on record
    where the phone only spoke one.
    """
    rows = session.execute(
        select(HomeVisit, Resident.name)
        .join(HomeVisit.centre)
        .join(Resident, Resident.id == HomeVisit.resident_id)
        .options(joinedload(HomeVisit.centre))
        .where(*([] if state is None else [HomeVisit.state == state]))
        .where(*([] if centre is None else [Centre.code == centre]))
        .order_by(HomeVisit.requested_at, HomeVisit.id)
        .limit(most)
    )
    return [_view(row, shown=shown, on_record=name) for row, name in rows]


def _repeated(session: Session, occasion: str, phone: str) -> HomeVisit | None:
    return session.scalars(
        select(HomeVisit).where(HomeVisit.occasion == occasion, HomeVisit.phone == phone)
    ).one_or_none()


def _active(session: Session, resident: int) -> HomeVisit | None:
    """The request for this person that is still to come: there is one at most."""
    active = HomeVisit.resident_id == resident, HomeVisit.state == "active"
    return session.scalars(select(HomeVisit).where(*active)).one_or_none()


def _as_if_noted(
    session: Session,
    first: HomeVisit,
    subscriber: Subscriber,
    name: str,
    place: Centre,
    language: Language,
    installation: Installation,
    now: dt.datetime,
) -> HomeVisitView:
    """A second request for a person: by the same phone it is refused; another one is told as if it was the first."""
    occasion = f"home:{first.id}:noted:{subscriber.id}"
    again = session.scalar(select(exists().where(messages.under(session, occasion))))
    if first.phone == subscriber.phone or again:
        raise AlreadyRequested
    audit.note(session, f"subscriber:{subscriber.id}", "home_visit.repeat", f"home_visit:{first.id}", now=now)
    seen = HomeVisitView(first.id, name, subscriber.phone, place.name, "active", now, None)
    _tell_noted(session, occasion, seen, language, installation, now)
    return seen


def _tell(
    session: Session, row: HomeVisit, place: Centre, language: Language, installation: Installation, now: dt.datetime
) -> None:
    """Staff read the house's language and get the phone in full: they must call back, the address is not known.

    What staff are told is a finished text, so that a duty phone on a fixed line can have it read out.
    """
    if place.duty_phone:
        messages.tell_text(
            session,
            occasion=f"home:{row.id}:duty",
            phone=place.duty_phone,
            text=texts.say(installation.language, "home.duty_sms", name=row.name, caller=row.phone),
            now=now,
            region=installation.region,
        )
    _tell_noted(session, f"home:{row.id}:noted", _view(row), language, installation, now)


def _tell_noted(
    session: Session,
    occasion: str,
    request: HomeVisitView,
    language: Language,
    installation: Installation,
    now: dt.datetime,
) -> None:
    messages.tell(
        session,
        occasion=occasion,
        phone=request.phone,
        language=language,
        key="home.noted_sms",
        now=now,
        region=installation.region,
        centre=request.centre,
        name=request.name,
    )


def _view(row: HomeVisit, *, shown: bool = True, on_record: str = "") -> HomeVisitView:
    name = on_record if on_record and residents.is_placeholder(row.name) else row.name
    return HomeVisitView(
        id=row.id,
        name=name if shown else masked(name),
        phone=row.phone if shown else masked_phone(row.phone),
        centre=row.centre.name,
        state=row.state,
        requested_at=row.requested_at,
        closed_at=row.closed_at,
    )
