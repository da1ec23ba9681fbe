"""The weekly roster, and clinic sessions made from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, update

from clinic.places.shares import Rule
from clinic.rules import BookingRules, NoticeRules, Rules
from clinic.sessions import making, templates
from clinic.sessions.templates import BadTemplate, Terms
from clinic.tables import ClinicSession, Department, Draw, SessionShare, SessionTemplate
from clinic.workdays import Workdays
from tests.clinic.conftest import HOUSE, NOW

MONDAY = NOW.date()
ELSEWHERE = 2  # child health, which has no session yet
TERMS = Terms(
    department=ELSEWHERE,
    practitioner=None,
    weekday=1,
    half="am",
    starts=dt.time(8),
    ends=dt.time(11, 30),
    capacity=20,
    fee=600,
    valid_from=MONDAY,
)


def add(clinic: Any, **terms: Any) -> int:
    return int(clinic.run(templates.add, terms=replace(TERMS, **terms), by="li", now=clinic.moment))


def make(clinic: Any, until: dt.date, workdays: Workdays = Workdays("CN"), **more: Any) -> making.Made:  # noqa: B008
    made: making.Made = clinic.run(
        making.make, until=until, workdays=workdays, vault=clinic.vault, now=clinic.moment, **more
    )
    return made


def scan(clinic: Any, rules: Rules = Rules(), **more: Any) -> Any:  # noqa: B008  frozen
    return clinic.run(making.scan, rules=rules, installation=HOUSE, vault=clinic.vault, now=clinic.moment, **more)


def made(clinic: Any, *columns: Any) -> list[Any]:
    rows = clinic.rows(ClinicSession.template_id, *columns)
    found = [row[1:] for row in rows if row[0] is not None]
    return [row[0] for row in found] if len(columns) == 1 else found


def april(day: int) -> dt.date:
    return dt.date(2027, 4, day)


def test_sessions_are_made_once_for_each_day_of_a_line(clinic: Any) -> None:
    add(clinic)
    assert make(clinic, dt.date(2027, 3, 23)) == making.Made(sessions=3, lines=1, last=1)
    days = [dt.date(2027, 3, day) for day in (9, 16, 23)]
    assert made(clinic, ClinicSession.day) == days
    assert make(clinic, dt.date(2027, 3, 23)).sessions == 0
    assert make(clinic, dt.date(2027, 3, 30)).sessions == 1
    released = NOW.replace(day=2, hour=7, minute=0)  # a week before at seven
    columns = ClinicSession.release_at, ClinicSession.state, ClinicSession.capacity, ClinicSession.fee
    assert made(clinic, *columns)[0] == (released, "open", 20, 600)


def test_the_job_makes_so_far_ahead_as_the_rules_say_and_always_before_the_release(clinic: Any) -> None:
    add(clinic)
    rules = Rules(booking=BookingRules(roster_days=10))
    assert [scan(clinic, rules).count for _ in range(2)] == [2, 0]
    clinic.wait(days=6)
    assert scan(clinic, rules).count == 1
    add(clinic, weekday=2, release_days=30)
    clinic.moment = NOW
    assert scan(clinic, rules).count == 2 + 5  # of both lines, 31 days ahead


def test_lines_are_taken_batch_by_batch(clinic: Any) -> None:
    for weekday in range(5):
        add(clinic, weekday=weekday)
    found = [scan(clinic, Rules(booking=BookingRules(roster_days=14)), most=2) for _ in range(3)]
    assert [(each.count, each.more) for each in found] == [(5, True), (4, True), (2, False)]
    assert scan(clinic, Rules(booking=BookingRules(roster_days=14)), most=2).count == 0


def test_what_was_deleted_is_only_made_again_by_hand(clinic: Any) -> None:
    add(clinic)
    scan(clinic)
    gone = delete(ClinicSession).where(ClinicSession.template_id == 1, ClinicSession.day == dt.date(2027, 3, 9))
    clinic.run(lambda s: s.execute(gone) and None)
    assert scan(clinic).count == 0
    assert make(clinic, dt.date(2027, 3, 15)).sessions == 1


def test_none_on_holidays_nor_where_the_centres_are_closed(clinic: Any) -> None:
    add(clinic, weekday=3)
    add(clinic, weekday=5)
    may = [dt.date(2027, 4, 29), dt.date(2027, 5, 1), dt.date(2027, 5, 6), dt.date(2027, 5, 8)]
    clinic.moment = NOW.replace(month=4, day=26)
    make(clinic, dt.date(2027, 5, 9), Workdays("CN", closed=frozenset([may[2]])))
    assert sorted(made(clinic, ClinicSession.day)) == [may[0], may[3]]  # a clinic on Saturdays, but not on Labour Day
    given = Rules(notices=NoticeRules(closed=(dt.date(2027, 5, 13),), open=(may[1],)))
    scan(clinic, given)
    assert dt.date(2027, 5, 13) not in made(clinic, ClinicSession.day)
    assert may[1] in made(clinic, ClinicSession.day)


def test_where_the_department_has_one_at_that_time_none_is_made(clinic: Any) -> None:
    add(clinic, department=1, practitioner=1)  # session 4 is theirs, by hand
    add(clinic, department=1, half="pm", starts=dt.time(14), ends=dt.time(17))  # session 5, nobody's in particular
    assert make(clinic, dt.date(2027, 3, 9)).sessions == 0
    assert make(clinic, dt.date(2027, 3, 16)).sessions == 2


def test_none_that_is_over_and_none_outside_the_days_of_its_line(clinic: Any) -> None:
    add(clinic, weekday=0, valid_from=dt.date(2027, 3, 1), valid_until=dt.date(2027, 3, 15))
    clinic.moment = NOW.replace(hour=12)
    make(clinic, dt.date(2027, 3, 31))
    assert made(clinic, ClinicSession.day) == [dt.date(2027, 3, 15)]


def test_experts_are_closed_until_they_are_switched_on_and_a_lottery_is_drawn(clinic: Any) -> None:
    add(clinic, department=1, practitioner=1, kind="expert", weekday=2)
    add(clinic, department=1, practitioner=1, kind="expert", weekday=4, draw_hours=24)
    add(clinic, weekday=4, draw_hours=24)
    make(clinic, dt.date(2027, 3, 12))
    assert made(clinic, ClinicSession.kind, ClinicSession.state) == [
        ("expert", "closed"),
        ("expert", "closed"),
        ("general", "open"),  # its draw would have been on Saturday
    ]
    clinic.run(lambda s: s.execute(update(Department).values(experts=True)) and None)
    make(clinic, dt.date(2027, 3, 19))
    columns = ClinicSession.day, ClinicSession.state, ClinicSession.draw_at
    assert made(clinic, *columns)[-2:] == [
        (dt.date(2027, 3, 19), "draw", NOW.replace(day=13, hour=7, minute=0)),
        (dt.date(2027, 3, 19), "draw", NOW.replace(day=13, hour=7, minute=0)),
    ]
    drawn = clinic.rows(ClinicSession.id, ClinicSession.state)
    assert clinic.rows(Draw.clinic_session_id) == [number for number, state in drawn if state == "draw"]


def test_places_are_shared_out_and_flow_at_their_hour(clinic: Any) -> None:
    add(clinic, shares=Rule.parse("onsite=30% ussd=2"), flow_days=1, flow_at=dt.time(18))
    make(clinic, dt.date(2027, 3, 9))
    assert made(clinic, ClinicSession.flow_at) == [NOW.replace(hour=18, minute=0)]
    assert clinic.rows(SessionShare.pool, SessionShare.places) == [("booked", 12), ("onsite", 6), ("ussd", 2)]


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"kind": "guru"}, "kind: 'guru' is neither of general, expert"),
        ({"kind": "expert"}, "practitioner: an expert's clinic has one"),
        ({"weekday": 7}, "weekday: there is no day 7"),
        ({"ends": dt.time(8)}, "ends: 08:00 is not after 08:00"),
        ({"capacity": 0}, "capacity: 0 is not between 1 and 9999"),
        ({"valid_until": dt.date(2027, 3, 1)}, "until: before its first day"),
        ({"release_days": 366}, "release: not between 0 and 365 days before"),
        ({"release_days": 0, "release_at": dt.time(9)}, "release: after its sessions begin"),
        ({"release_days": 1, "draw_hours": 26}, "draw: after its sessions begin"),
        ({"flow_at": dt.time(9)}, "flow: places that are not shared out cannot go anywhere"),
        ({"flow_days": 7, "flow_at": dt.time(6), "shares": Rule.parse("onsite=1")}, "flow: not after the release"),
    ],
)
def test_a_line_that_cannot_be_says_why(clinic: Any, terms: dict[str, Any], told: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        add(clinic, **terms)
    assert str(refused.value) == told


def test_nobody_is_at_two_places_at_once(clinic: Any) -> None:
    add(clinic, department=1, practitioner=1, valid_until=april(30))
    with pytest.raises(BadTemplate, match="line 1 of the roster has tue 08:00-11:30 already; end it first"):
        add(clinic, practitioner=1, half="pm", starts=dt.time(11), ends=dt.time(15))
    add(clinic, practitioner=1, half="pm", starts=dt.time(11, 30), ends=dt.time(15))
    add(clinic, practitioner=1, valid_from=dt.date(2027, 5, 1))
    add(clinic)
    with pytest.raises(BadTemplate, match="line 4 of the roster"):
        add(clinic)


def test_other_terms_are_for_sessions_that_are_still_to_be_made(clinic: Any) -> None:
    add(clinic)
    make(clinic, dt.date(2027, 3, 9))
    clinic.run(templates.change, template=1, terms=replace(TERMS, capacity=25), by="li", now=clinic.moment)
    make(clinic, dt.date(2027, 3, 16))
    assert made(clinic, ClinicSession.capacity) == [20, 25]
    with pytest.raises(BadTemplate, match="the roster has no line 9; `caredial sessions templates list`"):
        clinic.run(templates.change, template=9, terms=TERMS, by="li", now=clinic.moment)


def test_a_line_that_ends_closes_what_nobody_has_booked(clinic: Any) -> None:
    add(clinic)
    make(clinic, dt.date(2027, 3, 23))
    clinic.change(8, release_at=NOW)
    clinic.book(8)  # the sixteenth
    ended = clinic.run(templates.end, template=1, last=dt.date(2027, 3, 9), by="li", now=clinic.moment)
    assert ended == templates.Ended(closed=(9,), kept=(8,))
    assert made(clinic, ClinicSession.state) == ["open", "open", "closed"]
    assert make(clinic, april(30)).sessions == 0
    assert clinic.rows(SessionTemplate.valid_until) == [dt.date(2027, 3, 9)]


def test_the_roster_is_listed(clinic: Any) -> None:
    add(clinic, shares=Rule.parse("onsite=30%:2-"), valid_until=april(1))
    add(clinic, department=1, practitioner=1, weekday=0)
    lines = clinic.run(templates.listed, centre="DY")
    assert [(line.id, line.department_code, line.practitioner_code, line.shares) for line in lines] == [
        (1, "EB", "", "onsite=30%:2- rest=booked"),
        (2, "QK", "1", ""),
    ]
    assert [line.id for line in clinic.run(templates.listed, since=april(2))] == [2]
    assert clinic.run(templates.line, template=1) == lines[0]
    assert clinic.run(templates.place, centre="DY", department="QK", practitioner="1") == (1, 1)
    for codes, told in (
        (("XX", "QK", ""), "there is no centre XX; there are: DY, NH"),
        (("DY", "XX", ""), "DY has no department XX; there are: EB, QK"),
        (("DY", "QK", "9"), "DY has no practitioner 9; there are: 1"),
    ):
        with pytest.raises(BadTemplate, match=told):
            clinic.run(templates.place, **dict(zip(("centre", "department", "practitioner"), codes, strict=True)))
