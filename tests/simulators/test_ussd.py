"""A USSD session: turns, timers, endings."""

from __future__ import annotations

import pytest

from simulators import ussd
from simulators.ussd import Ending, NotNow, Timers, Turn

TIMERS = Timers(application=30, subscriber=120, session=200)


def test_a_session_from_the_code_to_the_last_word() -> None:
    session = ussd.dialled("*120#", now=0, timers=TIMERS)
    assert (session.turn, session.open, session.deadline) == (Turn.APPLICATION, True, 30)
    session = session.after("ask", text="1 Book", now=10)
    assert (session.turn, session.text, session.deadline) == (Turn.SUBSCRIBER, "1 Book", 130)
    session = session.after("answer", now=20)
    assert (session.turn, session.text) == (Turn.APPLICATION, "1 Book")
    session = session.after("end", text="Goodbye", ending=Ending.CLOSED, now=21)
    assert (session.open, session.text, session.ending) == (False, "Goodbye", Ending.CLOSED)


def test_no_deadline_lies_beyond_the_whole_session() -> None:
    session = ussd.dialled("*120#", now=0, timers=TIMERS).after("ask", text="?", now=29)
    session = session.after("answer", now=148).after("ask", text="?", now=150)
    assert session.deadline == 200
    assert not session.expired(199.9)
    assert session.expired(200)


def test_a_session_that_ended_never_expires() -> None:
    assert not ussd.failed("*1#", Ending.NO_SERVICE, now=0, timers=TIMERS).expired(10_000)


@pytest.mark.parametrize(
    ("events", "impossible"),
    [
        ([], "answer"),
        (["ask"], "ask"),
        (["ask"], "tell"),
        (["ask", "answer"], "answer"),
        (["tell"], "answer"),
        (["end"], "ask"),
        (["end"], "end"),
    ],
)
def test_what_is_out_of_turn_is_refused(events: list[str], impossible: str) -> None:
    session = ussd.dialled("*120#", now=0, timers=TIMERS)
    for event in events:
        session = session.after(event, now=1)
    with pytest.raises(NotNow):
        session.after(impossible, now=2)


def test_a_notice_may_be_followed_by_another_and_by_a_question() -> None:
    session = ussd.pushed(now=0, timers=TIMERS).after("tell", text="one", now=0).after("tell", text="two", now=1)
    assert (session.turn, session.text) == (Turn.NOBODY, "two")
    assert session.after("ask", text="well?", now=2).turn is Turn.SUBSCRIBER
