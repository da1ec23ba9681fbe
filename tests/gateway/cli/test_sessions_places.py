"""`caredial sessions`: the weekly roster, sessions made from it, their places, and who holds them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.sessions import flow
from clinic.tables import ClinicSession, Draw, Message, Visit
from tests.gateway.cli.conftest import SHANGHAI
from tests.gateway.cli.test_sessions import book, session_of

BY = ("--by", "li")
LINE = ("sessions", "templates", "add", "DY", "QK", "--day", "mon", "--half", "am", "--capacity", "20", "--fee", "6")


def today() -> dt.date:
    return dt.datetime.now(SHANGHAI).date()


@pytest.fixture
def booked(place: Any) -> Any:
    for n in range(3):
        book(place, n)
    return place


def documents(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def rows(place: Any, *columns: Any, **where: Any) -> list[Any]:
    query = select(*columns).filter_by(**where).order_by(columns[0].class_.id)
    return [tuple(row) for row in place.store.run_now(lambda s: s.execute(query).all())]


def test_the_roster_of_the_sample_is_listed(caredial: Any, place: Any) -> None:
    shown = caredial("sessions", "templates", "list", "--centre", "DY").stdout
    assert "3 lines" in shown
    assert "onsite=30%:2- ussd=20% rest=booked, flow -1d 18:00" in shown
    expert = documents(caredial("sessions", "templates", "list", "--json"))[-1]
    assert (expert["department_code"], expert["kind"]) == ("ZY", "expert")
    assert (expert["weekday"], expert["fee"]) == ("wed", "30.00")
    assert expert["draw_hours"] is None
    assert expert["valid_from"] == (today() + dt.timedelta(days=14)).isoformat()


def test_a_line_is_added_made_and_ended(caredial: Any, place: Any) -> None:
    result = caredial(*LINE, "--from", "+20", "--shares", "onsite=5", "--flow", "-0d 07:30", *BY)
    assert "line 4 added; `caredial sessions make` makes its sessions now" in result.stdout
    before = len(rows(place, ClinicSession.id))
    said = caredial("sessions", "make", "--until", "+40").stdout
    made = len(rows(place, ClinicSession.id)) - before
    assert said == f"{made} sessions made, until {today() + dt.timedelta(days=40)}\n"
    ours = rows(place, ClinicSession.id, ClinicSession.day, ClinicSession.capacity, template_id=4)
    assert ours
    assert {(day.weekday(), capacity) for _, day, capacity in ours} == {(0, 20)}
    assert caredial("sessions", "make", "--until", "+40").stdout.startswith("0 sessions made")
    result = caredial("sessions", "templates", "end", "4", "--last", "+20", "--yes", *BY)
    assert result.stdout.startswith(f"line 4 ends with {today() + dt.timedelta(days=20)}; ")
    assert {row[1] for row in rows(place, ClinicSession.id, ClinicSession.state, template_id=4)} <= {"closed", "open"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*LINE, "--release", "soon"), "--release: 'soon' is not like '-7d 07:00'"),
        ((*LINE, "--shares", "onsite=lots"), "--shares: onsite: 'lots' is neither a part"),
        ((*LINE, "--starts", "8"), "--starts: '8' is no time of day"),
        ((*LINE, "--expert"), "practitioner: an expert's clinic has one"),
        ((*LINE[:-1], "a lot"), "--fee: 'a lot' is no amount"),
        (("sessions", "templates", "add", "DY", "XX", *LINE[5:]), "DY has no department XX; there are: EB, "),
        (("sessions", "make", "--until", "+900"), "is not within the two years from today"),
        (("sessions", "shares", "1", "--set", "ussd"), "--set: 'ussd' is not like onsite=30%"),
        (("sessions", "shares", "1", "--set", "ussd=3", "--none"), "--set and --none: choose one of them"),
        (("sessions", "experts", "on", "QQ", "QK", "--yes"), "there is no centre QQ; there are: DY, NH, XS"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_done(caredial: Any, place: Any, words: Any, told: str) -> None:
    result = caredial(*words)
    assert (result.exit_code, told in result.stderr) == (2, True), result.output


def test_places_are_shared_out_while_they_are_booked(caredial: Any, booked: Any) -> None:
    number = str(session_of(booked))
    shown = caredial("sessions", "shares", number).stdout
    assert "40 places, 3 taken; anybody may have any" in shown
    result = caredial("sessions", "shares", number, "--set", "onsite=39", *BY)
    assert result.exit_code == 0, result.output
    assert "not as wanted: onsite: 37 places instead of 39: others have more than their part taken" in result.stderr
    assert "40 places, 3 taken; onsite=39 rest=booked" in result.stdout
    [document] = documents(caredial("sessions", "shares", number, "--json"))
    assert document["pools"] == [
        {"pool": "onsite", "places": 37, "taken": 0},
        {"pool": "booked", "places": 3, "taken": 3},
    ]
    result = caredial("sessions", "capacity", number, "2", *BY)
    assert "not as wanted: 3 places instead of 2: so many are taken" in result.stderr
    assert "3 places, 3 taken" in result.stdout
    assert "anybody may have any" in caredial("sessions", "shares", number, "--none", *BY).stdout


def test_what_went_to_the_counter_is_told(caredial: Any, booked: Any) -> None:
    number, now = session_of(booked), dt.datetime.now(SHANGHAI)
    caredial("sessions", "shares", str(number), "--set", "onsite=10", *BY)
    flows = update(ClinicSession).where(ClinicSession.id == number).values(flow_at=now)
    booked.store.run_now(lambda s: s.execute(flows) and None)
    assert "what is left goes to the counter at " in caredial("sessions", "shares", str(number)).stdout
    booked.store.run_now(flow.scan, now=now)
    assert "what was left went to the counter at " in caredial("sessions", "shares", str(number)).stdout


def test_a_substitute_is_found_and_takes_over(caredial: Any, booked: Any) -> None:
    number = str(session_of(booked))
    assert "nobody of the same grade is free for 东苑" in caredial("sessions", "substitute", number).stdout
    freed = update(ClinicSession).where(ClinicSession.id == int(number) + 1).values(practitioner_id=None)
    booked.store.run_now(lambda s: s.execute(freed) and None)
    assert documents(caredial("sessions", "substitute", number, "--json")) == []
    [free] = documents(caredial("sessions", "substitute", number, "--other-department", "--json"))
    assert (free["department"], free["on_duty"]) == ("儿童保健", True)
    code = free["code"]
    assert code in caredial("sessions", "substitute", number, "--other-department").stdout
    refused = caredial("sessions", "substitute", number, code, "--yes", *BY)
    assert (refused.exit_code, f"{code} is of another department" in refused.stderr) == (1, True)
    asked = caredial("sessions", "substitute", number, code, "--other-department", input="n\n")
    assert f"({code}) takes over session {number}, 东苑" in asked.stderr
    result = caredial("sessions", "substitute", number, code, "--other-department", "--yes", *BY)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("3 visits told\n")
    kinds = [row[0] for row in rows(booked, Message.kind)]
    assert kinds.count("substitute.told_sms") == 3
    result = caredial("sessions", "substitute", number, "DY-EB-9", *BY)
    assert (result.exit_code, "the centre has no practitioner DY-EB-9" in result.stderr) == (1, True)


def test_experts_are_switched_on_and_off(caredial: Any, place: Any) -> None:
    caredial("sessions", "make", "--until", "+30")
    assert {row[1] for row in rows(place, ClinicSession.id, ClinicSession.state, kind="expert")} == {"closed"}
    result = caredial("sessions", "experts", "on", "DY", "ZY", "--yes", *BY)
    number = len(rows(place, ClinicSession.id, kind="expert"))
    assert f"experts on: {number} session" in result.stdout
    first = rows(place, ClinicSession.id, kind="expert")[0][0]
    drawn = update(ClinicSession).where(ClinicSession.id == first)
    later = dt.datetime.now(SHANGHAI) + dt.timedelta(days=3)
    place.store.run_now(lambda s: s.execute(drawn.values(draw_at=later)) and None)
    assert "experts off: " in caredial("sessions", "experts", "off", "DY", "ZY", "--yes", *BY).stdout
    assert caredial("sessions", "open", str(first), *BY).stdout == f"session {first} is open for its draw\n"
    assert rows(place, Draw.clinic_session_id) == [(first,)]
    assert (
        caredial("sessions", "close", str(first), *BY).stdout == f"session {first} is closed; 0 places taken stay so\n"
    )
    result = caredial("sessions", "close", str(first), *BY)
    assert (result.exit_code, f"clinic session {first} is closed already" in result.stderr) == (1, True)


def test_a_closed_session_with_visits_can_be_stopped(caredial: Any, booked: Any) -> None:
    number = str(session_of(booked))
    assert "3 places taken stay so" in caredial("sessions", "close", number, *BY).stdout
    listed = documents(caredial("sessions", "list", "--day", "tomorrow", "--centre", "DY", "--json"))
    line = next(each for each in listed if each["id"] == int(number))
    assert (line["state"], line["taken"], line["booked"], line["starts"], line["kind"]) == (
        "closed", 3, 3, "08:00", "general",
    )  # fmt: skip
    result = caredial("sessions", "stop", number, "--reason", "停电", "--yes", *BY)
    assert f"session {number}: 3 visits told" in result.stdout
    assert {row[0] for row in rows(booked, Visit.state)} == {"cancelled"}


def test_help_teaches(caredial: Any) -> None:
    for command in ("templates", "make", "shares", "capacity", "substitute", "experts", "open", "close"):
        assert command in caredial("sessions", "--help").stdout
    assert "onsite=30%:5- ussd=10%" in caredial("sessions", "shares", "--help").stdout
    assert '--shares "onsite=30%:2-" --flow "-1d 18:00"' in caredial("sessions", "templates", "add", "--help").stdout
