"""What an Appointment does that is put: a visit is booked at the hospital's window, arrives, is seen, is cancelled.

All of it goes by the doors that residents and staff use. Who is put as `arrived` at once has come without booking, and
takes one of the counter's places. A visit that is there is locked in the order in which who pays, cancels and arrives
do it: its payments, its T-code, itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, update

from clinic import audit, phones, residents, subscribers, vouchers
from clinic.hospital import forms, names, values
from clinic.hospital.desk import OF_BOOKING, Desk, Done, Put, check_number, check_version, refusals, resolved
from clinic.hospital.issues import Issue, Rejected, missing, not_found, wrong
from clinic.hospital.values import ours
from clinic.hospital.view import FRESH, belongs, names_here, of_patient
from clinic.identity import SealedIdentity
from clinic.money import charging
from clinic.notices.people import reached
from clinic.phones import BadPhone
from clinic.queue import calling
from clinic.residents import NewPerson
from clinic.rows import PLAIN
from clinic.tables import Centre, ClinicSession, Department, Payment, Resident, Visit, Voucher
from clinic.tables.visits import STANDING
from clinic.visit_telling.wording import whole
from clinic.visits.booking import book
from clinic.visits.seen import tell, view_of
from clinic.visits.walk_in import walk_in
from clinic.visits.withdrawing import withdraw

CHANNEL: Final = "hospital"
EXTENSIONS = (
    "fee", "phone", "queue-number", "paid", "pays", "channel", "turn", "arrived", "called", "seen", "cancelled",
    "expected", "payment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Values:
    """An Appointment, read. `fee`, `phone`: None, "" where it does not say. `name`: what the request calls the patient,
    "" where it does not."""

    slot: int
    resident: int
    name: str
    status: str
    external: str
    phone: str
    fee: int | None
    centre: Centre


def put(desk: Desk, form: forms.Appointment, how: Put) -> Done:
    """Raises Rejected."""
    given = read(desk, form, how.where)
    with refusals(how.where, OF_BOOKING):
        number = how.id or _known(desk, given, how)
        if not number:
            return Done(201, "Appointment", str(_make(desk, given, how.where).id))
        row = locked(desk, number)
        if how.is_new:
            _same(row, given, how.where)
            return Done(200, "Appointment", str(row.id))  # it came before
        check_version(values.version(row.updated_at), how)
        _change(desk, row, given, how.where)
    return Done(200, "Appointment", number)


def read(desk: Desk, form: forms.Appointment, where: str) -> Values:
    """The values of an Appointment. Raises Rejected with the element that cannot be taken."""
    values.known(form.extension, EXTENSIONS, where)
    if len(form.slot) != 1:
        raise missing(f"{where}.slot", "one Slot")
    place = f"{where}.slot[0]"
    slot = resolved(desk, form.slot[0], "Slot", place)
    centre = desk.session.scalars(
        select(Centre)
        .join(Department, Department.centre_id == Centre.id)
        .join(ClinicSession, ClinicSession.department_id == Department.id)
        .where(ClinicSession.id == values.own_id(slot), desk.view.access.of_centre())
    ).one_or_none()
    if centre is None:
        raise wrong(f"{place}.reference", f"there is no Slot/{slot}", "not-found")
    resident, name = _patient(desk, form, where)
    return Values(
        slot=int(slot),
        resident=resident,
        name=name,
        status=form.status,
        external=values.hospitals(form.identifier, where, names.VISIT),
        phone=_phone(desk, form, where),
        fee=values.fee(form.extension, centre.currency, where),
        centre=centre,
    )


def _patient(desk: Desk, form: forms.Appointment, where: str) -> tuple[int, str]:
    """Who it is for, and what they are called. By id only who is of the client's centres: an id can be guessed, an
    identity number cannot."""
    for number, participant in enumerate(form.participant):
        actor, place = participant.actor, f"{where}.participant[{number}].actor"
        if actor is None or not _is_patient(desk, actor):
            continue
        resident = values.own_id(_resident(desk, actor, place))
        if resident in desk.called:
            return resident, desk.called[resident]
        seen = select(Resident).where(Resident.id == resident)
        if not actor.identifier or actor.reference:
            seen = seen.where(of_patient(desk.view.access))
        row = desk.session.scalar(seen)
        if row is None:
            raise wrong(f"{place}.reference", f"there is no {actor.reference}", "not-found")
        known = names_here(desk.view, [row]).get(resident, row.name)
        return resident, actor.display if not actor.reference else known
    raise missing(f"{where}.participant", "a Patient")


def _resident(desk: Desk, actor: forms.Reference, place: str) -> str:
    """By identity number also who is of other centres."""
    if actor.reference or actor.identifier is None:
        return resolved(desk, actor, "Patient", place)
    with refusals(f"{place}.identifier", {}):
        digest = desk.view.vault.digest(actor.identifier.value)
    found = residents.by_digest(desk.session, digest)
    if found is None:
        raise wrong(f"{place}.identifier", "nobody with it is on record: put the Patient too", "not-found")
    if not actor.display:
        raise missing(f"{place}.display", "the patient's name, which the notice is written with")
    return str(found)


def _is_patient(desk: Desk, actor: forms.Reference) -> bool:
    written = desk.refs.get(actor.reference, actor.reference)
    return written.startswith(("Patient/", "Patient?")) or "/Patient/" in written or actor.type == "Patient"


def _known(desk: Desk, given: Values, how: Put) -> str:
    """The visit with the hospital's number, "" where there is none."""
    check_number(given.external, how)
    kept = names.stored(given.centre.code, given.external)
    return str(desk.session.scalar(select(Visit.id).where(Visit.external_id == kept)) or "")


def locked(desk: Desk, number: str) -> Visit:
    """A visit that this client sees, ours to the end of the transaction."""
    wanted = values.own_id(number)
    charging.lock_payments(desk.session, wanted)
    desk.session.execute(select(Voucher.id).where(Voucher.visit_id == wanted).with_for_update())
    desk.session.execute(select(Visit.id).where(Visit.id == wanted).with_for_update())
    row = desk.session.scalars(whole().where(Visit.id == wanted), execution_options=FRESH).one_or_none()
    if row is None or not desk.view.access.sees(row.clinic_session.department.centre.code):
        raise not_found(f"Appointment {number}")
    return row


def _same(row: Visit, given: Values, where: str) -> None:
    if (row.clinic_session_id, row.resident_id) != (given.slot, given.resident):
        told = f"Appointment/{row.id} has this number, and is for another Slot or Patient"
        raise Rejected(409, Issue("duplicate", told, f"{where}.identifier"))


def _make(desk: Desk, given: Values, where: str) -> Visit:
    if given.status not in ("booked", "arrived"):
        raise wrong(f"{where}.status", "a new one is booked; arrived, where somebody came without booking")
    resident = desk.session.get_one(Resident, given.resident)
    sealed = SealedIdentity(resident.identity_sealed, resident.identity_digest, resident.birth, resident.sex)
    is_walk_in = given.status == "arrived"
    phone = given.phone or _reached(desk, given, where, is_needed=not is_walk_in)
    terms: dict[str, Any] = {
        "clinic_session": given.slot,
        "patient": NewPerson(given.name or resident.name, sealed),
        "phone": phone,
        "language": subscribers.language(desk.session, phone=phone) or desk.view.installation.language,
        "occasion": names.occasion(names.stored(given.centre.code, given.external)),
        "installation": desk.view.installation,
        "now": desk.now,
        "rules": desk.rules.booking,
    }
    made = walk_in(desk.session, by=desk.by, **terms) if is_walk_in else book(desk.session, channel=CHANNEL, **terms)
    row = desk.session.scalars(whole().where(Visit.id == made.id), execution_options=FRESH).one()
    row.external_id = names.stored(given.centre.code, given.external)
    desk.session.flush()
    audit.note(desk.session, desk.by, "visit.put", f"visit:{row.id}", now=desk.now)
    if given.fee is not None:
        charge(desk, row, given.fee, where)
    return row


def _reached(desk: Desk, given: Values, where: str, *, is_needed: bool) -> str:
    """The phone that the centre has on record; the T-code goes there. Who is there needs none."""
    is_theirs = belongs(desk.view, desk.session.get_one(Resident, given.resident))
    seen = [given.resident] if is_theirs else []  # of somebody else's no phone is told
    known = reached(desk.session, residents=seen, language=desk.view.installation.language)
    if given.resident in known:
        return known[given.resident][0].phone
    if is_needed:
        told = f"{names.extension('phone')}: the patient has no phone on record, and the T-code goes by SMS"
        raise missing(f"{where}.extension", told)
    return ""


def _change(desk: Desk, row: Visit, given: Values, where: str) -> None:
    if row.clinic_session_id != given.slot:
        told = f"it is of Slot/{row.clinic_session_id}: cancel it and put another, or have staff transfer it"
        raise wrong(f"{where}.slot[0]", told, "business-rule")
    if row.resident_id != given.resident:
        raise wrong(f"{where}.participant", "it is of another Patient", "business-rule")
    if given.phone and given.phone != row.phone:
        told = "a visit keeps the phone that it was booked with"
        raise wrong(f"{where}.extension", told, "business-rule")
    kept = names.stored(given.centre.code, given.external) if given.external else row.external_id
    if kept != row.external_id:
        if row.external_id is not None:
            raise Rejected(409, Issue("duplicate", "it has another number already", f"{where}.identifier"))
        row.external_id = kept
        desk.session.flush()
    if given.fee is not None and given.fee != row.fee:
        charge(desk, row, given.fee, where)
    become(desk, row, given.status, where)


def become(desk: Desk, row: Visit, status: str, where: str) -> None:
    """Take a visit that is ours to another state, by the step that leads there. Raises Rejected."""
    if status == row.state:
        return
    step = STEPS.get((row.state, status))
    if step is None:
        ways = ", ".join(to for since, to in STEPS if since == row.state) or "nothing"
        raise wrong(f"{where}.status", f"it is {row.state}; from there it becomes {ways}", "business-rule")
    step(desk, row, where)


def charge(desk: Desk, row: Visit, fee: int, where: str) -> None:
    """Another fee of a visit that is ours, as long as nobody has paid or is about to. Raises Rejected."""
    payments = select(Payment.id).where(Payment.visit_id == row.id, Payment.state != "failed").limit(1)
    if row.paid or desk.session.scalar(payments) is not None:
        raise wrong(f"{where}.extension", "fee: it is paid, or is being paid", "business-rule")
    if row.state not in STANDING:
        raise wrong(f"{where}.extension", f"fee: the visit is {row.state}", "business-rule")
    before, row.fee = row.fee, fee
    desk.session.flush()
    if before != fee:
        audit.note(desk.session, desk.by, "visit.fee", f"visit:{row.id}", now=desk.now, before=before, fee=fee)


def _arrive(desk: Desk, row: Visit, where: str) -> None:
    """At the hospital's window, as at a kiosk."""
    if row.day != desk.now.date():
        raise wrong(f"{where}.status", f"it is on {row.day}, not today", "business-rule")
    done = vouchers.arrive(desk.session, visit=row.id, by=desk.by, now=desk.now, rules=desk.rules.booking)
    if done.outcome != "genuine":
        raise wrong(f"{where}.status", f"its T-code is {done.outcome}", "business-rule")
    desk.session.expire(row)


def _see(desk: Desk, row: Visit, where: str) -> None:
    if row.state == "booked":
        _arrive(desk, row, where)
    calling.seen(desk.session, visit=row.id, **_house(desk))


def _gone(desk: Desk, row: Visit, _where: str) -> None:
    calling.gone(desk.session, visit=row.id, **_house(desk))


def _missed(desk: Desk, row: Visit, where: str) -> None:
    """Who never arrived: until the session is over they may still come."""
    if row.clinic_session.ends_at(desk.zone) > desk.now:
        raise wrong(f"{where}.status", "the session is not over: they may still come", "business-rule")
    gone = update(Voucher).where(Voucher.visit_id == row.id, Voucher.state == "issued").values(state="expired")
    desk.session.execute(gone, execution_options=PLAIN)
    row.state, row.judge_at = "noshow", desk.now
    audit.note(desk.session, desk.by, "visit.noshow", f"visit:{row.id}", now=desk.now)
    desk.session.flush()


def _cancel(desk: Desk, row: Visit, where: str) -> None:
    if not withdraw(desk.session, row, why="hospital", by=desk.by, now=desk.now):
        raise wrong(f"{where}.status", "it has arrived, or was cancelled, in this moment", "conflict")
    view = view_of(desk.session, row, desk.view.installation)
    tell(desk.session, row, view, "visit.cancelled_sms", f"cancelled:{row.id}", row.language, desk.now)  # type: ignore[arg-type]


def _house(desk: Desk) -> dict[str, Any]:
    return {"by": desk.by, "rules": desk.rules, "installation": desk.view.installation, "now": desk.now}


def _phone(desk: Desk, form: forms.Appointment, where: str) -> str:
    found = ours(form.extension, "phone", where)
    if found is None:
        return ""
    extension, place = found
    if extension.valueContactPoint is None:
        raise missing(f"{place}.valueContactPoint")
    try:
        return phones.canonical(extension.valueContactPoint.value, desk.view.installation.region)
    except BadPhone as error:
        raise wrong(f"{place}.valueContactPoint.value", str(error)) from None


STEPS: Mapping[tuple[str, str], Callable[[Desk, Visit, str], None]] = {
    ("pending", "cancelled"): _cancel,
    ("booked", "cancelled"): _cancel,
    ("booked", "arrived"): _arrive,
    ("booked", "fulfilled"): _see,
    ("booked", "noshow"): _missed,
    ("arrived", "fulfilled"): _see,
    ("arrived", "noshow"): _gone,
}
"""From which state to which a visit goes, and how."""
