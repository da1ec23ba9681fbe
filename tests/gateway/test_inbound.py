"""What the SMS centre delivers: kept before it is acknowledged, answered in order, never lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.task import Clock

from clinic import messages, outbox
from clinic.errors import StoreBusy
from clinic.outbox import SentPart, Settled
from clinic.tables import Inbound as InboundRow
from clinic.tables import InboundPart, Message, Receipt
from gateway import inbound
from gateway.inbound import Inbound
from gateway.store import Store, opened
from smpp import status
from smpp.pdu import Address, DeliverSm
from smpp.receipts import normalise
from smpp.settings import LinkSettings
from smpp.text import encode

NOW = dt.datetime(2027, 3, 8, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
PHONE, OTHER = "15400000001", "15400000002"


class Disk:
    """The store on the calling thread. `hold` keeps each commit back until `go`; `busy` refuses."""

    def __init__(self, store: Store) -> None:
        self.store, self.busy = store, False
        self.held: list[Callable[[], None]] | None = None

    def run(self, fn: Any, /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()

        def act() -> None:
            try:
                if self.busy:
                    raise StoreBusy
                result = self.store.run_now(fn, *args, **kwargs)
            except Exception:  # noqa: BLE001  # as a thread pool does
                done.errback()
            else:
                done.callback(result)

        if self.held is None:
            act()
        else:
            self.held.append(act)
        return done

    def hold(self) -> None:
        self.held = []

    def go(self) -> None:
        while self.held:
            self.held.pop(0)()


class Answers:
    """Commands that answer when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self._open: list[Deferred[str | None]] = []

    def answer(self, phone: str, text: str, inbox_id: int) -> Deferred[str | None]:
        self.asked.append((phone, text))
        done: Deferred[str | None] = Deferred()
        self._open.append(done)
        return done

    def say(self, reply: str | None) -> None:
        """The oldest open question gets this answer."""
        self._open.pop(0).callback(reply)

    def fail(self) -> None:
        self._open.pop(0).errback(RuntimeError("the dialog broke"))


class Desk:
    """Everything around an Inbound; `restart` is the next process on the same database."""

    def __init__(self, store: Store) -> None:
        self.disk = Disk(store)
        self.link = SimpleNamespace(name="main", settings=LinkSettings(), bind_ids=frozenset({"bind-1"}))
        self.bind = "bind-1"
        self.restart()

    def restart(self) -> None:
        self.answers, self.screens = Answers(), []
        self.clock = Clock()
        menus = SimpleNamespace(received=self.screen)
        self.inbound = Inbound(self.disk, menus, self.answers, lambda: NOW, clock=self.clock, region="CN")

    def screen(self, link: str, indication: Any, bind: str) -> bool:
        """The menus have room for three."""
        self.screens.append((link, indication, bind))
        return len(self.screens) <= 3

    def deliver(self, pdu: DeliverSm) -> Deferred[int]:
        taken = self.inbound.delivered(self.link, pdu, self.bind)
        return succeed(taken) if isinstance(taken, int) else ensureDeferred(taken)

    def bind_anew(self) -> None:
        """The bind is lost, and another one made."""
        self.bind = "bind-2"
        self.link.bind_ids = frozenset({"bind-2"})

    def sms(self, text: str, phone: str = PHONE) -> int:
        """The command_status that answers this SMS."""
        return self.status(sms(text, phone))

    def status(self, pdu: DeliverSm) -> int:
        return int(result_of(self.deliver(pdu)))

    def recover(self) -> None:
        result_of(Deferred.fromCoroutine(self.inbound.recover()))

    def rows(self, *columns: Any) -> list[Any]:
        query = select(*columns).order_by(columns[0].class_.id)
        return [tuple(row) for row in self.disk.store.run_now(lambda session: session.execute(query).all())]

    def stored(self) -> list[tuple[str, bool]]:
        return [(text, handled is not None) for text, handled in self.rows(InboundRow.text, InboundRow.handled_at)]

    def replies(self) -> list[tuple[str, str]]:
        return self.rows(Message.phone, Message.text)


def sms(text: str, phone: str = PHONE, **fields: Any) -> DeliverSm:
    encoded = encode(text)
    return DeliverSm(
        source=Address(phone),
        destination=Address("12580120"),
        data_coding=encoded.data_coding,
        short_message=encoded.octets,
        **fields,
    )


def result_of(done: Deferred[Any]) -> Any:
    """What a Deferred came to; it must have come to something."""
    outcome: list[Any] = []
    done.addBoth(outcome.append)
    assert outcome, "nothing came of it yet"
    return outcome[0]


@pytest.fixture
def desk(sqlite_schema: str) -> Iterator[Desk]:
    with opened(sqlite_schema) as store:
        yield Desk(store)


def test_an_sms_is_stored_then_acknowledged_then_answered(desk: Desk) -> None:
    desk.disk.hold()
    acknowledged = desk.deliver(sms("预约"))
    assert not acknowledged.called
    assert (desk.stored(), desk.answers.asked) == ([], [])
    desk.disk.go()
    assert result_of(acknowledged) == status.ESME_ROK
    assert desk.stored() == [("预约", False)]
    assert desk.answers.asked == [(f"+86{PHONE}", "预约")]
    desk.answers.say("1.预约看病")
    desk.disk.go()
    assert desk.stored() == [("预约", True)]
    assert desk.replies() == [(f"+86{PHONE}", "1.预约看病")]


def test_a_command_may_have_no_answer(desk: Desk) -> None:
    assert desk.sms("thanks") == status.ESME_ROK
    desk.answers.say(None)
    assert (desk.stored(), desk.replies()) == ([("thanks", True)], [])


def test_what_could_not_be_stored_stays_with_the_sms_centre(desk: Desk) -> None:
    desk.disk.busy = True
    assert desk.sms("1") == status.ESME_RX_T_APPN
    assert desk.answers.asked == []
    desk.disk.busy = False
    assert desk.sms("1") == status.ESME_ROK
    assert desk.answers.asked == [(f"+86{PHONE}", "1")]


def test_what_comes_again_over_the_next_bind_is_acknowledged_and_not_answered_twice(desk: Desk) -> None:
    desk.sms("1")
    desk.bind_anew()
    assert desk.sms("1") == status.ESME_ROK
    assert desk.stored() == [("1", False)]
    assert len(desk.answers.asked) == 1


def test_the_same_over_another_bind_that_lives_beside_is_another_sms(desk: Desk) -> None:
    desk.link.bind_ids = frozenset({"bind-1", "bind-2"})
    desk.sms("1")
    desk.bind = "bind-2"
    assert desk.sms("1") == status.ESME_ROK
    assert desk.stored() == [("1", False)] * 2


def test_one_phones_messages_are_answered_in_their_order(desk: Desk) -> None:
    for text in ("1", "2", "3"):
        assert desk.sms(text) == status.ESME_ROK
    assert [text for _, text in desk.answers.asked] == ["1"]
    desk.answers.say("one")
    assert [text for _, text in desk.answers.asked] == ["1", "2"]
    desk.answers.say("two")
    desk.answers.say("three")
    assert [text for _, text in desk.replies()] == ["one", "two", "three"]
    assert desk.inbound._turns == {}


def test_another_phone_does_not_wait(desk: Desk) -> None:
    desk.sms("1")
    desk.sms("2", OTHER)
    assert desk.answers.asked == [(f"+86{PHONE}", "1"), (f"+86{OTHER}", "2")]


def test_a_dialog_that_breaks_does_not_hold_up_the_phone(desk: Desk) -> None:
    desk.sms("1")
    desk.sms("2")
    desk.answers.fail()
    assert [text for _, text in desk.answers.asked] == ["1", "2"]
    desk.answers.say("two")
    assert desk.stored() == [("1", False), ("2", True)]  # the first is tried again after the next start
    assert desk.inbound._turns == {}


def test_an_answer_waits_while_the_database_is_away(desk: Desk) -> None:
    desk.sms("1")
    desk.sms("2")
    desk.disk.busy = True
    desk.answers.say("one")
    desk.clock.pump([60] * 10)
    assert desk.stored() == [("1", False), ("2", False)]
    assert len(desk.answers.asked) == 1  # the next is answered after this one
    desk.disk.busy = False
    desk.clock.advance(60)
    desk.answers.say("two")
    assert desk.stored() == [("1", True), ("2", True)]
    assert [text for _, text in desk.replies()] == ["one", "two"]
    assert (desk.inbound._turns, desk.clock.getDelayedCalls()) == ({}, [])


def test_after_a_crash_what_was_unanswered_is_answered_in_its_order(desk: Desk) -> None:
    desk.sms("1")
    desk.sms("2")
    desk.sms("x", OTHER)
    desk.restart()
    desk.recover()
    assert desk.answers.asked == [(f"+86{PHONE}", "1"), (f"+86{OTHER}", "x")]
    for reply in ("one", "other", "two"):
        desk.answers.say(reply)
    assert [text for _, text in desk.replies()] == ["one", "other", "two"]
    desk.restart()
    desk.recover()
    assert desk.answers.asked == []


def part(number: int, octets: bytes, reference: int = 7) -> DeliverSm:
    header = bytes([5, 0, 3, reference, 2, number])
    return DeliverSm(source=Address(PHONE), esm_class=0x40, data_coding=0, short_message=header + octets)


def test_a_long_sms_is_one_text(desk: Desk) -> None:
    assert desk.status(part(2, b" book")) == status.ESME_ROK
    assert desk.stored() == []
    assert desk.status(part(1, b"please")) == status.ESME_ROK
    assert desk.stored() == [("please book", False)]
    assert desk.answers.asked == [(f"+86{PHONE}", "please book")]


def test_a_segment_is_stored_before_it_is_acknowledged(desk: Desk) -> None:
    desk.disk.hold()
    acknowledged = desk.deliver(part(1, b"please"))
    assert not acknowledged.called
    desk.disk.go()
    assert result_of(acknowledged) == status.ESME_ROK
    assert desk.rows(InboundPart.number, InboundPart.octets) == [(1, b"please")]


def test_a_long_sms_survives_a_restart_between_its_segments(desk: Desk) -> None:
    desk.status(part(1, b"please"))
    desk.restart()
    desk.bind = "bind-2"
    desk.status(part(2, b" book"))
    assert desk.stored() == [("please book", False)]


def test_a_segment_that_could_not_be_stored_comes_again(desk: Desk) -> None:
    desk.disk.busy = True
    assert desk.status(part(1, b"please")) == status.ESME_RX_T_APPN
    desk.disk.busy = False
    for number, octets in ((2, b" book"), (1, b"please"), (1, b"please")):
        assert desk.status(part(number, octets)) == status.ESME_ROK
    assert desk.stored() == [("please book", False)]


def test_what_data_coding_0_means_is_the_links_affair(desk: Desk) -> None:
    desk.link.settings = LinkSettings(default_alphabet="latin1")
    desk.status(DeliverSm(source=Address(PHONE), data_coding=0, short_message=b"caf\xe9"))
    desk.status(part(1, b"\xe9t"))
    desk.status(part(2, b"\xe9"))
    assert [text for text, _ in desk.stored()] == ["caf\xe9", "\xe9t\xe9"]


class TestOverload:
    """Where too much waits the SMS centre keeps it: nothing is lost, and our memory does not grow."""

    def test_too_many_that_wait_for_the_database(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inbound, "MOST_STORING", 2)
        desk.disk.hold()
        waiting = [desk.deliver(sms(str(n), f"1540000000{n}")) for n in range(2)]
        assert desk.sms("more") == status.ESME_RMSGQFUL
        assert desk.status(part(1, b"more")) == status.ESME_RMSGQFUL
        desk.disk.go()
        assert [result_of(done) for done in waiting] == [status.ESME_ROK] * 2
        desk.disk.held = None
        assert desk.sms("more") == status.ESME_ROK

    def test_too_many_that_wait_for_their_answers(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inbound, "MOST_UNANSWERED", 2)
        assert [desk.sms("1", phone) for phone in (PHONE, OTHER)] == [status.ESME_ROK] * 2
        assert desk.sms("1", "15400000003") == status.ESME_RMSGQFUL
        desk.answers.say("one")
        assert desk.sms("1", "15400000003") == status.ESME_ROK
        assert len(desk.stored()) == 3

    def test_a_robot_fills_its_own_share_only(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inbound, "MOST_OF_A_PHONE", 3)
        assert [desk.sms(str(n)) for n in range(5)] == [status.ESME_ROK] * 3 + [status.ESME_RMSGQFUL] * 2
        assert desk.sms("1", OTHER) == status.ESME_ROK
        for _ in range(4):
            desk.answers.say("ok")
        assert desk.sms("more") == status.ESME_ROK
        assert len(desk.inbound._turns) == 1

    def test_too_many_receipts(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inbound, "MOST_RECEIPTS", 2)
        desk.disk.hold()
        waiting = [desk.deliver(receipt(str(n))) for n in range(1, 4)]  # one is being written, two wait
        assert desk.status(receipt("4")) == status.ESME_RMSGQFUL
        desk.disk.go()
        assert [result_of(done) for done in waiting] == [status.ESME_ROK] * 3


def test_a_name_as_sender_cannot_be_answered(desk: Desk) -> None:
    assert desk.sms("win a prize", "LOTTERY") == status.ESME_ROK
    assert desk.stored() == []


@pytest.mark.parametrize(("octets", "coding", "kept"), [(b"\0a\0\0\0b", 8, "ab"), (b"a\0b", 4, "ab")])
def test_a_text_with_nul_is_stored_without(desk: Desk, octets: bytes, coding: int, kept: str) -> None:
    pdu = DeliverSm(source=Address(PHONE), data_coding=coding, short_message=octets)
    assert desk.status(pdu) == status.ESME_ROK
    assert desk.stored() == [(kept, False)]


def receipt(smsc_id: str, state: str = "DELIVRD", error: str = "000") -> DeliverSm:
    text = f"id:{smsc_id} sub:001 dlvrd:001 submit date:2703080730 done date:2703080731 stat:{state} err:{error} text:"
    return DeliverSm(source=Address(PHONE), destination=Address("12580120"), esm_class=4, short_message=text.encode())


def submitted(desk: Desk, smsc_id: str) -> None:
    """An SMS of ours that the SMS centre took under this id."""
    run = desk.disk.store.run_now
    run(messages.tell_text, occasion=smsc_id, phone=f"+86{PHONE}", text="code", now=NOW)
    [message] = run(outbox.claim, sender="n", rooms={"answer": 1}, now=NOW)
    parts = [SentPart(1, "main", normalise(smsc_id, "as_is", "response"))]
    run(outbox.settle_many, outcomes=[Settled(message, parts)], now=NOW)


def test_a_receipt_finds_its_message(desk: Desk) -> None:
    submitted(desk, "A1")
    submitted(desk, "B2")
    assert desk.status(receipt("B2", "UNDELIV", "027")) == status.ESME_ROK
    assert desk.status(receipt("A1")) == status.ESME_ROK
    assert desk.rows(Message.state, Message.error) == [("delivered", None), ("failed", "027")]
    assert desk.answers.asked == []


@pytest.mark.parametrize(("sender", "state"), [(PHONE, "delivered"), ("15400000099", "sent")])
def test_a_receipt_that_anybody_could_type_counts_only_for_the_phone_it_names(
    desk: Desk, sender: str, state: str
) -> None:
    submitted(desk, "A1")
    typed = replace(receipt("A1"), esm_class=0, source=Address(sender))
    assert desk.status(typed) == status.ESME_ROK
    assert desk.rows(Message.state) == [(state,)]


@pytest.mark.parametrize("esm_class", [0x08, 0x10, 0x18])
def test_an_acknowledgement_is_no_text_of_somebodys(desk: Desk, esm_class: int) -> None:
    assert desk.status(sms("ok", esm_class=esm_class)) == status.ESME_ROK
    assert desk.stored() == []


def test_hexadecimal_ids_of_one_side_are_matched(desk: Desk) -> None:
    desk.link.settings = LinkSettings(message_id_form="hex_in_response")
    submitted(desk, "255")
    desk.status(receipt("0000000255"))
    assert desk.rows(Message.state) == [("delivered",)]


def test_a_receipt_that_finds_nothing_waits(desk: Desk) -> None:
    assert desk.status(receipt("C3", "EXPIRED")) == status.ESME_ROK
    assert desk.rows(Receipt.link, Receipt.smsc_id, Receipt.state) == [("main", "c3", "expired")]


def test_a_receipt_that_could_not_be_recorded_comes_again(desk: Desk) -> None:
    submitted(desk, "A1")
    desk.disk.busy = True
    assert desk.status(receipt("A1")) == status.ESME_RX_T_APPN
    desk.disk.busy = False
    assert desk.status(receipt("A1")) == status.ESME_ROK
    assert desk.rows(Message.state) == [("delivered",)]


def test_receipts_that_come_during_a_transaction_share_the_next_one(desk: Desk) -> None:
    for smsc_id in ("1", "2", "3"):
        submitted(desk, smsc_id)
    desk.disk.hold()
    acknowledged = [desk.deliver(receipt(smsc_id)) for smsc_id in ("1", "2", "3")]
    assert len(desk.disk.held or []) == 1
    desk.disk.held.pop(0)()  # type: ignore[union-attr]
    assert [done.called for done in acknowledged] == [True, False, False]
    assert len(desk.disk.held or []) == 1
    desk.disk.go()
    assert [result_of(done) for done in acknowledged] == [status.ESME_ROK] * 3
    assert desk.rows(Message.state) == [("delivered",)] * 3


def test_a_receipt_without_an_id_is_let_go(desk: Desk) -> None:
    assert desk.status(DeliverSm(source=Address(PHONE), esm_class=4, short_message=b"stat:DELIVRD")) == status.ESME_ROK
    assert desk.rows(Receipt.id) == []


def test_ussd_goes_to_the_menus_and_is_never_stored(desk: Desk) -> None:
    pdu = sms("*120#", service_type="USSD", tlvs={"ussd_service_op": 1, "its_session_info": b"\x01\x00"})
    assert desk.status(pdu) == status.ESME_ROK
    [(link, indication, bind)] = desk.screens
    assert (link, bind, indication.op, indication.text) == ("main", "bind-1", "begin", "*120#")
    assert desk.stored() == []


def test_ussd_that_the_menus_have_no_room_for_stays_with_the_sms_centre(desk: Desk) -> None:
    pdu = sms("*120#", service_type="USSD", tlvs={"ussd_service_op": 1, "its_session_info": b"\x01\x00"})
    answers = [desk.status(pdu) for _ in range(4)]
    assert answers == [status.ESME_ROK] * 3 + [status.ESME_RMSGQFUL]


def test_a_link_without_ussd_takes_it_for_text(desk: Desk) -> None:
    desk.link.settings = LinkSettings(ussd="")
    desk.status(sms("*120#", service_type="USSD", tlvs={"ussd_service_op": 1, "its_session_info": b"\x01\x00"}))
    assert desk.screens == []
    assert desk.stored() == [("*120#", False)]
