"""Delivery receipts: when they come, by which bind, and in which dialect."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from simulators.dialects import DIALECTS, Dialect
from simulators.messages import Message, Messages
from simulators.receipts import LATE, receipt
from smpp import receipts
from smpp.pdu import Address, SubmitSm
from smpp.receipts import MessageState

NOW = 1_800_000_000.0  # 2027-01-15 08:00 UTC
SUBMIT = SubmitSm(
    source=Address("12580120"),
    destination=Address("8615400000001", 1, 1),
    registered_delivery=1,
    short_message=b"Your visit is booked",
)


def message(state: MessageState = MessageState.DELIVERED, submit: SubmitSm = SUBMIT) -> Message:
    messages = Messages(first_id=26)
    return messages.settle(messages.take("caredial", submit, now=NOW), state, now=NOW + 61)


def test_a_receipt_as_text_and_as_tlvs() -> None:
    pdu = receipt(message())
    assert pdu.short_message == (
        b"id:26 sub:001 dlvrd:001 submit date:2701150800 done date:2701150801"
        b" stat:DELIVRD err:000 text:Your visit is booked"
    )
    assert (pdu.esm_class, pdu.source, pdu.destination) == (4, SUBMIT.destination, SUBMIT.source)
    assert pdu.tlvs == {"receipted_message_id": "26", "message_state": 2}


def test_a_receipt_of_a_failure() -> None:
    pdu = receipt(message(MessageState.UNDELIVERABLE))
    assert b"dlvrd:000" in pdu.short_message
    assert b"stat:UNDELIV err:001" in pdu.short_message
    assert pdu.tlvs["network_error_code"] == b"\3\0\1"


def test_a_receipt_has_room_for_no_chinese() -> None:
    chinese = SubmitSm(destination=Address("8615400000001"), data_coding=8, short_message="您好".encode("utf-16-be"))
    assert receipt(message(submit=chinese)).short_message.endswith(b"text:??")


DELIVERED = {
    "standard": b" done date:2701150801 stat:DELIVRD err:000 text:Your visit is booked",
    "seconds": b" submit date:270115080000 done date:270115080101 stat:DELIVRD",
    "no-counts": b"id:26 submit date:2701150800 done",
    "no-dates": b"id:26 sub:001 dlvrd:001 stat:DELIVRD",
    "capital-text": b" err:000 Text:Your visit is booked",
    "no-text-field": b" stat:DELIVRD err:000",
    "long-words": b" stat:DELIVERED err:000",
    "letters-in-err": b" err:E00 text:",
    "long-err": b" err:00000000 text:",
    "trailing-nul": b"text:Your visit is booked\0",
    "payload": b"",
    "ucs2": "id:26 sub:001".encode("utf-16-be"),
    "odd-coding": b"id:26 sub:001",
    "esm-class-0": b"id:26 sub:001",
    "not-swapped": b"id:26 sub:001",
    "tlvs-only": b"",
    "text-only": b"id:26 sub:001",
    "ascii-error-code": b"id:26 sub:001",
}


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_every_dialect_is_written_as_its_name_says(dialect: Dialect) -> None:
    assert DELIVERED[dialect] in receipt(message(), dialect=dialect).short_message
    assert dialect in DIALECTS


def test_what_else_dialects_do() -> None:
    done = message()
    assert b"stat:" in receipt(done, dialect="payload").tlvs["message_payload"]  # type: ignore[operator]
    assert receipt(done, dialect="ucs2").data_coding == 8
    assert receipt(done, dialect="odd-coding").data_coding == 3
    assert receipt(done, dialect="esm-class-0").esm_class == 0
    assert receipt(done, dialect="not-swapped").source == SUBMIT.source
    assert receipt(done, dialect="text-only").tlvs == {}
    assert receipt(done, dialect="tlvs-only").short_message == b""
    assert receipt(done, dialect="ascii-error-code").tlvs["network_error_code"] == b"000"
    assert receipt(done, dialect="no-text-field").short_message.endswith(b"err:000")


@pytest.mark.parametrize("dialect", [one for one in get_args(Dialect) if one != "no-dates"])
@pytest.mark.parametrize("state", [MessageState.DELIVERED, MessageState.UNDELIVERABLE, MessageState.EXPIRED])
def test_our_own_reader_understands_them(dialect: Dialect, state: MessageState) -> None:
    read = receipts.read(receipt(message(state), ids="padded", dialect=dialect))
    assert read is not None
    assert (read.message_id.lstrip("0"), read.state, read.final) == ("26", state, True)


def found(esme: Any) -> list[MessageState]:
    return [read.state for pdu in esme.mail if (read := receipts.read(pdu))]


def test_before_the_answer(make_network: Any) -> None:
    esme = make_network(receipt_first=True).bound(answers=None).sms()
    assert [type(event).__name__ for event in esme.told] == ["Bound", "Request", "Response"]


def test_late(make_network: Any) -> None:
    network = make_network(receipt_delay=60)
    esme = network.bound().sms()
    assert (esme.codes, esme.mail) == ([0], [])
    network.wait(60)
    assert found(esme) == [MessageState.DELIVERED]


def test_never_and_twice(make_network: Any) -> None:
    network = make_network(receipt_lost=1)
    esme = network.bound().sms()
    assert esme.mail == []
    network.change(receipt_lost=0, receipt_twice=1)
    first, second = esme.sms().mail
    assert first.short_message == second.short_message


def test_by_another_bind_of_the_account(make_network: Any) -> None:
    network = make_network(receipt_other_bind=True)
    first, second = network.bound(), network.bound()
    for _ in range(3):
        first.sms()
    network.flow()
    assert (len(first.mail), len(second.mail)) == (0, 3)
    second.hang_up()
    assert len(first.sms().mail) == 1  # there is no other


def test_a_late_enroute_after_the_final_state(make_network: Any) -> None:
    network = make_network(receipt_late_enroute=True)
    esme = network.bound().sms()
    network.wait(LATE)
    assert found(esme) == [MessageState.DELIVERED, MessageState.ENROUTE]


def test_an_intermediate_one_first(make_network: Any) -> None:
    esme = make_network(receipt_intermediate=True).bound().sms()
    assert [(pdu.esm_class, state) for pdu, state in zip(esme.mail, found(esme), strict=True)] == [
        (0x20, MessageState.ENROUTE),
        (0x04, MessageState.DELIVERED),
    ]


def test_an_intermediate_one_where_it_was_asked_for(network: Any) -> None:
    assert found(network.bound().sms(registered_delivery=0x11)) == [MessageState.ENROUTE, MessageState.DELIVERED]


def test_ids_differ_between_answer_and_receipt(make_network: Any) -> None:
    esme = make_network(submit_ids="hex-lower", receipt_ids="padded").bound()
    for _ in range(11):
        esme.sms()
    read = receipts.read(esme.mail[-1])
    assert read is not None
    assert (esme.responses[-1].message_id, read.message_id) == ("b", "0000000011")
