"""Visits that the hospital books at its window, and what becomes of them there."""

from __future__ import annotations

import datetime as dt
from typing import Any, get_args

import pytest

from clinic.hospital.access import Access
from clinic.hospital.written import REASONS
from clinic.tables import Audit, ClinicSession, Message, Payment, Resident, SessionShare, Visit, Voucher
from clinic.visits.withdrawing import Why
from tests.clinic.conftest import IDENTITY, OTHER_IDENTITY, nth_identity
from tests.clinic.hospital.counterpart import (
    CITIZEN,
    EXT,
    HOSPITAL,
    His,
    appointment,
    entry,
    everything,
    extensions,
    money,
    patient,
    slot,
)

PHONE = "+8615400000001"


def test_a_visit_is_booked_with_its_number_and_its_t_code(his: His, clinic: Any, known: str) -> None:
    made = his.post(appointment(patient=known))
    assert (his.status, made["status"], made["slot"]) == (201, "booked", [{"reference": "Slot/1"}])
    told = extensions(made)
    assert (told["queue-number"], told["fee"], told["paid"], told["channel"]) == (1, money(12.5), money(0), "hospital")
    assert clinic.rows(Visit.external_id, Visit.phone, Visit.name) == [("DY:A1", PHONE, "王芳")]
    assert "第1号" in clinic.texts()[-1][1]
    assert clinic.places() == (1, 1)
    assert his.post(appointment(patient=known)) == made
    assert clinic.places() == (1, 1)


def test_the_same_number_for_somebody_else_is_no_repetition(his: His, known: str) -> None:
    his.post(appointment(patient=known))
    assert his.refused(his.post, appointment(patient=known, slot="Slot/2"))[:2] == (409, "Appointment.identifier")


def test_a_visit_takes_the_hospital_s_own_places(his: His, clinic: Any, known: str) -> None:
    shares = {"url": f"{EXT}shares", "valueString": "onsite=1 hospital=1 rest=booked"}
    capacity = {"url": f"{EXT}places", "extension": [{"url": "capacity", "valueUnsignedInt": 2}]}
    made = his.post(slot(day=0, half="am", schedule={"reference": "Schedule/1"}, extension=[capacity, shares]))
    where = f"Slot/{made['id']}"
    his.post(appointment(patient=known, slot=where))
    other = his.post(patient("李明", OTHER_IDENTITY))
    full = his.refused(his.post, appointment("A2", patient=f"Patient/{other['id']}", slot=where))
    assert full == (422, "Appointment.slot[0]", "No place is left in this clinic session.")
    walked = his.post(appointment("A2", patient=f"Patient/{other['id']}", slot=where, status="arrived"))
    assert (walked["status"], extensions(walked)["channel"]) == ("arrived", "counter")
    assert sorted(clinic.rows(SessionShare.pool, SessionShare.taken)) == [("booked", 0), ("hospital", 1), ("onsite", 1)]


def test_from_booking_to_the_room(his: His, clinic: Any, known: str) -> None:
    made = his.post(appointment(patient=known))
    assert set(extensions(his.get("Appointment", made["id"]))["expected"]) == {"start", "end"}
    arrived = his.put({**made, "status": "arrived"}, made["id"])
    assert extensions(arrived)["arrived"] == "2027-03-07T23:30:00.000Z"
    assert extensions(arrived)["turn"] == 1
    assert clinic.rows(Voucher.state) == ["used"]
    clinic.wait(hours=1)
    seen = his.put({**arrived, "status": "fulfilled"}, made["id"])
    assert (seen["status"], extensions(seen)["seen"]) == ("fulfilled", "2027-03-08T00:30:00.000Z")
    assert extensions(his.get("Slot", "1"))["queue"]["seen"] == 1
    status, where, why = his.refused(his.put, {**seen, "status": "booked"}, made["id"])
    assert (status, where, why) == (422, "Appointment.status", "it is fulfilled; from there it becomes nothing")


def test_who_was_seen_without_a_check_in_has_arrived(his: His, clinic: Any, known: str) -> None:
    made = his.post(appointment(patient=known))
    assert his.put({**made, "status": "fulfilled"}, made["id"])["status"] == "fulfilled"
    assert clinic.rows(Visit.arrived_at) == [clinic.moment]


def test_who_does_not_come_is_counted_after_the_session(his: His, clinic: Any, known: str) -> None:
    made = his.post(appointment(patient=known))
    missed = {**made, "status": "noshow"}
    assert his.refused(his.put, missed, made["id"])[:2] == (422, "Appointment.status")
    clinic.wait(hours=4)
    assert his.put(missed, made["id"])["status"] == "noshow"
    assert clinic.rows(Voucher.state) == ["expired"]


def test_who_goes_away_again(his: His, known: str) -> None:
    made = his.post(appointment(patient=known))
    arrived = his.put({**made, "status": "arrived"}, made["id"])
    assert his.put({**arrived, "status": "noshow"}, made["id"])["status"] == "noshow"


def test_nobody_arrives_on_another_day(his: His, known: str) -> None:
    made = his.post(appointment(patient=known, slot="Slot/4"))
    refused = his.refused(his.put, {**made, "status": "arrived"}, made["id"])
    assert refused == (422, "Appointment.status", "it is on 2027-03-09, not today")


def test_every_reason_has_its_words() -> None:
    assert set(REASONS) == set(get_args(Why))


def test_a_visit_is_cancelled_and_its_place_comes_back(his: His, clinic: Any, known: str) -> None:
    made = his.post(appointment(patient=known))
    cancelled = his.put({**made, "status": "cancelled"}, made["id"], match=f'W/"{made["meta"]["versionId"]}"')
    assert cancelled["cancelationReason"]["coding"][0] == {
        "system": "urn:caredial:cancelled-for",
        "code": "hospital",
        "display": "Cancelled by the hospital",
    }
    assert clinic.places() == (0, 1)
    assert clinic.rows(Message.text)[-1].startswith("已取消")
    assert clinic.rows(Audit.actor, Audit.action)[-1] == ("client:1", "visit.hospital")
    assert his.put({**made, "status": "cancelled"}, made["id"]) == cancelled
    assert len(clinic.texts()) == 2


def test_a_visit_that_was_booked_by_phone_is_the_hospital_s_too(his: His, clinic: Any) -> None:
    visit = clinic.book()
    seen = his.get("Appointment", str(visit.id))
    assert seen["participant"][0]["actor"]["display"] == "王芳"
    arrived = his.put({**seen, "status": "arrived"}, seen["id"])
    assert arrived["status"] == "arrived"
    numbered = {**arrived, "identifier": [{"system": HOSPITAL, "value": "H7"}]}
    his.put(numbered, seen["id"])
    assert his.found("Appointment", ("identifier", f"{HOSPITAL}|H7")) == [seen["id"]]


def test_an_old_version_is_not_written_over(his: His, clinic: Any, known: str) -> None:
    made = his.post(appointment(patient=known))
    clinic.cancel(int(made["id"]))
    before = everything(clinic, Visit, ClinicSession, Message)
    stale = his.refused(his.put, {**made, "status": "arrived"}, made["id"], match=f'W/"{made["meta"]["versionId"]}"')
    assert stale[:2] == (412, "Appointment")
    assert everything(clinic, Visit, ClinicSession, Message) == before


def test_a_fee_changes_until_somebody_has_paid(his: His, clinic: Any, known: str) -> None:
    fee = {"extension": [{"url": f"{EXT}fee", "valueMoney": money(3)}]}
    made = his.post(appointment(patient=known, **fee))
    assert extensions(made)["fee"] == money(3)
    dearer = {**made, "extension": [{"url": f"{EXT}fee", "valueMoney": money(4.5)}]}
    assert extensions(his.put(dearer, made["id"]))["fee"] == money(4.5)
    paid = Payment(
        occasion="t", kind="charge", method="cash", centre_id=1, visit_id=int(made["id"]), amount=450, currency="CNY",
        state="completed", correlation_id="c", created_at=clinic.moment, settled_at=clinic.moment,
    )  # fmt: skip
    clinic.run(lambda session: session.add(paid))
    refused = his.refused(his.put, made, made["id"])
    assert refused == (422, "Appointment.extension", "fee: it is paid, or is being paid")
    told = extensions(his.get("Appointment", made["id"]))
    assert (told["fee"], told["payment"]["amount"], told["payment"]["method"]) == (money(4.5), money(4.5), "cash")


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"slot": []}, "Appointment.slot"),
        ({"slot": [{"reference": "Slot/1"}, {"reference": "Slot/2"}]}, "Appointment.slot"),
        ({"slot": [{"reference": "Slot/99"}]}, "Appointment.slot[0].reference"),
        ({"slot": [{"reference": f"Slot?identifier={HOSPITAL}|none"}]}, "Appointment.slot[0].reference"),
        ({"slot": [{"reference": "Slot?color=red"}]}, "Appointment.slot[0].reference"),
        ({"slot": [{"reference": "urn:uuid:nobody"}]}, "Appointment.slot[0].reference"),
        ({"participant": []}, "Appointment.participant"),
        ({"participant": [{"status": "accepted"}]}, "Appointment.participant"),
        ({"participant": [{"actor": {"reference": "Patient/99"}, "status": "accepted"}]},
         "Appointment.participant[0].actor.reference"),
        ({"participant": [{"actor": {"reference": "Patient/1"}}]}, "Appointment.participant[0].status"),
        ({"participant": [{"actor": {"type": "Patient", "identifier": {"system": CITIZEN, "value": "1"}},
                           "status": "accepted"}]}, "Appointment.participant[0].actor.identifier"),
        ({"participant": [{"actor": {"type": "Patient", "identifier": {"system": CITIZEN, "value": OTHER_IDENTITY}},
                           "status": "accepted"}]}, "Appointment.participant[0].actor.identifier"),
        ({"identifier": []}, "Appointment.identifier"),
        ({"status": "proposed"}, "Appointment.status"),
        ({"status": "fulfilled"}, "Appointment.status"),
        ({"status": "pending"}, "Appointment.status"),
        ({"extension": [{"url": f"{EXT}phone", "valueString": "x"}]}, "Appointment.extension[0].valueContactPoint"),
        ({"extension": [{"url": f"{EXT}phone", "valueContactPoint": {"value": "x"}}]},
         "Appointment.extension[0].valueContactPoint.value"),
        ({"extension": [{"url": f"{EXT}fee", "valueMoney": {"value": 1e12}}]},
         "Appointment.extension[0].valueMoney.value"),
        ({"description": "x"}, "Appointment.description"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_with_its_element(
    his: His, clinic: Any, known: str, change: dict[str, Any], element: str
) -> None:
    status, where, _ = his.refused(his.post, {**appointment(patient=known), **change})
    assert (status, where) == (422, element)
    assert clinic.rows(Visit.id) == []


def test_without_a_phone_nobody_would_get_the_t_code(his: His, clinic: Any) -> None:
    who = his.post({**patient(), "telecom": []})
    wanted = appointment(patient=f"Patient/{who['id']}")
    assert his.refused(his.post, wanted)[:2] == (422, "Appointment.extension")
    walked = his.post({**wanted, "status": "arrived"})
    assert (walked["status"], "phone" in extensions(walked)) == ("arrived", False)
    assert clinic.texts() == []
    wanted = appointment("A2", patient=f"Patient/{who['id']}", slot="Slot/4")
    phone = [{"url": f"{EXT}phone", "valueContactPoint": {"system": "phone", "value": "154 0000 0007"}}]
    assert extensions(his.post({**wanted, "extension": phone}))["phone"]["value"] == "+8615400000007"


def test_a_patient_is_found_or_goes_on_record(his: His, clinic: Any) -> None:
    first = his.post(patient())
    assert (his.status, first["birthDate"], first["gender"]) == (201, "1958-08-14", "female")
    assert his.post(patient("王小芳"))["name"] == [{"text": "王芳"}]
    assert (his.status, len(clinic.rows(Resident.id))) == (200, 1)
    assert (
        his.post({**patient(), "name": [{"family": "王", "given": ["芳"], "use": "official"}, {"text": "x"}]}) == first
    )
    for change, element in (
        ({"identifier": []}, "Patient.identifier"),
        ({"identifier": [{"system": "urn:x", "value": IDENTITY}]}, "Patient.identifier[0].system"),
        ({"identifier": [{"system": CITIZEN, "value": IDENTITY[:-1] + "0"}]}, "Patient.identifier"),
        ({"name": []}, "Patient.name"),
        ({"name": [{"text": "1"}]}, "Patient.name[0]"),
        ({"birthDate": "1958-08-15"}, "Patient.birthDate"),
        ({"gender": "male"}, "Patient.gender"),
        ({"telecom": [{"system": "phone", "value": "x"}]}, "Patient.telecom[0].value"),
        ({"photo": []}, "Patient.photo"),
    ):
        assert his.refused(his.post, {**patient(), **change})[:2] == (422, element)


def test_an_id_of_somebody_else_s_patient_is_no_key(his: His, clinic: Any) -> None:
    """Ids can be counted up; an identity number cannot."""
    clinic.book(3)  # at the centre NH, by phone
    dongyuan = His(clinic, Access(2, frozenset({"DY"}), identities=True))
    refused = dongyuan.refused(dongyuan.post, appointment(patient="Patient/1"))
    assert refused[:2] == (422, "Appointment.participant[0].actor.reference")
    named = dongyuan.post(patient("王晓芳"))
    assert named == {"resourceType": "Patient", "id": "1"}
    actor = {"type": "Patient", "identifier": {"system": CITIZEN, "value": IDENTITY}, "display": "王晓芳"}
    phone = [{"url": f"{EXT}phone", "valueContactPoint": {"value": "15400000009"}}]
    who = [{"actor": actor, "status": "accepted"}]
    silent = dongyuan.refused(dongyuan.post, {**appointment(), "participant": who})
    assert silent[:2] == (422, "Appointment.extension")  # the phone on record is not theirs to see
    made = dongyuan.post({**appointment(), "participant": who, "extension": phone})
    assert made["participant"][0]["actor"]["display"] == "王晓芳"
    seen = dongyuan.get("Patient", "1")
    assert seen["name"] == [{"text": "王晓芳"}]  # as they have put it, not as it is on record
    assert "telecom" not in seen
    (again,) = dongyuan.found("Patient", ("identifier", f"{CITIZEN}|{IDENTITY}"))
    assert again == "1"
    more = dongyuan.post({**appointment("A2", patient="Patient/1", slot="Slot/5"), "extension": phone})
    assert more["participant"][0]["actor"]["display"] == "王晓芳"
    assert his.get("Patient", "1")["name"] == [{"text": "王芳"}]  # who sees all centres sees what is on record


def test_who_belongs_to_the_centre_is_seen_as_on_record(clinic: Any) -> None:
    dongyuan = His(clinic, Access(2, frozenset({"DY"})))
    number = dongyuan.post(patient())["id"]
    assert dongyuan.get("Patient", number)["name"] == [{"text": patient()["name"][0]["text"]}]
    assert dongyuan.get("Patient", number)["telecom"]
    assert dongyuan.post(appointment(patient=f"Patient/{number}"))["status"] == "booked"


def test_a_bundle_is_all_or_nothing(his: His, clinic: Any) -> None:
    before = everything(clinic, ClinicSession, Visit, Resident, Audit, Message, Voucher)
    many = [
        each
        for n in range(4)
        for each in (
            entry("POST", "Patient", patient("王芳", nth_identity(n), f"1540001{n:04d}"), name=f"urn:uuid:p{n}"),
            entry("POST", "Appointment", appointment(f"A{n}", slot="urn:uuid:s", patient=f"urn:uuid:p{n}")),
        )
    ]
    made = entry("PUT", f"Slot?identifier={HOSPITAL}|S1", slot(capacity=3), name="urn:uuid:s")
    status, where, why = his.refused(his.transact, *many, made)
    assert (status, where) == (422, "Bundle.entry[7].resource.slot[0]")
    assert why == "No place is left in this clinic session."
    assert everything(clinic, ClinicSession, Visit, Resident, Audit, Message, Voucher) == before
    made["resource"] = slot(capacity=4)
    done = his.transact(*many, made)
    assert [status for status, _ in done] == [201] * 9
    assert sorted(extensions(done[n][1])["queue-number"] for n in (1, 3, 5, 7)) == [1, 2, 3, 4]
    assert [status for status, _ in his.transact(*many, made)] == [200] * 9


def test_a_visit_of_another_centre_is_not_there(clinic: Any) -> None:
    visit = clinic.book(3)
    dongyuan = His(clinic, Access(2, frozenset({"DY"})))
    assert dongyuan.refused(dongyuan.get, "Appointment", str(visit.id))[0] == 404
    body = {**appointment(slot="Slot/1", patient="Patient/1"), "id": str(visit.id)}
    assert dongyuan.refused(dongyuan.put, body, str(visit.id))[0] in (404, 422)
    assert dongyuan.found("Appointment") == []


def test_a_visit_stays_what_it_is(his: His, known: str) -> None:
    made = his.post(appointment(patient=known))
    other = his.post(patient("李明", OTHER_IDENTITY))
    phone = [{"url": f"{EXT}phone", "valueContactPoint": {"value": "15400000009"}}]
    for change, element in (
        ({"slot": [{"reference": "Slot/3"}]}, "Appointment.slot[0]"),
        ({"participant": appointment(patient=f"Patient/{other['id']}")["participant"]}, "Appointment.participant"),
        ({"extension": phone}, "Appointment.extension"),
    ):
        assert his.refused(his.put, {**made, **change}, made["id"])[:2] == (422, element)
    assert dt.datetime.fromisoformat(made["created"])
