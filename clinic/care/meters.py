"""Meters with a SIM card: whose they are, and what they write, read by the form that was set for them and nothing else.

A machine is never answered. What cannot be read is logged and counted for the desk (`caredial care meters`).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.batches import among
from clinic.care import readings, whose
from clinic.care.reading.meter import MeterText, meter_text
from clinic.care.reading.values import Measured, Unclear, Understood
from clinic.care.readings import Noted, Source
from clinic.care.wording import figures
from clinic.installation import Installation
from clinic.notices import reached
from clinic.notices.people import covered
from clinic.phones import masked_phone
from clinic.rows import get_or_add, reads
from clinic.rules import Rules
from clinic.tables import Audit, Inbound, Meter, Resident
from clinic.tables import Reading as ReadingRow
from conf.norms import norms

log = logging.getLogger("caredial.care")

UNREADABLE = "meter.unreadable"
STRANGE_CLOCK = dt.timedelta(days=7)
"""A meter whose clock is further off was never set: then the text's own moment counts."""
AHEAD = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MeterLine:
    """A meter as a list shows it; `unreadable`: texts of it that could not be read, `last_at`: its last reading."""

    meter: int
    phone: str
    serial: str
    resident: int
    name: str
    format: str
    readings: int
    last_at: dt.datetime | None
    unreadable: int
    unreadable_at: dt.datetime | None


@reads
def is_one(session: Session, *, phone: str) -> bool:
    """Whether this number is a meter's."""
    return bool(session.scalar(select(exists().where(Meter.phone == phone))))


def register(
    session: Session, *, phone: str, serial: str, resident: int, format: str, actor: str, now: dt.datetime
) -> int:
    """This meter is this resident's from now on; `serial` "": any that the number writes."""
    row = get_or_add(
        session, Meter, ["phone", "serial"], phone=phone, serial=serial, resident_id=resident, format=format
    )
    row.resident_id, row.format = resident, format
    session.flush()
    audit.note(session, actor, "meter.register", f"meter:{row.id}", now=now, resident=resident, format=format)
    return row.id


def remove(session: Session, *, meter: int, actor: str, now: dt.datetime) -> bool:
    """This number is a person's again; False where there is no such meter. Its readings stay."""
    row = session.get(Meter, meter)
    if row is None:
        return False
    session.delete(row)
    audit.note(session, actor, "meter.remove", f"meter:{meter}", now=now, resident=row.resident_id)
    return True


def take(
    session: Session, *, phone: str, text: str, inbox: int, rules: Rules, installation: Installation, now: dt.datetime
) -> Noted | None:
    """A text of a meter: what came of it, None where it could not be read."""
    at = session.scalar(select(Inbound.received_at).where(Inbound.id == inbox)) or now
    meters = session.scalars(select(Meter).where(Meter.phone == phone).order_by(Meter.id)).all()
    found = _read(meters, text, rules.care.meters, at, installation)
    if found is None:
        _unreadable(session, meters, text, now)
        return None
    row, what = found
    measured = what.at if isinstance(what, Measured) else None
    moment = measured if measured and at - STRANGE_CLOCK < measured < at + AHEAD else at
    day = moment.astimezone(installation.timezone).date()
    person = whose.one(session, resident=row.resident_id, day=day)
    told = reached(session, residents=[row.resident_id], language=installation.language).get(row.resident_id, [])
    understood = Understood(what.readings) if isinstance(what, Measured) else Understood(unclear=(what,))
    urgent = isinstance(what, Unclear) and what.maybe_emergency
    # A meter that is not sure of its network sends twice.
    occasion = f"meter:{row.id}:{measured:%Y%m%d%H%M}:{_short(what)}" if measured else f"sms:{inbox}"
    return readings.keep(
        session,
        person=person,
        understood=Understood(understood.readings, understood.unclear, (), "", urgent),
        came=Source(occasion[:78], "meter", phone, moment, now, told[0].phone if told else phone),
        rules=rules,
        installation=installation,
        text=text,
    )


@reads
def listed(session: Session, *, shown: bool = False) -> list[MeterLine]:
    """All meters, those first of which something could not be read."""
    rows = session.execute(
        select(Meter, Resident.name).join(Resident, Resident.id == Meter.resident_id).order_by(Meter.phone, Meter.id)
    ).all()
    counts = _counts(session, [row.phone for row, _ in rows])
    failed = _failed(session, [row.id for row, _ in rows])
    lines = [
        MeterLine(
            meter=row.id,
            phone=row.phone if shown else masked_phone(row.phone),
            serial=row.serial,
            resident=row.resident_id,
            name=name if shown else covered(name),
            format=row.format,
            readings=counts.get((row.phone, row.resident_id), (0, None))[0],
            last_at=counts.get((row.phone, row.resident_id), (0, None))[1],
            unreadable=failed.get(row.id, (0, None))[0],
            unreadable_at=failed.get(row.id, (0, None))[1],
        )
        for row, name in rows
    ]
    return sorted(lines, key=lambda line: line.unreadable == 0)


@cache
def form(template: str) -> MeterText:
    """The form of a meter's texts. Raises BadTemplate."""
    return meter_text(template)


def _read(
    meters: Sequence[Meter], text: str, formats: Mapping[str, str], at: dt.datetime, installation: Installation
) -> tuple[Meter, Measured | Unclear] | None:
    """Which meter has written this, and what. One whose serial is known goes before one that may write any."""
    of = norms(at.astimezone(installation.timezone).date())
    for row in sorted(meters, key=lambda meter: meter.serial == ""):
        if row.format not in formats:
            continue
        what = form(formats[row.format]).read(text, of, installation.timezone)
        if isinstance(what, Unclear) and (row.serial == "" or row.serial in text):
            return row, what
        if isinstance(what, Measured) and row.serial in ("", what.serial):
            return row, what
    return None


def _short(what: Measured | Unclear) -> str:
    return figures("en", what.readings).replace(" ", "") if isinstance(what, Measured) else ""


def _unreadable(session: Session, meters: Sequence[Meter], text: str, now: dt.datetime) -> None:
    for row in meters[:1]:
        log.warning("the meter %s has written what its format %s cannot read", row.id, row.format)
        audit.note(session, "meter", UNREADABLE, f"meter:{row.id}", now=now, text=text[:200])


def _counts(session: Session, phones: Sequence[str]) -> dict[tuple[str, int], tuple[int, dt.datetime | None]]:
    grouped = (
        select(ReadingRow.phone, ReadingRow.resident_id, func.count(ReadingRow.id), func.max(ReadingRow.measured_at))
        .where(among(session, ReadingRow.phone, phones), ReadingRow.source == "meter")
        .group_by(ReadingRow.phone, ReadingRow.resident_id)
    )
    rows = session.execute(grouped) if phones else ()
    return {(phone, resident): (count, last) for phone, resident, count, last in rows}


def _failed(session: Session, meters: Sequence[int]) -> dict[int, tuple[int, dt.datetime | None]]:
    subjects = [f"meter:{number}" for number in meters]
    grouped = (
        select(Audit.subject, func.count(Audit.id), func.max(Audit.at))
        .where(among(session, Audit.subject, subjects), Audit.action == UNREADABLE)
        .group_by(Audit.subject)
    )
    rows: Iterator[tuple[str, int, dt.datetime]] = iter(session.execute(grouped).all() if subjects else ())
    return {int(subject.partition(":")[2]): (count, last) for subject, count, last in rows}
