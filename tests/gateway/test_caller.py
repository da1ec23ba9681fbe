"""The caller: from the outbox to a dial, and what became of it back into the outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session
from twisted.internet.defer import Deferred

from clinic import messages
from clinic.installation import Installation
from clinic.tables import Call, Message
from gateway.caller import Caller
from ivr.calls.dial import message_of
from ivr.settings import IvrSettings
from tests.ivr.calls.conftest import NOW, House, opened

PHONE = "+8615400000007"


class Calling:
    """The caller of a house, with its one Asterisk."""

    def __init__(self, house: House) -> None:
        self.house, self.line = house, house.asterisk
        self.open()

    def open(self) -> None:
        rest: Any = {"clock": self.house.clock, "now": lambda: self.house.moment, "counts": self.house}
        place = Installation("https://care.example", "12580120", "*120#", "12580")
        self.caller = Caller(
            self.house,
            {"main": self.line},  # type: ignore[dict-item]
            self.house.board,
            self.house.outbound,
            place,
            self.house.settings,
            node="here",
            **rest,
        )
        self.caller.startService()

    def again(self) -> None:
        """Another gateway begins where this one was killed; what it had in memory is gone."""
        self.caller.running = 0
        for delayed in list(self.house.clock.getDelayedCalls()):
            delayed.cancel()
        self.house.open(up=False)
        self.open()
        self.house.board.up(self.line)

    def tell(self, text: str = "请来接种", phone: str = PHONE, **how: Any) -> int:
        occasion = f"{phone}:{text}"
        self.house.store.run_now(
            messages.tell_text, occasion=occasion, phone=phone, text=text, now=self.house.moment, channel="voice", **how
        )
        self.caller.wake()
        self.line.wait(0.2)
        return next(row.id for row in self.house.rows(Message) if row.occasion == occasion)

    def message(self, number: int) -> Message:
        with Session(self.house.store.engine) as session:
            row = session.get_one(Message, number)
            session.expunge(row)
            return row

    def dials(self) -> list[str]:
        return [given["Channel"] for name, given in self.line.actions if name == "Originate"]

    def dialled(self) -> None:
        """Events are of the channel that was dialled last."""
        self.line.uniqueid = next(
            given["ChannelId"] for name, given in reversed(self.line.actions) if name == "Originate"
        )

    def hangs_up(self, cause: int, *, rang: bool = True) -> None:
        self.dialled()
        if rang:
            self.line.tell("Newstate", ChannelState="5")
        self.line.tell("Hangup", Cause=str(cause))
        self.line.wait(0.2)

    def answers(self) -> None:
        self.dialled()
        self.line.gone = False
        self.line.tell("AsyncAGIStart", CallerIDNum="12580", Env="")

    def later(self, seconds: float) -> None:
        """Time goes by on the clock and in the calendar."""
        self.house.moment += dt.timedelta(seconds=seconds)
        self.house.clock.advance(seconds)
        self.line.wait(0.5)


SETTINGS = {
    "servers": {"main": {}},
    "trunks": {"main": {"calls": 2}},
    "outbound": {"busy": [180], "no_answer": [900], "unheard": [3600], "quiet_until": "07:00"},
}


@pytest.fixture
def calling(sqlite_schema: str) -> Iterator[Calling]:
    with opened(sqlite_schema, IvrSettings.model_validate(SETTINGS)) as house:
        yield Calling(house)


def test_heard_is_delivered(calling: Calling) -> None:
    number = calling.tell()
    assert calling.dials() == ["PJSIP/15400000007@trunk"]
    calling.answers()
    calling.line.press("1")
    calling.line.wait(20)
    row, call = calling.message(number), calling.house.call_record()
    assert (row.state, row.error) == ("delivered", None)
    assert (call.outcome, call.message_id, call.trunk, call.path) == ("heard", number, "main", ["listened", "told"])
    assert call.answered_at is not None
    assert calling.house.over == [("out", "heard")]


def test_busy_is_dialled_again_from_the_dial_on_and_then_failed(calling: Calling) -> None:
    number = calling.tell()
    calling.hangs_up(17)
    row = calling.message(number)
    assert (row.state, row.error) == ("queued", "busy")
    assert row.due_at == NOW + dt.timedelta(seconds=180)
    calling.later(179)
    assert len(calling.dials()) == 1
    calling.later(3)
    assert len(calling.dials()) == 2
    calling.hangs_up(17)
    assert calling.message(number).state == "failed"
    assert [call.outcome for call in calling.house.rows(Call)] == ["busy", "busy"]


def test_each_outcome_has_a_plan_of_its_own(calling: Calling) -> None:
    number = calling.tell()
    calling.hangs_up(17)
    calling.later(181)
    calling.hangs_up(19)
    assert calling.message(number).error == "no_answer"
    assert calling.message(number).due_at == NOW + dt.timedelta(seconds=181 + 900)


def test_a_number_that_is_none_fails_at_once(calling: Calling) -> None:
    number = calling.tell()
    calling.hangs_up(1, rang=False)
    assert (calling.message(number).state, calling.message(number).error) == ("failed", "unreachable")


def test_a_trunk_has_no_more_calls_than_it_may(calling: Calling) -> None:
    for tail in "123":
        calling.tell(phone=f"+861540000001{tail}")
    assert len(calling.dials()) == 2
    calling.hangs_up(17)
    assert len(calling.dials()) == 3


def test_in_the_quiet_hours_a_notice_waits_and_an_answer_goes(calling: Calling) -> None:
    calling.house.moment = NOW.replace(hour=22)
    calling.tell("提醒", phone="+8615400000011", message_class="notice")
    assert calling.dials() == []
    calling.tell("您的T码", phone="+8615400000012")
    assert calling.dials() == ["PJSIP/15400000012@trunk"]
    calling.hangs_up(17)
    calling.later(3600)
    assert len(calling.dials()) == 1  # nobody waits for it any more


def test_while_asterisk_is_away_nothing_is_claimed(calling: Calling) -> None:
    calling.house.board.down(calling.line)
    number = calling.tell()
    assert calling.message(number).state == "queued"
    calling.house.board.up(calling.line)
    calling.later(3)
    assert len(calling.dials()) == 1


def test_killed_while_it_told_another_gateway_tells_it_in_the_same_call(calling: Calling) -> None:
    number = calling.tell()
    calling.answers()
    calling.line.wait(1)
    assert message_of(calling.line.uniqueid) == number
    calling.line.park()
    calling.again()
    calling.line.wait(1)
    calling.line.press("1")
    calling.line.wait(20)
    assert calling.message(number).state == "delivered"
    assert len(calling.dials()) == 1
    assert [call.outcome for call in calling.house.rows(Call)] == ["heard"]


def test_killed_while_it_dialled_and_the_call_is_gone_it_is_dialled_once_more(calling: Calling) -> None:
    number = calling.tell()
    calling.again()
    calling.line.wait(3)
    assert len(calling.dials()) == 2
    assert [call.outcome for call in calling.house.rows(Call)] == ["lost", None]
    calling.hangs_up(17)
    assert calling.message(number).state in {"queued", "failed"}


def test_asterisk_goes_away_while_it_dials_and_comes_back_without_the_call(calling: Calling) -> None:
    number = calling.tell()
    calling.house.board.down(calling.line)
    assert calling.message(number).state == "sending"
    calling.house.board.up(calling.line)
    calling.later(3)
    calling.later(3)
    assert len(calling.dials()) == 2


def test_stopping_waits_for_nobody_and_leaves_the_call(calling: Calling) -> None:
    number = calling.tell()
    calling.answers()
    calling.line.wait(1)
    stopped = [calling.caller.stopService(), Deferred.fromCoroutine(calling.house.board.stop())]
    calling.line.wait(1)
    assert all(each is not None and each.called for each in stopped)
    assert calling.line.actions[-1] == ("AbsoluteTimeout", {"Channel": calling.line.channel, "Timeout": "60"})
    assert calling.message(number).state == "sending"
