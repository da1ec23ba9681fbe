"""Searching, page by page, and what has changed since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import text, update

from clinic.hospital.access import Access
from clinic.rules import BookingRules, Rules
from clinic.tables import ClinicSession, Visit
from tests.clinic.hospital.counterpart import CITIZEN, EXT, HOSPITAL, His, appointment, slot

EPOCH = "2000-01-01T00:00:00Z"


def pages(his: His, kind: str, *pairs: tuple[str, str]) -> Iterator[list[str]]:
    """Follow the links from page to page."""
    while True:
        bundle = his.search(kind, *pairs)
        yield [each["resource"]["id"] for each in bundle.get("entry", ())]
        following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        if not following:
            return
        pairs = tuple(parse_qsl(urlsplit(following[0]).query))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ([], ["1", "2", "3", "4", "5", "6"]),
        ([("start", "2027-03-08")], ["1", "2", "3"]),
        ([("start", "ge2027-03-09")], ["4", "5", "6"]),
        ([("start", "gt2027-03-08"), ("start", "lt2027-03-10")], ["4", "5", "6"]),
        ([("start", "ne2027-03-08")], ["4", "5", "6"]),
        ([("schedule", "Schedule/1-1")], ["1", "4"]),
        ([("schedule", "1")], ["2", "5"]),
        ([("status", "busy")], []),
        ([("status", "free")], ["1", "2", "3", "4", "5", "6"]),
        ([("status", "busy-unavailable")], []),
        ([("_id", "2,3,99")], ["2", "3"]),
        ([("identifier", "urn:caredial:session|2")], ["2"]),
        ([("identifier", f"{HOSPITAL}|none")], []),
    ],
)
def test_slots_are_found(his: His, query: list[tuple[str, str]], ids: list[str]) -> None:
    assert his.found("Slot", *query) == ids


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ([], ["1", "1-1", "3"]),
        ([("actor:identifier", "urn:caredial:department|DY/QK")], ["1", "1-1"]),
        ([("actor:identifier", "urn:caredial:practitioner|DY/1")], ["1-1"]),
        ([("actor:identifier", "urn:caredial:centre|NH")], ["3"]),
        ([("actor", "Practitioner/1")], ["1-1"]),
        ([("actor", "HealthcareService/3")], ["3"]),
        ([("actor", "Location/1")], ["1", "1-1"]),
        ([("date", "2027-03-08")], ["1", "1-1", "3"]),
        ([("date", "ge2027-03-10")], []),
        ([("date", "ge2027-03-01"), ("date", "lt2027-03-08")], []),
        ([("_id", "1-1")], ["1-1"]),
    ],
)
def test_schedules_are_found(his: His, query: list[tuple[str, str]], ids: list[str]) -> None:
    assert his.found("Schedule", *query) == ids


def test_places_and_people_are_found_by_their_codes(his: His) -> None:
    for kind, system, value in (
        ("Location", "centre", "DY"),
        ("HealthcareService", "department", "DY/QK"),
        ("Practitioner", "practitioner", "DY/1"),
    ):
        assert his.found(kind, ("identifier", f"urn:caredial:{system}|{value}")) == ["1"]
        assert his.found(kind, ("identifier", f"urn:caredial:{system}|{value}x")) == []
        assert his.get(kind, "1")["id"] == "1"
    assert his.found("Location") == ["1", "2"]


def test_visits_are_found(his: His, clinic: Any) -> None:
    many = clinic.book_many(3)
    clinic.book(4)
    clinic.cancel(many[1].id, "+8615400010001")
    for query, ids in (
        ([("date", "2027-03-08")], ["1", "2", "3"]),
        ([("date", "ge2027-03-09")], ["4"]),
        ([("status", "cancelled,noshow")], ["2"]),
        ([("patient", "Patient/1,2"), ("status", "booked")], ["1"]),
        ([("slot", "Slot/4")], ["4"]),
        ([("identifier", "urn:caredial:visit|3")], ["3"]),
    ):
        assert his.found("Appointment", *query) == ids


def test_people_are_found_by_number_only(his: His, clinic: Any, known: str) -> None:
    assert his.found("Patient", ("identifier", f"{CITIZEN}|110101195808142424")) == ["1"]
    assert his.found("Patient", ("_id", "1")) == ["1"]
    assert His(clinic, Access(2, frozenset({"NH"}))).found("Patient", ("_id", "1")) == []
    assert known == "Patient/1"


@pytest.mark.parametrize("by", [(), (("_lastUpdated", f"ge{EPOCH}"),), (("_sort", "_lastUpdated"),)])
def test_pages_have_each_once(his: His, clinic: Any, by: Any) -> None:
    clinic.book_many(7)
    found = list(pages(his, "Appointment", ("_count", "3"), *by))
    assert [len(page) for page in found] == [3, 3, 1]
    assert [each for page in found for each in page] == ["1", "2", "3", "4", "5", "6", "7"]


def test_what_changes_while_one_pages_comes_once_more_and_nothing_is_left_out(his: His, clinic: Any) -> None:
    many = clinic.book_many(5)
    walk = pages(his, "Appointment", ("_count", "2"), ("_lastUpdated", f"ge{EPOCH}"))
    first = next(walk)
    clinic.cancel(many[0].id, "+8615400010000")
    assert (first, [each for page in walk for each in page]) == (["1", "2"], ["3", "4", "5", "1"])


def test_a_poller_asks_from_where_the_last_bundle_was_complete(his: His, clinic: Any) -> None:
    clinic.book_many(2)
    bundle = his.search("Appointment", ("_lastUpdated", f"ge{EPOCH}"))
    complete = dt.datetime.fromisoformat(bundle["meta"]["lastUpdated"])
    newest = max(dt.datetime.fromisoformat(each["resource"]["meta"]["lastUpdated"]) for each in bundle["entry"])
    assert newest - dt.timedelta(minutes=6) < complete < newest
    clinic.book(4)
    assert "3" in his.found("Appointment", ("_lastUpdated", f"ge{bundle['meta']['lastUpdated']}"))


def test_a_moment_may_have_lost_its_plus_sign_on_the_way(his: His, clinic: Any) -> None:
    clinic.book()
    assert his.found("Appointment", ("_lastUpdated", "ge2000-01-01T00:00:00 08:00")) == ["1"]


def test_every_writer_moves_the_version(his: His, clinic: Any) -> None:
    """Also UPDATE statements that no object stands behind."""
    clinic.book()

    def versions() -> tuple[str, str]:
        return his.get("Slot", "1")["meta"]["versionId"], his.get("Appointment", "1")["meta"]["versionId"]

    before = versions()
    clinic.run(lambda s: s.execute(update(Visit).where(Visit.id == 1).values(language="en")) and None)
    clinic.run(lambda s: s.execute(update(ClinicSession.__table__).values(taken=1)) and None)
    assert [now > was for was, now in zip(before, versions(), strict=True)] == [True, True]


def test_rows_from_before_have_no_version_yet(his: His, clinic: Any) -> None:
    clinic.book()
    clinic.run(lambda s: s.execute(text("update visit set updated_at = null")) and None)
    assert his.get("Appointment", "1")["meta"] == {"versionId": "0"}
    assert his.found("Appointment") == ["1"]
    assert his.found("Appointment", ("_lastUpdated", f"ge{EPOCH}")) == []


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("Slot", [("start", "soon")]),
        ("Slot", [("start", "ap2027-03-08")]),
        ("Slot", [("schedule", "x")]),
        ("Slot", [("status", "red")]),
        ("Slot", [("_count", "many")]),
        ("Slot", [("_count", "1"), ("_count", "2")]),
        ("Slot", [("_id", "x")]),
        ("Slot", [("_sort", "start")]),
        ("Slot", [("_sort", "_id"), ("_lastUpdated", f"ge{EPOCH}")]),
        ("Slot", [("identifier", "1")]),
        ("Slot", [("identifier", "urn:x|1")]),
        ("Slot", [("_cursor", "%%%")]),
        ("Slot", [("_cursor", "bnVsbA")]),
        ("Appointment", [("_lastUpdated", "2027-03-08")]),
        ("Appointment", [("status", "gone")]),
        ("Appointment", [("patient", "Slot/1")]),
        ("Schedule", [("date", "soon")]),
        ("Schedule", [("date", "ne2027-03-08")]),
        ("Schedule", [("actor", "Device/1")]),
        ("Schedule", [("actor:identifier", "urn:x|1")]),
        ("Schedule", [("_lastUpdated", f"ge{EPOCH}")]),
        ("Location", [("identifier", "urn:x|1")]),
        ("Location", [("_lastUpdated", f"ge{EPOCH}")]),
        ("Patient", [("identifier", f"{CITIZEN}|1")]),
        ("Patient", [("identifier", "urn:x|1")]),
    ],
)
def test_what_cannot_be_asked_is_refused(his: His, kind: str, pairs: list[tuple[str, str]]) -> None:
    assert his.refused(his.search, kind, *pairs)[0] == 400


def test_a_cursor_is_of_its_search(his: His, clinic: Any) -> None:
    clinic.book_many(3)
    bundle = his.search("Appointment", ("_count", "1"), ("status", "booked"))
    following = dict(parse_qsl(urlsplit(bundle["link"][1]["url"]).query))
    assert his.found("Appointment", *following.items()) == ["2"]
    following["status"] = "cancelled"
    assert his.refused(his.search, "Appointment", *following.items())[0] == 400


def test_limits_of_residents_hold_for_the_hospital_too(his: His, clinic: Any, known: str) -> None:
    his.rules = Rules(booking=BookingRules(person=1))
    his.post(appointment(patient=known))
    made = his.post(slot(schedule={"reference": "Schedule/2"}))
    refused = his.refused(his.post, appointment("A2", patient=known, slot=f"Slot/{made['id']}"))
    assert refused[:2] == (422, "Appointment")
    assert EXT
