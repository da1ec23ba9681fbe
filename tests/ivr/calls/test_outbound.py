"""Calls that we make: why nobody answered, whether a person listened, whether it was heard."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from clinic.speech import Speech
from conf.texts.words import Code
from ivr.calls.channel import Lost
from ivr.calls.dial import Away, NotReached, channel_id, message_of
from ivr.calls.transfers import dialled, ways, written
from ivr.settings import TrunkSettings
from tests.ivr.calls.conftest import House

NUMBER = "+8615400000001"
TRUNK = TrunkSettings(dial="PJSIP/{number}@trunk", ring_seconds=20)
SPEECH = Speech("zh", "visit.code", {"number": Code("816012840859")})


class Out:
    """One call of ours, from the dial on."""

    def __init__(self, house: House) -> None:
        self.house, self.line = house, house.asterisk
        self.line.uniqueid = channel_id(7)
        self.came: list[Any] = []
        self.heard: list[bool] = []
        way = ways({"main": TRUNK}, NUMBER)[0]
        self.dialling = Deferred.fromCoroutine(house.board.dial(self.line, way, self.line.uniqueid, "12580"))
        self.dialling.addBoth(self.came.append)

    @property
    def why(self) -> Any:
        failure = self.came[0]
        return getattr(failure.value, "outcome", failure.type)

    def answer(self) -> None:
        self.line.tell("AsyncAGIStart", CallerIDNum="12580", Env="")

    def tell(self) -> list[Any]:
        told: list[Any] = []
        Deferred.fromCoroutine(self.house.outbound.tell(self.came[0], SPEECH, lambda: self.heard.append(True))).addBoth(
            told.append
        )
        return told


@pytest.fixture
def out(house: House) -> Out:
    return Out(house)


class TestDialling:
    def test_what_asterisk_is_asked_for(self, out: Out) -> None:
        name, headers = out.line.actions[-1]
        assert name == "Originate"
        assert headers["Channel"] == "PJSIP/15400000001@trunk"
        assert (headers["Context"], headers["Exten"], headers["Async"]) == ("caredial-out", "s", "true")
        assert (headers["ChannelId"], headers["Timeout"], headers["CallerID"]) == (out.line.uniqueid, "20000", "12580")

    @pytest.mark.parametrize(
        ("cause", "rings", "outcome"),
        [
            (17, True, "busy"),
            (21, True, "rejected"),
            (1, False, "unreachable"),
            (28, False, "unreachable"),
            (19, True, "no_answer"),
            (19, False, "congestion"),
            (34, False, "congestion"),
            (38, True, "congestion"),
            (0, False, "congestion"),
        ],
    )
    def test_the_cause_of_the_hangup_tells_why(self, out: Out, cause: int, rings: bool, outcome: str) -> None:
        if rings:
            out.line.tell("Newstate", ChannelState="5", ChannelStateDesc="Ringing")
        out.line.tell("Hangup", Cause=str(cause))
        out.line.tell("OriginateResponse", Response="Failure", Reason="0")
        assert out.why == outcome
        assert out.came[0].value.cause == cause

    def test_progress_is_ringing_too(self, out: Out) -> None:
        # A real Asterisk names the channel as the destination only.
        out.line.tell("DialState", DialStatus="PROGRESS", Uniqueid="", DestUniqueid=out.line.uniqueid)
        out.line.tell("Hangup", Cause="19")
        assert out.why == "no_answer"

    def test_the_response_before_the_hangup(self, out: Out) -> None:
        out.line.tell("OriginateResponse", Response="Failure", Reason="0")
        assert out.came == []
        out.line.tell("Hangup", Cause="17")
        assert out.why == "busy"
        out.line.wait(2)

    def test_a_channel_that_could_not_be_made_has_only_its_response(self, out: Out) -> None:
        out.line.tell("OriginateResponse", Response="Failure", Reason="0", Uniqueid="<null>", ActionID="a1")
        out.line.wait(1.1)
        assert out.why == "congestion"

    def test_without_any_word_it_is_given_up(self, out: Out) -> None:
        out.line.wait(51)
        assert out.why is Away

    def test_asterisk_goes_away_while_it_dials(self, out: Out) -> None:
        out.house.board.down(out.line)
        assert out.why is Away

    def test_an_event_of_a_busy_line_with_no_number_is_no_failure(self, out: Out) -> None:
        out.line.tell("Hangup", Cause="x")
        assert isinstance(out.came[0].value, NotReached)


class TestTelling:
    def test_a_person_presses_one_and_hears_it_to_the_end(self, out: Out) -> None:
        out.answer()
        told = out.tell()
        out.line.wait(2)
        out.line.press("1")
        out.line.wait(20)
        assert told == [("heard", ["listened", "told"])]
        heard = [line for line in out.line.said if line.startswith("♪")]
        assert heard[0].endswith("收听请按1。")
        assert heard[1] == "♪ 您的T码是：8160 1284 0859"
        assert heard[2] == "♪ 重听请按1，结束请挂机。"
        assert out.line.said[-1] == "we hung up"

    def test_an_answering_machine_hears_nothing_but_the_greeting(self, out: Out) -> None:
        out.answer()
        told = out.tell()
        out.line.wait(60)
        assert told == [("unheard", ["no key"])]
        assert not any("T码" in line for line in out.line.said)
        assert out.line.said[-1] == "we hung up"

    def test_hanging_up_before_the_end_is_not_heard(self, out: Out) -> None:
        out.answer()
        told = out.tell()
        out.line.wait(2)
        out.line.press("1")
        out.line.wait(2)
        out.line.hang_up()
        assert told == [("unheard", ["listened", "hung up"])]

    def test_hanging_up_after_the_end_is_heard(self, out: Out) -> None:
        out.answer()
        told = out.tell()
        out.line.wait(2)
        out.line.press("1")
        out.line.wait(5)
        out.line.hang_up()
        assert told == [("heard", ["listened", "told", "hung up"])]

    def test_a_key_pressed_twice_skips_nothing(self, out: Out) -> None:
        out.answer()
        told = out.tell()
        out.line.press("1", "1")
        out.line.wait(2)
        out.line.press("1")
        out.line.wait(1)
        assert told == []
        assert "T码" in [line for line in out.line.said if line.startswith("♪")][-1]
        out.line.wait(20)
        assert told[0][0] == "heard"

    def test_one_hears_it_again(self, out: Out) -> None:
        out.answer()
        told = out.tell()
        out.line.press("1")
        out.line.wait(6)
        out.line.press("1")
        out.line.wait(20)
        assert told[0][0] == "heard"
        assert sum("T码" in line for line in out.line.said) == 2

    def test_asterisk_goes_away_while_it_is_told(self, out: Out) -> None:
        out.answer()
        told = out.tell()
        out.line.wait(1)
        out.house.board.down(out.line)
        assert told[0].check(Lost)


class TestNumbers:
    def test_how_a_trunk_wants_them(self) -> None:
        assert written(NUMBER, "national") == "15400000001"
        assert written("+8675512345678", "national") == "075512345678"
        assert written(NUMBER, "international") == "8615400000001"
        assert written(NUMBER, "plus") == "+8615400000001"
        assert written("120", "national") == "120"

    def test_nothing_but_digits_gets_into_what_asterisk_dials(self) -> None:
        assert dialled(TRUNK, "12&SIP/evil,${SHELL(x)}") == "PJSIP/12@trunk"

    def test_the_longest_prefix_that_fits_goes_first(self) -> None:
        trunks = {
            "all": TRUNK,
            "mobile": TrunkSettings(prefixes=["+86154"]),
            "other": TrunkSettings(prefixes=["+8613"], server="main"),
        }
        assert [way.trunk for way in ways(trunks, NUMBER)] == ["mobile", "all"]

    def test_a_channel_tells_which_message_it_carries(self) -> None:
        assert message_of(channel_id(123)) == 123
        assert message_of("1798736400.1") is None
        assert message_of("caredial-out-x-deadbeef") is None
