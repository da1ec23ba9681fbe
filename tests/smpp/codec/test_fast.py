"""The fast path and the tables: whatever comes, both say the same, or the fast one leaves it to the tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smpp import tlv
from smpp.codec import decode, encode, general
from smpp.codec.fast import READERS, WRITERS
from smpp.pdu import Address, DeliverSm, DeliverSmResp, EnquireLink, Pdu, PduError, SubmitSm, SubmitSmResp
from smpp.pdu.base import HEADER
from smpp.settings import VendorTlv

MAKERS = tlv.dictionary(
    {"cause": VendorTlv(tag=0x1401, kind="int", size=2), "menu": VendorTlv(tag=0x1402, kind="string")}
)
OPERATIONS = (SubmitSm, DeliverSm, SubmitSmResp, DeliverSmResp)

# Strings and numbers at the edges of their fields and past them.
text = st.text(st.sampled_from("\0a1é社"), max_size=3) | st.integers(4, 66).map(lambda size: "8" * size)
number = st.sampled_from([0, 1, 255, 256, -1]) | st.integers(0, 255)
addresses = st.builds(Address, number=text, ton=number, npi=number)
tlvs = st.dictionaries(
    st.sampled_from(
        ["ussd_service_op", "receipted_message_id", "message_payload", "0x1400", "0x0501", "cause", "menu", "no_such"]
    ),
    st.integers(-1, 70000) | st.binary(max_size=5) | text,
    max_size=3,
)
short_messages = {
    "sequence": st.sampled_from([0, 1, 0x7FFFFFFF, 2**32 - 1, 2**32, -1]), "status": st.sampled_from([0, 8, 2**32]),
    "service_type": text, "source": addresses, "destination": addresses, "esm_class": number, "protocol_id": number,
    "priority_flag": number, "schedule_delivery_time": text, "validity_period": text, "registered_delivery": number,
    "replace_if_present_flag": number, "data_coding": number, "sm_default_msg_id": number,
    "short_message": st.binary(max_size=5) | st.sampled_from([bytes(254), bytes(255)]), "tlvs": tlvs,
}  # fmt: skip
answers = {"sequence": short_messages["sequence"], "status": short_messages["status"], "message_id": text, "tlvs": tlvs}
dictionaries = st.sampled_from([tlv.STANDARD, MAKERS])


@st.composite
def values(draw: st.DrawFn) -> Pdu:
    """A regular PDU with up to three of its fields at or past an edge."""
    operation = draw(st.sampled_from(OPERATIONS))
    fields = answers if operation in (SubmitSmResp, DeliverSmResp) else short_messages
    changed = draw(st.lists(st.sampled_from(sorted(fields)), max_size=3, unique=True))
    return operation(**{name: draw(fields[name]) for name in changed})


REGULAR = [
    encode(SubmitSm(sequence=7, source=Address("10086", 0, 1), destination=Address("8613800138000", 1, 1),
                    protocol_id=10, data_coding=10, short_message=b"hello")),
    encode(DeliverSm(sequence=8, service_type="USSD", source=Address("8613800138000", 1, 1), short_message=b"*120#",
                     tlvs={"ussd_service_op": 1, "its_session_info": b"\x11\x02"})),
    encode(DeliverSm(sequence=9, esm_class=4, validity_period="000001000000000R",
                     tlvs={"receipted_message_id": "1f", "message_state": 2, "message_payload": b"id:1f"})),
    encode(SubmitSmResp(sequence=7, message_id="0123456789")),
    encode(SubmitSmResp(sequence=7, message_id="", tlvs={"additional_status_info_text": "ok"})),
    encode(DeliverSmResp(sequence=8)),
    HEADER.pack(16, DeliverSmResp.command_id, 0, 8),
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A regular PDU with octets changed, put in, taken out or cut off, and a true command_length nearly always."""
    octets = bytearray(draw(st.sampled_from(REGULAR)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(8, len(octets)))
        match draw(st.sampled_from(["change", "put in", "take out", "cut off"])):
            case "change":
                octets[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "put in":
                octets[at:at] = draw(st.sampled_from([b"\0", b"8" * 21, b"\xff"]) | st.binary(max_size=6))
            case "take out":
                del octets[at : at + draw(st.integers(1, 6))]
            case "cut off":
                del octets[max(at, 16) :]
    if draw(st.integers(0, 9)):
        octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


def outcome(function: Any, *arguments: Any) -> Any:
    """What comes out: a value, or the error's status, sequence and command_id."""
    try:
        return function(*arguments)
    except PduError as error:
        return (error.status, error.sequence, error.command_id)


@settings(max_examples=400)
@given(values(), dictionaries)
def test_both_write_the_same_or_refuse_it_alike(message: Pdu, names: tlv.Dictionary) -> None:
    assert outcome(encode, message, names) == outcome(general.encode, message, names)


@settings(max_examples=600)
@given(mutated(), dictionaries)
def test_both_read_the_same_or_refuse_it_alike(octets: bytes, names: tlv.Dictionary) -> None:
    assert outcome(decode, octets, names) == outcome(general.decode, octets, names)


@settings(max_examples=300)
@given(st.sampled_from(OPERATIONS), st.binary(max_size=60), st.sampled_from([0, 8]))
@example(SubmitSm, bytes(16) + b"\xff" + b"x" * 255, 0)
def test_both_read_arbitrary_bodies_alike(operation: type[Pdu], body: bytes, status: int) -> None:
    octets = HEADER.pack(16 + len(body), operation.command_id, status, 5) + body
    assert outcome(decode, octets) == outcome(general.decode, octets)


# Each field at its edge and one past it, so that no bound hangs on chance.

EDGES: list[dict[str, Any]] = [
    *({"service_type": "x" * size} for size in (5, 6)),
    *({name: Address("8" * size)} for name in ("source", "destination") for size in (20, 21)),
    *({name: Address(number)} for name in ("source", "destination") for number in ("1\0", "社", "é")),
    *({name: Address("1", *kind)} for name in ("source", "destination") for kind in ((256, 0), (0, 256), (0, -1))),
    *({name: "0" * size} for name in ("schedule_delivery_time", "validity_period") for size in (16, 17)),
    *({name: "\0"} for name in ("service_type", "schedule_delivery_time", "validity_period")),
    *(
        {name: value}
        for name in short_messages
        if isinstance(getattr(SubmitSm(), name), int)
        for value in (255, 256, -1)
    ),
    *({"short_message": bytes(size)} for size in (254, 255)),
    {"short_message": b"x", "tlvs": {"message_payload": b"y"}},
    {"tlvs": {"message_payload": bytes(65535)}},
    {"tlvs": {"message_payload": bytes(65535), "0x1400": bytes(1024)}},
    {"tlvs": {"no_such": 1}},
]


@pytest.mark.parametrize("operation", [SubmitSm, DeliverSm])
@pytest.mark.parametrize("change", EDGES)
def test_both_write_alike_at_every_edge(operation: type[Pdu], change: dict[str, Any]) -> None:
    assert outcome(encode, operation(**change)) == outcome(general.encode, operation(**change))


@pytest.mark.parametrize("message_id", ["x" * 64, "x" * 65, "1\0", "社", "é"])
def test_both_write_an_answer_alike_at_every_edge(message_id: str) -> None:
    for message in (SubmitSmResp(message_id=message_id), SubmitSmResp(message_id=message_id, status=8)):
        assert outcome(encode, message) == outcome(general.encode, message)


PARTS = {
    "service_type": b"\0", "source_kind": b"\1\1", "source": b"10086\0", "destination_kind": b"\1\1",
    "destination": b"86138\0", "kinds": b"\0\0\0", "schedule": b"\0", "validity": b"\0", "rest": b"\1\0\x08\0",
    "text": b"\2hi", "tlvs": b"",
}  # fmt: skip
PART_EDGES = [
    *({"service_type": b"x" * size + b"\0"} for size in (5, 6)),
    *({name: b"8" * size + b"\0"} for name in ("source", "destination") for size in (0, 20, 21)),
    *({name: b"0" * size + b"\0"} for name in ("schedule", "validity") for size in (16, 17)),
    *({name: b"\n" * len(PARTS[name])} for name in ("source_kind", "destination_kind", "kinds", "rest")),
    *({name: b"\n\xff\0"} for name in ("service_type", "source", "destination", "schedule", "validity")),
    *({"text": bytes([size]) + b"\n" * size} for size in (0, 10, 254, 255)),
    *({"text": octets} for octets in (b"", b"\2", b"\2h", b"\2hi!")),
    *({"tlvs": octets} for octets in (b"\4", b"\4\x27\0\1", b"\4\x27\0\1\2", b"\4\x27\0\5\0\0\0\0\2")),
]


@pytest.mark.parametrize("operation", [SubmitSm, DeliverSm])
@pytest.mark.parametrize("change", PART_EDGES)
def test_both_read_alike_at_every_edge(operation: type[Pdu], change: dict[str, bytes]) -> None:
    body = b"".join((PARTS | change).values())
    octets = HEADER.pack(16 + len(body), operation.command_id, 0, 5) + body
    assert outcome(decode, octets) == outcome(general.decode, octets)


@pytest.mark.parametrize("body", [b"", b"\0", b"x", b"x" * 64 + b"\0", b"x" * 65 + b"\0", b"\xe9\n\0", b"1\0\4"])
def test_both_read_an_answer_alike_at_every_edge(body: bytes) -> None:
    for status in (0, 8):
        octets = HEADER.pack(16 + len(body), SubmitSmResp.command_id, status, 5) + body
        assert outcome(decode, octets) == outcome(general.decode, octets)


@pytest.mark.parametrize("octets", REGULAR)
def test_what_is_regular_never_needs_the_tables(octets: bytes) -> None:
    _, command_id, status, sequence = HEADER.unpack_from(octets)

    message = READERS[command_id](octets, status, sequence, tlv.STANDARD)

    assert message is not None
    assert message == general.decode(octets)
    assert WRITERS[type(message)](message, tlv.STANDARD) == general.encode(message)


def test_the_rest_is_left_to_the_tables() -> None:
    assert EnquireLink not in WRITERS
    assert decode(encode(EnquireLink(sequence=3))) == EnquireLink(sequence=3)
