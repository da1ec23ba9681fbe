"""The expected call: what makes it later, wider, or certain; and what a session's history says of its pace."""

from __future__ import annotations

import datetime as dt
import math
import random
import statistics
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import visit_notices
from clinic.queue import expected, pace, standing
from clinic.queue.expected import Before, Moments
from clinic.queue.pace import Pace, Sums
from clinic.tables import ClinicSession, Department, QueuePace, Visit

NOW = dt.datetime(2027, 3, 8, 9, 0, tzinfo=dt.UTC)
USUAL = Pace(planned=5, mean=6, variance=16, doubt=0.2, absent=0.1)
FREE = Moments(0.5, 0.25)


def told(before: list[Before], free: Moments = FREE, arrives: Moments | None = None, known: Pace = USUAL) -> Any:
    found = expected.call(known, before, free=free, arrives=arrives, now=NOW)
    return tuple((moment - NOW).total_seconds() / 60 for moment in (found.earliest, found.at, found.latest))


def test_each_one_before_makes_it_a_visit_later_and_less_certain() -> None:
    spans = [told([Before(1.0)] * count) for count in (1, 4, 9)]
    assert [middle for _, middle, _ in spans] == [6, 23, 53]
    widths = [late - early for early, _, late in spans]
    assert widths == sorted(widths)
    assert spans[1][0] < 23 < spans[1][2]


def test_it_is_a_gamma_time_with_eight_of_ten_inside() -> None:
    chance = random.Random(1)
    for mean, variance in ((6.0, 16.0), (30.0, 90.0)):
        drawn = [chance.gammavariate(mean**2 / variance, variance / mean) for _ in range(20_000)]
        low, high = (expected.quantile(mean, variance, z) for z in (-expected.Z, expected.Z))
        assert 0.78 < statistics.fmean(low <= each <= high for each in drawn) < 0.82


def test_what_has_lasted_counts() -> None:
    long = Pace(planned=5, mean=6, variance=30, doubt=0.1, absent=0.1)
    rest = [expected.in_room(long, minutes).mean for minutes in (0, 3, 20, 60)]
    assert rest[0] == 6
    assert 0 < rest[1] < 6
    assert rest[2] > rest[1]  # what has lasted so long will last
    chance, sigma2 = random.Random(2), math.log(1 + 30 / 36)
    drawn = [chance.lognormvariate(math.log(6) - sigma2 / 2, math.sqrt(sigma2)) for _ in range(40_000)]
    assert rest[1] == pytest.approx(statistics.fmean(each - 3 for each in drawn if each > 3), rel=0.03)


def test_the_later_of_two_is_clark_s() -> None:
    chance = random.Random(3)
    drawn = [max(chance.gauss(10, 3), chance.gauss(12, 2)) for _ in range(40_000)]
    found = expected.later(Moments(10, 9), Moments(12, 4))
    assert found.mean == pytest.approx(statistics.fmean(drawn), abs=0.06)
    assert found.variance == pytest.approx(statistics.variance(drawn), abs=0.15)


def test_the_longer_somebody_is_due_the_less_they_are_waited_for() -> None:
    likely = [expected.still_comes(0.1, due)[0] for due in (40, 10, 0, -15, -60)]
    assert likely == sorted(likely, reverse=True)
    assert likely[0] == pytest.approx(0.9, abs=0.001)
    assert likely[-1] == 0
    assert told([Before(*expected.still_comes(0.1, -15))])[1] < told([Before(1.0)])[1]


def test_who_comes_only_after_somebody_was_called_is_not_before_them() -> None:
    assert told([Before(0.9, Moments(90, 25))])[2] <= 2


def test_a_gap_may_come_before_those_who_come_later() -> None:
    """Who waits is called in it; or after all of them, where there is none."""
    later = [Before(0.95, Moments(minutes, 9)) for minutes in (5, 8, 11, 14)]
    early, _, late = told([Before(1.0), *later], free=Moments(1, 1))
    assert early <= 9  # after the one who is there
    assert late >= 30  # after all of them
    assert told(later, free=Moments(1, 1))[2] <= 5  # nobody is there yet, and the room is free


def test_who_is_not_there_themselves_is_not_called_before_they_are() -> None:
    early, at, _ = told([], arrives=Moments(40, 64))
    assert early > 20
    assert 38 <= at <= 41


def test_what_is_known_leans_on_the_plan_then_the_department_the_practitioner_the_day() -> None:
    assert pace.settle(5, Sums(), Sums(), Sums())[:2] == (5, 5)
    department = Sums(200, 1600, 200 * (64 + 16))
    usual = pace.settle(5, department, Sums(), Sums())
    own = pace.settle(5, department, Sums(100, 400, 100 * (16 + 8)), Sums())
    today = pace.settle(5, department, Sums(100, 400, 100 * (16 + 8)), Sums(20, 140, 20 * (49 + 8)))
    assert 7.8 < usual[1] < 8
    assert 4 < own[1] < 4.6
    assert own[1] < today[1] < 7
    assert today[0] == own[0]  # due times stand still
    assert today[3] < own[3] < usual[3]  # and the more is known the less is in doubt


# In the clinic


def test_a_pace_is_kept_from_call_to_call_where_somebody_waited(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(4)
    notices.arrive(*visits[:2])
    notices.at(8, 8)
    notices.call()
    notices.at(8, 8, 7)
    notices.call()  # number 2 has waited
    notices.at(8, 8, 30)
    notices.arrive(visits[2])
    notices.call()  # number 3 has just come: nobody knows when number 2 was done
    assert clinic.rows(QueuePace.seen, QueuePace.seconds, QueuePace.squares) == [(1, 420.0, 420.0**2)]


def test_the_evening_counts_who_did_not_come(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(4)
    notices.arrive(*visits[:3])
    notices.at(8, 8)
    notices.call()
    notices.at(8, 20)
    notices.act(visit_notices.scan)
    notices.act(visit_notices.scan)
    assert clinic.rows(QueuePace.expected, QueuePace.absent, QueuePace.walked) == [(4, 1, 0)]


def test_who_has_booked_at_the_counter_before_the_day_is_expected_as_all_others(notices: Any, clinic: Any) -> None:
    early, today, *_ = clinic.book_many(4)
    at_counter = update(Visit).where(Visit.id.in_((early.id, today.id))).values(channel="counter")
    clinic.run(lambda s: s.execute(at_counter) and None)
    day_before = update(Visit).where(Visit.id == early.id).values(booked_at=clinic.moment - dt.timedelta(days=1))
    clinic.run(lambda s: s.execute(day_before) and None)
    notices.at(8, 20)
    notices.act(visit_notices.scan)
    assert clinic.rows(QueuePace.expected, QueuePace.absent, QueuePace.walked) == [(3, 4, 1)]


def test_history_changes_what_is_told(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(5)
    notices.arrive(*visits)
    notices.at(8, 8)
    before = expected_of(clinic, 5)
    slow = QueuePace(
        clinic_session_id=2, department_id=1, practitioner_id=1, day=dt.date(2027, 3, 1),
        seen=300, seconds=300 * 900.0, squares=300 * 900.0**2 * 1.3, expected=300, absent=30, walked=0,
    )  # fmt: skip
    clinic.run(lambda session: session.add(slow))
    after = expected_of(clinic, 5)
    assert (before.at - clinic.moment).total_seconds() / 60 < 30
    assert (after.at - clinic.moment).total_seconds() / 60 > 50


def test_where_somebody_stands(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(3)
    notices.arrive(*visits[:2])
    notices.at(8, 8)
    notices.call()
    found = [clinic.run(standing.of_visit, visit=visit.id, now=clinic.moment) for visit in visits]
    assert [(row.state, row.ahead, row.called, row.seen, row.in_all) for row in found] == [
        ("called", 0, 1, 0, 3),
        ("waits", 0, 1, 0, 3),
        ("to_come", 1, 1, 0, 3),
    ]
    assert found[0].expected is None
    assert found[1].expected.earliest <= found[1].expected.at <= found[1].expected.latest
    assert clinic.run(standing.of_visit, visit=visits[0].id, now=clinic.moment + dt.timedelta(days=1)) is None


def test_before_the_doors_open_nobody_is_told_to_be_called_before_that(notices: Any, clinic: Any) -> None:
    visits = clinic.book_many(2)
    notices.arrive(*visits)
    notices.at(8, 7, 40)
    opens = clinic.moment.replace(hour=8, minute=0)
    first, second = (expected_of(clinic, visit.id) for visit in visits)
    assert first.earliest == opens
    assert opens <= first.at <= first.latest
    assert opens <= second.earliest < second.latest
    notices.call()  # the doctor is early today: what is seen counts
    assert expected_of(clinic, visits[1].id).earliest < opens


def test_by_arrival_an_early_walk_in_is_after_number_one_and_late_ones_wait(notices: Any, clinic: Any) -> None:
    def by_arrival(session: Any) -> None:
        session.scalars(select(Department).where(Department.id == 1)).one().queue_policy = "arrival"

    clinic.run(by_arrival)
    visits = clinic.book_many(3)
    notices.arrive(visits[1], visits[0])
    rows = clinic.rows(Visit.queue, Visit.turn)
    assert rows == [(1, 8 * 3600), (2, 8 * 3600 + 315), (3, None)]
    assert clinic.rows(ClinicSession.last_number)[0] == 3
    notices.at(8, 8)
    assert notices.call().now.queue == 1
    notices.at(8, 8, 5)
    assert notices.call().now.queue == 2


def expected_of(clinic: Any, visit: int) -> Any:
    return clinic.run(standing.of_visit, visit=visit, now=clinic.moment).expected
