"""USSD sessions as the networks of the field carry them."""

from __future__ import annotations

from typing import Any

import pytest

from smpp.pdu import Address, DeliverSm, SubmitSm
from smpp.ussd import DIALECTS, Dialect, Indication, push, pushed_key, read, reply

PHONE, CODE = Address("8613800138000", 1, 1), Address("*120#")


def incoming(op: int | None, text: bytes = b"", *, info: str = "", **change: Any) -> DeliverSm:
    tlvs: dict[str, Any] = {} if op is None else {"ussd_service_op": op}
    if info:
        tlvs["its_session_info"] = bytes.fromhex(info)
    tlvs |= change.pop("tlvs", {})
    fields: dict[str, Any] = {"service_type": "USSD", "source": PHONE, "destination": CODE, "short_message": text}
    return DeliverSm(**(fields | change), tlvs=tlvs)


def indication(*args: Any, using: Dialect | None = None, **kwargs: Any) -> Indication:
    found = read(incoming(*args, **kwargs), using or Dialect())
    assert found is not None
    return found


def test_a_whole_session() -> None:
    begin = indication(1, b"*120*1#", info="2a00")
    assert (begin.op, begin.text, begin.msisdn, begin.ended) == ("begin", "*120*1#", "8613800138000", False)

    menu = reply(begin, "1 Book\n2 My visits", end=False)
    assert menu == SubmitSm(
        service_type="USSD",
        source=CODE,
        destination=PHONE,
        short_message=b"1 Book\n2 My visits",
        tlvs={"ussd_service_op": 0x02, "its_session_info": bytes.fromhex("2a02")},
    )

    answer = indication(0x12, b"1", info="2a04")
    assert (answer.op, answer.text, answer.key) == ("answer", "1", begin.key)

    last = reply(answer, "已预约", end=True)
    assert last.tlvs == {"ussd_service_op": 0x11, "its_session_info": bytes.fromhex("2a07")}
    assert (last.data_coding, last.short_message) == (8, "已预约".encode("utf-16-be"))


def test_the_dialogue_unit_number_wraps() -> None:
    assert reply(indication(0x12, b"1", info="2afe"), "x", end=True).tlvs["its_session_info"] == b"\x2a\x01"


@pytest.mark.parametrize(
    ("text", "destination", "dialled"),
    [
        (b"*120#", "", "*120#"),
        (b"*120*1*5#", "12580", "*120*1*5#"),
        (b"", "*120*1#", "*120*1#"),
        (b"", "120", "*120#"),
        (b"", "120*1", "*120*1#"),
        (b"120", "", "*120#"),
        (b"#120#", "", "#120#"),
        (b" *120# ", "", "*120#"),
        (b"*120#\0", "", "*120#"),
        (b"", "", ""),
    ],
)
def test_where_the_code_is(text: bytes, destination: str, dialled: str) -> None:
    assert indication(1, text, destination=Address(destination)).text == dialled


@pytest.mark.parametrize(
    ("op", "info", "read_as", "ended"),
    [
        (0x00, "0100", "begin", False),
        (0x01, "0100", "begin", False),
        (0x12, "0102", "answer", False),
        (0x12, "0103", "answer", True),
        (0x13, "0102", "confirm", False),
        (0x81, "0102", "release", True),
        (0x77, "0102", "release", True),  # not understood: nothing may be sent into it
    ],
)
def test_operations_and_the_end_bit(op: int, info: str, read_as: str, ended: bool) -> None:
    found = indication(op, b"1", info=info)
    assert (found.op, found.ended) == (read_as, ended)


def test_a_network_with_its_own_value_for_a_release() -> None:
    own = Dialect(release=(0x20,))
    assert indication(0x20, info="0100", using=own).op == "release"


def test_a_pssd_session_ends_with_its_own_response() -> None:
    begin = indication(0, b"*120#", info="0100")
    assert reply(begin, "x", end=False).tlvs["ussd_service_op"] == 2
    assert reply(begin, "x", end=True).tlvs["ussd_service_op"] == 16


def test_the_standard_numbers_a_session_by_the_first_octet() -> None:
    one, two = indication(1, info="1200"), indication(0x12, info="1234")
    assert one.key == two.key
    assert one.key != indication(1, info="1300").key


def test_a_15_bit_number_is_told_apart_and_echoed_whole() -> None:
    wide = Dialect(session="its_session_info_15bit")
    one, two = indication(1, info="1200", using=wide), indication(1, info="1234", using=wide)
    assert one.key != two.key
    assert indication(0x12, info="1235", using=wide).key == two.key
    assert reply(two, "x", end=False, dialect=wide).tlvs["its_session_info"] == b"\x12\x34"
    assert reply(two, "x", end=True, dialect=wide).tlvs["its_session_info"] == b"\x12\x35"
    ended = indication(0x12, info="1235", using=wide)
    assert reply(ended, "x", end=False, dialect=wide).tlvs["its_session_info"] == b"\x12\x34"


def test_user_message_reference_is_the_session_where_there_is_no_other() -> None:
    begin = indication(1, b"*120#", tlvs={"user_message_reference": 12853})
    answer = indication(0x12, b"1", tlvs={"user_message_reference": 12853})
    assert begin.key == answer.key
    assert begin.key != indication(1, b"*120#", tlvs={"user_message_reference": 1}).key
    assert reply(begin, "x", end=True).tlvs == {"ussd_service_op": 0x11, "user_message_reference": 12853}


def test_a_dialect_may_prefer_the_reference() -> None:
    mica = Dialect(session="user_message_reference")
    one = indication(1, info="0100", tlvs={"user_message_reference": 5}, using=mica)
    two = indication(0x12, info="0200", tlvs={"user_message_reference": 5}, using=mica)
    assert one.key == two.key


def test_without_any_number_the_phone_is_the_session() -> None:
    begin = indication(1, b"*120#", destination=Address())
    assert begin.key == indication(0x12, b"1").key
    assert begin.key != indication(0x12, b"1", source=Address("8613900139000")).key


def test_two_phones_with_one_number_are_two_sessions() -> None:
    assert indication(1, info="0100").key != indication(1, info="0100", source=Address("8613900139000")).key


def test_plus_sign_or_not_is_one_phone() -> None:
    assert indication(1, info="0100", source=Address("+8613800138000")).key == indication(1, info="0100").key


def test_an_sms_and_a_receipt_are_no_ussd() -> None:
    assert read(DeliverSm(source=PHONE, short_message=b"1")) is None
    assert read(DeliverSm(service_type="USSD", esm_class=0x04, short_message=b"id:1 stat:DELIVRD")) is None


@pytest.mark.parametrize(
    ("text", "info", "op"),
    [(b"*120#", "0100", "begin"), (b"1", "0102", "answer"), (b"", "0103", "release")],
)
def test_a_gateway_that_sends_no_operation(text: bytes, info: str, op: str) -> None:
    assert indication(None, text, info=info).op == op


def test_the_standard_limits() -> None:
    assert Dialect().fits("€" * 91)
    assert not Dialect().fits("€" * 92)
    assert Dialect().fits("单" * 80)
    assert not Dialect().fits("单" * 81)


def test_words_in_ucs2_with_a_closing_nul() -> None:
    assert indication(0x12, "王小明\0".encode("utf-16-be"), data_coding=0x48).text == "王小明"


def test_data_coding_and_limits_as_the_network_wants_them() -> None:
    own = Dialect(gsm_coding=0x0F, ucs2_coding=0x48, septets=160, ucs2=70)
    begin = indication(1, b"*120#", data_coding=0x0F)
    assert begin.text == "*120#"
    assert reply(begin, "menu", end=False, dialect=own).data_coding == 0x0F
    assert reply(begin, "菜单", end=False, dialect=own).data_coding == 0x48
    assert own.fits("a" * 160)
    assert not own.fits("a" * 161)
    assert own.fits("单" * 70)
    assert not own.fits("单" * 71)


# Vumi's test of the Mica gateway, as its pull request 753 tells: the code in destination_addr, the session in the TLV.
def test_mica_has_the_code_in_the_destination() -> None:
    mica = DIALECTS["mica"]
    begin = indication(1, b"*372#", destination=Address("*120*1#"), tlvs={"user_message_reference": 12853}, using=mica)
    assert (begin.text, begin.key) == ("*120*1#", "r12853:8613800138000")
    assert indication(1, b"*372#", destination=Address(), using=mica).text == "*372#"


def test_tata_ends_by_the_end_bit_alone() -> None:
    last = reply(indication(1, b"*120#", info="2a00"), "Bye", end=True, dialect=DIALECTS["tata"])
    assert last.tlvs == {"ussd_service_op": 2, "its_session_info": b"\x2a\x03"}


def test_a_session_number_in_a_makers_own_tlv_is_echoed_whole() -> None:
    using = DIALECTS["tlv1501"]
    begin = indication(1, b"*120#", tlvs={"0x1501": b"\x00\x00\x30\x39"}, using=using)
    answer = indication(0x12, b"1", tlvs={"0x1501": b"\x00\x00\x30\x39"}, using=using)
    assert begin.key == answer.key == "t00003039:8613800138000"
    assert reply(begin, "1 Book", end=False, dialect=using).tlvs == {
        "ussd_service_op": 2,
        "0x1501": b"\x00\x00\x30\x39",
    }


def test_operations_as_words_in_service_type() -> None:
    words = DIALECTS["words"]
    begin = indication(None, b"*120#", service_type="PSSRR", tlvs={"user_message_reference": 7}, using=words)
    assert (begin.op, begin.text) == ("begin", "*120#")
    menu, last = reply(begin, "1 Book", end=False, dialect=words), reply(begin, "Bye", end=True, dialect=words)
    assert (menu.service_type, menu.tlvs) == ("USSRR", {"user_message_reference": 7})
    assert last.service_type == "PSSRC"
    assert indication(None, b"1", service_type="USSRC", using=words).op == "answer"
    assert indication(None, service_type="USREL", using=words).ended
    assert read(incoming(None, b"hello", service_type=""), words) is None


def test_an_operation_in_a_makers_own_tlv() -> None:
    own = Dialect(operation="0x1402", begin=(10,), answer=(11,), ask=20, end=(21,))
    begin = indication(None, b"*120#", tlvs={"0x1402": b"\x0a"}, info="0100", using=own)
    assert begin.op == "begin"
    assert reply(begin, "1 Book", end=False, dialect=own).tlvs["0x1402"] == b"\x14"
    assert reply(begin, "Bye", end=True, dialect=own).tlvs["0x1402"] == b"\x15"


class TestSessionsOfOurs:
    """Network-initiated: we begin, the subscriber answers a USSR or confirms a USSN."""

    def test_a_question_left_to_the_network_to_number(self) -> None:
        pdu = push("Come today?", ask=True, service=CODE, subscriber=PHONE, number=1)
        assert pdu == SubmitSm(
            service_type="USSD",
            source=CODE,
            destination=PHONE,
            short_message=b"Come today?",
            tlvs={"ussd_service_op": 2},
        )
        assert pushed_key(pdu) is None
        answer = indication(0x12, b"1", info="0700")
        assert reply(answer, "Thank you", end=True).tlvs == {
            "ussd_service_op": 0x11,
            "its_session_info": b"\x07\x03",
        }

    def test_a_notice(self) -> None:
        pdu = push("Your turn is near", ask=False, service=CODE, subscriber=PHONE, number=1)
        assert pdu.tlvs == {"ussd_service_op": 3}

    @pytest.mark.parametrize(
        ("session", "tlv", "key"),
        [
            ("its_session_info", {"its_session_info": b"\x2c\x00"}, "s44"),
            ("its_session_info_15bit", {"its_session_info": b"\x02\x58"}, "d300"),
            ("user_message_reference", {"user_message_reference": 300}, "r300"),
        ],
    )
    def test_a_question_with_a_number_of_ours(self, session: str, tlv: dict[str, Any], key: str) -> None:
        own = Dialect(session=session, numbered=True)
        pdu = push("?", ask=True, service=CODE, subscriber=PHONE, number=300, dialect=own)
        assert pdu.tlvs == {"ussd_service_op": 2, **tlv}
        assert pushed_key(pdu, own) == f"{key}:8613800138000"
        assert indication(0x12, b"1", tlvs=tlv, using=own).key == f"{key}:8613800138000"

    def test_without_numbers_the_phone_is_the_session(self) -> None:
        pdu = push("?", ask=True, service=CODE, subscriber=PHONE, number=1, dialect=DIALECTS["unnumbered"])
        assert pushed_key(pdu, DIALECTS["unnumbered"]) == "-:8613800138000"
