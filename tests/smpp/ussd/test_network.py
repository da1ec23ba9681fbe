"""The network's side of USSD, in every dialect that is known: what one side writes the other reads."""

from __future__ import annotations

import pytest

from smpp.pdu import Address, DeliverSm, SubmitSm, Tlvs
from smpp.ussd import DIALECTS, Indication, indicate, push, read, read_request, reply
from smpp.ussd.numbering import NONE, NUMBERS, fresh

PHONE, CODE = Address("8613800138000", 1, 1), Address("*120#")


def heard(name: str, pdu: DeliverSm) -> Indication:
    found = read(pdu, DIALECTS[name])
    assert found is not None
    return found


def numbers(name: str) -> Tlvs:
    session = DIALECTS[name].session
    return fresh(session, 44) if session in NUMBERS or session == NONE else {session: b"\x00\x00\x00\x2c"}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_whole_session_in_every_dialect(name: str) -> None:
    dialect, session = DIALECTS[name], numbers(name)

    begin = heard(
        name, indicate("begin", subscriber=PHONE, service=CODE, text="*120#", numbers=session, dialect=dialect)
    )
    assert (begin.op, begin.text, begin.ended) == ("begin", "*120#", False)

    menu = read_request(reply(begin, "1 预约", end=False, dialect=dialect), dialect)
    assert menu is not None
    assert (menu.text, menu.wants_answer, menu.end) == ("1 预约", True, False)

    answer = heard(name, indicate("answer", subscriber=PHONE, service=CODE, text="1", numbers=session, dialect=dialect))
    assert (answer.op, answer.text, answer.key) == ("answer", "1", begin.key)

    last = read_request(reply(answer, "Bye", end=True, dialect=dialect), dialect)
    assert last is not None
    assert (last.wants_answer, last.end, last.number) == (False, True, menu.number)

    gone = heard(name, indicate("release", subscriber=PHONE, service=CODE, text="", numbers=session, dialect=dialect))
    assert (gone.op, gone.ended, gone.key) == ("release", True, begin.key)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_pushed_text_begins_a_session_and_a_late_one_does_not(name: str) -> None:
    dialect = DIALECTS[name]
    pushed = read_request(push("?", ask=True, service=CODE, subscriber=PHONE, number=1, dialect=dialect), dialect)
    assert pushed is not None
    assert (pushed.first, pushed.wants_answer, pushed.end) == (True, True, False)
    if dialect.session != NONE:  # without numbers the network cannot tell
        answer = indicate("answer", subscriber=PHONE, service=CODE, text="1", numbers=numbers(name), dialect=dialect)
        late = read_request(reply(heard(name, answer), "?", end=False, dialect=dialect), dialect)
        assert late is not None
        assert not late.first


def test_a_release_sets_the_end_bit() -> None:
    gone = indicate("release", subscriber=PHONE, service=CODE, text="", numbers={"its_session_info": b"\x07\x02"})
    assert gone.tlvs == {"ussd_service_op": 0x81, "its_session_info": b"\x07\x03"}


def test_a_network_that_numbers_by_reference() -> None:
    pdu = indicate("answer", subscriber=PHONE, service=CODE, text="1", numbers={"user_message_reference": 77})
    assert pdu.tlvs == {"ussd_service_op": 0x12, "user_message_reference": 77}


def test_an_sms_is_no_request() -> None:
    assert read_request(SubmitSm(short_message=b"hello")) is None


@pytest.mark.parametrize("text", ["1", "1 Book a visit", "1234567", "12345678", "0.返回", "@", "seven@@"])
def test_packed_texts(text: str) -> None:
    packed = DIALECTS["standard"].model_copy(update={"packed": True, "gsm_coding": 0x0F})
    pdu = indicate("answer", subscriber=PHONE, service=CODE, text=text, numbers={}, dialect=packed)
    found = read(pdu, packed)
    assert found is not None
    assert found.text == text
    if text == "1234567":
        assert pdu.short_message.hex() == "31d98c56b3dd1a"  # padded with CR, so that no phone shows "@" (6.1.2.3.1)
