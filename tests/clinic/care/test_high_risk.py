"""Who needs a look before their turn, and what doctors' lists show."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.care import high_risk, views
from clinic.care.reading.values import Glucose, Pressure
from tests.clinic.care.conftest import LI


def risks(care: Any, **more: Any) -> list[tuple[int, list[str]]]:
    given = {"rules": care.rules, "today": care.moment.date(), "now": care.moment}
    found = care.run(high_risk.at_risk, **given, **more)
    return [(line.plan.resident, [risk.why for risk in line.risks]) for line in found]


def listed(care: Any, **more: Any) -> list[Any]:
    return list(care.run(views.listed, today=care.moment.date(), **more))


def test_nobody_is_at_risk_who_is_seen_and_heard(care: Any) -> None:
    care.enrol()
    care.visit(systolic=125, diastolic=75)
    care.text("血压125/75")
    assert risks(care) == []


def test_an_emergency_a_referral_and_silence_the_gravest_first(care: Any) -> None:
    for resident in (1, 2, 3):
        care.enrol(resident)
    for _ in range(2):
        care.visit(2, systolic=165, diastolic=95)
        care.wait(days=14)
    care.text("李国强 血压150/95", LI)
    care.text("血压190/110")
    assert risks(care) == [(1, ["emergency"]), (2, ["refer"]), (3, ["silent"])]
    care.wait(days=31)
    assert risks(care) == [(2, ["refer"]), (3, ["silent"])]


def test_silence_counts_from_the_last_that_was_heard_or_seen(care: Any) -> None:
    care.enrol()
    care.text("血压125/75")
    care.wait(days=59)
    assert risks(care) == []
    care.wait(days=1)
    given = {"rules": care.rules, "today": care.moment.date(), "now": care.moment}
    (line,) = care.run(high_risk.at_risk, **given)
    assert [(risk.why, risk.days) for risk in line.risks] == [("silent", 60)]
    care.visit(systolic=125, diastolic=75)
    assert risks(care) == []


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (["血压128/78"] * 3, ["血压139/80"] * 3, (Pressure(128, 78), Pressure(139, 80))),
        (["血压128/78"] * 3, ["血压137/80"] * 3, None),
        (["血压128/78"] * 2, ["血压150/80"] * 3, None),
        (["空腹血糖6.0"] * 3, ["空腹血糖7.0"] * 3, (Glucose(60, "fasting"), Glucose(70, "fasting"))),
    ],
)
def test_a_mean_that_gets_worse(care: Any, before: list[str], now: list[str], found: Any) -> None:
    care.enrol()
    for words in before:
        care.text(words)
        care.wait(days=1)
    care.wait(days=40)
    for words in now:
        care.text(words)
        care.wait(days=1)
    given = {"rules": care.rules, "today": care.moment.date(), "now": care.moment}
    lines = care.run(high_risk.at_risk, **given)
    assert [(risk.before, risk.now) for line in lines for risk in line.risks] == ([found] if found else [])


def test_the_list_is_by_the_day_of_the_next_visit_and_masked(care: Any) -> None:
    care.enrol(1)
    care.enrol(2, "diabetes", doctor=None)
    care.visit(1, systolic=125, diastolic=75)
    care.visit(2, "diabetes", fasting=75)
    assert [(line.name, line.phone, line.next_on, line.doctor_code) for line in listed(care)] == [
        ("李*强", "+86154****0002", dt.date(2027, 3, 22), ""),
        ("王*英", "+86154****0001", dt.date(2027, 6, 8), "D1"),
    ]
    assert [line.name for line in listed(care, shown=True, doctor="D1")] == ["王秀英"]
    assert [line.resident for line in listed(care, which="due")] == [2]
    care.wait(days=15)
    ((late, days),) = [(line.resident, line.overdue) for line in listed(care, which="overdue")]
    assert (late, days) == (2, 1)


def test_who_will_miss_visits_of_the_year(care: Any) -> None:
    care.moment = care.moment.replace(month=11)
    care.enrol()
    care.visit(systolic=125, diastolic=75)
    (line,) = listed(care, which="missing")
    assert (line.year.visits.missing, line.year.behind) == (3, True)


@pytest.mark.parametrize("words", ["1", "王秀英"])
def test_a_resident_is_found(care: Any, words: str) -> None:
    (found,) = care.run(views.find, words=words, identity=None, phone=None)
    assert (found.resident, found.name, found.phones) == (1, "王秀英", ("+8615400000001",))


def test_a_phone_may_stand_for_several(care: Any) -> None:
    found = care.run(views.find, words="154 0000 0002", identity=None, phone=LI)
    assert [each.name for each in found] == ["李国强", "赵玉兰"]
