"""While it goes out: quiet hours begin, somebody refuses, a message moves into a day that is full."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, update

from clinic.broadcasts.views import Screen
from clinic.tables import Message
from gateway.store import Store

from .conftest import Town, phone


def test_by_day_everything_is_clear_for_two_small_queries(town: Town, store: Store) -> None:
    town.add(phone(1))
    number = town.draft()
    town.send(number)
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert town.screen(number) == Screen(clear=True)
    assert [" ".join(each.split()).partition(" FROM ")[2].split()[0] for each in asked if "FROM" in each] == [
        "consent",
        "centre",
    ]


def test_quiet_hours_that_begin_put_off_what_is_left(town: Town) -> None:
    town.add(phone(1), phone(2))
    number = town.draft()
    town.send(number, start_at=town.at(20, 50))
    town.settle(number, phones=[phone(1)])
    town.moment = town.at(21)
    screen = town.screen(number)
    assert (screen.clear, screen.deferred, screen.all_quiet_until) == (True, 1, town.at(8, days=1))
    assert screen.quiet == {None, 1, 2}
    assert town.outbox(number) == ["0001 delivered 08 20:50", "0002 queued 09 08:00"]
    town.moment = town.at(8, days=1)
    assert town.screen(number) == Screen(clear=True)


def test_each_centre_has_its_own(town: Town) -> None:
    town.hours(2, dt.time(12), dt.time(14))
    town.add(phone(1), centre=1)
    town.add(phone(2), centre=2)
    number = town.draft()
    town.send(number)
    town.moment = town.at(12)
    screen = town.screen(number)
    assert (screen.clear, screen.quiet, screen.all_quiet_until, screen.deferred) == (True, {2}, None, 1)
    assert town.outbox(number) == ["0001 queued 08 09:00", "0002 queued 08 14:00"]


def test_a_centre_that_is_awake_at_night(town: Town) -> None:
    town.hours(2, dt.time(5), dt.time(5))
    town.add(phone(1), centre=1)
    town.add(phone(2), centre=2)
    number = town.draft()
    town.send(number)
    town.moment = town.at(22)
    screen = town.screen(number)
    assert (screen.quiet, screen.all_quiet_until) == ({None, 1}, None)
    assert town.outbox(number) == ["0001 queued 09 08:00", "0002 queued 08 09:00"]


def test_many_are_put_off_step_by_step(town: Town) -> None:
    town.add(*map(phone, range(5)))
    number = town.draft()
    town.send(number)
    town.moment = town.at(21)
    steps = [town.screen(number, most=2) for _ in range(4)]
    assert [(step.clear, step.deferred) for step in steps] == [(False, 2), (False, 2), (True, 1), (True, 0)]


def test_what_expires_before_they_end(town: Town) -> None:
    town.rules = replace(town.rules, lifetime=dt.timedelta(hours=13))
    town.add(phone(1))
    number = town.draft()
    town.send(number)
    town.moment = town.at(21)
    screen = town.screen(number)
    assert (screen.deferred, screen.expired) == (0, 1)
    assert town.outbox(number) == ["0001 expired 08 09:00 quiet hours"]


def test_who_has_had_enough_on_the_day_it_is_put_off_to(town: Town) -> None:
    town.add(phone(1), phone(2))
    number = town.draft()
    town.send(number)
    for _ in range(2):
        town.send(town.draft("age>=40"), start_at=town.at(9, days=1))
    town.settle(number + 2, "failed", phones=[phone(2)])
    town.moment = town.at(21)
    screen = town.screen(number)
    assert (screen.deferred, screen.cancelled) == (1, 1)
    assert town.outbox(number) == ["0001 cancelled 08 09:00 daily limit", "0002 queued 09 08:00"]


def test_put_off_within_a_day_is_no_new_day(town: Town) -> None:
    town.hours(1, dt.time(12), dt.time(14))
    town.add(phone(1))
    number = town.draft()
    town.send(number)
    town.send(town.draft())
    town.rules = replace(town.rules, daily_limit=1)
    town.moment = town.at(12)
    assert town.screen(number).deferred == 1


def test_who_refuses_gets_nothing_more(town: Town) -> None:
    town.add(phone(1), phone(2), phone(3))
    number = town.draft(consent_class="education")
    warning = town.draft("age>=40")
    town.send(number)
    town.send(warning)
    town.settle(number, phones=[phone(3)])
    assert town.refuse(phone(1), phone(3)) == 1
    assert town.outbox(number) == [
        "0001 cancelled 08 09:00 refused",
        "0002 queued 08 09:00",
        "0003 delivered 08 09:00",
    ]
    assert town.states(warning) == {"queued": 3}


def test_what_was_under_way_when_they_refused_and_comes_back(town: Town) -> None:
    town.add(phone(1), phone(2))
    number = town.draft(consent_class="education")
    town.send(number)
    town.settle(number, "sending", phones=[phone(1)])
    assert town.refuse(phone(1)) == 0
    town.run(_back)
    town.wait(minutes=5)
    assert town.screen(number) == Screen(clear=True, cancelled=1)
    assert town.outbox(number) == ["0001 cancelled 08 09:00 refused", "0002 queued 08 09:00"]


def _back(session: Any) -> None:
    session.execute(update(Message).where(Message.state == "sending").values(state="queued"))


@pytest.mark.parametrize("consent_class", ["education", "commercial"])
def test_who_refuses_while_it_is_written(town: Town, consent_class: str) -> None:
    everybody = [*map(phone, range(1, 7))]
    town.add(*everybody)
    town.agree(*everybody)
    number = town.draft(consent_class=consent_class)
    town.begin(number)
    town.write(number, 3)
    town.refuse(phone(2), phone(5))
    while not town.write(number, 3).done:
        pass
    assert [line.split()[:2] for line in town.outbox(number)] == [
        ["0001", "queued"], ["0002", "cancelled"], ["0003", "queued"], ["0004", "queued"], ["0006", "queued"],
    ]  # fmt: skip
