"""What we write others read, and what they write we read: smpplib octet by octet, and PyPI's smpp34 (in Rust)."""

from __future__ import annotations

from typing import Any

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st
from smpplib import smpp as smpplib

from smpp import tlv
from smpp.codec import decode, encode
from smpp.pdu import Address, DeliverSm, ShortMessage, SubmitSm, SubmitSmResp

octet = st.integers(0, 255)


def text(longest: int) -> st.SearchStrategy[str]:
    """What both can write: smpp34 takes a string for UTF-8."""
    return st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=longest)


addresses = st.builds(Address, number=text(20), ton=octet, npi=octet)
fields = {
    "sequence": st.integers(0, 0xFFFFFFFF), "service_type": text(5), "source": addresses, "destination": addresses,
    "esm_class": octet, "protocol_id": octet, "priority_flag": octet, "schedule_delivery_time": text(16),
    "validity_period": text(16), "registered_delivery": octet, "replace_if_present_flag": octet,
    "data_coding": octet, "sm_default_msg_id": octet, "short_message": st.binary(max_size=254),
}  # fmt: skip
some_tlvs = st.fixed_dictionaries(
    {},
    optional={
        "ussd_service_op": octet,
        "user_message_reference": st.integers(0, 65535),
        "network_error_code": st.binary(min_size=3, max_size=3),
        "0x1400": st.binary(max_size=10),
    },
)
messages = st.sampled_from([SubmitSm, DeliverSm]).flatmap(lambda one: st.builds(one, **fields, tlvs=some_tlvs))
plain = st.sampled_from([SubmitSm, DeliverSm]).flatmap(lambda one: st.builds(one, **fields))


def named(message: ShortMessage) -> dict[str, Any]:
    """A message's fields by the standard's names."""
    own = (
        name
        for name in message.__struct_fields__
        if name not in ("sequence", "status", "source", "destination", "tlvs")
    )
    source, destination = message.source, message.destination
    return {name: getattr(message, name) for name in own} | {
        "source_addr_ton": source.ton, "source_addr_npi": source.npi, "source_addr": source.number,
        "dest_addr_ton": destination.ton, "dest_addr_npi": destination.npi, "destination_addr": destination.number,
    }  # fmt: skip


def their_tlvs(message: ShortMessage) -> list[smpp34.Tlv]:
    data, found = tlv.build(message.tlvs), []
    while data:
        length = int.from_bytes(data[2:4], "big")
        found.append(smpp34.Tlv(int.from_bytes(data[:2], "big"), data[4 : 4 + length]))
        data = data[4 + length :]
    return found


@given(messages)
def test_smpp34_reads_and_writes_what_we_do(message: ShortMessage) -> None:
    theirs = smpp34.decode(encode(message))

    assert type(theirs).__name__ == type(message).__name__
    assert theirs.sequence_number == message.sequence
    assert {name: getattr(theirs, name) for name in named(message)} == named(message)
    assert [(one.tag, one.value) for one in theirs.tlvs] == [(one.tag, one.value) for one in their_tlvs(message)]
    assert theirs.encode() == encode(message)


@given(messages)
def test_we_read_what_smpp34_writes(message: ShortMessage) -> None:
    make = getattr(smpp34, type(message).__name__)
    theirs = make(**named(message), tlvs=their_tlvs(message), sequence_number=message.sequence)

    assert decode(theirs.encode()) == message


@given(plain)
def test_smpplib_writes_the_same_octets(message: ShortMessage) -> None:
    theirs = smpplib.make_pdu(message.name, sequence=0, **named(message))
    theirs.sequence = message.sequence

    assert encode(message) == theirs.generate()


@pytest.mark.parametrize("message_id", ["", "0123456789", "x" * 64])
def test_smpplib_writes_the_same_answer(message_id: str) -> None:
    theirs = smpplib.make_pdu("submit_sm_resp", sequence=0, message_id=message_id)
    theirs.sequence = 7

    assert encode(SubmitSmResp(sequence=7, message_id=message_id)) == theirs.generate()


@given(plain)
def test_smpplib_reads_the_same_fields(message: ShortMessage) -> None:
    theirs = smpplib.parse_pdu(encode(message), sequence=0)

    for name, value in named(message).items():
        read = getattr(theirs, name)
        assert (read or b"" if isinstance(value, bytes) else _text(read)) == value


def _text(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value
