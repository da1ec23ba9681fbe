"""Copies for the family: the resident says who, that phone agrees, and either of them ends it at any time.

Nothing about the resident goes to a phone before it has said yes; the very words are kept. A reading beyond the target
is copied when it comes (in quiet hours after them, an emergency at once), the others once a week in one text. Who ends
it gets nothing more, what is queued included.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Select, String, cast, exists, literal, select, update
from sqlalchemy.orm import Session

from clinic import audit, messages
from clinic.care.means import mean
from clinic.care.norms import Level
from clinic.care.reading.values import Reading
from clinic.care.wording import figures, signs
from clinic.errors import ClinicError
from clinic.hours import day_bounds
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import Reached, Times, ask, notify, questions, times
from clinic.notices.people import covered
from clinic.rows import get_or_add, rows_changed
from clinic.rules import Rules
from clinic.tables import Audit, FamilyCopy, Message, RelatedPerson, Resident, Subscriber
from clinic.tables import Reading as ReadingRow
from conf.texts.words import LANGUAGES, Language

KIND = "copy"
"""Of the question whether a phone wants copies."""
ANSWER_WITHIN = dt.timedelta(days=7)
ASK_AGAIN = dt.timedelta(days=7)  # after a refusal
MOST_PHONES = 5  # of one resident
ENDED = "copies ended"
"""The error of a copy that was cancelled because they have been ended."""
BEYOND: frozenset[Level] = frozenset({"above_target", "high", "low", "emergency"})
"""Levels of which a copy goes at once; the others go into the week's."""

State = Literal["asked", "asked_before", "agreed_before"]


class NotTheirs(ClinicError):
    """This phone stands for nobody on record, so it can grant nothing."""

    tell = "copy.not_yours"


class TooMany(ClinicError):
    """So many phones get copies already."""

    tell = "copy.too_many"


class AskedLately(ClinicError):
    """That phone has said no, or ended it, only some days ago."""

    tell = "copy.asked_lately"


class Themselves(ClinicError):
    """The resident's own phone needs no copies."""

    tell = "copy.own_phone"


def grant(
    session: Session,
    *,
    resident: int,
    phone: str,
    relation: str,
    granted_by: str,
    proof: str,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> State:
    """The resident wants this phone to have copies: it is asked. Raises AskedLately, TooMany, Themselves.

    `granted_by` is who says so ("subscriber:3", "staff:NAME"), `proof` the very words or the signed form.
    """
    person = session.get_one(Resident, resident, with_for_update=True)
    if session.scalar(_own(resident, phone)):
        raise Themselves
    key = {"resident_id": resident, "phone": phone}
    known = session.scalars(select(FamilyCopy).filter_by(**key).with_for_update()).one_or_none()
    if known is not None and known.ended_at is None:
        if known.agreed_at is not None:
            return "agreed_before"
        if known.asked_at > now - ANSWER_WITHIN:
            return "asked_before"
    if known is not None and _said_no(session, known, now):
        raise AskedLately
    standing = select(FamilyCopy.id).where(FamilyCopy.resident_id == resident, FamilyCopy.ended_at.is_(None))
    if known is None and len(session.scalars(standing).all()) >= MOST_PHONES:
        raise TooMany
    values = {"relation": relation[:20], "granted_by": granted_by, "proof": proof[:200], "asked_at": now}
    row = known or get_or_add(session, FamilyCopy, ["resident_id", "phone"], **key, **values, agreed_proof="")
    row.relation, row.granted_by, row.proof, row.asked_at = relation[:20], granted_by, proof[:200], now
    row.agreed_at, row.agreed_proof, row.ended_at = None, "", None
    session.flush()
    _ask(session, row, person, rules, installation, now)
    audit.note(session, granted_by, "copy.grant", f"family_copy:{row.id}", now=now, resident=resident)
    return "asked"


def agree(
    session: Session, *, question: int, copy: int, phone: str, yes: bool, words: str, inbox: int, now: dt.datetime
) -> str | None:
    """The phone has answered: the resident as it may name them, None where this cannot be answered any more."""
    if not questions.answered(session, question=question, answer=words, inbox=inbox, now=now):
        return None
    row = session.get_one(FamilyCopy, copy, with_for_update=True)
    name = covered(session.get_one(Resident, row.resident_id).name)
    if row.phone != phone or (row.ended_at is not None and row.agreed_at is None and yes):
        return None
    if not yes:
        row.ended_at = row.ended_at or now
    elif row.agreed_at is None:
        row.agreed_at, row.agreed_proof = now, words[:200]
    audit.note(session, "family", "copy.agree" if yes else "copy.refuse", f"family_copy:{copy}", now=now)
    return name


def end_to(session: Session, *, phone: str, proof: str, now: dt.datetime) -> list[str]:
    """This phone wants no copies any more: of whom it got them, or was asked; as it may name them."""
    rows = session.execute(
        select(FamilyCopy, Resident.name)
        .join(Resident, Resident.id == FamilyCopy.resident_id)
        .where(FamilyCopy.phone == phone, FamilyCopy.ended_at.is_(None))
        .order_by(FamilyCopy.id)
        .with_for_update(of=FamilyCopy)
    ).all()
    for row, _ in rows:
        _end(session, row, "family", proof, now)
    return [covered(name) for _, name in rows]


def end_of(
    session: Session, *, resident: int, actor: str, proof: str, now: dt.datetime, phone: str | None = None
) -> int:
    """The resident wants no copies to this phone any more, or to any; how many were ended."""
    only = [] if phone is None else [FamilyCopy.phone == phone]
    rows = session.scalars(
        select(FamilyCopy)
        .where(FamilyCopy.resident_id == resident, FamilyCopy.ended_at.is_(None), *only)
        .order_by(FamilyCopy.id)
        .with_for_update()
    ).all()
    for row in rows:
        _end(session, row, actor, proof, now)
    return len(rows)


def copy_reading(
    session: Session,
    *,
    resident: int,
    readings: Sequence[tuple[Reading, Level]],
    danger: Sequence[str] = (),
    occasion: str,
    measured_at: dt.datetime,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> int:
    """Copies of what was just measured or said (`danger`: codes of signs), where it is beyond the target: to how many
    phones."""
    beyond = [(reading, level) for reading, level in readings if level in BEYOND]
    if not beyond and not danger:
        return 0
    urgent = bool(danger) or any(level == "emergency" for _, level in beyond)
    person, when = session.get_one(Resident, resident), times(session, rules=rules, installation=installation, now=now)
    at = measured_at.astimezone(installation.timezone)
    told = receivers(session, resident, installation.language)
    for to in told:
        words: dict[str, Any] = {
            "name": covered(person.name),
            "what": _what(to.language, [reading for reading, _ in beyond], danger),
            "day": at.date(),
            "at": at.time().replace(second=0, microsecond=0),
            "hotline": installation.hotline,
        }
        if urgent:
            messages.tell(
                session,
                occasion=f"copy:{occasion}:{to.phone}",
                phone=to.phone,
                language=to.language,
                key="copy.emergency_sms",
                now=now,
                message_class="code",  # goes first, at any hour
                region=installation.region,
                expires_at=now + dt.timedelta(hours=6),
                resident_id=resident,
                **words,
            )
        else:
            _notify(
                session, f"copy:{occasion}", to, person, "copy.reading_sms", when, installation, due_at=now, **words
            )
    return len(told)


def accompany(
    session: Session, *, resident: Resident, occasion: str, when: Times, installation: Installation, **words: Any
) -> int:
    """A visit was missed: the family is asked to come along; to how many phones."""
    told = receivers(session, resident.id, installation.language)
    for to in told:
        _notify(session, f"copy:{occasion}", to, resident, "copy.visit_sms", when, installation, **words)
    return len(told)


def weekly(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = 500) -> Found:
    """What was measured in the week before, for everybody who had agreed by its end; a batch."""
    when = times(session, rules=rules, installation=installation, now=now)
    monday = when.today - dt.timedelta(days=when.today.weekday())
    begin, end = (day_bounds(monday - dt.timedelta(days=days), installation.timezone)[0] for days in (7, 0))
    week = f"{monday:%G-%V}"
    said = literal("copy:") + cast(FamilyCopy.id, String) + literal(f":week:{week}:") + FamilyCopy.phone
    of_week = (ReadingRow.measured_at >= begin, ReadingRow.measured_at < end)
    rows = session.execute(
        select(FamilyCopy, Resident)
        .join(Resident, Resident.id == FamilyCopy.resident_id)
        .where(FamilyCopy.agreed_at < end, FamilyCopy.ended_at.is_(None))
        .where(exists().where(ReadingRow.resident_id == FamilyCopy.resident_id, *of_week))
        .where(~exists().where(Message.occasion == said, Message.broadcast_id.is_(None)))
        .order_by(FamilyCopy.id)
        .limit(most)
        .with_for_update(of=FamilyCopy, skip_locked=True, read=True)
    ).all()
    for row, person in rows:
        found = session.scalars(select(ReadingRow).where(ReadingRow.resident_id == person.id, *of_week)).all()
        _tell_week(session, row, person, found, week, when, installation)
    return Found(len(rows), len(rows) == most)


def receivers(session: Session, resident: int, language: Language) -> list[Reached]:
    """The phones that get copies of this resident. Locked against an end until the transaction's: so a copy that is
    written now is cancelled by an end that comes after it."""
    rows = session.execute(
        select(FamilyCopy.phone, FamilyCopy.relation, Subscriber.language)
        .outerjoin(Subscriber, Subscriber.phone == FamilyCopy.phone)
        .where(FamilyCopy.resident_id == resident, FamilyCopy.agreed_at.is_not(None), FamilyCopy.ended_at.is_(None))
        .order_by(FamilyCopy.id)
        .with_for_update(of=FamilyCopy, read=True)
    )
    return [_reached(phone, relation, chosen, language) for phone, relation, chosen in rows]


def _what(language: Language, readings: Sequence[Reading], danger: Sequence[str]) -> str:
    parts = [figures(language, readings), signs(language, danger)]
    return ("，" if language == "zh" else ", ").join(filter(None, parts))


def _reached(phone: str, relation: str, chosen: str | None, language: Language) -> Reached:
    spoken = next((known for known in LANGUAGES if known == chosen), language)
    return Reached(phone, spoken, False, relation, "")


def _own(resident: int, phone: str) -> Select[Any]:
    return (
        select(RelatedPerson.id)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(RelatedPerson.resident_id == resident, RelatedPerson.is_self, Subscriber.phone == phone)
    )


def _said_no(session: Session, row: FamilyCopy, now: dt.datetime) -> bool:
    """Whether it was the phone that has refused or ended it lately, and not the resident."""
    if row.ended_at is None or row.ended_at <= now - ASK_AGAIN:
        return False
    ends = (Audit.subject == f"family_copy:{row.id}", Audit.action.in_(("copy.end", "copy.refuse")))
    last = session.scalar(select(Audit.actor).where(*ends).order_by(Audit.id.desc()).limit(1))
    return last == "family"


def _ask(
    session: Session, row: FamilyCopy, person: Resident, rules: Rules, installation: Installation, now: dt.datetime
) -> None:
    """Ask the phone, after quiet hours. It may be a wrong number: the text tells nothing of the resident's health."""
    chosen = session.scalar(select(Subscriber.language).where(Subscriber.phone == row.phone))
    to = _reached(row.phone, row.relation, chosen, installation.language)
    when = times(session, rules=rules, installation=installation, now=now)
    occasion, name = f"copy:{row.id}:ask:{int(now.timestamp())}", covered(person.name)
    due = _notify(session, occasion, to, person, "copy.asked_sms", when, installation, due_at=now, name=name)
    ask(
        session,
        occasion=occasion,
        phone=row.phone,
        kind=KIND,
        subject={"copy": row.id},
        asked_at=due or now,
        expires_at=now + ANSWER_WITHIN,
    )


def _notify(
    session: Session,
    occasion: str,
    to: Reached,
    person: Resident,
    key: str,
    when: Times,
    installation: Installation,
    *,
    due_at: dt.datetime | None = None,
    **words: Any,
) -> dt.datetime | None:
    return notify(
        session,
        occasion=occasion,
        to=to,
        resident_id=person.id,
        centre_id=person.centre_id,
        key=key,
        when=when,
        installation=installation,
        due_at=due_at,
        **words,
    )


def _tell_week(
    session: Session,
    row: FamilyCopy,
    person: Resident,
    found: Sequence[ReadingRow],
    week: str,
    when: Times,
    installation: Installation,
) -> None:
    chosen = session.scalar(select(Subscriber.language).where(Subscriber.phone == row.phone))
    to = _reached(row.phone, row.relation, chosen, installation.language)
    means = [middle for middle in (mean(found, "bp"), mean(found, "glucose")) if middle is not None]
    words: dict[str, Any] = {
        "name": covered(person.name),
        "count": len(found),
        "beyond": sum(reading.level in BEYOND for reading in found),
        "what": figures(to.language, [middle.reading for middle in means]),
    }
    _notify(session, f"copy:{row.id}:week:{week}", to, person, "copy.week_sms", when, installation, **words)


def _end(session: Session, row: FamilyCopy, actor: str, proof: str, now: dt.datetime) -> None:
    row.ended_at = now
    waiting = (Message.phone == row.phone, Message.resident_id == row.resident_id, Message.state == "queued")
    cancelled = {"state": "cancelled", "error": ENDED, "settled_at": now}
    done = session.execute(
        update(Message).where(*waiting, Message.kind.startswith("copy.", autoescape=True)).values(cancelled),
        execution_options={"synchronize_session": False},
    )
    many = rows_changed(done)
    audit.note(session, actor, "copy.end", f"family_copy:{row.id}", now=now, cancelled=many, proof=proof[:200])
