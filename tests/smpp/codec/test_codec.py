"""PDUs to octets and back, against hand-made octets, smpplib itself, smpp34 and arbitrary octets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from smpplib import smpp as library

from smpp import pdu, status
from smpp.codec import HEADER, MAX_LENGTH, decode, encode, header_only
from smpp.pdu import Address, DeliverSm, DeliverSmResp, DistributionList, Pdu, PduError, SubmitSm, SubmitSmResp

# A USSD begin as the field sends it: code in the text, session in user_message_reference, op in a TLV.
MICA = bytes.fromhex(
    "0000003e" "00000005" "00000000" "00000007"
    "5553534400" "0101" "32353437313233343500" "0000" "00"
    "00" "00" "00" "00" "00" "00" "00" "00" "00" "05" "2a33373223"
    "02040002" "3235" "05010001" "01"
)  # fmt: skip


def test_a_ussd_deliver_sm_that_smpplib_cannot_read() -> None:
    with pytest.raises(KeyError):
        library.parse_pdu(MICA, sequence=0)

    begin = decode(MICA)

    assert isinstance(begin, DeliverSm)
    assert (begin.service_type, begin.source, begin.destination) == ("USSD", Address("254712345", 1, 1), Address())
    assert begin.short_message == b"*372#"
    assert begin.tlvs == {"user_message_reference": 0x3235, "ussd_service_op": 1}
    assert encode(begin) == MICA


def test_encode_writes_what_smpplib_writes() -> None:
    theirs = library.make_pdu(
        "submit_sm", sequence=0, source_addr_ton=5, source_addr="CareDial", dest_addr_ton=1, dest_addr_npi=1,
        destination_addr="8613800138000", esm_class=0x40, data_coding=8, registered_delivery=1,
        short_message=b"\x05\x00\x03\x01\x02\x01\x4f\x60", user_message_reference=513, ussd_service_op=2,
    )  # fmt: skip
    theirs.sequence = 77

    ours = SubmitSm(
        sequence=77, source=Address("CareDial", 5, 0), destination=Address("8613800138000", 1, 1), esm_class=0x40,
        data_coding=8, registered_delivery=1, short_message=b"\x05\x00\x03\x01\x02\x01\x4f\x60",
        tlvs={"user_message_reference": 513, "ussd_service_op": 2},
    )  # fmt: skip

    assert encode(ours) == theirs.generate()


def test_an_unknown_tlv_is_kept_and_written_again() -> None:
    message = DeliverSm(sequence=1, tlvs={"0x1403": b"\x01\x02", "its_session_info": b"\x11\x02"})

    assert decode(encode(message)) == message


def test_a_wrongly_sized_integer_tlv_keeps_its_octets_under_its_tag() -> None:
    data = encode(DeliverSm(sequence=1)) + bytes.fromhex("020400050102030405")
    data = HEADER.pack(len(data), *HEADER.unpack_from(data)[1:]) + data[16:]

    assert decode(data) == DeliverSm(sequence=1, tlvs={"0x0204": b"\x01\x02\x03\x04\x05"})


@pytest.mark.parametrize("command_status", [status.ESME_ROK, status.ESME_RTHROTTLED])
def test_a_response_may_lack_its_body(command_status: int) -> None:
    data = HEADER.pack(16, SubmitSmResp.command_id, command_status, 9)

    assert decode(data) == SubmitSmResp(sequence=9, status=command_status)


def test_an_error_response_is_written_without_body_and_read_with_any() -> None:
    refused = SubmitSmResp(sequence=9, status=status.ESME_RINVDSTADR, message_id="ignored")
    assert encode(refused) == HEADER.pack(16, SubmitSmResp.command_id, status.ESME_RINVDSTADR, 9)

    unterminated = HEADER.pack(19, SubmitSmResp.command_id, status.ESME_RINVDSTADR, 9) + b"abc"
    assert decode(unterminated) == SubmitSmResp(sequence=9, status=status.ESME_RINVDSTADR)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"service_type": "TOOLONG"}, status.ESME_RINVSERTYP),
        ({"source": Address("1" * 21)}, status.ESME_RINVSRCADR),
        ({"destination": Address("86\x00138")}, status.ESME_RINVDSTADR),
        ({"destination": Address("社区")}, status.ESME_RINVDSTADR),
        ({"validity_period": "0" * 18}, status.ESME_RINVEXPIRY),
        ({"short_message": b"x" * 255}, status.ESME_RINVMSGLEN),
        ({"short_message": b"x", "tlvs": {"message_payload": b"y"}}, status.ESME_RINVMSGLEN),
        ({"esm_class": 256}, status.ESME_RSYSERR),
        ({"sequence": 2**32}, status.ESME_RSYSERR),
        ({"sequence": -1}, status.ESME_RSYSERR),
        ({"tlvs": {"message_payload": b"x" * 65535, "0x1400": b"x" * 1024}}, status.ESME_RINVCMDLEN),
        ({"tlvs": {"no_such_tlv": 1}}, status.ESME_RINVOPTPARAMVAL),
        ({"tlvs": {"ussd_service_op": 256}}, status.ESME_RINVOPTPARAMVAL),
        ({"tlvs": {"its_session_info": 1}}, status.ESME_RINVOPTPARAMVAL),
    ],
)
def test_nothing_is_cut_to_fit(change: dict[str, Any], wrong: int) -> None:
    with pytest.raises(PduError) as error:
        encode(replace(SubmitSm(), **change))

    assert error.value.status == wrong


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", status.ESME_RINVSERTYP),
        (b"USSD", status.ESME_RINVSERTYP),
        (b"TOOLONG\0", status.ESME_RINVSERTYP),
        (b"\0\1\1" + b"8" * 30 + b"\0", status.ESME_RINVSRCADR),
        (b"\0\1\1" + b"861\0" + b"\1\1" + b"120", status.ESME_RINVDSTADR),
        (b"\0\1\1\0\1\1\0" + bytes(9) + b"\x05abcd", status.ESME_RINVMSGLEN),
        (b"\0\1\1\0\1\1\0" + bytes(9) + b"\xff" + b"x" * 255, status.ESME_RINVMSGLEN),
        (b"\0\1\1\0\1\1\0" + bytes(3) + b"9" * 17 + bytes(8), status.ESME_RINVSCHED),
        (b"\0\1\1\0\1\1\0" + bytes(4) + b"9" * 17 + bytes(8), status.ESME_RINVEXPIRY),
        (b"\0\1\1\0\1\1\0" + bytes(3), status.ESME_RINVSCHED),
        (b"\0\1\1\0\1\1\0" + bytes(6), status.ESME_RINVCMDLEN),
        (b"\0\1\1\0\1\1\0" + bytes(9) + b"\0" + b"\x04\x24\x00\x08abc", status.ESME_RINVPARLEN),
        (b"\0\1\1\0\1\1\0" + bytes(9) + b"\0" + b"\x04\x24", status.ESME_RINVOPTPARSTREAM),
    ],
)
def test_a_broken_request_names_what_is_wrong(body: bytes, wrong: int) -> None:
    data = HEADER.pack(16 + len(body), DeliverSm.command_id, 0, 5) + body

    with pytest.raises(PduError) as error:
        decode(data)

    assert (error.value.status, error.value.sequence) == (wrong, 5)
    assert error.value.command_id == DeliverSm.command_id
    assert header_only(data) == DeliverSm(sequence=5)


@pytest.mark.parametrize("operation", [pdu.QuerySm, pdu.ReplaceSm])
def test_what_is_about_one_message_needs_its_id(operation: type[Pdu]) -> None:
    with pytest.raises(PduError) as error:
        encode(operation())
    assert error.value.status == status.ESME_RINVMSGID


@pytest.mark.parametrize("length", [0, 15, 17, MAX_LENGTH, 0xFFFFFFFF])
def test_a_length_that_is_not_the_octets_own_is_refused(length: int) -> None:
    with pytest.raises(PduError) as error:
        decode(length.to_bytes(4, "big") + encode(pdu.EnquireLink(sequence=4))[4:])

    assert (error.value.status, error.value.sequence) == (status.ESME_RINVCMDLEN, 4)


@pytest.mark.parametrize("octets", [b"", b"\0", bytes(15), b"\0\0\0\x10\0\0\0\x04"])
def test_less_than_a_header_is_refused(octets: bytes) -> None:
    with pytest.raises(PduError) as error:
        decode(octets)

    assert error.value.status == status.ESME_RINVCMDLEN


WITHOUT_TLVS = [operation for operation in pdu.OPERATIONS if "tlvs" not in operation.__struct_fields__]


@pytest.mark.parametrize("operation", WITHOUT_TLVS)
def test_octets_after_a_pdu_without_tlvs_are_refused(operation: type[Pdu]) -> None:
    named = {"message_id": "7"} if operation in (pdu.QuerySm, pdu.ReplaceSm) else {}
    octets = encode(operation(sequence=6, **named)) + b"\0"
    octets = len(octets).to_bytes(4, "big") + octets[4:]

    with pytest.raises(PduError) as error:
        decode(octets)

    assert (error.value.status, error.value.sequence) == (status.ESME_RINVCMDLEN, 6)


def test_an_outbind_says_no_password_in_a_log() -> None:
    outbind = pdu.Outbind(sequence=13, system_id="inventory", password="pass")

    assert encode(outbind)[16:] == b"inventory\0pass\0"
    assert decode(encode(outbind)) == outbind
    assert "pass" not in repr(outbind).replace("password", "")
    assert pdu.answer_to(outbind) is None


def test_an_outbind_with_too_long_a_password_is_read_and_not_written() -> None:
    body = b"inventory\0ninechars\0"

    outbind = decode(HEADER.pack(16 + len(body), pdu.Outbind.command_id, 0, 13) + body)

    assert outbind == pdu.Outbind(sequence=13, system_id="inventory", password="ninechars")
    with pytest.raises(PduError) as error:
        encode(outbind)
    assert error.value.status == status.ESME_RINVPASWD


def test_the_longest_pdu_that_can_be_written_is_the_longest_that_is_taken() -> None:
    def filled(size: int) -> Pdu:
        return pdu.DataSm(tlvs={"message_payload": bytes(65535), "0x1400": bytes(size)})

    room = MAX_LENGTH - len(encode(filled(0)))

    assert len(encode(filled(room))) == MAX_LENGTH
    with pytest.raises(PduError):
        encode(filled(room + 1))


def test_cancel_and_replace() -> None:
    cancel = pdu.CancelSm(
        sequence=3, message_id="42", source=Address("10086", 0, 1), destination=Address("86138", 1, 1)
    )
    assert encode(cancel)[16:] == bytes.fromhex("0034320000013130303836000101383631333800")
    assert pdu.answer_to(cancel, status.ESME_RCANCELFAIL) == pdu.CancelSmResp(sequence=3, status=0x11)

    replaced = pdu.ReplaceSm(sequence=4, message_id="42", source=Address("10086"), short_message=b"later")
    assert encode(replaced)[16:] == bytes.fromhex("34320000003130303836000000000005") + b"later"
    assert decode(encode(replaced)) == replaced
    assert decode(encode(pdu.ReplaceSmResp(sequence=4))) == pdu.ReplaceSmResp(sequence=4)


def test_an_unknown_command_is_named() -> None:
    with pytest.raises(PduError) as error:
        decode(HEADER.pack(16, 0x0BAD, 0, 3))

    assert (error.value.status, error.value.command_id) == (status.ESME_RINVCMDID, 0x0BAD)
    with pytest.raises(PduError):
        header_only(HEADER.pack(16, 0x0BAD, 0, 3))


def decoded(data: bytes) -> Pdu | PduError:
    try:
        return decode(data)
    except PduError as error:
        return error


@given(st.binary(max_size=200))
def test_arbitrary_octets_are_a_pdu_or_a_pdu_error(data: bytes) -> None:
    assert isinstance(decoded(data), (Pdu, PduError))


@given(st.sampled_from(pdu.OPERATIONS), st.binary(max_size=120), st.sampled_from([0, 8, 0x58]))
def test_arbitrary_bodies_are_a_pdu_or_a_pdu_error(operation: type[Pdu], body: bytes, command_status: int) -> None:
    data = HEADER.pack(16 + len(body), operation.command_id, command_status, 1) + body
    result = decoded(data)
    assert isinstance(result, (operation, PduError))
    assert result.sequence == 1


def text(longest: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=longest)


octet = st.integers(0, 255)
addresses = st.builds(Address, number=text(20), ton=octet, npi=octet)
some_tlvs = st.fixed_dictionaries(
    {},
    optional={
        "ussd_service_op": octet,
        "user_message_reference": st.integers(0, 65535),
        "its_session_info": st.binary(min_size=2, max_size=2),
        "receipted_message_id": text(64),
        "0x1400": st.binary(max_size=10),
    },
)
short_messages = {
    "sequence": st.integers(0, 0xFFFFFFFF), "service_type": text(5), "source": addresses, "destination": addresses,
    "esm_class": octet, "protocol_id": octet, "priority_flag": octet, "schedule_delivery_time": text(16),
    "validity_period": text(16), "registered_delivery": octet, "replace_if_present_flag": octet,
    "data_coding": octet, "sm_default_msg_id": octet, "short_message": st.binary(max_size=254), "tlvs": some_tlvs,
}  # fmt: skip
binds = {
    "sequence": octet, "system_id": text(15), "password": text(8), "system_type": text(12),
    "interface_version": octet, "addr_ton": octet, "addr_npi": octet, "address_range": text(40),
}  # fmt: skip
long_addresses = st.builds(Address, number=text(64) | st.just("8" * 64))
data_messages = {
    "service_type": text(5), "esm_class": octet, "registered_delivery": octet, "data_coding": octet, "tlvs": some_tlvs,
    "source": long_addresses, "destination": long_addresses,
}  # fmt: skip
multi_messages = {name: values for name, values in short_messages.items() if name != "destination"} | {
    "destinations": st.lists(addresses | st.builds(DistributionList, name=text(20)), min_size=1, max_size=254).map(
        tuple
    )
}
replacements = {
    name: short_messages[name]
    for name in (
        "sequence", "source", "schedule_delivery_time", "validity_period", "registered_delivery", "sm_default_msg_id",
        "short_message",
    )
}  # fmt: skip
message_ids = {"sequence": octet, "message_id": text(64), "tlvs": some_tlvs}
unsuccessful = st.builds(pdu.Unsuccessful, address=addresses, status=st.integers(0, 0xFFFFFFFF))
BUILT: dict[type[Pdu], st.SearchStrategy[Pdu]] = {
    SubmitSm: st.builds(SubmitSm, **short_messages),
    SubmitSmResp: st.builds(SubmitSmResp, **message_ids),
    DeliverSm: st.builds(DeliverSm, **short_messages),
    DeliverSmResp: st.builds(DeliverSmResp, sequence=octet, status=octet),
    **{bind: st.builds(bind, **binds) for bind in pdu.BINDS},
    **{bind.response: st.builds(bind.response, system_id=text(15), tlvs=some_tlvs) for bind in pdu.BINDS},
    pdu.Outbind: st.builds(pdu.Outbind, system_id=text(15), password=text(8)),
    pdu.SubmitMulti: st.builds(pdu.SubmitMulti, **multi_messages),
    pdu.SubmitMultiResp: st.builds(
        pdu.SubmitMultiResp, **message_ids, unsuccess_sme=st.lists(unsuccessful, max_size=255).map(tuple)
    ),
    pdu.DataSm: st.builds(pdu.DataSm, **data_messages),
    pdu.DataSmResp: st.builds(pdu.DataSmResp, **message_ids),
    pdu.QuerySm: st.builds(pdu.QuerySm, message_id=text(64).filter(bool), source=addresses),
    pdu.QuerySmResp: st.builds(
        pdu.QuerySmResp, message_id=text(64), final_date=text(16), message_state=octet, error_code=octet
    ),
    pdu.CancelSm: st.builds(
        pdu.CancelSm, service_type=text(5), message_id=text(64), source=addresses, destination=addresses
    ),
    pdu.ReplaceSm: st.builds(pdu.ReplaceSm, message_id=text(64).filter(bool), **replacements),
    pdu.AlertNotification: st.builds(
        pdu.AlertNotification, source=long_addresses, esme=long_addresses, tlvs=some_tlvs
    ),
    **{
        bare: st.builds(bare, sequence=octet, status=octet)
        for bare in (
            pdu.GenericNack, pdu.EnquireLink, pdu.EnquireLinkResp, pdu.Unbind, pdu.UnbindResp, pdu.CancelSmResp,
            pdu.ReplaceSmResp,
        )
    },
}  # fmt: skip


def test_every_operation_is_built_below() -> None:
    assert set(BUILT) == set(pdu.OPERATIONS)


@pytest.mark.parametrize("operation", pdu.OPERATIONS)
@settings(max_examples=50)
@given(data=st.data())
def test_what_is_written_is_read_again(operation: type[Pdu], data: st.DataObject) -> None:
    message = data.draw(BUILT[operation])
    assert decode(encode(message)) == message
