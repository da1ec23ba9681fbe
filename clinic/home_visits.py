"""Home visits: a resident asks for staff to come. The centre is told at once, and calls back for the rest."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from clinic import audit, messages, residents, subscribers
from clinic.errors import AlreadyRequested, NotPossible
from clinic.installation import Installation
from clinic.listing import masked_phone
from clinic.residents import NewPerson
from clinic.rows import in_turn, reads
from clinic.tables import Centre, HomeVisit
from clinic.views import HomeVisitView
from clinic.vouchers import masked
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

    `occasion` names this one act: repeated it gives the same request again. Raises AlreadyRequested, NotPossible.
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
    _refuse_second(session, person.resident_id, phone)
    subscriber.last_centre_id = centre
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

    Names and phones are masked unless they are to be `shown`: to call back, for example.
    """
    rows = session.scalars(
        select(HomeVisit)
        .join(HomeVisit.centre)
        .options(joinedload(HomeVisit.centre))
        .where(*([] if state is None else [HomeVisit.state == state]))
        .where(*([] if centre is None else [Centre.code == centre]))
        .order_by(HomeVisit.requested_at, HomeVisit.id)
        .limit(most)
    )
    return [_view(row, shown=shown) for row in rows]


def _repeated(session: Session, occasion: str, phone: str) -> HomeVisit | None:
    return session.scalars(
        select(HomeVisit).where(HomeVisit.occasion == occasion, HomeVisit.phone == phone)
    ).one_or_none()


def _refuse_second(session: Session, resident: int, phone: str) -> None:
    """One active request for a person; only the phone that made it is told that this is the reason."""
    holder = session.scalar(
        select(HomeVisit.phone).where(HomeVisit.resident_id == resident, HomeVisit.state == "active")
    )
    if holder is not None:
        raise AlreadyRequested if holder == phone else NotPossible


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
    messages.tell(
        session,
        occasion=f"home:{row.id}:noted",
        phone=row.phone,
        language=language,
        key="home.noted_sms",
        now=now,
        region=installation.region,
        centre=place.name,
        name=row.name,
    )


def _view(row: HomeVisit, *, shown: bool = True) -> HomeVisitView:
    return HomeVisitView(
        id=row.id,
        name=row.name if shown else masked(row.name),
        phone=row.phone if shown else masked_phone(row.phone),
        centre=row.centre.name,
        state=row.state,
        requested_at=row.requested_at,
        closed_at=row.closed_at,
    )
