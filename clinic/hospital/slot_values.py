"""What a Slot says, as values, each with the element that cannot be taken."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic.hospital import forms, names, values
from clinic.hospital.desk import Desk, resolved
from clinic.hospital.forms import Extension
from clinic.hospital.issues import missing, wrong
from clinic.hospital.values import ours, own_id
from clinic.places.shares import MOST_PLACES, BadShares, Rule
from clinic.tables import Department, Practitioner
from conf.texts.words import Half

NOON = dt.time(12)
EXTENSIONS = ("places", "fee", "release", "kind", "shares", "state", "queue")
GENERAL, EXPERT = "general", "expert"


@dataclass(frozen=True, slots=True)
class Values:
    """A Slot, read. What it does not say is None: left as it is, or as usual where it is new."""

    department: Department
    practitioner: int | None
    day: dt.date
    half: Half
    starts: dt.time
    ends: dt.time
    status: str
    external: str
    comment: str
    capacity: int | None
    fee: int | None
    release: dt.datetime | None
    kind: str | None
    shares: Rule | None

    @property
    def key(self) -> str:
        return f"{self.department.id}:{self.practitioner}:{self.day}:{self.half}"


def read(desk: Desk, form: forms.Slot, where: str) -> Values:
    """The values of a Slot. Raises Rejected with the element that cannot be taken."""
    department, practitioner = _schedule(desk, form, where)
    starts = values.moment(form.start, f"{where}.start", desk.zone)
    ends = values.moment(form.end, f"{where}.end", desk.zone)
    if starts.date() != ends.date() or ends <= starts:
        raise wrong(f"{where}.end", "it is not after the start, on the same day")
    values.known(form.extension, EXTENSIONS, where)
    return Values(
        department=department,
        practitioner=practitioner,
        day=starts.date(),
        half="am" if starts.time() < NOON else "pm",
        starts=starts.time().replace(second=0, microsecond=0),
        ends=ends.time().replace(second=0, microsecond=0),
        status=form.status,
        external=values.hospitals(form.identifier, where, names.SESSION),
        comment=form.comment,
        capacity=_capacity(form.extension, where),
        fee=values.fee(form.extension, department.centre.currency, where),
        release=_release(form.extension, where, desk.zone),
        kind=_kind(form.extension, where),
        shares=_shares(form.extension, where),
    )


def schedule_of(desk: Desk, number: str, where: str) -> tuple[Department, int | None]:
    """The department and the practitioner of a Schedule's id."""
    department, _, doctor = number.partition("-")
    wanted = select(Department).join(Department.centre).options(joinedload(Department.centre))
    wanted = wanted.where(Department.id == own_id(department), desk.view.access.of_centre())
    row = desk.session.scalars(wanted).one_or_none()
    if row is None:
        raise wrong(where, f"there is no Schedule/{number}", "not-found")
    if not doctor:
        return row, None
    theirs = Practitioner.id == own_id(doctor), Practitioner.department_id == row.id
    found = desk.session.scalar(select(Practitioner.id).where(*theirs))
    if found is None:
        raise wrong(where, f"there is no Schedule/{number}", "not-found")
    return row, found


def _schedule(desk: Desk, form: forms.Slot, where: str) -> tuple[Department, int | None]:
    place = f"{where}.schedule"
    return schedule_of(desk, resolved(desk, form.schedule, "Schedule", place), f"{place}.reference")


def _capacity(extensions: list[Extension], where: str) -> int | None:
    found = ours(extensions, "places", where)
    if found is None:
        return None
    extension, place = found
    for number, part in enumerate(extension.extension):
        if part.url == "capacity":
            if part.valueUnsignedInt is None or not 0 <= part.valueUnsignedInt <= MOST_PLACES:
                raise wrong(f"{place}.extension[{number}].valueUnsignedInt", f"0 to {MOST_PLACES} places")
            return part.valueUnsignedInt
    raise missing(f"{place}.extension", "capacity")


def _release(extensions: list[Extension], where: str, zone: dt.tzinfo) -> dt.datetime | None:
    found = ours(extensions, "release", where)
    if found is None:
        return None
    extension, place = found
    return values.moment(extension.valueInstant or "", f"{place}.valueInstant", zone)


def _kind(extensions: list[Extension], where: str) -> str | None:
    found = ours(extensions, "kind", where)
    if found is None:
        return None
    extension, place = found
    if extension.valueCode not in (GENERAL, EXPERT):
        raise wrong(f"{place}.valueCode", f"neither {GENERAL} nor {EXPERT}")
    return extension.valueCode


def _shares(extensions: list[Extension], where: str) -> Rule | None:
    found = ours(extensions, "shares", where)
    if found is None:
        return None
    extension, place = found
    try:
        return Rule.parse(extension.valueString or "")
    except BadShares as error:
        raise wrong(f"{place}.valueString", str(error)) from None
