"""Sessions, visits and patients as FHIR: Slot, Appointment, Patient. From rows to dicts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clinic.hospital import names, places
from clinic.hospital.values import identifier, instant, local, meta, money, nested, plain
from clinic.tables import ClinicSession, Payment, Resident, SessionShare, Visit

CANCELLED_FOR: Final = "urn:caredial:cancelled-for"
REASONS: Final[Mapping[str, str]] = {
    "own": "Cancelled by who booked it",
    "late": "Cancelled by who booked it, too late",
    "unpaid": "Not paid in time",
    "stopped": "The session was stopped",
    "moved": "The session was moved",
    "staff": "Cancelled by staff",
    "hospital": "Cancelled by the hospital",
}


@dataclass(frozen=True, slots=True)
class Queue:
    """How far a session is: the last number called, people who are there, who were seen, who did not come."""

    called: int = 0
    arrived: int = 0
    seen: int = 0
    noshow: int = 0


def slot(row: ClinicSession, pools: Sequence[SessionShare], queue: Queue, zone: dt.tzinfo) -> dict[str, Any]:
    centre = row.department.centre
    resource: dict[str, Any] = {
        "resourceType": "Slot",
        "id": str(row.id),
        "meta": meta(row.updated_at),
        "extension": [
            _places(row, pools),
            plain("fee", "Money", money(row.fee, centre.currency)),
            plain("release", "Instant", instant(row.release_at)),
            plain("kind", "Code", row.kind),
            plain("state", "Code", row.state),
            _queue(queue),
        ],
        "identifier": [identifier(names.SESSION, str(row.id)), *_external(row.external_id)],
        "schedule": {"reference": f"Schedule/{places.schedule_id(row.department_id, row.practitioner_id)}"},
        "status": slot_status(row),
        "start": local(row.day, row.starts, zone),
        "end": local(row.day, row.ends, zone),
    }
    return resource


def slot_status(row: ClinicSession) -> str:
    """`free` also before its release, which does not change the row: extension `release` says from when on."""
    if row.state == "draw":
        return "busy-tentative"
    if row.state != "open":
        return "busy-unavailable"
    return "free" if row.taken < row.capacity else "busy"


def appointment(
    row: Visit, payments: Sequence[Payment], zone: dt.tzinfo, *, expected: tuple[dt.datetime, dt.datetime] | None = None
) -> dict[str, Any]:
    """`payments`: of this visit, by id; `expected`: from when to when it will likely be called."""
    offered, centre = row.clinic_session, row.clinic_session.department.centre
    resource: dict[str, Any] = {
        "resourceType": "Appointment",
        "id": str(row.id),
        "meta": meta(row.updated_at),
        "extension": _of_visit(row, payments, centre.currency, expected),
        "identifier": [identifier(names.VISIT, str(row.id)), *_external(row.external_id)],
        "status": row.state,
        "slot": [{"reference": f"Slot/{offered.id}"}],
        "start": local(row.day, offered.starts, zone),
        "end": local(row.day, offered.ends, zone),
        "created": instant(row.booked_at),
        "participant": _participants(row),
    }
    if row.state == "cancelled" and row.cancelled_for:
        coding = {"system": CANCELLED_FOR, "code": row.cancelled_for, "display": REASONS.get(row.cancelled_for, "")}
        shown = {name: value for name, value in coding.items() if value}
        resource["cancelationReason"] = {"coding": [shown]}
    return resource


def patient(row: Resident, number: str, phones: Sequence[str] = (), *, name: str) -> dict[str, Any]:
    """`number`: the identity number, "" where it is not to be seen; `phones`: that the centre has on record; `name`:
    what the client may call them."""
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": str(row.id),
        "active": True,
        "name": [{"text": name}],
        "gender": row.sex,
        "birthDate": row.birth.isoformat(),
    }
    if number:
        resource["identifier"] = [{"use": "official", **identifier(names.identity_system(), number)}]
    if phones:
        resource["telecom"] = [{"system": "phone", "value": phone} for phone in phones]
    return resource


def _external(kept: str | None) -> list[dict[str, str]]:
    return [identifier(names.hospital_system(), names.shown(kept))] if kept else []


def _places(row: ClinicSession, pools: Sequence[SessionShare]) -> dict[str, Any]:
    counts = {
        "capacity": ("UnsignedInt", row.capacity),
        "taken": ("UnsignedInt", max(0, row.taken)),
        "free": ("UnsignedInt", max(0, row.capacity - row.taken)),
        "last-number": ("UnsignedInt", row.last_number),
    }
    return nested("places", counts, *map(_pool, pools))


def _pool(pool: SessionShare) -> dict[str, Any]:
    inner = [
        {"url": "name", "valueCode": pool.pool},
        {"url": "places", "valueUnsignedInt": pool.places},
        {"url": "taken", "valueUnsignedInt": pool.taken},
    ]
    return {"url": "pool", "extension": inner}


def _queue(queue: Queue) -> dict[str, Any]:
    counts = {
        "called": ("UnsignedInt", queue.called),
        "arrived": ("UnsignedInt", queue.arrived),
        "seen": ("UnsignedInt", queue.seen),
        "noshow": ("UnsignedInt", queue.noshow),
    }
    return nested("queue", counts)


def _of_visit(
    row: Visit, payments: Sequence[Payment], currency: str, expected: tuple[dt.datetime, dt.datetime] | None
) -> list[dict[str, Any]]:
    found = [
        plain("queue-number", "PositiveInt", row.queue),
        plain("fee", "Money", money(row.fee, currency)),
        plain("paid", "Money", money(row.paid, currency)),
        plain("pays", "Code", row.pays),
        plain("channel", "Code", row.channel or "unknown"),
    ]
    if row.phone:
        found.append(plain("phone", "ContactPoint", {"system": "phone", "value": row.phone}))
    if row.turn is not None:
        found.append(plain("turn", "Integer", row.turn))
    moments = {"arrived": row.arrived_at, "called": row.called_at, "seen": row.seen_at, "cancelled": row.cancelled_at}
    found += [plain(name, "DateTime", instant(moment)) for name, moment in moments.items() if moment is not None]
    if expected is not None:
        found.append(plain("expected", "Period", {"start": instant(expected[0]), "end": instant(expected[1])}))
    return found + [_payment(payment) for payment in payments]


def _payment(row: Payment) -> dict[str, Any]:
    parts: dict[str, tuple[str, Any]] = {
        "kind": ("Code", row.kind),
        "method": ("Code", row.method),
        "state": ("Code", row.state),
        "amount": ("Money", money(row.amount, row.currency)),
        "correlation": ("String", row.correlation_id),
    }
    if row.reference:
        parts["reference"] = ("String", row.reference)
    if row.settled_at is not None:
        parts["settled"] = ("DateTime", instant(row.settled_at))
    return nested("payment", parts)


def _participants(row: Visit) -> list[dict[str, Any]]:
    offered = row.clinic_session
    centre = offered.department.centre
    actors: list[dict[str, Any]] = [
        {"reference": f"Patient/{row.resident_id}", "type": "Patient", "display": row.name},
        places.service_reference(offered.department),
        places.location_reference(centre),
    ]
    if offered.practitioner is not None:
        actors.insert(1, places.practitioner_reference(offered.practitioner, centre))
    status = "declined" if row.state == "cancelled" else "accepted"
    return [{"actor": actor, "status": status if actor["type"] == "Patient" else "accepted"} for actor in actors]
