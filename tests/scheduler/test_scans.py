"""Long work in batches: to its end, or to where it must stop."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred

from clinic.installation import Installation
from clinic.jobs import Found
from clinic.rules import Rules
from clinic.tables import Message
from scheduler.cadence import daily
from scheduler.given import Given
from scheduler.scans import in_turn, scans
from scheduler.table import Job
from tests.scheduler.conftest import HOUSE, Inline

BATCH, ALL = 10, 35


def remind(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = BATCH) -> Found:
    """Tell the next residents of something, `most` at a time; an occasion key each."""
    assert (rules, installation.service_number) == (Rules(), "12580120")
    begun: int = session.scalar(select(func.count()).select_from(Message)) or 0
    row = {"text": "t", "state": "queued", "due_at": now, "expires_at": now + dt.timedelta(days=1), "created_at": now}
    told = range(begun, min(begun + most, ALL))
    if told:
        rows = [{**row, "phone": f"+861540001{n:04}", "occasion": f"remind:{n}:{now:%Y-%m-%d}"} for n in told]
        session.execute(insert(Message), [{**each, "message_class": "notice"} for each in rows])
    return Found(len(told), more=begun + most < ALL)


def messages(town: Any) -> int:
    return int(town.store.run_now(lambda s: s.scalar(select(func.count()).select_from(Message))))


def test_adding_a_scan_is_one_line_of_the_table(town: Any) -> None:
    town.node("a", more=(Job("remind", scans(remind, "reminders"), daily("09:00"), "Reminds residents."),))
    town.reach(town.now() + dt.timedelta(days=1))
    assert messages(town) == ALL
    assert (town.row("remind").found, town.row("remind").runs) == ("35 reminders", 1)
    town.reach(town.now() + dt.timedelta(days=1))
    assert (messages(town), town.row("remind").found) == (ALL, "")


def given(town: Any, **more: Any) -> Given:
    return Given(Inline(town.store), HOUSE, Rules(), town.now, **more)


async def run(work: Any, given: Given) -> str:
    return str(await work(given))


def outcome(coroutine: Any) -> Any:
    came: list[Any] = []
    Deferred.fromCoroutine(coroutine).addCallbacks(came.append, lambda failure: came.append(failure.value))
    return came[0]


def test_each_batch_is_a_transaction_others_go_first_and_it_is_told(town: Any, monkeypatch: Any) -> None:
    asked: list[bool] = []
    told: list[str] = []
    real = town.store.run_now
    monkeypatch.setattr(
        town.store, "run_now", lambda fn, **g: asked.append(getattr(fn, "gives_way", False)) or real(fn, **g)
    )
    assert outcome(scans(remind)(given(town, tell=told.append))) == "35 messages"
    assert asked == [True] * 4
    assert told == ["10 messages so far", "20 messages so far", "30 messages so far"]


def test_it_stops_between_batches_where_it_must_and_the_rest_is_told_once(town: Any) -> None:
    left = iter([True, True, False])
    broken = outcome(scans(remind)(given(town, going=lambda: next(left))))
    assert (type(broken).__name__, str(broken), messages(town)) == ("Broken", "20 messages", 20)
    assert outcome(scans(remind)(given(town))) == "15 messages"
    assert messages(town) == ALL


def test_more_than_given_may_be_given_along(town: Any) -> None:
    assert outcome(scans(remind, most=35)(given(town))) == "35 messages"


def test_what_nobody_gives_is_told_at_once() -> None:
    def wants(session: Session, *, now: dt.datetime, weather: str) -> Found:
        raise AssertionError

    with pytest.raises(TypeError, match="wants weather, which Given has not"):
        scans(wants)
    scans(wants, weather="fine")


def test_one_scan_after_the_other_is_one_job(town: Any) -> None:
    seen = []

    def look(session: Session, *, now: dt.datetime) -> Found:
        seen.append(session.scalar(select(func.count()).select_from(Message)))
        return Found(1 if len(seen) == 1 else 0, more=False)

    both = in_turn(scans(look, "looks"), scans(remind, "reminders"), scans(look, "looks"))
    assert outcome(both(given(town))) == "1 looks, 35 reminders"
    assert seen == [0, ALL]
