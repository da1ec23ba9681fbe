"""Real names: whether a name and an identity number belong together, as a register says that can be asked.

Who was named by phone is asked for once; the counter has seen whom it puts on record. Who asks is a job, which knows
the register (`scheduler.verifying`); here is who is due, and what follows from an answer. A number may have been typed
with a wrong name by a stranger, so all names are asked that phones have given for it: one that is right is enough.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, not_, select, true, update
from sqlalchemy.orm import Session

from clinic import audit, residents
from clinic.errors import ClinicError, NotPossible
from clinic.identity import PROVISIONAL
from clinic.installation import Installation
from clinic.notices import Reached, notify, times
from clinic.notices.people import covered
from clinic.residents import SEEN
from clinic.rows import PLAIN, reads, rows_changed
from clinic.rules import Rules
from clinic.tables import Message, RelatedPerson, Resident, Subscriber
from conf.texts.words import LANGUAGES

Answer = Literal["confirmed", "refuted", "unknown"]
"""unknown: the register does not know this number, or could not say."""
CONFIRMED: Final = "confirmed"
REFUTED: Final = "refuted"
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(minutes=5), dt.timedelta(days=1)
GIVE_UP = dt.timedelta(days=30)
"""After this time a number that the register does not know is not asked for any more."""
MOST_NAMES = 10


class NotReal(ClinicError):
    """The name and the identity number that were given for this person do not belong together."""

    tell = "people.not_real"


@dataclass(frozen=True, slots=True)
class Due:
    """A resident to be asked for: the names that were given, the likeliest first, and the sealed identity number."""

    resident: int
    names: tuple[str, ...]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the register said; `name` is the one that it has confirmed."""

    answer: Answer
    name: str = ""


def named(row: Resident, now: dt.datetime) -> None:
    """A phone has named them, perhaps by another name: who is refuted is asked for once more."""
    if row.verified == REFUTED:
        row.verify_at = now


def check(session: Session, *, resident: int, phone: str, channel: str) -> None:
    """Raise NotReal for somebody who is refuted; at the counter they show their document.

    A phone that has not given the name that was refuted learns nothing of it: NotPossible.
    """
    if channel == "counter":
        return
    if session.scalar(select(Resident.verified).where(Resident.id == resident)) == REFUTED:
        raise NotReal if _has_heard(session, resident, phone) else NotPossible


def _has_heard(session: Session, resident: int, phone: str) -> bool:
    """Whether this phone was told that the name it gives does not belong to the number."""
    named = [person for person, whose, _ in _phones(session, resident) if whose == phone]
    occasions = [f"{_occasion(person)}:{phone}" for person in named]  # as `notify` keeps them
    told = select(Message.id).where(Message.occasion.in_(occasions)).limit(1)
    return session.scalar(told) is not None


@reads
def due(session: Session, *, now: dt.datetime, most: int = 50, after: int = 0) -> list[Due]:
    """Up to `most` residents to be asked for now, from the number `after` on.

    Who has only spoken a name waits for the counter to write it.
    """
    rows = session.scalars(
        select(Resident)
        .where(Resident.verify_at.is_not(None), Resident.verify_at <= now, Resident.spoken_name.is_(None))
        .where(Resident.id > after, _has_number())
        .order_by(Resident.id)
        .limit(most)
    ).all()
    names = _names(session, [row.id for row in rows])
    return [Due(row.id, _distinct([row.name, *names.get(row.id, ())]), row.identity_sealed) for row in rows]


def settle(
    session: Session,
    *,
    asked: Due,
    verdict: Verdict,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> bool:
    """Keep what the register said; False where it is no longer asked: the counter was faster, or another node.

    A refuted person's visits stay: staff see them (`refuted`), and the phones that gave these names are told.
    """
    row = session.get(Resident, asked.resident, with_for_update=True, populate_existing=True)
    if row is None or row.verify_at is None or row.verify_at > now or row.verified == SEEN:
        return False
    row.verify_at = None
    if verdict.answer == "unknown":
        row.verify_at = _again(row, now)
    elif verdict.answer == CONFIRMED:
        row.verified, row.name = CONFIRMED, verdict.name
    elif set(asked.names) < set(_all_names(session, row)):
        row.verify_at = now  # somebody has given another name meanwhile
    else:
        row.verified = REFUTED
        _tell(session, row, asked.names, rules, installation, now)
    audit.note(session, "system", f"verify.{verdict.answer}", f"resident:{row.id}", now=now)
    return True


def again(session: Session, *, resident: int | None, now: dt.datetime) -> int:
    """Let the register be asked for this resident, or for all of whom it has not said anything; how many.

    Not for those whom the counter has seen, nor for those it has put on record.
    """
    told = select(RelatedPerson.resident_id).where(RelatedPerson.is_told)
    whom = Resident.id == resident if resident is not None else true()
    asked = Resident.verified.not_in((CONFIRMED, SEEN)), Resident.id.not_in(told), _has_number()
    result = session.execute(update(Resident).where(whom, *asked).values(verify_at=now), execution_options=PLAIN)
    return rows_changed(result)


def _has_number() -> ColumnElement[bool]:
    """Not a newborn's, whose number is still to come."""
    return not_(Resident.identity_digest.startswith(PROVISIONAL))


def _again(row: Resident, now: dt.datetime) -> dt.datetime | None:
    """The pause doubles: it is as long as they are known by now. None once it has been tried long enough."""
    known = now - row.created_at
    return None if known > GIVE_UP else now + min(max(known, FIRST_PAUSE), LONGEST_PAUSE)


def _names(session: Session, whom: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    given = select(RelatedPerson.resident_id, RelatedPerson.name).where(RelatedPerson.resident_id.in_(whom))
    for resident, name in session.execute(given.order_by(RelatedPerson.id)):
        found.setdefault(resident, []).append(name)
    return found


def _all_names(session: Session, row: Resident) -> tuple[str, ...]:
    return _distinct([row.name, *_names(session, [row.id]).get(row.id, ())])


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    written = [name for name in names if not residents.is_placeholder(name)]
    return tuple(dict.fromkeys(written))[:MOST_NAMES]


def _tell(
    session: Session, row: Resident, names: Collection[str], rules: Rules, installation: Installation, now: dt.datetime
) -> None:
    """The phones that gave these names, each once for a name; what is on record is told to nobody."""
    when = times(session, rules=rules, installation=installation, now=now)
    for person, phone, spoken in _phones(session, row.id):
        if person.name not in names:
            continue
        language = spoken if spoken in LANGUAGES else installation.language
        notify(
            session,
            occasion=_occasion(person),
            to=Reached(phone, language, is_self=person.is_self, relation="", name=""),
            resident_id=row.id,
            centre_id=row.centre_id,
            key="people.refuted_sms",
            when=when,
            installation=installation,
            due_at=now,
            name=covered(person.name),
            hotline=installation.hotline,
        )


def _occasion(person: RelatedPerson) -> str:
    return f"refuted:{person.id}:{hashlib.sha256(person.name.encode()).hexdigest()[:12]}"


def _phones(session: Session, resident: int) -> Iterator[tuple[RelatedPerson, str, str | None]]:
    found = session.execute(
        select(RelatedPerson, Subscriber.phone, Subscriber.language)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(RelatedPerson.resident_id == resident, Subscriber.wrong_at.is_(None))
        .order_by(RelatedPerson.id)
    )
    yield from found
