"""Somebody has lost their phone, or its number: the counter sees their identity document, and moves what is theirs.

The new phone is proved by a code. Nobody can undo it, but by another recovery; the audit trail keeps who did it. The
old phone learns that something was changed, and whom to call, and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, look_again, messages, passcodes, subscribers
from clinic.installation import Installation
from clinic.names import masked
from clinic.passcodes import Issued, NotProved
from clinic.people.moving import Move, Moved, move
from clinic.phones import masked_phone
from clinic.rows import in_turn, reads
from clinic.rules import BookingRules
from clinic.tables import RelatedPerson, Resident, Subscriber, WaitEntry
from conf.texts.words import LANGUAGES, Language

PURPOSE = "recover"
TURN = "recovery"


class NotRecoverable(Exception):
    """Why nothing can be moved, and what to do; for the staff."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What was sent, and from which phone (masked) what is to be moved; `names` of whom, as that phone has them."""

    issued: Issued
    old: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was moved, and from where (masked)."""

    moved: Moved
    old: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a code is to move; the phone that was lost and the names are masked."""

    old: str
    names: tuple[str, ...]


def begin(
    session: Session,
    *,
    identities: Sequence[str],
    to: str,
    old: str | None,
    by: str,
    rules: BookingRules,
    installation: Installation,
    now: dt.datetime,
) -> Begun:
    """Send a code to the new phone. `identities`: digests of the numbers on the documents that were seen.

    `old`: the phone that was lost; None where only one phone has all these people. Raises NotRecoverable.
    """
    people = _people(session, identities)
    lost = _lost(session, people, old, to)
    held = _held(session, lost, people)
    subject = {"residents": sorted(people), "old": lost.phone, "by": by}
    language = _language(session, to, lost, installation)
    issued = passcodes.issue(
        session,
        phone=to,
        purpose=PURPOSE,
        subject=subject,
        language=language,
        rules=rules,
        installation=installation,
        now=now,
    )
    if issued.outcome == "sent":
        for resident in sorted(people):
            audit.note(
                session, f"staff:{by}", "people.recover", f"resident:{resident}", now=now, old=f"subscriber:{lost.id}"
            )
    return Begun(issued, masked_phone(lost.phone), tuple(row.name for row in held))


@reads
def prepared(session: Session, *, phone: str) -> Prepared | None:
    """Whom the last code to this phone is to move, whether it is good still or not."""
    subject = _subject(session, phone)
    if subject is None:
        return None
    names = session.scalars(select(Resident.name).where(Resident.id.in_(subject["residents"])).order_by(Resident.id))
    return Prepared(masked_phone(str(subject["old"])), tuple(map(masked, names)))


def confirm(
    session: Session,
    *,
    phone: str,
    code: str,
    by: str,
    rules: BookingRules,
    installation: Installation,
    now: dt.datetime,
) -> Recovered | NotProved:
    """Move everything to this phone, which has read its code to us; or why the code proves nothing.

    As `passcodes.check` the refusal is given back, not raised. Raises NotRecoverable where the old phone has them no
    more, and the code is as good as before.
    """
    in_turn(session, TURN)
    subject = _subject(session, phone)
    if subject is None:
        return passcodes.NoCode()
    people, old = tuple(subject["residents"]), str(subject["old"])
    # As whoever answers an offer does: who waits first, then the phones; these in one order, whichever is the old one.
    waits = select(WaitEntry.id).where(WaitEntry.phone == old, WaitEntry.resident_id.in_(people))
    session.execute(waits.order_by(WaitEntry.id).with_for_update())
    rows = {each: subscribers.locked(session, each, now) for each in sorted((old, phone))}
    proved = passcodes.check(session, phone=phone, purpose=PURPOSE, code=code, now=now, rules=rules)
    if isinstance(proved, NotProved):
        return proved
    session.execute(select(Resident.id).where(Resident.id.in_(people)).order_by(Resident.id).with_for_update())
    if len(_held(session, rows[old], people)) != len(people):
        raise NotRecoverable("the old phone has not all of these people any more; begin anew: caredial people recover")
    language = _language(session, phone, rows[old], installation)
    occasion = f"recovered:{subject['code']}"
    moved = move(session, Move(people, rows[old], rows[phone], language, now), installation, occasion, by)
    look_again.right_number(session, subscriber=rows[phone], today=now.date())
    _tell(session, occasion, rows[old], rows[phone], language, moved, installation, now)
    _note(session, people, rows[old], rows[phone], by, now)
    return Recovered(moved, masked_phone(old))


def _people(session: Session, identities: Sequence[str]) -> set[int]:
    found = set(session.scalars(select(Resident.id).where(Resident.identity_digest.in_(identities))))
    if len(found) != len(set(identities)):
        raise NotRecoverable(
            "nobody has been registered with one of these identity numbers; look at them again, or add the person to "
            "the new phone: caredial people add"
        )
    return found


def _lost(session: Session, people: Collection[int], old: str | None, to: str) -> Subscriber:
    """The phone that was lost: the one that was named, or the only one that has all these people."""
    rows = session.scalars(
        select(Subscriber)
        .join(RelatedPerson, RelatedPerson.subscriber_id == Subscriber.id)
        .where(RelatedPerson.resident_id.in_(people), Subscriber.phone != to)
        .order_by(Subscriber.id)
    )
    having = [row for row in dict.fromkeys(rows) if len(_held(session, row, people)) == len(people)]
    fitting = [row for row in having if old in (None, row.phone)]
    if len(fitting) == 1:
        return fitting[0]
    if old == to:
        raise NotRecoverable("the old phone and the new one are the same; there is nothing to move")
    if not fitting:
        raise NotRecoverable("this phone has not all of them" if old else "no other phone has all of them")
    phones = ", ".join(masked_phone(row.phone) for row in having)
    raise NotRecoverable(f"{len(having)} phones have them ({phones}); name the one that was lost: --from PHONE")


def _held(session: Session, phone: Subscriber, people: Collection[int]) -> Sequence[RelatedPerson]:
    return session.scalars(
        select(RelatedPerson)
        .where(RelatedPerson.subscriber_id == phone.id, RelatedPerson.resident_id.in_(people))
        .order_by(RelatedPerson.id)
    ).all()


def _subject(session: Session, phone: str) -> dict[str, Any] | None:
    """What the last code to this phone is for; whether it is the right one is asked once everything is locked."""
    row = session.scalars(passcodes.last(phone, PURPOSE)).one_or_none()
    return None if row is None else {**row.subject, "code": row.id}


def _language(session: Session, phone: str, lost: Subscriber, installation: Installation) -> Language:
    chosen = subscribers.language(session, phone=phone) or lost.language
    return chosen if chosen in LANGUAGES else installation.language


def _tell(
    session: Session,
    occasion: str,
    old: Subscriber,
    new: Subscriber,
    language: Language,
    moved: Moved,
    installation: Installation,
    now: dt.datetime,
) -> None:
    """Both phones; the old one not where it says that it is a stranger's."""
    tell = partial(messages.tell, session, now=now, region=installation.region, hotline=installation.hotline)
    tell(
        occasion=f"{occasion}:new",
        phone=new.phone,
        language=language,
        key="people.moved_here_sms",
        people=moved.people,
        visits=moved.visits,
    )
    if old.wrong_at is None:
        spoken = old.language if old.language in LANGUAGES else installation.language
        tell(occasion=f"{occasion}:old", phone=old.phone, language=spoken, key="people.moved_away_sms")


def _note(
    session: Session, people: Collection[int], old: Subscriber, new: Subscriber, by: str, now: dt.datetime
) -> None:
    way = {"old": f"subscriber:{old.id}", "new": f"subscriber:{new.id}"}
    for resident in people:
        audit.note(session, f"staff:{by}", "people.moved", f"resident:{resident}", now=now, **way)
