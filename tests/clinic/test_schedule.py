"""What can be booked now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinic import schedule
from clinic.tables import ClinicSession
from conf.texts.words import Money, Name


def departments(clinic: Any, centre: int = 1) -> list[tuple[str, int]]:
    views = clinic.run(schedule.departments, centre=centre, now=clinic.moment)
    return [(view.name.en, view.left) for view in views]


def sessions(clinic: Any, department: int = 1) -> list[tuple[int, int]]:
    views = clinic.run(schedule.open_sessions, department=department, now=clinic.moment)
    return [(view.id, view.left) for view in views]


def test_departments_with_places_left_over_all_their_sessions(clinic: Any) -> None:
    assert departments(clinic, 1) == [("General practice", 160)]  # child health has no session
    assert departments(clinic, 2) == [("Chinese medicine", 4)]
    assert departments(clinic, 3) == []
    clinic.book()
    assert departments(clinic, 1) == [("General practice", 159)]


def test_the_earliest_session_comes_first_and_tells_what_a_caller_asks(clinic: Any) -> None:
    views = clinic.run(schedule.open_sessions, department=1, now=clinic.moment)
    assert [(view.id, view.half) for view in views] == [(1, "am"), (2, "pm"), (4, "am"), (5, "pm")]
    first = views[0]
    assert (first.day, first.starts, first.left) == (dt.date(2027, 3, 8), dt.time(8), 40)
    assert (first.fee, first.practitioner) == (Money(1250), Name("欧阳雨桐", "Dr Yutong Ouyang"))
    assert views[1].practitioner is None


def test_a_full_session_is_not_offered_until_somebody_cancels(clinic: Any) -> None:
    first, _ = clinic.book_many(2, offered=3)
    assert sessions(clinic, 3) == [(6, 2)]
    assert departments(clinic, 2) == [("Chinese medicine", 2)]
    clinic.cancel(first.id, "+8615400010000")
    assert sessions(clinic, 3) == [(3, 1), (6, 2)]


def test_over_stopped_and_unreleased_sessions_are_not_offered(clinic: Any) -> None:
    clinic.change(2, state="stopped")
    clinic.change(4, release_at=clinic.moment + dt.timedelta(seconds=1))
    assert sessions(clinic) == [(1, 40), (5, 40)]
    clinic.wait(seconds=1)
    assert sessions(clinic) == [(1, 40), (4, 40), (5, 40)]
    clinic.moment = clinic.moment.replace(hour=11, minute=30, second=0)
    assert sessions(clinic) == [(4, 40), (5, 40)]


def test_the_day_is_the_centres_and_not_the_one_of_greenwich(clinic: Any) -> None:
    clinic.moment = clinic.moment.replace(hour=0, minute=30)  # still Sunday in UTC
    assert [offered for offered, _ in sessions(clinic)] == [1, 2, 4, 5]
    clinic.moment = clinic.moment.replace(hour=23, minute=59)
    assert [offered for offered, _ in sessions(clinic)] == [4, 5]


def test_a_capacity_below_what_is_taken_offers_nothing(clinic: Any) -> None:
    clinic.book_many(2, offered=3)
    clinic.change(3, capacity=1)
    assert sessions(clinic, 3) == [(6, 2)]
    assert clinic.rows(ClinicSession.id, ClinicSession.taken)[2] == (3, 2)
