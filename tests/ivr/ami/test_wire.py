"""What a client of AMI must survive, seen in Asterisks of all versions: each test has the number of its point."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from ivr.ami import agi
from ivr.ami.errors import NotConnected, Unsafe
from ivr.ami.messages import LINE_OCTETS, MOST_HEADERS, action
from ivr.ami.states import (
    Answered,
    Closed,
    FilterRefused,
    Happened,
    LoginRefused,
    Ready,
    Reason,
    State,
    Stray,
    Unanswered,
)

Played = Any  # tests/ivr/ami/conftest.py


@pytest.mark.parametrize(
    "banner",
    ["Asterisk Call Manager/1.1", "Asterisk Call Manager/1.3", "Asterisk Call Manager/2.10.4",
     "Asterisk Call Manager/5.0.1", "Asterisk Call Manager/11.0.0", "Asterisk Manager Proxy", "Asterisk Call Manager"],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_1_any_banner_however_it_comes(played: Callable[..., Played], banner: str, size: int) -> None:
    one = played()
    octets = f"{banner}\r\nEvent: FullyBooted\r\nStatus: Fully Booted\r\n\r\n".encode()
    for start in range(0, len(octets), size):
        assert one.say_octets(octets[start : start + size]) == []
    (login,) = one.heard()
    assert one.say("Response: Success", to=login) == [Ready(told=True)]
    assert one.session.banner == banner


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\r\n\n", b"\n\n", b"\n\r\n", b"\r\n\r\n\r\n"])
def test_2_odd_line_ends(asterisk: Played, end: bytes) -> None:
    events = asterisk.say_octets(b"Event: CoreShowChannelMap\r\nChannel: a" + end + b"Event: B\nC: d\r\nE: f" + end)
    assert [(one.event.event, one.event.get("Channel"), one.event.get("E")) for one in events] == [
        ("CoreShowChannelMap", "a", ""),
        ("B", "", "f"),
    ]


def test_3_events_come_anywhere_and_only_the_action_id_counts(asterisk: Played) -> None:
    first, second = asterisk.ask("CoreShowChannels", listing=True), asterisk.ask("Status", listing=True)
    other = asterisk.ask("Getvar")

    assert [type(event) for event in asterisk.say("Event: Newstate", "Channel: a")] == [Happened]
    assert asterisk.say("Response: Success", "EventList: start", to=second) == []
    assert [type(event) for event in asterisk.say("Event: Hangup", "Channel: a")] == [Happened]
    assert asterisk.say("Event: Status", "Channel: a", to=second) == []
    assert asterisk.say("Response: Success", "EventList: start", to=first) == []
    assert asterisk.say("Event: CoreShowChannel", "Channel: a", to=first) == []
    assert asterisk.say("Event: CoreShowChannel", "Channel: b", to=first) == []

    (got,) = asterisk.say("Response: Success", "Value: 7", to=other)
    assert (got.action_id, got.response.get("Value")) == (other.action_id, "7")
    (listed,) = asterisk.say("Event: CoreShowChannelsComplete", "EventList: Complete", "ListItems: 2", to=first)
    assert (listed.action_id, [item.get("Channel") for item in listed.items]) == (first.action_id, ["a", "b"])
    (listed,) = asterisk.say("Event: StatusComplete", "Items: 1", to=second)  # as Asterisk 11 ends it
    assert [item.event for item in listed.items] == ["Status"]


def test_3_events_before_the_login_is_answered(played: Callable[..., Played]) -> None:
    one = played()
    one.say_octets(b"Asterisk Call Manager/11.0.0\r\n")
    (login,) = one.heard()
    assert one.say("Event: SuccessfulAuth") == []
    assert one.say("Event: FullyBooted") == []
    assert one.say("Response: Success", to=login) == [Ready(told=True)]


def test_4_a_response_is_one_wherever_it_stands_and_however_it_is_written(asterisk: Played) -> None:
    first, second = asterisk.ask("RptStatus"), asterisk.ask("Ping")
    (answered,) = asterisk.say(f"actionid:{first.action_id}", "RESPONSE:Success", "Node:", "Key:value")
    assert (answered.response.response, answered.response.get("node", "-")) == ("Success", "")
    assert answered.response.get("key") == "value"
    (answered,) = asterisk.say("Response: Pong", to=second)
    assert answered.response.response == "Pong"


def test_5_an_error_without_its_action_id_times_out(asterisk: Played) -> None:
    asked = asterisk.ask("Originate")
    (stray,) = asterisk.say("Response: Error", "Message: Permission denied")
    assert isinstance(stray, Stray)
    assert asterisk.pass_time(9.9) == []
    assert asterisk.pass_time(0.1) == [Unanswered(asked.action_id, True, "no answer in time")]


def test_5_a_response_that_comes_twice_or_late(asterisk: Played) -> None:
    first, second = asterisk.ask("Getvar"), asterisk.ask("Getvar")
    assert [type(event) for event in asterisk.say("Response: Success", to=first)] == [Answered]
    assert [type(event) for event in asterisk.say("Response: Success", to=first)] == [Stray]
    asterisk.pass_time(10)
    assert [type(event) for event in asterisk.say("Response: Success", to=second)] == [Stray]


def test_6_a_commands_output_as_asterisk_13_gives_it(asterisk: Played) -> None:
    asked = asterisk.ask("Command", ("Command", "core show channels"))
    output = b"Channel: x\n\n--END COMMAND--\n\nEvent: Hangup\nChannel: spoofed\n\n  1 active channel\n"
    head = f"Response: Follows\r\nPrivilege: Command\r\nActionID: {asked.action_id}\r\n".encode()
    events = asterisk.say_octets(head + output + b"--END COMMAND--\r\n\r\nEvent: Hangup\r\nChannel: real\r\n\r\n")
    answered, hangup = events
    assert answered.response.output == tuple(output.decode().removesuffix("\n").split("\n"))
    assert hangup.event.get("Channel") == "real"


def test_6_a_commands_output_as_asterisk_14_gives_it(asterisk: Played) -> None:
    asked = asterisk.ask("Command", ("Command", "core show channels"))
    (answered,) = asterisk.say(
        "Response: Success", "Message: Command output follows", "Output: Channel  State", "Output: ",
        "Output: --END COMMAND--", "Output: Event: x", to=asked,
    )  # fmt: skip
    assert answered.response.output == ("Channel  State", "", "--END COMMAND--", "Event: x")


def test_6_a_command_that_fails(asterisk: Played) -> None:
    asked = asterisk.ask("Command", ("Command", "nonsense"))
    (answered,) = asterisk.say(
        "Response: Error", "Message: Command output follows", "Output: No such command 'nonsense'", to=asked
    )
    assert (answered.response.response, answered.response.output) == ("Error", ("No such command 'nonsense'",))


def test_7_repeated_headers_are_lists(asterisk: Played) -> None:
    lines = ("Variable: A=1", "ChanVariable: X=1", "Variable: B=2|C=3", "ChanVariable: Y=")
    (event,) = asterisk.say("Event: Status", *lines)
    assert (event.event.all("variable"), event.event.all("ChanVariable")) == (("A=1", "B=2|C=3"), ("X=1", "Y="))


def test_8_login_by_challenge(played: Callable[..., Played]) -> None:
    one = played(login="md5", events="agi,call")
    one.say_octets(b"Asterisk Call Manager/11.0.0\r\n")
    (challenge,) = one.heard()
    assert (challenge.get("Action"), challenge.get("AuthType")) == ("Challenge", "MD5")
    one.say("Response: Success", "Challenge: 840415273", to=challenge)
    (login,) = one.heard()
    assert login.headers[2:] == (
        ("Username", "ivr"),
        ("AuthType", "MD5"),
        ("Key", hashlib.md5(b"840415273s3cret").hexdigest()),
        ("Events", "agi,call"),
    )
    assert one.say("Response: Success", to=login) + one.say("Event: FullyBooted") == [Ready(told=True)]


def test_8_plain_login(played: Callable[..., Played]) -> None:
    one = played(login="plain")
    one.say_octets(b"Asterisk Call Manager/11.0.0\r\n")
    (login,) = one.heard()
    assert (login.get("Username"), login.get("Secret")) == ("ivr", "s3cret")


@pytest.mark.parametrize("login", ["plain", "md5"])
@pytest.mark.parametrize("with_action_id", [True, False])
def test_8_a_refused_login(played: Callable[..., Played], login: str, with_action_id: bool) -> None:
    one = played(login=login)
    one.say_octets(b"Asterisk Call Manager/11.0.0\r\n")
    (asked,) = one.heard()
    to = asked if with_action_id else None
    assert one.say("Response: Error", "Message: Authentication failed", to=to) == [
        LoginRefused("Authentication failed"),
        Closed(Reason.REFUSED),
    ]
    assert one.heard() == []  # nor is the secret tried in the clear after a challenge that was refused


def test_8_no_answer_to_the_login(played: Callable[..., Played]) -> None:
    one = played(login_timeout=10)
    one.say_octets(b"Asterisk Call Manager/11.0.0\r\n")
    assert one.pass_time(9.9) == []
    assert one.pass_time(0.1) == [Closed(Reason.NOT_LOGGED_IN)]
    assert played(login_timeout=10).pass_time(10) == [Closed(Reason.NOT_LOGGED_IN)]


def test_8_success_does_not_mean_booted(played: Callable[..., Played]) -> None:
    one = played()
    one.say_octets(b"Asterisk Call Manager/11.0.0\r\n")
    (login,) = one.heard()
    assert one.say("Response: Success", to=login) == []
    with pytest.raises(NotConnected, match="booted"):
        one.session.send("Ping", now=0)
    assert one.say("Event: FullyBooted") == [Ready(told=True)]


@pytest.mark.parametrize("denied", [False, True])
def test_8_fully_booted_never_comes(played: Callable[..., Played], denied: bool) -> None:
    one = played(boot_wait=5)
    one.say_octets(b"Asterisk Call Manager/1.1\r\n")
    one.say("Response: Success", to=one.heard()[0])
    assert one.pass_time(5) == []
    (asked,) = one.heard()
    assert asked.get("Action") == "CoreStatus"
    if denied:
        assert one.say("Response: Error", "Message: Permission denied", to=asked) == []
        (asked,) = one.heard()
        assert asked.get("Action") == "Ping"
    assert one.say("Response: Success", to=asked) == [Ready(told=False)]


def test_8_logged_in_and_then_mute(played: Callable[..., Played]) -> None:
    one = played(boot_wait=5, response_timeout=10)
    one.say_octets(b"Asterisk Call Manager/1.1\r\n")
    one.say("Response: Success", to=one.heard()[0])
    assert one.pass_time(24.9) == []
    assert one.names() == ["CoreStatus", "Ping"]
    assert one.pass_time(0.1) == [Closed(Reason.SILENT)]


def test_9_event_filters_are_sent_after_the_login(played: Callable[..., Played]) -> None:
    one = played(filters=("!Event: RTCP.*", "Event: Hangup"))
    one.say_octets(b"Asterisk Call Manager/11.0.0\r\n")
    one.say("Response: Success", to=one.heard()[0])
    first, second = one.heard()
    assert [message.headers[0][1] for message in (first, second)] == ["Filter", "Filter"]
    assert (first.get("Operation"), first.get("Filter"), second.get("Filter")) == (
        "Add", "!Event: RTCP.*", "Event: Hangup",
    )  # fmt: skip
    assert one.say("Event: FullyBooted") == [Ready(told=True)]
    assert one.say("Response: Success", to=first) == []
    assert one.say("Response: Error", "Message: Permission denied", to=second) == [
        FilterRefused("Event: Hangup", "Permission denied")
    ]


def test_9_only_wanted_events_are_told(played: Callable[..., Played]) -> None:
    one = played(wanted=frozenset({"Hangup", "AsyncAGIStart"}))
    one.log_in()
    assert one.say("Event: Newstate", "Channel: a") == []
    assert [event.event.event for event in one.say("EVENT: hangup")] == ["hangup"]
    assert [event.event.event for event in one.say("Event: AsyncAGI", "SubEvent: Start")] == ["AsyncAGIStart"]
    assert one.say("Event: AsyncAGI", "SubEvent: Exec") == []
    asked = one.ask("Status", listing=True)
    one.say("Event: Status", "Channel: a", to=asked)
    (listed,) = one.say("Event: StatusComplete", to=asked)
    assert [item.get("Channel") for item in listed.items] == ["a"]
    assert one.session.counters["events"] == 7  # FullyBooted and the items are among them


def test_10_shutdown_ends_it_at_once(asterisk: Played) -> None:
    asked = asterisk.ask("Getvar")
    happened, unanswered, closed = asterisk.say("Event: Shutdown", "Shutdown: Cleanly", "Restart: False")
    assert happened.event.event == "Shutdown"
    assert unanswered == Unanswered(asked.action_id, True, "the Asterisk shuts down")
    assert closed == Closed(Reason.SHUTDOWN)


def test_10_all_pending_actions_fail_with_the_connection(asterisk: Played) -> None:
    for _ in range(5):
        asterisk.session.send("Getvar", now=0)  # three are written, two wait
    lost = asterisk.session.lost()
    assert [event.asked for event in lost[:-1]] == [True, True, True, False, False]
    assert lost[-1] == Closed(Reason.LOST)


def test_10_half_open_tcp_is_found_by_a_ping(asterisk: Played) -> None:
    assert asterisk.pass_time(20) == []
    (ping,) = asterisk.heard()
    assert ping.get("Action") == "Ping"
    asterisk.now += 0.025
    asterisk.say("Response: Success", "Ping: Pong", to=ping)
    assert asterisk.session.ping == pytest.approx(0.025)
    assert asterisk.pass_time(20) == []
    assert asterisk.pass_time(10) == [Closed(Reason.SILENT)]


def test_10_an_asterisk_that_speaks_but_does_not_answer_is_asked_twice(asterisk: Played) -> None:
    asterisk.pass_time(25)
    asterisk.say("Event: Newstate")
    assert asterisk.pass_time(5) == []
    assert asterisk.names() == ["Ping", "Ping"]
    asterisk.say("Event: Newstate")
    assert asterisk.pass_time(10) == [Closed(Reason.SILENT)]


def test_11_async_agi_in_its_old_form(asterisk: Played) -> None:
    for sub, name in (("Start", "AsyncAGIStart"), ("Exec", "AsyncAGIExec"), ("End", "AsyncAGIEnd")):
        (event,) = asterisk.say("Event: AsyncAGI", f"SubEvent: {sub}", "Channel: SIP/a", "CommandID: c-1")
        assert (event.event.event, event.event.get("CommandId")) == (name, "c-1")


def test_11_keys_in_their_old_form(asterisk: Played) -> None:
    (down,) = asterisk.say("Event: DTMF", "Digit: 5", "Direction: Received", "Begin: Yes", "End: No")
    (up,) = asterisk.say("Event: DTMF", "Digit: 5", "Direction: Received", "Begin: No", "End: Yes")
    assert (down.event.event, up.event.event, up.event.get("Digit")) == ("DTMFBegin", "DTMFEnd", "5")


def test_11_a_plus_is_a_plus() -> None:
    assert agi.environment("agi_callerid%3A%20+2609%0A") == {"callerid": "+2609"}
    assert agi.result("200%20result%3D1%20%28+2609%29%0A").data == "+2609"


def test_12_a_long_line_is_read_and_a_longer_one_costs_only_its_message(played: Callable[..., Played]) -> None:
    one = played(line_octets=65_536)
    one.log_in()
    (event,) = one.say("Event: AsyncAGIStart", "Env: " + "%20" * 20_000)
    assert len(event.event.get("Env")) == 60_000
    assert one.say("Event: AsyncAGIStart", "Env: " + "%20" * 30_000) == []
    assert [type(event) for event in one.say("Event: Hangup")] == [Happened]
    assert one.session.counters["dropped"] == 1


def test_12_nothing_is_written_that_asterisk_would_not_take(asterisk: Played) -> None:
    with pytest.raises(Unsafe, match="octets"):
        asterisk.session.send("AGI", [("Command", "x" * LINE_OCTETS)], now=0)
    with pytest.raises(Unsafe, match="headers"):
        asterisk.session.send("AGI", [("A", "b")] * MOST_HEADERS, now=0)
    assert asterisk.heard() == []


INJECTIONS = ["\r\n\r\nAction: Originate", "\r\nAction: Originate", "\nAction: Originate", "\r", "\0", "\u2028", "\x85"]


@pytest.mark.parametrize("bad", INJECTIONS)
def test_13_nothing_can_be_added_to_an_action(asterisk: Played, bad: str) -> None:
    for name, headers, variables in (
        (f"AGI{bad}", [], {}),
        ("AGI", [(f"Channel{bad}", "a")], {}),
        ("AGI", [("Channel", f"a{bad}")], {}),
        ("AGI", [("Channel", "a")], {f"A{bad}": "b"}),
        ("AGI", [("Channel", "a")], {"A": f"b{bad}"}),
    ):
        with pytest.raises(Unsafe):
            asterisk.session.send(name, headers, now=0, variables=variables)
    with pytest.raises(Unsafe):
        asterisk.session.send("AGI", [("actionid", "mine")], now=0)
    with pytest.raises(Unsafe):
        agi.command("STREAM FILE", f"a{bad}")
    assert asterisk.heard() == []
    assert asterisk.session.written == asterisk.session.queued == 0


@pytest.mark.parametrize("field", ["username", "secret", "events", "filters"])
def test_13_nor_by_the_settings(played: Callable[..., Played], field: str) -> None:
    bad = "a\r\nAction: Originate"
    with pytest.raises(Unsafe):
        played(**{field: (bad,) if field == "filters" else bad})


def test_13_variables_are_one_each() -> None:
    written = action("Originate", variables={"NAME": "Wang,EVIL=1"})
    assert b"Variable: NAME=Wang\\,EVIL=1\r\n" in written


def test_14_a_name_in_latin_1_is_read_and_the_link_lives(asterisk: Played) -> None:
    (event,) = asterisk.say_octets(b"Event: Newchannel\r\nCallerIDName: M\xfcller\r\nChannel: a\r\n\r\n")
    assert (event.event.get("CallerIDName"), event.event.get("Channel")) == ("Müller", "a")


def test_15_originate_is_answered_at_once_and_its_outcome_is_an_event(asterisk: Played) -> None:
    asked = asterisk.ask("Originate", ("Channel", "PJSIP/a"), ("Async", "true"))
    (answered,) = asterisk.say("Response: Success", "Message: Originate successfully queued", to=asked)
    assert isinstance(answered, Answered)
    (outcome,) = asterisk.say("Event: OriginateResponse", "Response: Failure", "Reason: 0", to=asked)
    assert (outcome.event.event, outcome.event.get("Response"), outcome.event.action_id) == (
        "OriginateResponse", "Failure", asked.action_id,
    )  # fmt: skip


def test_16_one_write_for_an_action_and_one_blank_line(asterisk: Played) -> None:
    asterisk.session.send("AGI", [("Channel", "a"), ("Command", "HANGUP")], now=0)
    octets = asterisk.session.data_to_send()
    assert octets.endswith(b"HANGUP\r\n\r\n")
    assert octets.count(b"\r\n\r\n") == 1


def test_16_several_actions_are_under_way_and_no_more(asterisk: Played) -> None:
    for _ in range(5):
        asterisk.session.send("Getvar", now=0)
    first, second, third = asterisk.heard()
    assert (asterisk.session.written, asterisk.session.queued) == (3, 2)
    asterisk.say("Response: Success", to=second)
    (fourth,) = asterisk.heard()
    assert [message.action_id.rpartition("-")[2] for message in (first, second, third, fourth)] == ["2", "3", "4", "5"]


def test_17_tls_is_tried_in_test_tls_and_http_is_not_spoken(asterisk: Played) -> None:
    assert asterisk.say_octets(b"HTTP/1.1 400 Bad Request\r\nServer: Asterisk\r\n\r\n") == []
    assert asterisk.session.state is State.READY
    assert asterisk.session.counters["unknown"] == 1
