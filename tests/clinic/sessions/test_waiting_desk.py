"""The waiting list as the counter sees it: the order of the list is the order in which the scan tells people."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.sessions.waiting import desk
from clinic.sessions.waiting.entries import NotWaiting
from clinic.tables import Audit
from tests.clinic.sessions.queue_of_waiters import DEPARTMENT, FULL, minutes, waiters

__all__ = ["waiters"]


def listed(waiters: Any, **which: Any) -> list[desk.WaitLine]:
    found: list[desk.WaitLine] = waiters.clinic.run(desk.listed, rules=waiters.rules.booking, **which)
    return found


def entries(lines: list[desk.WaitLine]) -> list[int]:
    return [line.id for line in lines]


def test_the_list_is_in_the_order_in_which_the_scan_tells_them(waiters: Any) -> None:
    waiters.change(offer_at_once=1, offer_minutes=10)
    visits = waiters.fill()
    for n in range(3):
        waiters.join(n)
        waiters.clinic.wait(minutes=1)
    assert entries(listed(waiters, offered=FULL)) == [1, 2, 3]
    waiters.cancel(visits[0])
    for order in ([2, 3, 1], [3, 1, 2]):
        first = listed(waiters, offered=FULL)[0].id
        waiters.scan()
        after = listed(waiters, offered=FULL)
        told = next(line for line in after if line.state == "offered" and line.till > waiters.clinic.moment)
        assert (told.id, told.offered, told.till) == (first, FULL, waiters.clinic.moment + minutes(10))
        assert entries(after) == order
        waiters.clinic.wait(minutes=10)


def test_who_waits_for_any_day_waits_for_each_of_its_sessions(waiters: Any) -> None:
    waiters.fill()
    waiters.join(0, None, department=DEPARTMENT, last=dt.date(2027, 3, 20))
    waiters.join(1)
    assert [(line.wanted, line.place) for line in listed(waiters, offered=FULL)] == [(None, 1), (FULL, 2)]
    assert entries(listed(waiters, department=DEPARTMENT)) == [1, 2]
    assert listed(waiters, department=1) == []
    assert entries(listed(waiters, entry=2)) == [2]


def test_whoever_is_taken_off_makes_room_for_the_next_at_once(waiters: Any) -> None:
    waiters.change(offer_at_once=1)
    visits = waiters.fill()
    waiters.join(0)
    waiters.join(1)
    waiters.cancel(visits[0])
    waiters.scan()
    assert waiters.told()[-1] == (0, "offer_sms")
    waiters.clinic.run(desk.remove, entry=1, by="li", now=waiters.clinic.moment)
    assert entries(listed(waiters)) == [2]
    waiters.scan()
    assert waiters.told() == [(1, "offer_sms")]  # and nothing to who was taken off
    assert waiters.states() == ["left", "waiting"]
    assert ("staff:li", "waiting.remove", "waiting:1") in waiters.clinic.rows(Audit.actor, Audit.action, Audit.subject)
    with pytest.raises(NotWaiting):
        waiters.clinic.run(desk.remove, entry=1, by="li", now=waiters.clinic.moment)
    waiters.is_sound()
