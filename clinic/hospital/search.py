"""Searching: pages of resources, and what has changed since a moment, for who asks again and again.

Pages go by id, or with `_lastUpdated` by when a row was last written: what changes meanwhile comes once more, and
nothing is passed over. A transaction that is not committed yet has stamped its rows before it can be seen; so a Bundle
says itself (`meta.lastUpdated`) up to when it is complete, and the next question begins there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from clinic.errors import BadIdentity
from clinic.hospital import names, params, view
from clinic.hospital.access import Access
from clinic.hospital.issues import Issue, Rejected
from clinic.hospital.params import Pairs
from clinic.hospital.values import instant, version
from clinic.hospital.view import READERS, View, of_patient
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rows import reads
from clinic.tables import Centre, ClinicSession, Department, Practitioner, Resident, Visit
from clinic.tables.base import written
from conf.fhir import vocabulary

SETTLED = dt.timedelta(minutes=5)
"""No transaction takes as long."""
VISIT_STATES = ("pending", "booked", "arrived", "fulfilled", "cancelled", "noshow")

Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be asked of a kind of resource, and how: the query of its ids, its parameters and their conditions."""

    ids: Callable[[], Select[Any]]
    id: Any
    names: tuple[str, ...]
    conditions: Callable[[View, Pairs], Conditions]
    updated_at: Any = None


@reads
def read(
    session: Session,
    *,
    kind: str,
    number: str,
    access: Access,
    vault: Vault,
    installation: Installation,
    now: dt.datetime,
) -> dict[str, Any]:
    """One resource. Raises Rejected."""
    return view.read(View(session, access, vault, installation, now), kind, number)


@reads
def search(
    session: Session,
    *,
    kind: str,
    pairs: Pairs,
    access: Access,
    vault: Vault,
    installation: Installation,
    now: dt.datetime,
) -> dict[str, Any]:
    """A page of a search, as a Bundle. Raises Rejected."""
    return found(View(session, access, vault, installation, now), kind, pairs)


def found(seen: View, kind: str, pairs: Pairs) -> dict[str, Any]:
    """As `search`, within a transaction."""
    complete = written() - SETTLED
    most = params.count(pairs)
    if kind == "Schedule":
        resources, following = _schedules(seen, pairs, most)
    else:
        numbers, following = _page(seen, KINDS[kind], pairs, most)
        order = {number: place for place, number in enumerate(numbers)}
        resources = sorted(READERS[kind](seen, numbers), key=lambda resource: order[int(resource["id"])])
    base = f"{seen.installation.public_url}/fhir/{kind}"
    links = [{"relation": "self", "url": _address(base, pairs)}]
    if following is not None:
        rest = [pair for pair in pairs if pair[0] != "_cursor"]
        links.append({"relation": "next", "url": _address(base, [*rest, ("_cursor", following)])})
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "meta": {"lastUpdated": instant(complete)},
        "type": "searchset",
        "link": links,
    }
    if resources:
        bundle["entry"] = [
            {"fullUrl": f"{base}/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in resources
        ]
    return bundle


def ids(seen: View, kind: str, pairs: Pairs, most: int) -> list[str]:
    """Only which ones are found, at most so many."""
    if kind == "Schedule":
        return [resource["id"] for resource in _schedules(seen, pairs, most)[0]]
    return [str(number) for number in _page(seen, KINDS[kind], pairs, most)[0]]


def _page(seen: View, kind: Kind, pairs: Pairs, most: int) -> tuple[list[int], str | None]:
    """The ids of a page, and the cursor of the next one."""
    params.known(pairs, kind.names)
    by_time = _by_time(kind, pairs)
    query = kind.ids().where(*kind.conditions(seen, pairs), *_everywhere(kind, pairs))
    columns = [kind.updated_at, kind.id] if by_time else [kind.id]
    query = query.add_columns(*([kind.updated_at] if by_time else [])).order_by(*columns).limit(most + 1)
    keys = params.after(pairs)
    if keys is not None:
        if len(keys) != len(columns):
            raise params.refused("_cursor", "it is of another search")
        begun = [_moment(keys[0]), keys[1]] if by_time else keys
        query = query.where(params.beyond(columns, begun))
    rows = seen.session.execute(query).all()
    numbers = [int(row[0]) for row in rows[:most]]
    if len(rows) <= most:
        return numbers, None
    last = rows[most - 1]
    after = [int(version(last[1])), last[0]] if by_time else [last[0]]
    return numbers, params.cursor(pairs, after)


def _by_time(kind: Kind, pairs: Pairs) -> bool:
    order = params.one(pairs, "_sort")
    asked = bool(params.values(pairs, "_lastUpdated"))
    if order not in ("", "_id", "_lastUpdated") or (order == "_id" and asked):
        raise params.refused("_sort", "it is _id, or _lastUpdated; what is asked by _lastUpdated comes in that order")
    if (asked or order == "_lastUpdated") and kind.updated_at is None:
        raise Rejected(400, Issue("not-supported", "_lastUpdated: it is kept of Slot and Appointment only"))
    return asked or order == "_lastUpdated"


def _everywhere(kind: Kind, pairs: Pairs) -> Conditions:
    conditions: Conditions = [
        kind.id.in_([params.reference("_id", "", each.removeprefix("/")) for each in written_.split(",")])
        for written_ in params.values(pairs, "_id")
    ]
    if _by_time(kind, pairs):
        conditions += [kind.updated_at.is_not(None), *params.moments(pairs, "_lastUpdated", kind.updated_at)]
    return conditions


def _schedules(seen: View, pairs: Pairs, most: int) -> tuple[list[dict[str, Any]], str | None]:
    """There are as many as departments and practitioners: they are sorted here."""
    params.known(pairs, ("date", "actor", "actor:identifier"))
    if params.values(pairs, "_lastUpdated") or params.one(pairs, "_sort", "_id") != "_id":
        raise Rejected(400, Issue("not-supported", "_lastUpdated: it is kept of Slot and Appointment only"))
    conditions = []
    for name in ("actor", "actor:identifier"):
        conditions += [_actor(name, value) for value in params.values(pairs, name)]
    everything = view.schedules(seen, *conditions, days=_span(pairs))
    wanted = {each for value in params.values(pairs, "_id") for each in value.split(",")}
    resources = [each for each in everything if not wanted or each["id"] in wanted]
    keys = params.after(pairs)
    begins = keys[0] if keys else 0
    following = params.cursor(pairs, [begins + most]) if begins + most < len(resources) else None
    return resources[begins : begins + most], following


def _span(pairs: Pairs) -> tuple[dt.date, dt.date] | None:
    """The days of `date`: those from the first to the last that all of them allow."""
    if not params.values(pairs, "date"):
        return None
    first, last = dt.date.min, dt.date.max
    for written_ in params.values(pairs, "date"):
        prefix, day = (written_[:2], written_[2:]) if written_[:2].isalpha() else ("eq", written_)
        try:
            moment = dt.date.fromisoformat(day)
        except ValueError:
            raise params.refused("date", f"{day!r} is not a day, such as 2027-03-08") from None
        one = dt.timedelta(days=1)
        spans = {
            "eq": (moment, moment), "ge": (moment, dt.date.max), "gt": (moment + one, dt.date.max),
            "le": (dt.date.min, moment), "lt": (dt.date.min, moment - one),
        }  # fmt: skip
        if prefix not in spans:
            raise params.refused("date", f"{prefix!r} is none of {', '.join(spans)}")
        first, last = max(first, spans[prefix][0]), min(last, spans[prefix][1])
    return first, last


def _actor(name: str, value: str) -> ColumnElement[bool]:
    if name == "actor:identifier":
        system, code = params.token(name, value)
        centre, _, inner = code.partition("/")
        tables: dict[str, ColumnElement[bool]] = {
            names.CENTRE: Centre.code == code,
            names.DEPARTMENT: (Centre.code == centre) & (Department.code == inner),
            names.PRACTITIONER: (Centre.code == centre) & (Practitioner.code == inner),
        }
        if system not in tables:
            raise params.refused(name, f"{system!r} is none of {', '.join(tables)}")
        return tables[system]
    kinds = {"HealthcareService": Department.id, "Practitioner": Practitioner.id, "Location": Centre.id}
    kind = value.partition("/")[0]
    if kind not in kinds:
        raise params.refused(name, f"{value!r} is not like HealthcareService/3, Practitioner/7 or Location/1")
    return kinds[kind] == params.reference(name, kind, value)


def _slot_ids() -> Select[Any]:
    return select(ClinicSession.id).join(ClinicSession.department).join(Department.centre)


def _slot_conditions(seen: View, pairs: Pairs) -> Conditions:
    conditions = [seen.access.of_centre(), *params.days(pairs, "start", ClinicSession.day)]
    conditions += [_of_schedule(value) for value in params.values(pairs, "schedule")]
    conditions += [_slot_status(value) for value in params.values(pairs, "status")]
    return conditions + _identified(seen, pairs, names.SESSION, ClinicSession.id, ClinicSession.external_id)


def _of_schedule(value: str) -> ColumnElement[bool]:
    department, _, doctor = value.removeprefix("Schedule/").partition("-")
    which = params.reference("schedule", "Schedule", department)
    practitioner = params.reference("schedule", "Schedule", doctor) if doctor else None
    return (ClinicSession.department_id == which) & view.same(ClinicSession.practitioner_id, practitioner)


def _slot_status(value: str) -> ColumnElement[bool]:
    is_open, has_places = ClinicSession.state == "open", ClinicSession.taken < ClinicSession.capacity
    known = {
        "free": is_open & has_places,
        "busy": is_open & ~has_places,
        "busy-tentative": ClinicSession.state == "draw",
        "busy-unavailable": ClinicSession.state.not_in(("open", "draw")),
    }
    if value not in known:
        raise params.refused("status", f"{value!r} is none of {', '.join(known)}")
    return known[value]


def _visit_ids() -> Select[Any]:
    return select(Visit.id).join(Department, Department.id == Visit.department_id).join(Department.centre)


def _visit_conditions(seen: View, pairs: Pairs) -> Conditions:
    conditions = [seen.access.of_centre(), *params.days(pairs, "date", Visit.day)]
    conditions += params.words(pairs, "status", Visit.state, VISIT_STATES)
    conditions += params.numbers(pairs, "patient", "Patient", Visit.resident_id)
    conditions += params.numbers(pairs, "slot", "Slot", Visit.clinic_session_id)
    return conditions + _identified(seen, pairs, names.VISIT, Visit.id, Visit.external_id)


def _patient_conditions(seen: View, pairs: Pairs) -> Conditions:
    """By identity number, never a list of everybody."""
    if not params.values(pairs, "identifier") and not params.values(pairs, "_id"):
        raise Rejected(400, Issue("too-costly", "ask for patients by identifier or _id"))
    conditions = [of_patient(seen.access)]
    for written_ in params.values(pairs, "identifier"):
        system, value = params.token("identifier", written_)
        if system not in vocabulary().identifiers.identity:
            raise params.refused("identifier", f"{system!r} is no system of identity numbers")
        try:
            conditions.append(Resident.identity_digest == seen.vault.digest(value))
        except BadIdentity:
            raise params.refused("identifier", "not a valid identity number (GB 11643)") from None
    return conditions


def _identified(seen: View, pairs: Pairs, own: str, number: Any, external: Any) -> Conditions:
    conditions = []
    for written_ in params.values(pairs, "identifier"):
        system, value = params.token("identifier", written_)
        if system == own:
            conditions.append(number == params.reference("identifier", own, value))
        elif system in vocabulary().identifiers.hospital:
            codes = seen.session.scalars(select(Centre.code).where(seen.access.of_centre()))
            conditions.append(external.in_([names.stored(code, value) for code in codes]))
        else:
            raise params.refused("identifier", f"{system!r} is none that is known here")
    return conditions


def _coded(system: str, number: Any, code: Any) -> Callable[[View, Pairs], Conditions]:
    """Of places: by their identifiers, CENTRE/CODE."""

    def conditions(seen: View, pairs: Pairs) -> Conditions:
        made = [seen.access.of_centre()]
        for written_ in params.values(pairs, "identifier"):
            given, value = params.token("identifier", written_)
            if given != system:
                raise params.refused("identifier", f"{given!r} is not {system}")
            centre, _, inner = value.partition("/")
            made.append((Centre.code == centre) & (code == inner) if number is not Centre.id else Centre.code == value)
        return made

    return conditions


def _moment(micros: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)


def _address(base: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Without identity numbers: a link is logged on its way, where a body is not."""
    shown = [pair for pair in pairs if not (pair[0] == "identifier" and _is_identity(pair[1]))]
    return f"{base}?{urlencode(shown)}" if shown else base


def _is_identity(written_: str) -> bool:
    return written_.partition("|")[0] in vocabulary().identifiers.identity


KINDS: dict[str, Kind] = {
    "Slot": Kind(
        _slot_ids,
        ClinicSession.id,
        ("schedule", "start", "status", "identifier"),
        _slot_conditions,
        ClinicSession.updated_at,
    ),
    "Appointment": Kind(
        _visit_ids, Visit.id, ("date", "status", "patient", "slot", "identifier"), _visit_conditions, Visit.updated_at
    ),
    "Patient": Kind(lambda: select(Resident.id), Resident.id, ("identifier",), _patient_conditions),
    "Location": Kind(
        lambda: select(Centre.id), Centre.id, ("identifier",), _coded(names.CENTRE, Centre.id, Centre.code)
    ),
    "HealthcareService": Kind(
        lambda: select(Department.id).join(Department.centre),
        Department.id,
        ("identifier",),
        _coded(names.DEPARTMENT, Department.id, Department.code),
    ),
    "Practitioner": Kind(
        lambda: select(Practitioner.id).join(Centre, Centre.id == Practitioner.centre_id),
        Practitioner.id,
        ("identifier",),
        _coded(names.PRACTITIONER, Practitioner.id, Practitioner.code),
    ),
}
