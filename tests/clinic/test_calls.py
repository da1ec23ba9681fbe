"""Calls: one record each, whatever is told twice or comes late, and the list that staff look at."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import calls, listing, messages
from clinic.tables import Call

PHONE, OTHER = "+8615400000001", "+8615400000002"


@pytest.fixture
def begin(clinic: Any) -> Any:
    def begin(uniqueid: str, **more: Any) -> int:
        given = {"server": "main", "direction": "in", "phone": PHONE, "now": clinic.moment, **more}
        return int(clinic.run(calls.begin, uniqueid=uniqueid, **given))

    return begin


def test_a_call_that_is_taken_up_again_is_the_same(clinic: Any, begin: Any) -> None:
    first = begin("1.1")
    clinic.wait(minutes=1)
    assert begin("1.1") == first
    assert begin("1.1", server="second") != first
    assert clinic.rows(Call.server, Call.path) == [("main", []), ("second", [])]
    assert clinic.rows(Call.started_at)[0] == clinic.moment - dt.timedelta(minutes=1)


def test_from_beginning_to_end(clinic: Any, begin: Any) -> None:
    call = begin("1.1")
    clinic.wait(seconds=2)
    clinic.run(calls.answered, call=call, now=clinic.moment)
    clinic.wait(seconds=5)
    clinic.run(calls.answered, call=call, now=clinic.moment)
    clinic.run(calls.passed, call=call, path=["root.menu"])
    clinic.wait(seconds=60)
    ended = {"call": call, "outcome": "done", "path": ["tips.which"], "now": clinic.moment, "cause": 16}
    clinic.run(calls.end, **ended, language="en")
    (line,) = clinic.run(listing.calls)
    assert (line.outcome, line.cause, line.language, line.seconds) == ("done", 16, "en", 65)
    assert line.path == ("root.menu", "tips.which")
    assert line.phone == "+86154****0001"


def test_answered_at_once(clinic: Any, begin: Any) -> None:
    begin("1.1", answered=True)
    began = clinic.moment
    clinic.wait(seconds=5)
    begin("1.1", answered=True)
    assert clinic.rows(Call.answered_at) == [began]


def test_the_first_end_stands(clinic: Any, begin: Any) -> None:
    call = begin("1.1")
    clinic.run(calls.end, call=call, outcome="done", path=["root.menu"], now=clinic.moment, cause=16)
    clinic.wait(minutes=1)
    clinic.run(calls.end, call=call, outcome="failed", path=["visit.centre"], now=clinic.moment)
    clinic.run(calls.passed, call=call, path=["visit.centre"])
    assert clinic.run(calls.lost, server="main", alive=[], now=clinic.moment) == 0
    assert clinic.rows(Call.outcome, Call.cause, Call.path) == [("done", 16, ["root.menu"])]


def test_a_path_does_not_grow_without_end(clinic: Any, begin: Any) -> None:
    call = begin("1.1")
    for _ in range(3):
        clinic.run(calls.passed, call=call, path=["root.menu"] * 90)
    assert len(clinic.rows(Call.path)[0]) == calls.MOST_STEPS


def test_what_is_no_longer_alive_is_lost(clinic: Any, begin: Any) -> None:
    for uniqueid in ("1.1", "1.2", "1.3"):
        begin(uniqueid)
    begin("9.9", server="second")
    assert clinic.run(calls.lost, server="main", alive={"1.2"}, now=clinic.moment) == 2
    assert clinic.rows(Call.uniqueid, Call.outcome) == [
        ("1.1", "lost"),
        ("1.2", None),
        ("1.3", "lost"),
        ("9.9", None),
    ]


def test_the_outcomes_of_a_messages_calls_in_their_order(clinic: Any, begin: Any) -> None:
    clinic.run(messages.tell_text, occasion="test", phone=PHONE, text="t", now=clinic.moment)
    assert clinic.run(calls.outcomes, message=1) == []
    for uniqueid, outcome in (("1.1", "busy"), ("1.2", "no_answer"), ("1.3", None)):
        call = begin(uniqueid, direction="out", trunk="city", message=1)
        if outcome:
            clinic.run(calls.end, call=call, outcome=outcome, path=[], now=clinic.moment, cause=17)
    assert clinic.run(calls.outcomes, message=1) == ["busy", "no_answer"]


def test_the_list_is_the_newest_first_and_filtered(clinic: Any, begin: Any) -> None:
    start = clinic.moment
    for uniqueid, phone, direction in (("1", PHONE, "in"), ("2", OTHER, "in"), ("3", PHONE, "out"), ("4", "", "in")):
        call = begin(uniqueid, phone=phone, direction=direction)
        if direction == "in":
            clinic.run(calls.end, call=call, outcome="done", path=[], now=clinic.moment)
        clinic.wait(hours=1)

    def found(**wanted: Any) -> list[int]:
        return [line.id for line in clinic.run(listing.calls, **wanted)]

    assert found() == [4, 3, 2, 1]
    assert found(most=2) == [4, 3]
    assert found(phone=PHONE) == [3, 1]
    assert found(direction="out") == [3]
    assert found(outcome="done") == [4, 2, 1]
    assert found(since=start + dt.timedelta(hours=1), until=start + dt.timedelta(hours=3)) == [3, 2]
    assert found(phone=OTHER, direction="out") == []
    lines = clinic.run(listing.calls)
    assert [line.phone for line in lines] == ["", "+86154****0001", "+86154****0002", "+86154****0001"]
    assert [line.seconds for line in lines] == [None] * 4
