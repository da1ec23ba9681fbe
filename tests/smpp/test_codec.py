"""PDUs to octets and back, against hand-made octets, public vectors, smpplib itself and arbitrary octets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from smpplib import smpp as library

from smpp import pdu, status, tlv
from smpp.codec import HEADER, decode, encode, header_only
from smpp.pdu import Address, DeliverSm, DeliverSmResp, Pdu, PduError, SubmitSm, SubmitSmResp

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "smpp.jsonl"
LATER = {"cancel_sm", "replace_sm", "submit_multi", "outbind"}  # operations that are not built yet

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


def test_query_sm_needs_an_id() -> None:
    with pytest.raises(PduError) as error:
        encode(pdu.QuerySm())
    assert error.value.status == status.ESME_RINVMSGID


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
data_messages = {
    "service_type": text(5), "esm_class": octet, "registered_delivery": octet, "data_coding": octet, "tlvs": some_tlvs,
    "source": st.builds(Address, number=text(64)), "destination": st.builds(Address, number=text(64)),
}  # fmt: skip
pdus = st.one_of(
    st.builds(SubmitSm, **short_messages),
    st.builds(DeliverSm, **short_messages),
    *(st.builds(bind, **binds) for bind in pdu.BINDS),
    st.builds(pdu.BindTransceiverResp, system_id=text(15), tlvs=some_tlvs),
    st.builds(SubmitSmResp, sequence=octet, message_id=text(64), tlvs=some_tlvs),
    st.builds(DeliverSmResp, sequence=octet, status=octet),
    st.builds(pdu.DataSm, **data_messages),
    st.builds(pdu.QuerySm, message_id=text(64).filter(bool), source=addresses),
    st.builds(pdu.QuerySmResp, message_id=text(64), final_date=text(16), message_state=octet, error_code=octet),
    st.builds(pdu.AlertNotification, source=addresses, esme=addresses, tlvs=some_tlvs),
    st.builds(pdu.EnquireLink, sequence=octet),
    st.builds(pdu.GenericNack, sequence=octet, status=octet),
)


@given(pdus)
def test_what_is_written_is_read_again(message: Pdu) -> None:
    assert decode(encode(message)) == message


@pytest.mark.skipif(not VECTORS.exists(), reason="the public vectors are not beside the checkout (shared/vectors)")
def test_public_vectors_are_read_as_their_rows_say() -> None:
    rows = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    supported = [row for row in rows if row["command"].removesuffix("_resp") not in LATER]
    assert len(supported) > 150

    mistakes = [row["hex"] for row in supported if _read(row["hex"]) != _expected(row)]

    assert mistakes == []


NAMES = {"destination_addr_ton": "dest_addr_ton", "destination_addr_npi": "dest_addr_npi"}


def _expected(row: dict[str, Any]) -> dict[str, Any] | None:
    if not row["valid"]:
        return None
    fields = {NAMES.get(name, name): value for name, value in row["fields"].items() if value not in ("", 0, [])}
    fields.pop("sm_length", None)
    return fields


def _read(octets: str) -> dict[str, Any] | None:
    """Spread a decoded PDU to a row's fields, without the empty ones."""
    try:
        message = decode(bytes.fromhex(octets))
    except PduError:
        return None
    spread = {"source": ("source_addr", "source_addr"), "destination": ("destination_addr", "dest_addr")}
    fields: dict[str, Any] = {"command_id": message.command_id}
    for name, value in ((name, getattr(message, name)) for name in message.__struct_fields__):
        if isinstance(value, Address):
            number, prefix = spread.get(name, ("esme_addr", "esme_addr"))
            fields |= {number: value.number, f"{prefix}_ton": value.ton, f"{prefix}_npi": value.npi}
        elif name == "tlvs":
            fields["tlvs"] = [[tag, octets] for tag, octets in _raw_tlvs(message)]
        else:
            renamed = {"sequence": "sequence_number", "status": "command_status", "short_message": "short_message_hex"}
            fields[renamed.get(name, name)] = value.hex() if isinstance(value, bytes) else value
    return {name: value for name, value in fields.items() if value not in ("", 0, [])}


def _raw_tlvs(message: Any) -> list[tuple[str, str]]:
    """Write the TLVs again and cut them by hand, so that the vectors also try the writing."""
    data, pairs = tlv.build(message.tlvs), []
    while data:
        length = int.from_bytes(data[2:4], "big")
        pairs.append((f"0x{data[:2].hex()}", data[4 : 4 + length].hex()))
        data = data[4 + length :]
    return pairs
