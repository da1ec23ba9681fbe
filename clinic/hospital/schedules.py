"""What a Schedule does that is put: nothing but to be found. Departments and their practitioners are imported, and each
of them has one."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from clinic.hospital import forms, names
from clinic.hospital.desk import Desk, Done, Put, resolved
from clinic.hospital.issues import missing, not_found, wrong
from clinic.hospital.places import schedule_id
from clinic.hospital.slot_values import schedule_of
from clinic.tables import Practitioner


def put(desk: Desk, form: forms.Schedule, how: Put) -> Done:
    """The Schedule of these actors: a HealthcareService, and a Practitioner of it or none. Raises Rejected."""
    if not form.active:
        raise wrong(f"{how.where}.active", "a Schedule is not switched off: stop its Slots", "not-supported")
    if form.extension:
        raise wrong(f"{how.where}.extension[0].url", "this extension is not kept here: leave it out", "not-supported")
    actors = dict(_actors(desk, form, how.where))
    if "HealthcareService" in actors:
        department = actors["HealthcareService"]
    elif "Practitioner" in actors:
        department = _department_of(desk, actors["Practitioner"])
    else:
        raise missing(f"{how.where}.actor", "a HealthcareService, or a Practitioner")
    doctor = actors.get("Practitioner")
    number = f"{department}-{doctor}" if doctor else department
    row, practitioner = schedule_of(desk, number, f"{how.where}.actor")
    found = schedule_id(row.id, practitioner)
    if how.id and how.id != found:
        raise not_found(f"Schedule {how.id} of these actors")
    return Done(200, "Schedule", found)


def _actors(desk: Desk, form: forms.Schedule, where: str) -> Iterator[tuple[str, str]]:
    systems = {names.DEPARTMENT: "HealthcareService", names.PRACTITIONER: "Practitioner", names.CENTRE: "Location"}
    for number, actor in enumerate(form.actor):
        place = f"{where}.actor[{number}]"
        kind = actor.reference.partition("/")[0] or (
            systems.get(actor.identifier.system, "") if actor.identifier else ""
        )
        if kind not in systems.values():
            raise wrong(place, f"it is none of {', '.join(systems.values())}")
        yield kind, resolved(desk, actor, kind, place)


def _department_of(desk: Desk, practitioner: str) -> str:
    theirs = Practitioner.id == int(practitioner) if practitioner.isdigit() else Practitioner.id < 0
    found = desk.session.scalar(select(Practitioner.department_id).where(theirs))
    return str(found or 0)
