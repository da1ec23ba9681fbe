"""Which event belongs to which call, and which calls are none of ours."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from ivr.ami.messages import Message
from ivr.calls import dial
from ivr.calls.transfers import ways
from tests.ivr.calls.conftest import PHONE, House

CHECK = "caredial-check-0a1b2c3d4e5f"


class TestACallOfTheCheck:
    """`caredial ivr check` has an Asterisk call itself while we run, and drives that call."""

    def test_it_is_left_alone(self, house: House) -> None:
        line = house.asterisk
        line.uniqueid = CHECK
        line.call()
        line.wait()
        line.press("1")
        line.tell("AsyncAGIExec", CommandID="1", Result="200%20result%3D0%0A")
        line.hang_up()
        assert len(house.board) == 0
        assert line.commands() == []
        assert house.counted == []

    def test_it_is_not_taken_up_either(self, house: House) -> None:
        line = house.asterisk
        parked = [("Application", "AGI"), ("ApplicationData", "agi:async"), ("Channel", line.channel)]
        line.live = [
            Message((("Event", "CoreShowChannel"), ("Uniqueid", CHECK), *parked)),
            Message((("Event", "CoreShowChannel"), ("Uniqueid", line.uniqueid), *parked)),
        ]
        house.board.up(line)
        line.wait(1)
        assert house.board.calls() == {"main": {"in": 1}}
        assert house.counted[:1] == ["taken up"]


def test_calls_are_counted_by_their_state(house: House) -> None:
    line = house.asterisk
    line.call()
    line.wait(1)
    assert house.board.calls() == {"main": {"in": 1}}
    (way, *_) = ways(house.settings.trunks, PHONE)
    line.uniqueid = dial.channel_id(7)
    Deferred.fromCoroutine(house.board.dial(line, way, line.uniqueid, "12580")).addErrback(lambda _: None)
    assert house.board.calls() == {"main": {"in": 1, "dialling": 1}}
    line.tell("Newstate", ChannelState="5")
    assert house.board.calls() == {"main": {"in": 1, "ringing": 1}}
    line.tell("AsyncAGIStart")
    assert house.board.calls() == {"main": {"in": 1, "out": 1}}
