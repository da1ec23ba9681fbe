"""Sessions that the hospital puts: made, changed, shared out, stopped."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.hospital.access import Access
from clinic.sessions.lottery.making import commit
from clinic.tables import Audit, ClinicSession, Message, SessionShare
from tests.clinic.conftest import NOW
from tests.clinic.hospital.counterpart import EXT, HOSPITAL, His, entry, extensions, money, slot

DAY = dt.date(2027, 3, 10)


def places(capacity: int) -> dict[str, Any]:
    return {"url": f"{EXT}places", "extension": [{"url": "capacity", "valueUnsignedInt": capacity}]}


def test_a_session_is_made(his: His, clinic: Any) -> None:
    made = his.post(slot(capacity=24))
    assert his.status == 201
    assert made["status"] == "free"
    assert (made["start"], made["end"]) == ("2027-03-10T08:00:00+08:00", "2027-03-10T11:30:00+08:00")
    told = extensions(made)
    assert told["places"] == {"capacity": 24, "taken": 0, "free": 24, "last-number": 0}
    assert told["fee"] == money(8.5)
    number = int(made["id"])
    columns = (ClinicSession.id, ClinicSession.day, ClinicSession.half, ClinicSession.fee, ClinicSession.external_id)
    assert clinic.rows(*columns)[-1] == (number, DAY, "am", 850, "DY:S1")
    assert clinic.rows(Audit.actor, Audit.action)[-1] == ("client:1", "session.put")
    assert his.get("Slot", made["id"]) == made


def test_the_same_again_is_the_same_session(his: His) -> None:
    made = his.post(slot())
    assert his.post(slot()) == made
    assert his.status == 200
    assert his.put(slot(), identifier=f"{HOSPITAL}|S1") == made


def test_two_hospitals_may_have_the_same_number(his: His, clinic: Any) -> None:
    first = his.post(slot(schedule={"reference": "Schedule/3"}))
    second = his.post(slot())
    assert first["id"] != second["id"]
    other = His(clinic, Access(2, frozenset({"NH"})))
    assert other.found("Slot", ("identifier", f"{HOSPITAL}|S1")) == [first["id"]]


def test_a_session_of_the_roster_becomes_one_of_the_hospital(his: His, clinic: Any) -> None:
    changed = his.post(slot("S9", day=1, capacity=50))
    assert (his.status, changed["id"]) == (200, "4")
    assert extensions(changed)["places"]["capacity"] == 50
    assert his.refused(his.post, slot("S8", day=1))[:2] == (409, "Slot.identifier")


def test_what_was_read_can_be_changed_and_put(his: His) -> None:
    made = his.post(slot())
    made["extension"] = [each for each in made["extension"] if each["url"] != f"{EXT}fee"]
    made["extension"].append({"url": f"{EXT}fee", "valueMoney": money(20)})
    changed = his.put(made, made["id"], match=f'W/"{made["meta"]["versionId"]}"')
    assert extensions(changed)["fee"] == money(20)
    assert changed["meta"]["versionId"] != made["meta"]["versionId"]
    assert his.refused(his.put, made, made["id"], match=f'W/"{made["meta"]["versionId"]}"')[:2] == (412, "Slot")


def test_what_it_does_not_say_stays_as_it_is(his: His) -> None:
    made = his.post(slot(capacity=12))
    bare = {name: value for name, value in slot().items() if name != "extension"}
    assert his.put(bare, identifier=f"{HOSPITAL}|S1") == made


def test_places_are_shared_out(his: His, clinic: Any) -> None:
    shares = {"url": f"{EXT}shares", "valueString": "onsite=30% hospital=2 rest=booked"}
    made = his.post(slot(extension=[places(10), shares]))
    pools = [SessionShare.pool, SessionShare.places]
    assert sorted(clinic.rows(*pools)) == [("booked", 5), ("hospital", 2), ("onsite", 3)]
    his.put({**made, "extension": [places(20), shares]}, made["id"])
    assert sorted(clinic.rows(*pools)) == [("booked", 12), ("hospital", 2), ("onsite", 6)]


def test_a_session_with_numbers_stays_where_it_is(his: His, clinic: Any) -> None:
    made = his.post(slot(capacity=3))
    clinic.book(int(made["id"]))
    for wrong, element in (
        (slot(half="pm"), "Slot.start"),
        (slot(day=3), "Slot.start"),
        (slot(end="2027-03-10T11:00:00+08:00"), "Slot.end"),
        (slot(schedule={"reference": "Schedule/1"}), "Slot.schedule"),
        (slot(capacity=0), "Slot.extension"),
    ):
        status, where, _ = his.refused(his.put, {**wrong, "id": made["id"]}, made["id"])
        assert (status, where) == (422, element)
    assert his.get("Slot", made["id"])["start"] == made["start"]


def test_one_without_numbers_may_move(his: His) -> None:
    made = his.post(slot())
    moved = his.put(slot(half="pm"), identifier=f"{HOSPITAL}|S1")
    assert (moved["id"], moved["start"]) == (made["id"], "2027-03-10T14:00:00+08:00")
    his.post(slot("S2"))
    assert his.refused(his.put, slot("S1"), identifier=f"{HOSPITAL}|S1")[:2] == (409, "Slot.start")


def test_a_session_is_stopped_as_staff_stop_it(his: His, clinic: Any) -> None:
    made = his.post(slot(capacity=3))
    visit = clinic.book(int(made["id"]))
    stopped = slot(status="busy-unavailable", comment="医生外出")
    assert his.refused(his.put, slot(status="busy-unavailable"), identifier=f"{HOSPITAL}|S1")[:2] == (
        422,
        "Slot.comment",
    )
    assert his.put(stopped, identifier=f"{HOSPITAL}|S1")["status"] == "busy-unavailable"
    assert his.get("Appointment", str(visit.id))["cancelationReason"]["coding"][0]["code"] == "stopped"
    assert "医生外出" in clinic.rows(Message.text)[-1]
    before = len(clinic.texts())
    assert his.put(stopped, identifier=f"{HOSPITAL}|S1")["status"] == "busy-unavailable"
    assert his.refused(his.put, slot(), identifier=f"{HOSPITAL}|S1")[:2] == (422, "Slot.status")
    assert len(clinic.texts()) == before


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"status": "busy-unavailable"}, "Slot.status"),
        ({"identifier": []}, "Slot.identifier"),
        ({"identifier": [{"system": "urn:x", "value": "1"}]}, "Slot.identifier[0].system"),
        ({"identifier": [{"system": HOSPITAL, "value": ""}]}, "Slot.identifier[0].value"),
        ({"identifier": [{"system": HOSPITAL, "value": "一"}]}, "Slot.identifier[0].value"),
        ({"schedule": {}}, "Slot.schedule"),
        ({"schedule": {"reference": "Schedule/99"}}, "Slot.schedule.reference"),
        ({"schedule": {"reference": "Schedule/1-99"}}, "Slot.schedule.reference"),
        ({"schedule": {"reference": "Schedule/1-1-1"}}, "Slot.schedule.reference"),
        ({"schedule": {"reference": "Slot/1"}}, "Slot.schedule.reference"),
        ({"start": "2027-03-10"}, "Slot.start"),
        ({"start": "2027-03-10T08:00:00"}, "Slot.start"),
        ({"start": "2027-02-30T08:00:00+08:00"}, "Slot.start"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "Slot.start"),
        ({"start": ""}, "Slot.start"),
        ({"end": "2027-03-10T08:00:00+08:00"}, "Slot.end"),
        ({"end": "2027-03-11T11:30:00+08:00"}, "Slot.end"),
        ({"start": "2027-03-08T06:00:00+08:00", "end": "2027-03-08T07:00:00+08:00"}, "Slot.end"),
        ({"extension": []}, "Slot.extension"),
        ({"extension": [places(3), {"url": "urn:x", "valueCode": "a"}]}, "Slot.extension[1].url"),
        ({"extension": [places(3), places(3)]}, "Slot.extension[1]"),
        ({"extension": [places(10_000)]}, "Slot.extension[0].extension[0].valueUnsignedInt"),
        ({"extension": [places(-1)]}, "Slot.extension[0].extension[0].valueUnsignedInt"),
        ({"extension": [{"url": f"{EXT}places"}]}, "Slot.extension[0].extension"),
        ({"extension": [places(3), {"url": f"{EXT}fee", "valueMoney": money(1, "USD")}]},
         "Slot.extension[1].valueMoney.currency"),
        ({"extension": [places(3), {"url": f"{EXT}fee", "valueMoney": money(0.005)}]},
         "Slot.extension[1].valueMoney.value"),
        ({"extension": [places(3), {"url": f"{EXT}fee", "valueMoney": money(-1)}]},
         "Slot.extension[1].valueMoney.value"),
        ({"extension": [places(3), {"url": f"{EXT}fee", "valueMoney": {"value": "many"}}]},
         "Slot.extension[1].valueMoney.value"),
        ({"extension": [places(3), {"url": f"{EXT}fee", "valueCode": "x"}]}, "Slot.extension[1].valueMoney"),
        ({"extension": [places(3), {"url": f"{EXT}kind", "valueCode": "x"}]}, "Slot.extension[1].valueCode"),
        ({"extension": [places(3), {"url": f"{EXT}release", "valueInstant": "x"}]}, "Slot.extension[1].valueInstant"),
        ({"extension": [places(3), {"url": f"{EXT}shares", "valueString": "x"}]}, "Slot.extension[1].valueString"),
        ({"overbooked": True}, "Slot.overbooked"),
        ({"contained": []}, "Slot.contained"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_with_its_element(his: His, change: dict[str, Any], element: str) -> None:
    status, where, _ = his.refused(his.post, slot(**change))
    assert (status, where) == (422, element)


def test_a_schedule_is_found_not_made(his: His) -> None:
    department = {"identifier": {"system": "urn:caredial:department", "value": "DY/QK"}}
    doctor = {"reference": "Practitioner/1"}
    assert his.post({"resourceType": "Schedule", "actor": [department]})["id"] == "1"
    schedule = his.post({"resourceType": "Schedule", "actor": [department, doctor]})
    assert (his.status, schedule["id"]) == (200, "1-1")
    assert schedule["planningHorizon"] == {"start": "2027-03-08", "end": "2027-03-09"}
    assert his.post({"resourceType": "Schedule", "actor": [doctor]})["id"] == "1-1"
    assert his.put(schedule, "1-1") == schedule
    assert his.refused(his.put, {**schedule, "id": "1"}, "1")[0] == 404
    for actors, element in (([], "Schedule.actor"), ([{"reference": "Device/1"}], "Schedule.actor[0]")):
        refused = his.refused(his.post, {"resourceType": "Schedule", "actor": actors})
        assert refused[:2] == (422, element)


def test_a_slot_refers_to_its_schedule_in_the_same_bundle(his: His) -> None:
    schedule = {"resourceType": "Schedule", "actor": [{"reference": "HealthcareService/2"}]}
    done = his.transact(
        entry("PUT", f"Slot?identifier={HOSPITAL}|S1", slot(schedule={"reference": "urn:uuid:x"})),
        entry("POST", "Schedule", schedule, name="urn:uuid:x"),
    )
    assert [status for status, _ in done] == [201, 200]
    assert done[0][1]["schedule"] == {"reference": "Schedule/2"}


@pytest.mark.parametrize("state", ["closed", "draw"])
def test_an_expert_session_that_is_not_open(his: His, clinic: Any, state: str) -> None:
    made = his.post(slot())
    clinic.change(int(made["id"]), state=state)
    told = his.get("Slot", made["id"])
    assert told["status"] == {"closed": "busy-unavailable", "draw": "busy-tentative"}[state]
    assert his.put({**slot(status=told["status"]), "id": made["id"]}, made["id"])["status"] == told["status"]


def test_what_is_published_of_a_draw_is_not_released_at_another_time(his: His, clinic: Any) -> None:
    release = {"url": f"{EXT}release", "valueInstant": "2027-03-08T08:00:00+08:00"}
    made = his.post(slot(extension=[places(10), release]))
    later = {**release, "valueInstant": "2027-03-09T08:00:00+08:00"}
    his.put({**made, "extension": [places(10), later]}, made["id"])
    assert his.status == 200  # nothing is published yet
    clinic.run(lambda s: commit(s, s.get_one(ClinicSession, int(made["id"])), clinic.vault, NOW) and None)
    assert his.refused(his.put, {**made, "extension": [places(10), release]}, made["id"])[:2] == (422, "Slot.extension")
    changed = his.put({**made, "extension": [places(12), later]}, made["id"])
    assert (his.status, extensions(changed)["places"]["capacity"]) == (200, 12)
