"""Ids, states, receipts and queries."""

from __future__ import annotations

import pytest

from simulators.messages import Message, Messages, receipt, written
from smpp import receipts
from smpp.pdu import Address, QuerySm, SubmitSm
from smpp.receipts import MessageState
from smpp.status import ESME_RINVMSGID

NOW = 1_800_000_000.0  # 2027-01-15 08:00 UTC
SUBMIT = SubmitSm(
    source=Address("12580120"),
    destination=Address("8615400000001", 1, 1),
    registered_delivery=1,
    short_message=b"Your visit is booked",
)


@pytest.fixture
def messages() -> Messages:
    return Messages(first_id=26)


def test_a_receipt_as_text_and_as_tlvs(messages: Messages) -> None:
    message = messages.settle(messages.take("caredial", SUBMIT, now=NOW), MessageState.DELIVERED, now=NOW + 61)
    pdu = receipt(message)
    assert pdu.short_message == (
        b"id:26 sub:001 dlvrd:001 submit date:2701150800 done date:2701150801"
        b" stat:DELIVRD err:000 text:Your visit is booked"
    )
    assert (pdu.esm_class, pdu.source, pdu.destination) == (4, SUBMIT.destination, SUBMIT.source)
    assert pdu.tlvs == {"receipted_message_id": "26", "message_state": 2}


def test_a_receipt_of_a_failure(messages: Messages) -> None:
    message = messages.settle(messages.take("caredial", SUBMIT, now=NOW), MessageState.UNDELIVERABLE, now=NOW)
    read = receipts.read(receipt(message))
    assert read is not None
    assert (read.message_id, read.state, read.error) == ("26", MessageState.UNDELIVERABLE, "3/1")
    assert b"dlvrd:000" in receipt(message).short_message
    assert b"stat:UNDELIV err:001" in receipt(message).short_message


def test_a_receipt_has_room_for_no_chinese(messages: Messages) -> None:
    chinese = SubmitSm(destination=Address("8615400000001"), data_coding=8, short_message="您好".encode("utf-16-be"))
    assert receipt(settled(messages.take("caredial", chinese, now=NOW))).short_message.endswith(b"text:??")


def settled(message: Message, state: MessageState = MessageState.DELIVERED) -> Message:
    return Messages().settle(message, state, now=NOW)


@pytest.mark.parametrize(
    ("asked", "delivered", "failed"), [(0, False, False), (1, True, True), (2, False, True), (3, True, False)]
)
def test_registered_delivery_says_when_a_receipt_is_wanted(
    messages: Messages, asked: int, delivered: bool, failed: bool
) -> None:
    submit = SubmitSm(destination=Address("8615400000001"), registered_delivery=asked | 0x10)
    message = messages.take("caredial", submit, now=NOW)
    assert settled(message).wants_receipt is delivered
    assert settled(message, MessageState.UNDELIVERABLE).wants_receipt is failed


def test_a_query_tells_the_state(messages: Messages) -> None:
    message = messages.take("caredial", SUBMIT, now=NOW)
    query = QuerySm(message_id="26", source=SUBMIT.source, sequence=9)
    under_way = messages.query("caredial", query, hexadecimal=False)
    assert (under_way.message_state, under_way.final_date) == (MessageState.ENROUTE, "")
    messages.settle(message, MessageState.DELIVERED, now=NOW)
    done = messages.query("caredial", query, hexadecimal=False)
    assert (done.message_id, done.message_state, done.final_date) == ("26", 2, "270115080000000+")


@pytest.mark.parametrize(
    ("account", "message_id", "source"),
    [
        ("other", "26", "12580120"),
        ("caredial", "27", "12580120"),
        ("caredial", "26", "999"),
        ("caredial", "x", "12580120"),
    ],
)
def test_a_query_of_anything_else_finds_nothing(messages: Messages, account: str, message_id: str, source: str) -> None:
    messages.take("caredial", SUBMIT, now=NOW)
    query = QuerySm(message_id=message_id, source=Address(source), sequence=9)
    assert messages.query(account, query, hexadecimal=False).status == ESME_RINVMSGID


def test_ids_in_hexadecimal(messages: Messages) -> None:
    message = messages.take("caredial", SUBMIT, now=NOW)
    assert (written(message, hexadecimal=True), written(message, hexadecimal=False)) == ("1A", "26")
    query = QuerySm(message_id="1A", source=SUBMIT.source)
    assert messages.query("caredial", query, hexadecimal=True).status == 0


def test_the_oldest_are_forgotten() -> None:
    messages = Messages(most=1)
    for _ in range(2):
        messages.take("caredial", SUBMIT, now=NOW)
    found = [
        messages.query("caredial", QuerySm(message_id=one, source=SUBMIT.source), hexadecimal=False).status
        for one in "12"
    ]
    assert found == [ESME_RINVMSGID, 0]
