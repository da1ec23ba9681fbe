"""The pools of a session: who gets what of them, changed while it runs, and what is left going to the counter."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from clinic import invariants, schedule
from clinic.errors import SessionFull
from clinic.places import changing
from clinic.places.changing import NotChangeable
from clinic.places.shares import Rule
from clinic.sessions import flow
from clinic.tables import ClinicSession, PlaceOffer, Visit, WaitEntry
from tests.clinic.conftest import NOW, nth_identity

OFFERED = 5  # Tuesday afternoon, forty places


def change(clinic: Any, rule: str = "", **more: Any) -> changing.Changed:
    given = {"rule": Rule.parse(rule)} if rule else {}
    now = clinic.moment
    done: changing.Changed = clinic.run(changing.change, offered=OFFERED, by="li", now=now, **given, **more)
    return done


def book(clinic: Any, many: int, channel: str) -> list[Any]:
    first = clinic.booked
    people = [clinic.person("王芳", nth_identity(n)) for n in range(first, first + many)]
    return [
        clinic.book(OFFERED, person, f"+8615400{first + n:06d}", channel=channel) for n, person in enumerate(people)
    ]


def pools(clinic: Any) -> dict[str, tuple[int, int]]:
    view = clinic.run(changing.view, offered=OFFERED)
    return {pool.name: (pool.places, pool.taken) for pool in view.pools}


def left(clinic: Any, channel: str | None) -> int:
    views = clinic.run(schedule.open_sessions, department=1, now=clinic.moment, channel=channel)
    return sum(view.left for view in views if view.id == OFFERED)


@pytest.fixture(autouse=True)
def _invariants(clinic: Any) -> Any:
    yield
    assert clinic.run(invariants.broken) == []


def test_each_channel_gets_its_own_places_and_those_for_all(clinic: Any) -> None:
    change(clinic, "onsite=2 ussd=1", capacity=5)
    assert pools(clinic) == {"onsite": (2, 0), "booked": (2, 0), "ussd": (1, 0)}
    assert [left(clinic, channel) for channel in (None, "ussd", "sms", "counter", "")] == [5, 3, 2, 2, 2]
    book(clinic, 3, "ussd")
    with pytest.raises(SessionFull):
        book(clinic, 1, "sms")
    assert [left(clinic, channel) for channel in (None, "ussd", "counter")] == [2, 0, 2]
    departments = clinic.run(schedule.departments, centre=1, now=clinic.moment, channel="sms")
    assert sum(each.left for each in departments) == 120  # the other three sessions
    book(clinic, 2, "counter")
    assert clinic.rows(Visit.pool) == ["ussd", "booked", "booked", "onsite", "onsite"]


def test_a_session_that_runs_is_shared_out_by_what_was_booked_how(clinic: Any) -> None:
    book(clinic, 2, "counter")
    book(clinic, 3, "ussd")
    done = change(clinic, "onsite=30% ussd=2", capacity=10)
    assert done.notes == (
        "booked: 4 places instead of 5: others have more than their part taken",
        "ussd: 3 places instead of 2: so many are taken",
    )
    assert (done.places.capacity, done.places.taken) == (10, 5)
    assert pools(clinic) == {"onsite": (3, 2), "booked": (4, 0), "ussd": (3, 3)}


def test_a_pool_that_is_no_more_leaves_its_visits_to_another_and_none_at_all_to_nobody(clinic: Any) -> None:
    change(clinic, "onsite=4 ussd=4")
    book(clinic, 3, "ussd")
    change(clinic, "onsite=4")
    assert pools(clinic) == {"onsite": (4, 0), "booked": (36, 3)}
    done = change(clinic, shared=False)
    assert (done.places.shares, done.places.pools) == ("", ())
    visits = book(clinic, 1, "counter")
    assert clinic.rows(Visit.pool) == [""] * 4
    clinic.cancel(visits[0].id, "+8615400000003")


def test_no_capacity_below_what_is_taken(clinic: Any) -> None:
    change(clinic, "onsite=50%", capacity=8)
    book(clinic, 4, "sms")
    done = change(clinic, capacity=3)
    assert (done.places.capacity, done.notes[0]) == (4, "4 places instead of 3: so many are taken")
    assert pools(clinic) == {"onsite": (0, 0), "booked": (4, 4)}
    assert pools(clinic) == {pool.name: (pool.places, pool.taken) for pool in change(clinic, capacity=4).places.pools}
    change(clinic, capacity=12)
    assert pools(clinic) == {"onsite": (6, 0), "booked": (6, 4)}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"state": "stopped"}, "clinic session 5 is stopped"),
        ({"id": 99}, "there is no clinic session 5"),
    ],
)
def test_what_cannot_be_changed_says_why(clinic: Any, values: dict[str, Any], told: str) -> None:
    clinic.change(OFFERED, **values)
    with pytest.raises(NotChangeable, match=told):
        change(clinic, capacity=9)
    assert clinic.run(changing.view, offered=77) is None


def test_not_while_visits_of_another_are_on_their_way_to_it(clinic: Any) -> None:
    clinic.change(4, change={"reason": "x", "by": "y", "to": OFFERED, "offset": 0}, state="stopped")
    with pytest.raises(NotChangeable, match="visits of another session are on their way to clinic session 5"):
        change(clinic, capacity=9)


def test_places_that_are_added_are_offered_to_those_who_wait(clinic: Any) -> None:
    change(clinic, "onsite=1", capacity=2)
    [visit] = book(clinic, 1, "ussd")
    clinic.run(_wait)
    change(clinic, capacity=6)
    assert clinic.rows(PlaceOffer.pool, PlaceOffer.state) == [("booked", "open")]
    assert pools(clinic) == {"onsite": (1, 0), "booked": (5, 2)}
    clinic.cancel(visit.id, "+8615400000000")


def _wait(session: Any) -> None:
    visit = session.scalars(select(Visit)).one()
    session.add(
        WaitEntry(
            occasion="w", resident_id=visit.resident_id, phone="+8615400000099", language="zh", name="王芳",
            department_id=1, clinic_session_id=OFFERED, first_day=visit.day, last_day=visit.day, state="waiting",
            waits_since=NOW, offers=0,
        )
    )  # fmt: skip


def scan(clinic: Any) -> tuple[int, bool]:
    found = clinic.run(flow.scan, now=clinic.moment)
    return found.count, found.more


def test_what_is_left_goes_to_the_counter_at_its_hour_and_what_comes_back_too(clinic: Any) -> None:
    change(clinic, "onsite=2 ussd=3", capacity=10)
    visits = book(clinic, 3, "ussd") + book(clinic, 1, "sms")
    clinic.change(OFFERED, flow_at=NOW + dt.timedelta(hours=1))
    assert scan(clinic) == (0, False)
    clinic.wait(hours=1)
    assert scan(clinic) == (4, True)
    assert scan(clinic) == (0, False)
    assert pools(clinic) == {"onsite": (6, 0), "booked": (1, 1), "ussd": (3, 3)}
    with pytest.raises(SessionFull):
        book(clinic, 1, "ussd")
    clinic.cancel(visits[0].id, "+8615400000000")
    clinic.cancel(visits[3].id, "+8615400000003")
    assert pools(clinic) == {"onsite": (8, 0), "booked": (0, 0), "ussd": (2, 2)}
    change(clinic, capacity=12)
    assert pools(clinic) == {"onsite": (10, 0), "booked": (0, 0), "ussd": (2, 2)}
    [visit] = book(clinic, 1, "counter")
    clinic.cancel(visit.id, "+8615400000005")
    assert pools(clinic)["onsite"] == (10, 0)


def test_a_new_rule_after_that_shares_all_out_anew_for_good(clinic: Any) -> None:
    change(clinic, "onsite=2", capacity=10)
    clinic.change(OFFERED, flow_at=NOW)
    assert scan(clinic) == (8, True)
    change(clinic, "onsite=5")
    assert pools(clinic) == {"onsite": (5, 0), "booked": (5, 0)}
    assert scan(clinic) == (0, False)


def test_the_draw_goes_before_the_flow_and_a_stopped_session_has_none(clinic: Any) -> None:
    change(clinic, "onsite=2", capacity=10)
    clinic.change(OFFERED, flow_at=NOW, state="draw")
    clinic.change(4, flow_at=NOW, state="stopped")
    assert scan(clinic) == (0, True)  # that of the stopped one
    assert scan(clinic) == (0, False)
    clinic.change(OFFERED, state="open")
    assert scan(clinic) == (8, True)
    assert clinic.rows(ClinicSession.flowed_at)[3:5] == [NOW, NOW]
