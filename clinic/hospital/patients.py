"""What a Patient does that is put: the resident with this identity number is found, or goes on record.

A name on record is not changed by it: that is the counter's to do (`caredial people`).
"""

from __future__ import annotations

from sqlalchemy import select

from clinic import audit, phones, residents, subscribers
from clinic.errors import BadIdentity, BadName
from clinic.hospital import forms
from clinic.hospital.desk import Desk, Done, Put, refusals
from clinic.hospital.issues import Issue, Rejected, missing, wrong
from clinic.identity import SealedIdentity
from clinic.phones import BadPhone
from clinic.residents import NewPerson
from clinic.tables import Centre
from conf.fhir import vocabulary


def put(desk: Desk, form: forms.Patient, how: Put) -> Done:
    """Raises Rejected."""
    if how.id:
        told = "patients on record are changed at the counter; POST a Patient to find or add one"
        raise Rejected(405, Issue("not-supported", told, how.where))
    with refusals(how.where, {BadIdentity: "identifier", BadName: "name[0]"}):
        sealed = desk.view.vault.seal(_number(form, how.where))
        _agrees(form, sealed, how.where)
        name = residents.check_name(_name(form, how.where))
        phone = _phone(desk, form, how.where)
    known = residents.by_digest(desk.session, sealed.digest)
    if known is not None:
        desk.called[known] = name
        return Done(200, "Patient", str(known))
    row = residents.register(desk.session, NewPerson(name, sealed), centre=_centre(desk), now=desk.now)
    desk.called[row.id] = name
    if phone:
        residents.put_on_record(desk.session, row, subscribers.known(desk.session, phone, desk.now), name)
    audit.note(desk.session, desk.by, "resident.put", f"resident:{row.id}", now=desk.now)
    return Done(201, "Patient", str(row.id))


def _number(form: forms.Patient, where: str) -> str:
    systems = vocabulary().identifiers.identity
    for number, each in enumerate(form.identifier):
        if each.system not in systems:
            told = f"{each.system!r} is no system of identity numbers (conf/fhir.toml)"
            raise wrong(f"{where}.identifier[{number}].system", told, "not-supported")
    if len(form.identifier) != 1:
        raise missing(f"{where}.identifier", f"one identity number, system {systems[0]}")
    return form.identifier[0].value


def _agrees(form: forms.Patient, sealed: SealedIdentity, where: str) -> None:
    if form.birthDate and form.birthDate != sealed.birth.isoformat():
        raise wrong(f"{where}.birthDate", "the identity number says another day")
    if form.gender and form.gender != sealed.sex:
        raise wrong(f"{where}.gender", "the identity number says another one")


def _name(form: forms.Patient, where: str) -> str:
    """The official name, else the first: its text, or family and given name in the order of their script."""
    if not form.name:
        raise missing(f"{where}.name")
    name = min(form.name, key=lambda each: each.use != "official")
    if name.text:
        return name.text
    whole = "".join([name.family, *name.given])
    return whole if not whole.isascii() else " ".join([*name.given, name.family]).strip()


def _phone(desk: Desk, form: forms.Patient, where: str) -> str:
    for number, each in enumerate(form.telecom):
        if each.system in ("phone", "sms") and each.use != "old":
            try:
                return phones.canonical(each.value.removeprefix("tel:"), desk.view.installation.region)
            except BadPhone as error:
                raise wrong(f"{where}.telecom[{number}].value", str(error)) from None
    return ""


def _centre(desk: Desk) -> int | None:
    """Who is put by a client of one centre is of that centre."""
    centres = desk.view.access.centres
    if centres is None or len(centres) != 1:
        return None
    found: int | None = desk.session.scalar(select(Centre.id).where(Centre.code.in_(centres)))
    return found
