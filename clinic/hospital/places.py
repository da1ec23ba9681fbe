"""Where care is given and by whom, as FHIR: Location, HealthcareService, Practitioner, Schedule. From rows to dicts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinic.hospital import names
from clinic.hospital.values import identifier, plain
from clinic.tables import Centre, Department, Practitioner
from conf.texts.words import Name


def location(row: Centre) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resourceType": "Location",
        "id": str(row.id),
        "identifier": [identifier(names.CENTRE, names.centre_value(row))],
        "status": "active",
        "name": row.name_zh,
    }
    if row.name_en:
        resource["alias"] = [row.name_en]
    if row.address:
        resource["address"] = {"text": row.address}
    if row.latitude is not None and row.longitude is not None:
        resource["position"] = {"longitude": row.longitude, "latitude": row.latitude}
    return resource


def service(row: Department) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resourceType": "HealthcareService",
        "id": str(row.id),
        "identifier": [identifier(names.DEPARTMENT, names.department_value(row))],
        "active": True,
        "location": [location_reference(row.centre)],
        "name": row.name_zh,
    }
    told = [text for text in (row.name_en, row.room) if text]
    if told:
        resource["comment"] = ", ".join(told)
    return resource


def practitioner(row: Practitioner, centre: Centre) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resourceType": "Practitioner",
        "id": str(row.id),
        "identifier": [identifier(names.PRACTITIONER, names.practitioner_value(centre, row))],
        "active": True,
        "name": [{"text": name} for name in (row.name_zh, row.name_en) if name],
    }
    if row.grade:
        resource["extension"] = [plain("grade", "Code", row.grade)]
    return resource


def schedule(
    department: Department, doctor: Practitioner | None, days: tuple[dt.date, dt.date] | None
) -> dict[str, Any]:
    """`days`: the first and the last day that has a session of it."""
    actors = [service_reference(department), location_reference(department.centre)]
    if doctor is not None:
        actors.insert(0, practitioner_reference(doctor, department.centre))
    resource: dict[str, Any] = {
        "resourceType": "Schedule",
        "id": schedule_id(department.id, doctor.id if doctor else None),
        "active": True,
        "actor": actors,
    }
    if days is not None:
        resource["planningHorizon"] = {"start": days[0].isoformat(), "end": days[1].isoformat()}
    return resource


def schedule_id(department: int, practitioner: int | None) -> str:
    return str(department) if practitioner is None else f"{department}-{practitioner}"


def location_reference(row: Centre) -> dict[str, Any]:
    return _reference("Location", row.id, names.CENTRE, names.centre_value(row), row.name)


def service_reference(row: Department) -> dict[str, Any]:
    return _reference("HealthcareService", row.id, names.DEPARTMENT, names.department_value(row), row.name)


def practitioner_reference(row: Practitioner, centre: Centre) -> dict[str, Any]:
    return _reference("Practitioner", row.id, names.PRACTITIONER, names.practitioner_value(centre, row), row.name)


def _reference(kind: str, number: int, system: str, value: str, name: Name) -> dict[str, Any]:
    known = identifier(system, value)
    return {"reference": f"{kind}/{number}", "type": kind, "identifier": known, "display": name.zh}
