"""Importing Patients and Immunizations of FHIR R4: whole or not at all, and once more changes nothing.

Patient: `identifier` (identity number or card, by the systems of conf/fhir.toml), `name`, `birthDate`, `gender`,
`contact` and `telecom` (guardians' phones), `deceased[x]`. Immunization: `completed` is a dose, `entered-in-error`
strikes it, `not-done` is left out; `patient` by a reference to a Patient that is imported too, or by its identifier.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import residents
from clinic.children import doses, entries, files, finding
from clinic.children.errors import BadRecord, NoSuchChild
from clinic.children.fhir_resources import (
    BadResource,
    Contact,
    Identifier,
    Immunization,
    Patient,
    Resource,
    Telecom,
    count,
    resources,
)
from clinic.identity import Vault
from clinic.tables import Immunization as Dose
from conf.fhir import vocabulary

BY = "import"
Progress = Callable[[int, int], None]
# Where what an entry is refused for stands in FHIR.
PLACES = {
    "identity": "identifier", "card": "identifier", "birth": "birthDate", "sex": "gender", "guardians": "contact",
    "vaccine": "vaccineCode", "day": "occurrenceDateTime", "lot": "lotNumber", "number": "protocolApplied",
    "centre": "managingOrganization",
}  # fmt: skip
COUNTED = ("children", "doses", "struck", "not on record", "not done", "subpotent", "other resources")


class BadFiles(ValueError):
    """Nothing was imported; `mistakes` says why, a line each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class _Reading:
    """What resources are read with. `known`: the children by the names that references use; `touched`: those
    whose reminders are to be looked at again."""

    session: Session
    vault: Vault
    region: str
    centre: int | None
    now: dt.datetime
    known: dict[str, int] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)


def load(
    session: Session,
    *,
    paths: Sequence[Path],
    vault: Vault,
    region: str,
    now: dt.datetime,
    centre: str | None = None,
    progress: Progress = lambda done, total: None,  # noqa: ARG005
) -> dict[str, int]:
    """Import these files together; how many of each of COUNTED. `centre`: the code of that of children who are new.

    Raises BadFiles: nothing is changed then.
    """
    try:
        total = sum(map(count, paths))
        of_new = finding.centre(session, code=centre) if centre else None
    except OSError as error:
        raise BadFiles([f"{error.filename}: {error.strerror}"]) from error
    except (BadResource, BadRecord) as error:
        raise BadFiles([str(error)]) from error
    reading, mistakes = _Reading(session, vault, region, of_new, now), []
    for done, resource in enumerate(_in_order(paths), start=1):
        try:
            with session.begin_nested():  # what a bad one leaves half made must not trip those after it
                _take(reading, resource)
        except BadResource as error:
            mistakes.append(str(error))
        except (BadRecord, NoSuchChild) as error:
            mistakes.append(f"{resource.where}.{_placed(str(error))}")
        progress(done, total)
    if mistakes:
        raise BadFiles(mistakes)
    files.look_again(session, reading.touched, now)
    return {name: reading.counted[name] for name in COUNTED}


def _in_order(paths: Iterable[Path]) -> Iterator[Resource]:
    """The Patients of all files before the Immunizations, which refer to them."""
    for path in paths:
        yield from (each for each in resources(path) if each.kind != "Immunization")
    for path in paths:
        yield from (each for each in resources(path) if each.kind == "Immunization")


def _take(reading: _Reading, resource: Resource) -> None:
    if resource.kind == "Patient":
        child = _patient(reading, resource.read(Patient))
        reading.known.update(dict.fromkeys(resource.names, child))
        reading.counted["children"] += 1
    elif resource.kind == "Immunization":
        reading.counted[_immunization(reading, resource.read(Immunization))] += 1
    else:
        reading.counted["other resources"] += 1


def _patient(reading: _Reading, patient: Patient) -> int:
    identity, card = _numbers(patient.identifier)
    if not identity and not card:
        raise BadRecord("identifier: neither an identity number nor a card; conf/fhir.toml has their systems")
    given = {
        "identity": identity,
        "card": card,
        "name": _name(patient),
        "birth": _date(patient.birthDate, "birthDate") if not identity else "",
        "sex": patient.gender if not identity else "",
        "guardians": ";".join(_guardians(patient)),
        "standing": "died" if patient.deceasedBoolean or patient.deceasedDateTime else "",
    }
    if not given["guardians"]:
        del given["guardians"]  # a system that keeps no phones does not take ours away
    today = reading.now.date()
    entry = entries.read(given, vault=reading.vault, region=reading.region, today=today, centre=int)
    if identity and patient.birthDate and entry.identity and str(entry.identity.birth) != patient.birthDate:
        raise BadRecord(f"birthDate: the identity number says {entry.identity.birth}")
    is_known = (entry.identity and residents.by_digest(reading.session, entry.identity.digest)) or (
        entry.card and finding.by_card(reading.session, entry.card)
    )
    entry = entry if is_known else _of_centre(entry, reading.centre)
    return files.write(reading.session, entry, vault=reading.vault, by=BY, now=reading.now).child


def _of_centre(entry: entries.Entry, centre: int | None) -> entries.Entry:
    if centre is None:
        raise BadRecord("centre: the child is new; --centre says which centre looks after it")
    return replace(entry, centre=centre)


def _numbers(identifiers: Iterable[Identifier]) -> tuple[str, str]:
    """The identity number and the card; "" where there is none."""
    systems = vocabulary().identifiers
    identity = next((each.value for each in identifiers if each.system in systems.identity), "")
    return identity, next((each.value for each in identifiers if each.system in systems.card), "")


def _name(patient: Patient) -> str:
    """The official name, else the first: its text, or family and given name in the order of their script."""
    names = sorted(patient.name, key=lambda name: name.use != "official")
    if not names:
        raise BadRecord("name: there is none")
    name = names[0]
    given = [each for each in name.given if each]
    if name.text:
        return name.text
    written = "".join([name.family, *given])
    return written if not written.isascii() else " ".join([*given, name.family]).strip()


def _guardians(patient: Patient) -> Iterator[str]:
    """Those of the contacts first: a phone of the child's own is mostly one of theirs."""
    for contact in patient.contact:
        yield from (f"{_relation(contact)}:{phone}" for phone in _phones(contact.telecom))
    yield from (f"guardian:{phone}" for phone in _phones(patient.telecom))


def _phones(telecom: Iterable[Telecom]) -> Iterator[str]:
    wanted = (each for each in telecom if each.system in ("phone", "sms") and each.use != "old" and each.value)
    yield from (each.value.removeprefix("tel:") for each in wanted)


def _relation(contact: Contact) -> str:
    codes = (coding for concept in contact.relationship for coding in concept.coding)
    found = (vocabulary().relation(coding.system, coding.code) for coding in codes)
    return next(filter(None, found), "guardian")


def _immunization(reading: _Reading, given: Immunization) -> str:
    """What it was counted as."""
    if given.status == "not-done":
        return "not done"
    if given.status not in ("completed", "entered-in-error"):
        raise BadRecord(f"status: {given.status!r} is neither of completed, not-done, entered-in-error")
    if given.isSubpotent:
        return "subpotent"
    child, vaccine = _child(reading, given), _vaccine(given)
    day = entries.day(_day(given.occurrenceDateTime, reading.now), reading.now.date())
    number = next((each.doseNumberPositiveInt for each in given.protocolApplied if each.doseNumberPositiveInt), None)
    if given.status == "entered-in-error":
        return _struck(reading, child, vaccine, day)
    put = doses.put(
        reading.session, child=child, vaccine=vaccine, day=day, lot=given.lotNumber, number=number,
        now=reading.now, replace=True,
    )  # fmt: skip
    if put.is_changed:
        reading.touched.add(child)
    return "doses"


def _struck(reading: _Reading, child: int, vaccine: str, day: dt.date) -> str:
    same = (Dose.resident_id == child, Dose.vaccine == vaccine, Dose.given_on == day)
    dose = reading.session.scalar(select(Dose.id).where(*same))
    if dose is None:
        return "not on record"
    doses.strike(reading.session, dose=dose, why="entered-in-error", by=BY, now=reading.now)
    return "struck"


def _child(reading: _Reading, given: Immunization) -> int:
    """Whom it is of: a Patient of these files, or a child on record with that identifier."""
    name = given.patient.reference
    if name in reading.known:
        return reading.known[name]
    identity, card = _numbers([given.patient.identifier] if given.patient.identifier else [])
    found: Any = None
    if identity:
        found = residents.by_digest(reading.session, entries.sealed(reading.vault, identity).digest)
    elif card:
        found = finding.by_card(reading.session, entries.card(card))
    if found is None:
        which = "is of no Patient in these files" if name else "with this identifier is on record"
        raise BadRecord(f"patient: {name if name else 'no child'} {which}; import the Patient too")
    return int(found)


def _vaccine(given: Immunization) -> str:
    codings = given.vaccineCode.coding
    found = (vocabulary().vaccine(coding.system, coding.code) for coding in codings)
    known = next(filter(None, found), None)
    if known is None:
        told = ", ".join(f"{coding.system or 'no system'}|{coding.code}" for coding in codings) or "no coding"
        raise BadRecord(f"vaccine: {told} is none that conf/fhir.toml knows")
    return known


def _day(written: str, now: dt.datetime) -> str:
    """The day of a dateTime, in the centres' time where it has an hour."""
    if re.match(r"\d{4}-\d\d-\d\dT", written):
        try:
            moment = dt.datetime.fromisoformat(written)
        except ValueError:
            raise BadRecord(f"day: {written!r} is no dateTime") from None
        return str((moment.astimezone(now.tzinfo) if moment.tzinfo else moment).date())
    return _date(written, "day")


def _date(written: str, name: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        raise BadRecord(
            f"{name}: {written!r} is not a whole date, such as 2024-03-08" if written else f"{name}: missing"
        )
    return written


def _placed(told: str) -> str:
    """The reason, with the name of FHIR's element instead of ours."""
    name, colon, why = told.partition(": ")
    return f"{PLACES.get(name, name)}: {why}" if colon else told
