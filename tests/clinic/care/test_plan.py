"""Follow-up face to face: what came of a visit, when the next is due, what a year still lacks."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.care.norms import Reason
from clinic.care.plan import Contact, Due, Tally, after, next_measurement, next_visit, outcome, year_of
from conf.lengths import Length
from conf.norms import Condition

BIRTH = dt.date(1958, 8, 14)
SINCE = dt.date(2016, 1, 1)
TELEPHONE = {"face_to_face": False}


def day(written: str) -> dt.date:
    return dt.date.fromisoformat(written)


def seen(written: str, systolic: int = 130, diastolic: int = 80, **more: object) -> Contact:
    return Contact(day(written), systolic, diastolic, **more)  # type: ignore[arg-type]


def due(condition: Condition, *contacts: Contact) -> Due:
    return next_visit(condition, contacts, birth=BIRTH, since=SINCE)


def golden() -> list[Contact]:
    days = ["2016-01-28", "2016-03-25", "2016-06-25", "2016-09-25", "2017-01-01", "2017-04-10", "2017-06-20"]
    return [Contact(day(each), fasting=value) for each, value in zip(days, (51, 48, 51, 46, 46, 50, 53), strict=True)]


def test_the_real_series_of_fasting_glucose_is_controlled_and_next_due_on_2017_09_20() -> None:
    found = due("diabetes", *golden())
    assert {outcome("diabetes", visit, BIRTH).result for visit in golden()} == {"controlled"}
    assert found.on == dt.date(2017, 9, 20)
    assert (found.rule, found.after, found.interval) == ("routine", dt.date(2017, 6, 20), Length(months=3))
    assert found.outcome is not None
    assert found.outcome.reasons == (Reason("below_goal", "5.3", "7.0"),)
    assert not found.refer


@pytest.mark.parametrize("order", [1, -1])
def test_the_history_may_come_in_any_order(order: int) -> None:
    assert due("diabetes", *golden()[::order]).on == dt.date(2017, 9, 20)


def test_who_was_never_seen_is_due_from_the_first_day_on() -> None:
    assert due("hypertension") == Due(SINCE, "never_seen")


@pytest.mark.parametrize(
    ("contact", "result", "rule", "on", "refer"),
    [
        (seen("2020-03-10"), "controlled", "routine", "2020-06-10", False),
        (seen("2020-03-10", 150, 80), "uncontrolled", "uncontrolled", "2020-03-24", False),
        (seen("2020-03-10", adverse_reaction=True), "adverse", "adverse_reaction", "2020-03-24", False),
        (seen("2020-03-10", new_complication=True), "complication", "new_complication", "2020-03-24", True),
        (seen("2020-03-10", 180, 80), "emergency", "emergency", "2020-03-24", True),
        (seen("2020-03-10", danger=("chest_pain",)), "emergency", "emergency", "2020-03-24", True),
        (Contact(day("2020-03-10"), fasting=53), "unmeasured", "not_measured", "2020-03-24", False),
        (Contact(day("2020-03-10"), 130, 80, glucose=170), "emergency", "emergency", "2020-03-24", True),
    ],
)
def test_each_outcome_has_its_interval(contact: Contact, result: str, rule: str, on: str, refer: bool) -> None:
    found = due("hypertension", contact)
    assert found.outcome is not None
    assert (found.outcome.result, found.rule, found.on, found.refer) == (result, rule, day(on), refer)
    assert found.urgent == (rule == "emergency")


def test_twice_running_is_referred_and_once_more_too() -> None:
    high = [seen("2020-03-10", 150, 95), seen("2020-03-24", 155, 90), seen("2020-04-07", 150, 90)]
    assert due("hypertension", *high[:1]).rule == "uncontrolled"
    for count in (2, 3):
        found = due("hypertension", *high[:count])
        assert (found.rule, found.refer, found.on) == (
            "twice_running",
            True,
            after(high[count - 1].day, Length(days=14)),
        )


def test_a_good_visit_between_breaks_what_runs_and_one_without_figures_does_not() -> None:
    first, last = seen("2020-03-10", 150, 95), seen("2020-06-24", 155, 90)
    assert due("hypertension", first, seen("2020-03-24"), last).rule == "uncontrolled"
    assert due("hypertension", first, Contact(day("2020-03-24")), last).rule == "twice_running"


def test_an_adverse_reaction_after_a_high_figure_is_twice_running() -> None:
    assert due("hypertension", seen("2020-03-10", 150, 95), seen("2020-03-24", adverse_reaction=True)).refer


def test_conditions_run_apart() -> None:
    history = [Contact(day("2020-03-10"), 150, 95, fasting=60), Contact(day("2020-03-24"), 130, 80, fasting=80)]
    assert due("hypertension", *history).rule == "routine"
    assert due("diabetes", *history).rule == "uncontrolled"


def test_a_visit_is_judged_by_the_norms_of_its_day_and_the_age_on_it() -> None:
    assert outcome("hypertension", seen("2023-08-13", 145, 85), BIRTH).result == "uncontrolled"  # 64 years
    assert outcome("hypertension", seen("2023-08-14", 145, 85), BIRTH).result == "controlled"
    found = outcome("hypertension", seen("2025-10-01", 145, 85), BIRTH)
    assert (found.result, found.reasons) == ("uncontrolled", (Reason("not_below_goal", "145/85", "130/80"),))


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(60, 250), st.integers(40, 140)), max_size=8), st.data())
def test_readings_by_telephone_never_move_a_visit_nor_count(
    calls: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    told = [Contact(SINCE + dt.timedelta(days=n), s, d, fasting=s // 10, face_to_face=False) for n, s, d in calls]
    mixed = data.draw(st.permutations([*golden(), *told]))
    assert next_visit("diabetes", mixed, birth=BIRTH, since=SINCE) == due("diabetes", *golden())
    today = dt.date(2024, 5, 1)
    for year in (2016, 2017, 2024):
        counted = year_of("diabetes", mixed, year=year, today=today)
        assert counted == year_of("diabetes", golden(), year=year, today=today)


def test_who_only_telephones_is_still_to_be_seen() -> None:
    assert due("hypertension", replace(seen("2020-03-10", 150, 95), **TELEPHONE)).rule == "never_seen"  # type: ignore[arg-type]


# Months.


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2016-11-30", Length(months=3), "2017-02-28"),
        ("2015-11-30", Length(months=3), "2016-02-29"),
        ("2017-01-31", Length(months=3), "2017-04-30"),
        ("2017-10-15", Length(months=3), "2018-01-15"),
        ("2017-12-31", Length(days=14), "2018-01-14"),
        ("2017-08-31", Length(months=6), "2018-02-28"),
    ],
)
def test_months_end_on_the_last_day_of_a_shorter_one(start: str, length: Length, end: str) -> None:
    assert after(day(start), length) == day(end)


def test_who_is_pre_high_is_measured_half_yearly() -> None:
    found = next_measurement(day("2020-08-31"))
    assert (found.on, found.rule) == (day("2021-02-28"), "pre_high")


# A year.


def test_a_year_is_counted_with_its_tests() -> None:
    found = year_of("diabetes", golden(), year=2016, today=day("2016-10-01"))
    assert (found.visits, found.fasting_tests) == (Tally(4, 4), Tally(4, 4))
    assert found.examinations.missing == 1
    assert (found.next_by, found.behind) == (None, False)


@pytest.mark.parametrize(
    ("done", "today", "next_by", "behind"),
    [
        (0, "2020-01-15", "2020-03-31", False),
        (1, "2020-04-01", "2020-06-30", False),
        (2, "2020-08-01", "2020-09-30", False),
        (3, "2020-08-01", "2020-12-31", False),
        (0, "2020-07-01", "2020-08-15", True),  # 183 days for four visits
        (3, "2020-12-31", "2020-12-31", False),
        (3, "2021-01-01", None, True),
        (5, "2020-12-31", None, False),
    ],
)
def test_the_next_visit_leaves_room_for_all_that_are_missing(
    done: int, today: str, next_by: str | None, behind: bool
) -> None:
    visits = [seen(f"2020-01-{number + 1:02}") for number in range(done)]
    found = year_of("hypertension", visits, year=2020, today=day(today))
    assert found.visits == Tally(done, 4)
    assert (found.next_by, found.behind) == (day(next_by) if next_by else None, behind)


@given(st.integers(0, 4), st.dates(dt.date(2021, 1, 1), dt.date(2021, 12, 31)))
def test_the_day_is_never_past_and_never_in_another_year(done: int, today: dt.date) -> None:
    visits = [Contact(dt.date(2021, 1, 1), 130, 80) for _ in range(done)]
    found = year_of("hypertension", visits, year=2021, today=today)
    if found.visits.missing:
        assert found.next_by is not None
        assert today <= found.next_by <= dt.date(2021, 12, 31)


def test_visits_of_other_years_and_of_tomorrow_do_not_count() -> None:
    visits = [seen("2019-12-31"), seen("2020-02-01", examination=True), seen("2020-06-02"), seen("2021-01-01")]
    found = year_of("hypertension", visits, year=2020, today=day("2020-06-01"))
    assert found.visits.done == 1
    assert found.examinations == Tally(1, 1)
