"""A session beyond what test_wire numbers: its states, its lists, its queue, its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ami.errors import NotConnected, Overloaded
from ivr.ami.session import Session
from ivr.ami.states import (
    MOVES,
    Answered,
    Closed,
    FilterRefused,
    Happened,
    Options,
    Ready,
    Reason,
    State,
    Step,
    Stray,
    Unanswered,
)

Played = Any  # tests/ivr/ami/conftest.py
BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def test_every_state_has_a_way_on_but_the_last_two() -> None:
    assert {state for state, _ in MOVES} == set(State) - {State.LEAVING, State.CLOSED}
    assert {step for _, step in MOVES} == set(Step)


def test_nothing_is_said_before_the_banner(played: Callable[..., Played]) -> None:
    one = played()
    assert one.names() == []
    one.say_octets(BANNER[:-2])
    assert one.names() == []
    one.say_octets(BANNER[-2:])
    assert one.names() == ["Login"]


@pytest.mark.parametrize("state", ["connected", "challenging", "logging in", "booting"])
def test_no_action_before_it_is_ready(played: Callable[..., Played], state: str) -> None:
    one = played(login="md5" if state == "challenging" else "plain")
    if state != "connected":
        one.say_octets(BANNER)
    if state == "booting":
        one.say("Response: Success", to=one.heard()[0])
    with pytest.raises(NotConnected):
        one.session.send("Ping", now=0)


def test_events_before_it_is_ready_are_nobodys(played: Callable[..., Played]) -> None:
    one = played()
    one.say_octets(BANNER)
    one.say("Response: Success", to=one.heard()[0])
    assert one.say("Event: Newchannel") == []
    assert one.say("Event: FullyBooted") == [Ready(told=True)]
    assert [type(event) for event in one.say("Event: Newchannel")] == [Happened]


def test_fully_booted_while_core_status_is_under_way(played: Callable[..., Played]) -> None:
    one = played(boot_wait=5)
    one.say_octets(BANNER)
    one.say("Response: Success", to=one.heard()[0])
    one.pass_time(5)
    (asked,) = one.heard()
    assert one.say("Event: FullyBooted") == [Ready(told=True)]
    assert one.say("Response: Success", to=asked) == []


def test_a_challenge_without_a_challenge_is_a_refusal(played: Callable[..., Played]) -> None:
    one = played(login="md5")
    one.say_octets(BANNER)
    refused, closed = one.say("Response: Success", to=one.heard()[0])
    assert (refused.message, closed) == ("Success", Closed(Reason.REFUSED))


# Lists


def test_an_empty_list(asterisk: Played) -> None:
    asked = asterisk.ask("CoreShowChannels", listing=True)
    asterisk.say("Response: Success", "EventList: start", to=asked)
    (listed,) = asterisk.say("Event: CoreShowChannelsComplete", "EventList: Complete", to=asked)
    assert (listed.response.response, listed.items) == ("Success", ())


@pytest.mark.parametrize("begun", [False, True])
def test_a_list_that_ends_in_an_error(asterisk: Played, begun: bool) -> None:
    asked = asterisk.ask("PJSIPShowEndpoints", listing=True)
    if begun:
        asterisk.say("Response: Success", "EventList: start", to=asked)
        asterisk.say("Event: EndpointList", to=asked)
    (answered,) = asterisk.say("Response: Error", "Message: No endpoints found", to=asked)
    assert answered.response.get("Message") == "No endpoints found"
    assert asterisk.session.written == 0


def test_a_list_that_is_cancelled(asterisk: Played) -> None:
    asked = asterisk.ask("CoreShowChannels", listing=True)
    asterisk.say("Response: Success", "EventList: start", to=asked)
    (gone,) = asterisk.say("Event: CoreShowChannelsComplete", "EventList: Cancelled", to=asked)
    assert gone == Unanswered(asked.action_id, True, "Asterisk cancelled the list")


def test_a_list_that_does_not_end_is_bounded(played: Callable[..., Played]) -> None:
    one = played(items=3)
    one.log_in()
    asked = one.ask("CoreShowChannels", listing=True)
    for _ in range(3):
        assert one.say("Event: CoreShowChannel", to=asked) == []
    (gone,) = one.say("Event: CoreShowChannel", to=asked)
    assert gone == Unanswered(asked.action_id, True, "the list is longer than 3")


def test_a_slow_list_may_take_its_time_as_long_as_it_goes_on(asterisk: Played) -> None:
    asked = asterisk.ask("Status", listing=True)
    other = asterisk.ask("Getvar")
    asterisk.say("Response: Success", to=asked)
    asterisk.pass_time(9)
    asterisk.say("Event: Status", to=asked)
    assert asterisk.pass_time(1) == [Unanswered(other.action_id, True, "no answer in time")]
    assert asterisk.pass_time(8.9) == []
    (gone,) = asterisk.pass_time(0.1)
    assert gone.action_id == asked.action_id


def test_an_events_action_id_makes_it_no_item_of_an_action_that_lists_nothing(asterisk: Played) -> None:
    listing, plain = asterisk.ask("Status", listing=True), asterisk.ask("Originate")
    (event,) = asterisk.say("Event: OriginateResponse", to=plain)
    assert isinstance(event, Happened)
    assert asterisk.say("Event: Status", to=listing) == []


def test_a_second_answer_to_a_list_is_nobodys(asterisk: Played) -> None:
    asked = asterisk.ask("Status", listing=True)
    assert asterisk.say("Response: Success", to=asked) == []
    assert [type(event) for event in asterisk.say("Response: Success", to=asked)] == [Stray]
    assert [type(event) for event in asterisk.say("Event: StatusComplete", to=asked)] == [Answered]


# The queue


def test_the_queue_is_bounded(asterisk: Played) -> None:
    for _ in range(3 + 4):
        asterisk.session.send("Getvar", now=0)
    with pytest.raises(Overloaded):
        asterisk.session.send("Getvar", now=0)
    assert asterisk.names() == ["Getvar"] * 3


def test_what_could_not_be_written_in_time_was_not_asked(asterisk: Played) -> None:
    for _ in range(5):
        asterisk.session.send("Getvar", now=0)
    gone = asterisk.pass_time(10)
    assert [event.asked for event in gone] == [True, True, True, False, False]
    asterisk.session.send("Getvar", now=10)
    assert asterisk.names() == ["Getvar"] * 4


def test_a_ping_needs_no_place(asterisk: Played) -> None:
    asterisk.now = 15
    for _ in range(5):
        asterisk.session.send("Getvar", now=asterisk.now)
    asterisk.pass_time(5)
    assert asterisk.names() == ["Getvar"] * 3 + ["Ping"]


def test_answers_make_a_ping_needless(asterisk: Played) -> None:
    for _ in range(10):
        asterisk.pass_time(15)
        asterisk.say("Response: Success", to=asterisk.ask("Getvar"))
    assert asterisk.names() == []


# Its end


def test_stopping_logs_off(asterisk: Played) -> None:
    asked = asterisk.ask("Getvar")
    assert asterisk.session.close(0) == [Unanswered(asked.action_id, True, "we stop")]
    (logoff,) = asterisk.heard()
    assert logoff.get("Action") == "Logoff"
    assert asterisk.say("Event: Hangup") == []
    assert asterisk.say("Response: Goodbye", to=logoff) == [Closed(Reason.LEFT)]
    assert asterisk.session.next_deadline() is None


def test_stopping_does_not_wait_for_ever(asterisk: Played) -> None:
    asterisk.session.close(0)
    assert asterisk.pass_time(2) == [Closed(Reason.LEFT)]


def test_a_connection_that_ends_after_logoff_is_no_loss(asterisk: Played) -> None:
    asterisk.session.close(0)
    assert asterisk.session.lost() == [Closed(Reason.LEFT)]


def test_stopping_before_the_login_is_immediate(played: Callable[..., Played]) -> None:
    assert played().session.close(0) == [Closed(Reason.LEFT)]


def test_after_the_end_nothing_happens(asterisk: Played) -> None:
    asterisk.session.lost()
    assert asterisk.session.lost() == []
    assert asterisk.session.close(0) == []
    assert asterisk.say("Event: Hangup") == []
    assert asterisk.session.tick(1000) == []


def test_nothing_is_told_after_the_end(asterisk: Played) -> None:
    events = asterisk.say_octets(b"Event: Shutdown\r\n\r\nEvent: Hangup\r\n\r\n")
    assert [type(event) for event in events] == [Happened, Closed]


@pytest.mark.parametrize("login", ["plain", "md5"])
def test_a_login_is_given_up_as_any_action_is(played: Callable[..., Played], login: str) -> None:
    one = played(login=login, response_timeout=3, login_timeout=10)
    one.say_octets(BANNER)
    assert one.pass_time(3) == [Closed(Reason.NOT_LOGGED_IN)]


def test_a_filter_without_answer_is_told(played: Callable[..., Played]) -> None:
    one = played(filters=("Event: Hangup",))
    one.log_in()
    assert one.pass_time(10) == [FilterRefused("Event: Hangup", "no answer")]


def test_what_expires_together_with_the_connection_is_told_once(asterisk: Played) -> None:
    asterisk.pass_time(20)
    asked = asterisk.ask("Getvar")
    assert asterisk.pass_time(10) == [
        Unanswered(asked.action_id, True, "no answer in time"),
        Closed(Reason.SILENT),
    ]


# Anything at all, in any state

STATES = ("connected", "challenging", "logging in", "booting", "checking", "ready", "busy", "leaving", "closed")


def brought_to(state: str) -> Session:
    """A session in that state; a busy one has lists and actions open."""
    options = Options("ivr", "s3cret", login="md5" if state == "challenging" else "plain", window=2, line_octets=256)
    session = Session(options, 0.0, prefix="a")
    if state == "connected":
        return session
    session.receive(BANNER, 0)
    if state in ("challenging", "logging in"):
        return session
    session.receive(b"Response: Success\r\nActionID: a-1\r\n\r\n", 0)
    if state == "checking":
        session.tick(options.boot_wait)
    if state in ("booting", "checking"):
        return session
    session.receive(b"Event: FullyBooted\r\n\r\n", 0)
    for listing in (True, False, False) if state == "busy" else ():
        session.send("Status", now=0, listing=listing)
    if state == "leaving":
        session.close(0)
    if state == "closed":
        session.lost()
    return session


lines = st.one_of(
    st.sampled_from(
        [b"Response: Success", b"Response: Error", b"Response: Follows", b"Response: Goodbye", b"Challenge: 1",
         b"Event: FullyBooted", b"Event: Status", b"Event: StatusComplete", b"EventList: start",
         b"EventList: Complete", b"EventList: Cancelled", b"Event: AsyncAGI", b"SubEvent: Exec", b"Event: DTMF",
         b"ActionID: a-1", b"ActionID: a-2", b"ActionID: a-3", b"--END COMMAND--", b"", b"\r", BANNER]
    ),
    st.binary(max_size=300),
)  # fmt: skip
ends = st.sampled_from([b"\r\n", b"\n", b"\r\n\r\n", b"\r\n\n", b"\n\n", b""])
streams = st.lists(st.tuples(lines, ends).map(b"".join), max_size=12).map(b"".join)


@given(st.sampled_from(STATES), streams, st.integers(1, 40))
def test_no_octets_in_any_state_and_however_cut_break_a_session(state: str, octets: bytes, size: int) -> None:
    session = brought_to(state)
    session.data_to_send()
    told = []
    for start in range(0, len(octets), size):
        told += session.receive(octets[start : start + size], start)
    for now in (1000, 2000, 3000):
        told += session.tick(now)
    told += session.lost()
    assert [type(event) for event in told].count(Closed) == (0 if state == "closed" else 1)
    fates = sorted(event.action_id for event in told if isinstance(event, Answered | Unanswered))
    assert fates == (["a-2", "a-3", "a-4"] if state == "busy" else [])
    assert (session.closed, session.written, session.queued, session.next_deadline()) == (True, 0, 0, None)


@given(streams, st.integers(1, 40))
def test_whatever_came_the_next_event_but_one_is_told(octets: bytes, size: int) -> None:
    session = brought_to("ready")
    for start in range(0, len(octets), size):
        session.receive(octets[start : start + size], 0)
    session.receive(b"\r\n\r\n--END COMMAND--\r\n\r\n--END COMMAND--\n\n", 0)
    (told,) = session.receive(b"Event: Hangup\r\nCause: 16\r\n\r\n", 0)
    assert isinstance(told, Happened)
    assert told.event.get("Cause") == "16"


@given(st.lists(st.text(max_size=20), min_size=5, max_size=5))
def test_no_text_in_any_place_adds_a_line_to_what_is_written(texts: list[str]) -> None:
    name, header, value, variable, its_value = texts
    session = brought_to("ready")
    session.data_to_send()
    try:
        session.send(name, [(header, value)], now=0, variables={variable: its_value})
    except ValueError:
        assert session.data_to_send() == b""
    else:
        octets = session.data_to_send()
        assert octets.count(b"\r\n") == octets.count(b"\n") == octets.count(b"\r") == 5
        assert octets.endswith(b"\r\n\r\n")
