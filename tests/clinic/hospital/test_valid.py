"""Whatever rows there are, what is written of them is FHIR; whatever octets come, they are read or refused."""

from __future__ import annotations

import copy
import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.hospital import forms, places, puts, written
from clinic.hospital.forms import decoded, encoded
from clinic.hospital.issues import Rejected, outcome
from clinic.tables import Centre, ClinicSession, Department, Payment, Practitioner, Resident, SessionShare, Visit
from tests.clinic.hospital.counterpart import appointment, entry, patient, slot, valid

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=40)
CODES = st.from_regex(r"[A-Za-z0-9.-]{1,32}", fullmatch=True)
IDS = st.integers(1, 2**40)
COUNTS = st.integers(0, 9999)
MOMENTS = st.integers(946684800, 7226582400).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2199, 1, 1))
HOURS = st.times().map(lambda time: time.replace(microsecond=0))
EXTERNAL = st.none() | st.from_regex(r"[A-Z]{2}:[!-~]{1,64}", fullmatch=True)


def maybe(strategy: Any) -> Any:
    return st.none() | strategy


@st.composite
def sessions(draw: Any) -> ClinicSession:
    centre = Centre(id=draw(IDS), code=draw(CODES), name_zh=draw(NAMES), name_en=draw(st.just("") | NAMES))
    centre.currency, centre.address = draw(st.sampled_from(["CNY", "JPY", "BHD"])), draw(st.just("") | NAMES)
    centre.latitude, centre.longitude = draw(maybe(st.floats(-90, 90))), draw(maybe(st.floats(-180, 180)))
    department = Department(id=draw(IDS), code=draw(CODES), name_zh=draw(NAMES), name_en="", room=draw(CODES))
    department.centre = centre
    row = ClinicSession(
        id=draw(IDS), department_id=department.id, day=draw(DAYS), half="am", starts=draw(HOURS), ends=draw(HOURS),
        capacity=draw(COUNTS), taken=draw(COUNTS), last_number=draw(COUNTS), fee=draw(st.integers(0, 10**8)),
        release_at=draw(MOMENTS), state=draw(st.sampled_from(["open", "stopped", "closed", "draw"])),
        kind=draw(st.sampled_from(["general", "expert"])), external_id=draw(EXTERNAL), updated_at=draw(maybe(MOMENTS)),
    )  # fmt: skip
    row.department = department
    if draw(st.booleans()):
        row.practitioner = Practitioner(id=draw(IDS), code=draw(CODES), name_zh=draw(NAMES), name_en=draw(NAMES))
        row.practitioner.grade, row.practitioner_id = draw(st.just("") | CODES), row.practitioner.id
    return row


@st.composite
def visits(draw: Any) -> Visit:
    row = Visit(
        id=draw(IDS), resident_id=draw(IDS), name=draw(NAMES), phone=draw(st.just("") | st.just("+8615400000001")),
        queue=draw(st.integers(1, 9999)), fee=draw(st.integers(0, 10**8)), paid=draw(st.integers(0, 10**8)),
        pays=draw(st.sampled_from(["counter", "account", "mobile"])), channel=draw(st.sampled_from(["", "ussd"])),
        state=draw(st.sampled_from(["pending", "booked", "arrived", "fulfilled", "cancelled", "noshow"])),
        cancelled_for=draw(st.sampled_from(["", "own", "hospital", "late"])), external_id=draw(EXTERNAL),
        booked_at=draw(MOMENTS), turn=draw(maybe(st.integers(-1, 10**6))), arrived_at=draw(maybe(MOMENTS)),
        called_at=draw(maybe(MOMENTS)), seen_at=draw(maybe(MOMENTS)), cancelled_at=draw(maybe(MOMENTS)),
        updated_at=draw(maybe(MOMENTS)),
    )  # fmt: skip
    row.clinic_session = draw(sessions())
    row.day = row.clinic_session.day
    return row


@st.composite
def payments(draw: Any) -> Payment:
    return Payment(
        kind=draw(st.sampled_from(["charge", "refund"])), method="mobile", state="completed",
        amount=draw(st.integers(0, 10**12)), currency=draw(st.sampled_from(["CNY", "JPY", "BHD"])),
        correlation_id=str(draw(st.uuids())), reference=draw(st.just("") | CODES), settled_at=draw(maybe(MOMENTS)),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    row=sessions(),
    counts=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS),
    pools=st.lists(st.tuples(CODES, COUNTS, COUNTS), max_size=3),
)
def test_a_session_is_a_slot(row: ClinicSession, counts: Any, pools: Any) -> None:
    shares = [SessionShare(pool=pool, places=many, taken=taken) for pool, many, taken in pools]
    told = valid(written.slot(row, shares, written.Queue(*counts), ZONE))
    assert told["status"] in forms.SlotStatus.__args__  # type: ignore[attr-defined]
    decoded(json.dumps(told).encode(), forms.Slot, "Slot")
    valid(places.schedule(row.department, row.practitioner, (row.day, row.day)))
    valid(places.location(row.department.centre))
    valid(places.service(row.department))
    if row.practitioner is not None:
        valid(places.practitioner(row.practitioner, row.department.centre))


@settings(max_examples=60, deadline=None)
@given(row=visits(), paid=st.lists(payments(), max_size=2), expected=maybe(st.tuples(MOMENTS, MOMENTS)))
def test_a_visit_is_an_appointment(row: Visit, paid: Any, expected: Any) -> None:
    if expected is not None:
        expected = tuple(sorted(expected))
    told = valid(written.appointment(row, paid, ZONE, expected=expected))
    assert told["status"] == row.state
    decoded(json.dumps(told).encode(), forms.Appointment, "Appointment")


@settings(max_examples=40, deadline=None)
@given(
    name=NAMES,
    birth=DAYS,
    sex=st.sampled_from(["male", "female"]),
    phones=st.lists(st.just("+8615400000001"), max_size=2),
)
def test_a_resident_is_a_patient(name: str, birth: dt.date, sex: str, phones: list[str]) -> None:
    row = Resident(id=1, name=name, birth=birth, sex=sex)
    told = valid(written.patient(row, "110101195808142424", phones, name=row.name))
    decoded(encoded(told), forms.Patient, "Patient")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
GOOD = {"Slot": slot(), "Appointment": appointment(), "Patient": patient()}


def paths(value: Any, here: tuple[Any, ...] = ()) -> Any:
    """Where something stands in a resource."""
    yield here
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*here, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*here, number))


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(sorted(GOOD)), value=JSON, data=st.data())
def test_whatever_stands_in_an_element_is_read_or_refused_with_its_place(kind: str, value: Any, data: Any) -> None:
    resource = copy.deepcopy(GOOD[kind])
    path = data.draw(st.sampled_from([path for path in paths(resource) if path]))
    inner: Any = resource
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    refused = None
    try:
        puts.order(kind, json.dumps(resource).encode(), how=puts.how("POST", kind, "", ()))
    except Rejected as error:
        refused = error
    if refused is not None:
        assert valid(outcome(refused.issues))["issue"][0]["expression"][0].startswith(kind)
        assert refused.status in (400, 422)


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_octets_come_as_a_bundle_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        puts.entries(body, base="http://x/fhir")
    valid(outcome(refused.value.issues))


def test_an_entry_is_told_by_its_number() -> None:
    text = {"resourceType": "Bundle", "type": "batch", "entry": [
        entry("POST", "Slot", slot()), entry("POST", "Nothing", slot()), entry("POST", "Slot"),
        entry("PUT", "http://x/fhir/Slot/7", {**slot(), "id": "7"}, ifMatch='W/"3"'),
        entry("POST", "Slot", slot(), ifNoneExist="identifier=urn:caredial:hospital|S1"),
        entry("POST", "Slot", slot(), ifNoneExist="status=free"),
        entry("GET", "Slot/1"),
    ]}  # fmt: skip
    _, read = puts.entries(json.dumps(text).encode(), base="http://x/fhir")
    kinds = [type(each).__name__ for each in read]
    assert kinds == ["Order", "Rejected", "Rejected", "Order", "Order", "Rejected", "Lookup"]
    assert [each.issues[0].where for each in read if isinstance(each, Rejected)] == [
        "Bundle.entry[1].request.url", "Bundle.entry[2].resource", "Bundle.entry[5].resource",
    ]  # fmt: skip
    assert [(each.how.id, each.how.if_match, each.how.query) for each in read if isinstance(each, puts.Order)] == [
        ("", "", ""), ("7", 'W/"3"', ""), ("", "", "urn:caredial:hospital|S1"),
    ]  # fmt: skip
