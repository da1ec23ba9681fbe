"""A link: how it asks, what it tells, and how it comes back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from ivr.ami.errors import NoAnswer, NotConnected, Refused, Unsafe
from ivr.ami.link import Link
from ivr.ami.messages import Message

Diary = Any  # tests/ivr/ami/conftest.py
Peer = Any


def started(coroutine: Any) -> Deferred[Any]:
    return Deferred.fromCoroutine(coroutine)


def result(deferred: Deferred[Any]) -> Any:
    assert deferred.called, "it still waits"
    results: list[Any] = []
    deferred.addErrback(lambda failure: failure.value)
    deferred.addCallback(results.append)
    return results[0]


def test_it_logs_in_and_says_so(make: Callable[..., Link], peer: Peer, diary: Diary) -> None:
    link = make()
    assert (link.ready, link.state, diary.told) == (False, "not connected", [])
    peer.log_in()
    assert (link.ready, link.state, diary.told) == (True, "ready", ["main up"])
    assert (peer.cable.no_delay, peer.cable.keep_alive) == (True, True)


def test_events_go_to_the_receiver(make: Callable[..., Link], peer: Peer, diary: Diary) -> None:
    make()
    peer.log_in()
    peer.say("Event: Hangup", "Cause: 16")
    peer.say("Event: DTMF", "Digit: 1", "End: Yes")
    assert diary.told == ["main up", "main Hangup", "main DTMFEnd"]
    assert diary.events[0].get("Cause") == "16"


def test_only_wanted_events_go_to_the_receiver(make: Callable[..., Link], peer: Peer, diary: Diary) -> None:
    make(wanted={"Hangup"})
    peer.log_in()
    peer.say("Event: Newstate")
    peer.say("Event: Hangup")
    assert diary.told == ["main up", "main Hangup"]


def test_an_action_and_its_answer(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    answer = started(link.act("Getvar", [("Channel", "PJSIP/a"), ("Variable", "NAME")]))
    asked = peer.heard()
    assert (asked.get("Action"), asked.get("Channel")) == ("Getvar", "PJSIP/a")
    peer.say("Response: Success", "Value: 王", to=asked)
    assert result(answer).get("Value") == "王"


def test_an_action_with_variables(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    started(link.act("Originate", [("Channel", "PJSIP/a")], variables={"A": "1", "B": "2"}))
    assert peer.heard().all("Variable") == ("A=1", "B=2")


def test_one_write_for_each_action(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    peer.cable.writes.clear()
    for _ in range(3):
        started(link.act("Getvar"))
    assert [octets.count(b"\r\n\r\n") for octets in peer.cable.writes] == [1, 1, 1]


def test_a_refused_action(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    answer = started(link.act("AGI", [("Channel", "x")]))
    peer.say("Response: Error", "Message: Channel x does not exist.", to=peer.heard())
    refused = result(answer)
    assert isinstance(refused, Refused)
    assert str(refused) == "Channel x does not exist."


def test_a_list(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    answer = started(link.listing("CoreShowChannels"))
    asked = peer.heard()
    peer.say("Response: Success", "EventList: start", to=asked)
    peer.say("Event: CoreShowChannel", "Channel: a", to=asked)
    peer.say("Event: CoreShowChannelsComplete", "EventList: Complete", to=asked)
    assert [item.get("Channel") for item in result(answer)] == ["a"]


def test_a_list_that_is_refused(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    answer = started(link.listing("PJSIPShowEndpoints"))
    peer.say("Response: Error", "Message: No endpoints found", to=peer.heard())
    assert isinstance(result(answer), Refused)


@pytest.mark.parametrize("old", [False, True])
def test_a_console_command(make: Callable[..., Link], peer: Peer, old: bool) -> None:
    link = make()
    peer.log_in()
    answer = started(link.command("core show version"))
    asked = peer.heard()
    assert asked.get("Command") == "core show version"
    if old:
        head = f"Response: Follows\r\nPrivilege: Command\r\nActionID: {asked.action_id}\r\n"
        peer.say_octets(head.encode() + b"Asterisk 11\n\nx\n--END COMMAND--\r\n\r\n")
    else:
        peer.say("Response: Success", "Output: Asterisk 11", "Output: ", "Output: x", to=asked)
    assert result(answer) == ("Asterisk 11", "", "x")


def test_an_action_without_answer(make: Callable[..., Link], peer: Peer, clock: Clock) -> None:
    link = make(response_timeout=10)
    peer.log_in()
    answer = started(link.act("Getvar"))
    clock.advance(9.9)
    assert not answer.called
    clock.advance(0.1)
    assert isinstance(result(answer), NoAnswer)
    assert link.ready


def test_nothing_unsafe_is_asked(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    peer.cable.writes.clear()
    assert isinstance(result(started(link.act("AGI", [("Command", "x\r\nAction: Originate")]))), Unsafe)
    assert isinstance(result(started(link.command("x\nAction: Originate"))), Unsafe)
    assert peer.cable.writes == []


def test_without_a_connection_nothing_is_asked(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    assert isinstance(result(started(link.act("Ping"))), NotConnected)
    peer.accept_connection()
    assert isinstance(result(started(link.act("Ping"))), NotConnected)


def test_who_no_longer_waits_is_not_told(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    answer = started(link.act("Getvar"))
    asked = peer.heard()
    answer.cancel()
    assert isinstance(result(answer), CancelledError)
    peer.say("Response: Success", to=asked)
    assert link.ready


def test_a_filter_that_is_refused_and_a_boot_that_is_only_guessed_are_told(
    make: Callable[..., Link], peer: Peer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "caredial.ami")
    link = make(event_filters=["Event: Hangup"])
    peer.accept_connection()
    peer.say_octets(b"Asterisk Call Manager/1.1\r\n")
    peer.say("Response: Success", to=peer.heard())
    peer.say("Response: Error", "Message: Permission denied", to=peer.heard())
    clock.advance(5)
    peer.say("Response: Success", to=peer.heard())
    assert link.ready
    assert "'Event: Hangup': Permission denied" in caplog.text
    assert "FullyBooted never came" in caplog.text


def test_a_refused_console_command_says_why(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    peer.log_in()
    answer = started(link.command("nonsense"))
    lines = ("Message: Command output follows", "Output: No such command 'nonsense'")
    peer.say("Response: Error", *lines, to=peer.heard())
    assert str(result(answer)) == "No such command 'nonsense'"


# How it ends and comes back


def test_a_loss_fails_all_that_waits_and_is_told_once(
    make: Callable[..., Link], peer: Peer, diary: Diary, clock: Clock
) -> None:
    link = make(reconnect_min=1)
    peer.log_in()
    answers = [started(link.act("Getvar")) for _ in range(60)]
    peer.cable.drop()
    kinds = [type(result(answer)) for answer in answers]
    assert kinds == [NoAnswer] * 50 + [NotConnected] * 10
    assert (link.ready, diary.told) == (False, ["main up", "main down"])

    clock.advance(1)
    peer.log_in()
    assert diary.told == ["main up", "main down", "main up"]


def test_a_shutdown_is_told_at_once(make: Callable[..., Link], peer: Peer, diary: Diary, clock: Clock) -> None:
    link = make(reconnect_min=1)
    peer.log_in()
    answer = started(link.act("Getvar"))
    peer.say("Event: Shutdown", "Shutdown: Cleanly", "Restart: True")
    assert diary.told == ["main up", "main Shutdown", "main down"]
    assert isinstance(result(answer), NoAnswer)
    assert not link.ready
    clock.advance(0)
    assert peer.cable.lost
    clock.advance(1)
    assert peer.dialled == 2


def test_half_open_tcp_is_cut(make: Callable[..., Link], peer: Peer, diary: Diary, clock: Clock) -> None:
    make(ping_seconds=20, response_timeout=10)
    peer.log_in()
    clock.advance(20)
    assert peer.heard().get("Action") == "Ping"
    clock.advance(10)
    assert peer.cable.aborted
    assert diary.told == ["main up", "main down"]


def test_pauses_grow_while_nobody_listens(make: Callable[..., Link], peer: Peer, clock: Clock) -> None:
    link = make(reconnect_min=1, reconnect_max=5)
    for pause in (1, 2, 4, 5, 5):
        dialled = peer.dialled
        peer.refuse_connection()
        clock.advance(pause - 0.01)
        assert peer.dialled == dialled
        clock.advance(0.01)
        assert peer.dialled == dialled + 1
    assert link.counters["failed connects"] == 5


def test_a_refused_login_is_an_alarm_and_waits_long(
    make: Callable[..., Link], peer: Peer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    link = make(refused_min=30, refused_max=100)
    for pause in (30, 60, 100, 100):
        peer.accept_connection()
        peer.say_octets(b"Asterisk Call Manager/11.0.0\r\n")
        peer.say("Response: Error", "Message: Authentication failed", to=peer.heard())
        dialled = peer.dialled
        clock.advance(0)
        assert peer.cable.lost
        clock.advance(pause - 0.01)
        assert peer.dialled == dialled
        clock.advance(0.01)
        assert peer.dialled == dialled + 1
    assert link.counters["refused logins"] == 4
    assert "Authentication failed" in next(one for one in caplog.records if one.levelno == logging.ERROR).getMessage()
    assert "s3cret" not in caplog.text


def test_one_that_speaks_no_ami_is_left(make: Callable[..., Link], peer: Peer, clock: Clock) -> None:
    make(connect_timeout=10)
    peer.accept_connection()
    peer.say_octets(b"SSH-2.0-OpenSSH_9.2\r\n")
    clock.advance(10)
    clock.advance(0)
    assert peer.cable.lost


def test_a_short_session_does_not_shorten_the_pause(make: Callable[..., Link], peer: Peer, clock: Clock) -> None:
    make(reconnect_min=1, reconnect_max=60)
    for pause in (1, 2, 4):
        peer.log_in()
        peer.cable.drop()
        clock.advance(pause)
    peer.log_in()
    for _ in range(10):
        clock.advance(19)
        peer.say("Event: Newstate")
        clock.advance(1)
        if peer.cable.value():
            peer.say("Response: Success", to=peer.heard())
    peer.cable.drop()
    clock.advance(1)
    assert peer.dialled == 5


def test_stopping(make: Callable[..., Link], peer: Peer, diary: Diary, clock: Clock) -> None:
    link = make()
    peer.log_in()
    answer = started(link.act("Getvar"))
    peer.cable.clear()
    stopped = link.stopService()
    assert isinstance(result(answer), NoAnswer)
    assert diary.told == ["main up", "main down"]
    peer.say("Response: Goodbye", to=peer.heard())
    clock.advance(0)
    assert (stopped.called, peer.cable.lost, diary.told) == (True, True, ["main up", "main down"])
    clock.advance(1000)
    assert peer.dialled == 1
    assert clock.getDelayedCalls() == []


def test_stopping_where_nobody_answers(make: Callable[..., Link], peer: Peer, clock: Clock) -> None:
    link = make()
    peer.log_in()
    stopped = link.stopService()
    clock.advance(2)
    clock.advance(0)
    assert (stopped.called, peer.cable.lost) == (True, True)


@pytest.mark.parametrize("stage", ["dialling", "connected", "waiting to dial again"])
def test_stopping_before_it_is_ready(make: Callable[..., Link], peer: Peer, clock: Clock, stage: str) -> None:
    link = make()
    if stage == "connected":
        peer.accept_connection()
    if stage == "waiting to dial again":
        peer.refuse_connection()
    stopped = link.stopService()
    clock.advance(0)
    assert stopped.called
    clock.advance(1000)
    assert peer.dialled == 1


def test_it_can_be_started_again(make: Callable[..., Link], peer: Peer, diary: Diary, clock: Clock) -> None:
    link = make()
    peer.log_in()
    link.stopService()
    peer.say("Response: Goodbye", to=peer.heard())
    clock.advance(0)
    link.startService()
    peer.log_in()
    assert diary.told == ["main up", "main down", "main up"]


# How it does


def test_its_status(make: Callable[..., Link], peer: Peer, clock: Clock) -> None:
    link = make(ping_seconds=20)
    assert (link.status().state, link.status().version, link.status().ping) == ("not connected", "", None)
    clock.advance(5)
    peer.log_in()
    clock.advance(20)
    ping = peer.heard()
    clock.advance(0.25)
    peer.say("Response: Success", "Ping: Pong", to=ping)
    status = link.status()
    assert (status.name, status.state, status.ready, status.since) == ("main", "ready", True, 5)
    assert (status.version, status.address) == ("Asterisk Call Manager/11.0.0", "127.0.0.1 port 5038")
    assert status.ping == pytest.approx(250)
    assert (status.counters["logins"], status.counters["events"]) == (1, 1)
    peer.cable.drop()
    assert (link.status().ready, link.status().version) == (False, "Asterisk Call Manager/11.0.0")


def test_waiting_for_it(make: Callable[..., Link], peer: Peer) -> None:
    link = make()
    waiting = link.when_ready()
    assert not waiting.called
    peer.log_in()
    assert (waiting.called, link.when_ready().called) == (True, True)


def test_a_receiver_that_fails_costs_nothing(
    make: Callable[..., Link], peer: Peer, diary: Diary, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing:
        def up(self, link: Link) -> None:
            raise RuntimeError("up")

        def event(self, link: Link, event: Message) -> None:
            raise RuntimeError("event")

        def down(self, link: Link) -> None:
            raise RuntimeError("down")

    link = make(receiver=Failing())
    peer.log_in()
    peer.say("Event: Hangup")
    answer = started(link.act("Getvar"))
    peer.say("Response: Success", to=peer.heard())
    assert result(answer).response == "Success"
    peer.cable.drop()
    assert link.counters["failures"] == 3


def test_a_receiver_may_ask_at_once(make: Callable[..., Link], peer: Peer) -> None:
    answers: list[Deferred[Any]] = []

    class Asking:
        def up(self, link: Link) -> None:
            answers.append(started(link.listing("CoreShowChannels")))

        def event(self, link: Link, event: Message) -> None:
            answers.append(started(link.act("AGI", [("Channel", event.get("Channel"))])))

        def down(self, link: Link) -> None:
            answers.append(started(link.act("Ping")))

    make(receiver=Asking())
    peer.log_in()
    assert peer.heard().get("Action") == "CoreShowChannels"
    peer.say("Event: AsyncAGIStart", "Channel: a")
    assert peer.heard().get("Channel") == "a"
    peer.cable.drop()
    assert [type(result(answer)) for answer in answers] == [NoAnswer, NoAnswer, NotConnected]


def test_settings_that_cannot_be_written_are_told_at_once(make: Callable[..., Link]) -> None:
    with pytest.raises(Unsafe):
        make(secret="a\r\nb")
