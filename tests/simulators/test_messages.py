"""Ids, states and queries."""

from __future__ import annotations

import pytest

from simulators.conditions import IdForm
from simulators.messages import VALIDITY, Message, Messages, query, written
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


def ask(messages: Messages, message_id: str, account: str = "caredial", source: str = "12580120") -> Message | None:
    return messages.find(account, QuerySm(message_id=message_id, source=Address(source)), "decimal")


@pytest.mark.parametrize(
    ("asked", "delivered", "failed"), [(0, False, False), (1, True, True), (2, False, True), (3, True, False)]
)
def test_registered_delivery_says_when_a_receipt_is_wanted(
    messages: Messages, asked: int, delivered: bool, failed: bool
) -> None:
    submit = SubmitSm(destination=Address("8615400000001"), registered_delivery=asked | 0x10)
    message = messages.take("caredial", submit, now=NOW)
    assert message.at(MessageState.DELIVERED).wants_receipt is delivered
    assert message.at(MessageState.UNDELIVERABLE).wants_receipt is failed
    assert message.wants_intermediate


def test_times_of_a_message(messages: Messages) -> None:
    plain = messages.take("caredial", SUBMIT, now=NOW)
    assert (plain.due, plain.expires) == (NOW, NOW + VALIDITY)
    timed = SubmitSm(schedule_delivery_time="000000010000000R", validity_period="000000020000000R")
    late = messages.take("caredial", timed, now=NOW)
    assert (late.due, late.expires) == (NOW + 3600, NOW + 7200)
    assert (plain.pending, plain.at(MessageState.EXPIRED).pending) == (True, False)


def test_a_query_tells_the_state(messages: Messages) -> None:
    message = messages.take("caredial", SUBMIT, now=NOW)
    asked = QuerySm(message_id="26", source=SUBMIT.source, sequence=9)
    under_way = query(ask(messages, "26"), asked, 0)
    assert (under_way.message_state, under_way.final_date) == (MessageState.ENROUTE, "")
    messages.settle(message, MessageState.DELIVERED, now=NOW)
    done = query(ask(messages, "26"), asked, 0)
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
    assert ask(messages, message_id, account, source) is None
    assert query(None, QuerySm(message_id=message_id), 0).status == ESME_RINVMSGID


@pytest.mark.parametrize(
    ("form", "text"), [("decimal", "26"), ("hex", "1A"), ("hex-lower", "1a"), ("padded", "0000000026")]
)
def test_ids_in_all_forms(messages: Messages, form: IdForm, text: str) -> None:
    message = messages.take("caredial", SUBMIT, now=NOW)
    assert written(message, form) == text
    assert messages.find("caredial", QuerySm(message_id=text, source=SUBMIT.source), form) is message


def test_the_oldest_are_forgotten() -> None:
    messages = Messages(most=1)
    for _ in range(2):
        messages.take("caredial", SUBMIT, now=NOW)
    assert [ask(messages, one) is None for one in "12"] == [True, False]
