"""Which event belongs to which call, and which calls are none of ours."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from ivr.ami.errors import NoAnswer
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


class TestLosing:
    """Asterisk answers badly, or we stop."""

    def test_live_calls_that_could_not_be_read_are_read_again(self, house: House) -> None:
        line = house.asterisk
        house.board.down(line)
        failing, line.listing = line.listing, refused  # type: ignore[method-assign]
        house.board.up(line)
        line.wait(1)
        assert house.board.read_live == set()
        line.listing = failing  # type: ignore[method-assign]
        line.wait(4)
        assert house.board.read_live == {"main"}

    def test_after_a_stop_nothing_begins_and_the_calls_have_a_minute(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait(1)
        stopped = Deferred.fromCoroutine(house.board.stop())
        line.wait(1)
        assert stopped.called
        assert line.actions[-1] == ("AbsoluteTimeout", {"Channel": line.channel, "Timeout": "60"})
        before = list(line.commands())
        line.uniqueid = "1798736400.2"
        line.call()
        line.wait(10)
        assert line.commands() == before

    def test_a_live_call_is_kept_alive_each_minute(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait(1)
        house.board.event(
            line, Message((("Event", "Rename"), ("Uniqueid", line.uniqueid), ("Newname", "PJSIP/renamed")))
        )
        house.clock.advance(61)
        assert ("AbsoluteTimeout", {"Channel": "PJSIP/renamed", "Timeout": "180"}) in line.actions

    def test_the_result_of_another_gateways_command_is_none_of_ours(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait(1)
        said = len(line.said)
        line.tell("AsyncAGIExec", CommandId=f"{line.uniqueid}/1", Result="200%20result%3D0%20endpos%3D32000%0A")
        line.wait(1)
        assert len(line.said) == said


async def refused(name: str, /, headers: object = ()) -> list[Message]:
    raise NoAnswer("no answer in time")
