"""What a family may ask about a child: what is next and why, and which contraindications are on record.

Only a phone that the centre has put on record for this child is told (`is_told`): what is due tells which doses there
are, and a contraindication may tell of an illness.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import messages
from clinic.children import records
from clinic.errors import NotPossible
from clinic.installation import Installation
from clinic.rows import reads
from clinic.tables import Contraindication, RelatedPerson, Subscriber
from clinic.vaccines.due import due
from clinic.vaccines.reasons import lines
from clinic.vaccines.records import Due
from clinic.vaccines.today import together
from conf.texts import say
from conf.texts.words import Language, Name
from conf.vaccines import Edition, edition

TO_COME = ("later", "due", "overdue")
SOON = dt.timedelta(days=365)
"""What comes later is told only where nothing comes before."""
MOST = 8
"""Doses that are told: what a menu by keys can hold."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A dose that is to come, with its reasons; `vaccine` as families read it."""

    due: Due
    vaccine: Name
    on: dt.date


@dataclass(frozen=True, slots=True)
class Against:
    """A contraindication; `against` is None for all vaccines, and `live` for all live ones. `until` None: for good."""

    against: Name | None
    live: bool
    reason: Name
    since: dt.date
    until: dt.date | None


@reads
def is_told(session: Session, *, phone: str, child: int) -> bool:
    """Whether the centre has put this phone on record for notices about the child, and it has not said otherwise."""
    found = (
        select(RelatedPerson.id)
        .join(Subscriber, Subscriber.id == RelatedPerson.subscriber_id)
        .where(Subscriber.phone == phone, Subscriber.wrong_at.is_(None))
        .where(RelatedPerson.resident_id == child, RelatedPerson.is_told)
    )
    return session.scalar(found) is not None


@reads
def coming(session: Session, *, phone: str, child: int, today: dt.date) -> list[Coming]:
    """What is next, in the order in which it is given; nothing to a phone that is not told."""
    if not is_told(session, phone=phone, child=child):
        return []
    known, rules = records.load(session, residents=[child])[child], edition(today)
    found = [
        Coming(each, _name(rules, each.vaccine), each.on)
        for each in _in_order(due(known, today, explain=True), today)
        if each.on is not None
    ]
    return found[:MOST]


@reads
def against(session: Session, *, phone: str, child: int, today: dt.date) -> list[Against]:
    """The contraindications that hold today or will, the latest first; nothing to a phone that is not told."""
    if not is_told(session, phone=phone, child=child):
        return []
    rows = session.scalars(
        select(Contraindication)
        .where(Contraindication.resident_id == child)
        .order_by(Contraindication.since.desc(), Contraindication.id)
    )
    rules = edition(today)
    return [_against(rules, row) for row in rows if row.until is None or row.until >= today]


def explain(
    session: Session,
    *,
    phone: str,
    child: int,
    name: str,
    series: str,
    language: Language,
    occasion: str,
    installation: Installation,
    now: dt.datetime,
) -> None:
    """Send all reasons of the next dose of a series to this phone; `name` as the phone knows the child. Raises
    NotPossible."""
    found = coming(session, phone=phone, child=child, today=now.date())
    one = next((each for each in found if each.due.series == series), None)
    if one is None:
        raise NotPossible
    head = say(language, "vaccine.of_child", name=name, vaccine=one.vaccine, dose=one.due.number)
    text = "\n".join([head, *lines(one.due.why, language), say(language, "vaccine.ask_nurse")])
    messages.tell(
        session,
        occasion=f"vaccine-why:{child}:{series}:{occasion}",
        phone=phone,
        language=language,
        key="vaccine.why_sms",
        now=now,
        region=installation.region,
        resident_id=child,
        text=text,
    )


def _in_order(dues: Collection[Due], today: dt.date) -> Iterator[Due]:
    """What can be given today as it would be on one day, then the rest by the day from which it can."""
    now = together(dues, today)
    yield from now
    rest = [
        each for each in dues if each.status in TO_COME and each.on and each.series not in {one.series for one in now}
    ]
    later = sorted(rest, key=lambda each: each.on or today)
    soon = [each for each in later if each.on and each.on <= today + SOON]
    yield from soon or ([] if now else [each for each in later if each.on == later[0].on])


def _against(rules: Edition, row: Contraindication) -> Against:
    known = rules.contraindications.get(row.reason)
    named = None if row.against in ("all", "live") else _name(rules, row.against)
    reason = known.name if known else Name(row.reason, row.reason)
    return Against(named, row.against == "live", reason, row.since, row.until)


def _name(rules: Edition, vaccine: str) -> Name:
    known = rules.vaccines.get(vaccine)
    return known.name if known else Name(vaccine, vaccine)
