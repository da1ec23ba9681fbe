"""Plans and statutory visits on the database: what came of a visit, when the next is due, what a year lacks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from clinic.care import followup, reminders, views
from clinic.care.followup import BadCare
from clinic.care.plan import Contact
from clinic.tables import Audit, CarePlan, Message, Staff
from tests.clinic.conftest import SHANGHAI

GOLDEN = [
    (51, "2016-01-28"),
    (48, "2016-03-25"),
    (51, "2016-06-25"),
    (46, "2016-09-25"),
    (46, "2017-01-01"),
    (50, "2017-04-10"),
    (53, "2017-06-20"),
]


def plan(care: Any, resident: int = 1) -> Any:
    (found,) = care.run(followup.plans, resident=resident)
    return found


def dates(care: Any) -> list[tuple[dt.date | None, dt.date | None]]:
    rows = select(CarePlan.next_on, CarePlan.look_on).order_by(CarePlan.id)
    return [tuple(row) for row in care.run(lambda s: s.execute(rows).all())]


def test_a_real_series_of_a_diabetic_through_the_database(care: Any) -> None:
    """Fasting glucose of seven visits; the next one is due on 2017-09-20, three months after the last."""
    care.moment = dt.datetime(2016, 1, 28, 10, tzinfo=SHANGHAI)
    care.enrol(condition="diabetes")
    for tenths, day in GOLDEN:
        care.moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(10), SHANGHAI)
        made = care.visit(condition="diabetes", fasting=tenths, examination=day == "2016-01-28")
        assert made.outcome.result == "controlled"
    due = plan(care).due
    assert (due.on, due.rule, due.after) == (dt.date(2017, 9, 20), "routine", dt.date(2017, 6, 20))
    assert dates(care) == [(dt.date(2017, 9, 20), dt.date(2017, 9, 13))]
    whole, half = (
        care.run(followup.year, resident=1, condition="diabetes", of=year, today=care.moment.date())
        for year in (2016, 2017)
    )
    assert (whole.visits.missing, whole.examinations.missing, whole.fasting_tests.missing) == (0, 0, 0)
    assert (half.visits.done, half.visits.needed, half.examinations.missing) == (3, 4, 1)


def test_who_was_never_seen_is_due_at_once(care: Any) -> None:
    enrolled = care.enrol()
    assert (enrolled.doctor, enrolled.due.rule) == ("陈医生", "never_seen")
    assert dates(care) == [(care.moment.date(), care.moment.date())]


def test_twice_not_under_control_is_referred(care: Any) -> None:
    care.enrol()
    first = care.visit(systolic=165, diastolic=95)
    assert (first.outcome.result, first.due.rule, first.due.on) == (
        "uncontrolled",
        "uncontrolled",
        dt.date(2027, 3, 22),
    )
    care.wait(days=14)
    second = care.visit(systolic=160, diastolic=95)
    assert (second.due.rule, second.due.refer, second.due.on) == ("twice_running", True, dt.date(2027, 4, 5))
    assert [line.resident for line in care.run(views.referred, today=care.moment.date())] == [1]
    care.wait(days=14)
    care.visit(systolic=128, diastolic=76)
    assert care.run(views.referred, today=care.moment.date()) == []


@pytest.mark.parametrize(
    ("contact", "rule", "days"),
    [
        ({"systolic": 128, "diastolic": 76}, "routine", 92),
        ({"systolic": 128, "diastolic": 76, "adverse_reaction": True}, "adverse_reaction", 14),
        ({"systolic": 128, "diastolic": 76, "new_complication": True}, "new_complication", 14),
        ({"systolic": 190, "diastolic": 100}, "emergency", 14),
        ({}, "not_measured", 14),
    ],
)
def test_what_a_visit_found_says_when_the_next_is(care: Any, contact: Any, rule: str, days: int) -> None:
    care.enrol()
    made = care.visit(**contact)
    assert (made.due.rule, (made.due.on - care.moment.date()).days) == (rule, days)


def test_a_reading_by_telephone_moves_no_date_and_counts_as_no_visit(care: Any) -> None:
    care.enrol()
    care.visit(systolic=128, diastolic=76)
    before = dates(care), care.run(followup.visits, resident=1, condition="hypertension")
    care.wait(days=30)
    for words in ("血压165/95", "血压190/120", "血压120/70"):
        care.text(words)
    assert (dates(care), care.run(followup.visits, resident=1, condition="hypertension")) == before
    year = care.run(followup.year, resident=1, condition="hypertension", of=2027, today=care.moment.date())
    assert year.visits.done == 1


def test_a_second_visit_of_a_day_corrects_the_first(care: Any) -> None:
    care.enrol()
    care.visit(systolic=165, diastolic=95)
    made = care.visit(systolic=128, diastolic=76)
    assert (made.again, made.due.rule) == (True, "routine")
    (only,) = care.run(followup.visits, resident=1, condition="hypertension")
    assert (only.outcome, only.contact.systolic, only.doctor) == ("controlled", 128, "陈医生")


def test_an_older_visit_that_is_written_down_late_changes_no_date_after_it(care: Any) -> None:
    care.enrol()
    care.visit(systolic=128, diastolic=76)
    before = dates(care)
    care.visit(day=care.moment.date() - dt.timedelta(days=60), systolic=130, diastolic=80)
    assert dates(care) == before


def test_an_ended_plan_is_due_no_more_and_may_begin_anew(care: Any) -> None:
    care.enrol()
    given = {"resident": 1, "condition": "hypertension", "actor": "staff", "now": care.moment}
    assert (care.run(followup.end, **given), care.run(followup.end, **given)) == (True, False)
    assert dates(care) == [(None, None)]
    with pytest.raises(BadCare, match="enrol them first"):
        care.visit(systolic=128, diastolic=76)
    care.enrol()
    assert care.visit(systolic=128, diastolic=76).due.rule == "routine"


@pytest.mark.parametrize(
    ("contact", "why"),
    [
        (Contact(dt.date(2027, 3, 9)), "still to come"),
        (Contact(dt.date(2019, 1, 1)), "too long ago"),
        (Contact(dt.date(2027, 3, 8), systolic=150), "only together"),
        (Contact(dt.date(2027, 3, 8), systolic=95, diastolic=150), "95/150 is nobody's"),
        (Contact(dt.date(2027, 3, 8), fasting=700), "70.0 mmol/L is nobody's"),
    ],
)
def test_what_cannot_be_is_refused(care: Any, contact: Contact, why: str) -> None:
    care.enrol()
    given = {"resident": 1, "condition": "hypertension", "contact": contact, "doctor": None, "actor": "staff"}
    with pytest.raises(BadCare, match=why):
        care.run(followup.record_visit, **given, rules=care.rules, now=care.moment)


def test_a_doctor_who_does_not_work_here_is_none(care: Any) -> None:
    with pytest.raises(BadCare, match="'D9'"):
        care.enrol(doctor="D9")
    care.run(lambda s: setattr(s.scalars(select(Staff)).one(), "active", False))
    with pytest.raises(BadCare, match="'D1'"):
        care.enrol()


def test_each_change_stands_in_the_audit_trail(care: Any) -> None:
    care.enrol()
    care.visit(systolic=128, diastolic=76)
    actions = care.run(lambda s: list(s.scalars(select(Audit.action).order_by(Audit.id))))
    assert [action for action in actions if action.startswith("care")] == ["care_plan.enrol", "care_visit.record"]


def test_reminders_of_a_visit_that_was_made_are_called_off(care: Any) -> None:
    care.enrol()
    care.run(reminders.scan, **care.given)
    assert len(care.sent()) == 1  # queued for nine o'clock
    assert care.visit(systolic=128, diastolic=76).cancelled == 1
    assert care.messages(Message.state, Message.error) == [("cancelled", "visit made")]
