"""Handsets: numbers, messages, the screen, and who is told."""

from __future__ import annotations

import pytest

from simulators.phones import INBOX, BadNumber, Handset, Phones, Plan, digits
from simulators.ussd import Ending, NotNow, Timers, Turn
from smpp.pdu import Address, SubmitSm
from smpp.segments import split


@pytest.fixture
def handset() -> Handset:
    return Phones().get("15400000001")


def submits(text: str, reference: int = 1) -> list[SubmitSm]:
    return [
        SubmitSm(
            source=Address("12580120"),
            destination=Address("8615400000001", 1, 1),
            esm_class=one.esm_class,
            data_coding=one.data_coding,
            short_message=one.short_message,
        )
        for one in split(text, reference)
    ]


@pytest.mark.parametrize("typed", ["15400000001", "+86 154 0000 0001", "8615400000001", "154-0000-0001"])
def test_one_subscriber_however_the_number_is_written(typed: str) -> None:
    handset = Phones().get(typed)
    assert (handset.number, handset.msisdn) == ("15400000001", "8615400000001")


@pytest.mark.parametrize("typed", ["12580", "260971234567"])
def test_short_codes_and_foreign_numbers_stay_as_they_are(typed: str) -> None:
    handset = Phones().get(typed)
    assert (handset.number, handset.msisdn) == (typed, typed)


def test_without_a_country_every_number_stays_as_it_is() -> None:
    handset = Phones(plan=Plan("")).get("8615400000001")
    assert (handset.number, handset.msisdn) == ("8615400000001", "8615400000001")


@pytest.mark.parametrize("typed", ["", "12", "+", "1540000000x", "1" * 16, "１５４００００"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(BadNumber):
        digits(typed)


def test_segments_become_one_message_in_any_order(handset: Handset) -> None:
    text = "您好，您已预约。" * 30
    parts = submits(text)
    assert len(parts) == 4
    for part in (parts[2], parts[0], parts[0], parts[3]):
        assert handset.segment(part, now=5) is None
    assert handset.segment(parts[1], now=9) is not None
    assert [(sms.peer, sms.text, sms.at) for sms in handset.messages] == [("12580120", text, 9)]


def test_segments_by_sar_tlvs_become_one_message(handset: Handset) -> None:
    for number, piece in ((2, b"world"), (1, b"hello ")):
        tlvs = {"sar_msg_ref_num": 77, "sar_total_segments": 2, "sar_segment_seqnum": number}
        handset.segment(SubmitSm(source=Address("Clinic", 5), short_message=piece, tlvs=tlvs), now=1)
    assert [sms.text for sms in handset.messages] == ["hello world"]


def test_unread_counts_what_came_and_was_not_opened(handset: Handset) -> None:
    first = handset.receive("12580120", "one", now=1)
    handset.receive("12580120", "two", now=2)
    handset.sent("12580120", "three", now=3)
    assert handset.unread == 2
    handset.mark_read(first.id)
    handset.mark_read(999)
    assert handset.unread == 1
    handset.erase()
    assert (handset.unread, len(handset.messages)) == (0, 0)


def test_the_oldest_message_makes_room(handset: Handset) -> None:
    for number in range(INBOX + 1):
        handset.receive("12580120", str(number), now=number)
    handset.mark_read(handset.messages[-1].id)
    handset.receive("12580120", "last", now=0)
    assert len(handset.messages) == INBOX
    assert handset.messages[0].text == "2"


def test_a_session_on_the_screen(handset: Handset) -> None:
    handset.dial("*120#", now=0)
    with pytest.raises(NotNow):
        handset.dial("*120#", now=1)
    handset.show("1 Book", wants_answer=True, now=1)
    with pytest.raises(NotNow):
        handset.put_away()
    handset.answer(now=2)
    handset.end(Ending.CLOSED, text="Done", now=3)
    assert handset.ussd is not None
    assert (handset.ussd.text, handset.in_session) == ("Done", False)
    handset.put_away()
    assert handset.ussd is None


def test_the_network_may_begin(handset: Handset) -> None:
    handset.show("Are you coming today?", wants_answer=True, now=0)
    assert handset.ussd is not None
    assert (handset.ussd.code, handset.ussd.turn) == ("", Turn.SUBSCRIBER)


@pytest.mark.parametrize("key", ["answer", "end"])
def test_keys_of_no_session_are_refused(handset: Handset, key: str) -> None:
    with pytest.raises(NotNow):
        handset.answer(now=0) if key == "answer" else handset.end(Ending.CANCELLED, now=0)


def test_who_watches_is_told_until_it_leaves(handset: Handset) -> None:
    seen: list[int] = []
    leave = handset.subscribe(lambda phone: seen.append(len(phone.messages)))
    handset.receive("12580120", "one", now=0)
    handset.dial("*120#", now=0)
    leave()
    handset.receive("12580120", "two", now=0)
    assert seen == [1, 1]


def test_idle_handsets_are_forgotten_longest_untouched_first() -> None:
    phones = Phones(Timers(), most=3)
    watched, busy, idle = (phones.get(number) for number in ("15400000001", "15400000002", "15400000003"))
    watched.subscribe(lambda _: None)
    busy.dial("*120#", now=0)
    phones.get("15400000004")
    assert [phone.number for phone in phones] == ["15400000001", "15400000002", "15400000004"]
    assert phones.get("15400000003") is not idle
    assert len(phones) == 3
