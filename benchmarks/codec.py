"""PDUs/s that are written and read, one thread, beside smpplib and smpp34 (in Rust) in the same run.

Writing is from plain values: the object is made, then its octets. Reading is to an object with every field; smpp34
reads a field only when it is asked for, so it is measured with all of them read as well.
"""

from __future__ import annotations

import logging
import struct
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

import smpp34
from msgspec.structs import asdict, astuple
from smpplib import smpp as smpplib

from smpp import tlv
from smpp.codec import decode, encode
from smpp.pdu import Address, DeliverSm, DeliverSmResp, Pdu, ShortMessage, SubmitSm, SubmitSmResp

ROUNDS = 40
SLICE = 0.008  # seconds of one rival in one round: short, so that all share what the machine does meanwhile

SENDER, PHONE = Address("10086", 1, 1), Address("8613800138000", 1, 1)
RECEIPT = b"id:0123456789 sub:001 dlvrd:001 submit date:2401011200 done date:2401011201 stat:DELIVRD err:000 text:"
KINDS: dict[str, Pdu] = {
    "submit_sm, 140 octets": SubmitSm(
        sequence=7, source=SENDER, destination=PHONE, registered_delivery=1, data_coding=8,
        short_message=b"\x4f\x60" * 70,
    ),
    "deliver_sm": DeliverSm(sequence=7, source=PHONE, destination=SENDER, short_message=b"BOOK 1 3"),
    "deliver_sm, receipt with 3 TLVs": DeliverSm(
        sequence=7, source=PHONE, destination=SENDER, esm_class=4, short_message=RECEIPT,
        tlvs={"receipted_message_id": "0123456789", "message_state": 2, "network_error_code": b"\3\0\0"},
    ),
    "deliver_sm, USSD with 2 TLVs": DeliverSm(
        sequence=7, service_type="USSD", source=PHONE, destination=SENDER, short_message=b"*120#",
        tlvs={"ussd_service_op": 1, "its_session_info": b"\x11\x02"},
    ),
    "submit_sm_resp": SubmitSmResp(sequence=7, message_id="0123456789"),
    "deliver_sm_resp": DeliverSmResp(sequence=7),
}  # fmt: skip

Deed = Callable[[], object]


class Rivals(NamedTuple):
    """What each does with one PDU; None where it cannot."""

    ours: Deed
    smpplib: Deed | None
    smpp34: Deed | None
    smpp34_all_fields: Deed | None = None


def run() -> Iterator[tuple[str, str, str]]:
    logging.disable(logging.WARNING)  # smpplib tells of TLVs that it leaves out
    try:
        for name, pdu in KINDS.items():
            writing, reading = _writing(pdu), _reading(pdu)
            yield from (_row(f"{name}: {deed}", rivals) for deed, rivals in (("write", writing), ("read", reading)))
    finally:
        logging.disable(logging.NOTSET)


def _row(what: str, rivals: Rivals) -> tuple[str, str, str]:
    speeds = _speeds({name: deed for name, deed in rivals._asdict().items() if deed is not None})
    ours = speeds.pop("ours")
    beside = (f"{ours / speed:.1f}x {name.replace('_', ' ')}" for name, speed in speeds.items())
    return what, f"{ours / 1000:.0f} 000 PDUs/s", ", ".join(beside)


def _speeds(deeds: dict[str, Deed]) -> dict[str, float]:
    """Return the best of many short turns, taken in rounds, as calls a second."""
    best = dict.fromkeys(deeds, 0.0)
    calls = {name: _calls(deed) for name, deed in deeds.items()}
    for _ in range(ROUNDS):
        for name, deed in deeds.items():
            started = time.perf_counter()
            for _ in range(calls[name]):
                deed()
            best[name] = max(best[name], calls[name] / (time.perf_counter() - started))
    return best


def _calls(deed: Deed) -> int:
    """Return how often it goes into one turn."""
    started = time.perf_counter()
    for calls in count(1):
        deed()
        if time.perf_counter() - started > SLICE:
            return calls
    raise AssertionError


class _Client:
    """What smpplib asks for a sequence number."""

    sequence = 7

    def next_sequence(self) -> int:
        return self.sequence


CLIENT = _Client()


def _writing(pdu: Pdu) -> Rivals:
    operation: Any = type(pdu)
    sender: Any = None
    phone: Any = None
    octets, fields, tlvs = encode(pdu), _set(_named(pdu)), dict(getattr(pdu, "tlvs", {}))
    own = _set(asdict(pdu))
    if isinstance(pdu, ShortMessage):
        sender, phone = astuple(own.pop("source")), astuple(own.pop("destination"))

    def ours() -> bytes:
        if sender is None:
            return encode(operation(**own))
        return encode(operation(source=Address(*sender), destination=Address(*phone), **own))

    def theirs() -> Any:
        return smpplib.make_pdu(operation.name, client=CLIENT, **fields, **tlvs).generate()

    make: Any = getattr(smpp34, operation.__name__) if isinstance(pdu, ShortMessage) else None
    raw = _raw_tlvs(pdu)

    def rust() -> Any:
        return make(**fields, tlvs=[smpp34.Tlv(*one) for one in raw], sequence_number=7).encode()

    return Rivals(ours, theirs if _able(theirs, octets) else None, rust if make and _able(rust, octets) else None)


def _set(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what a field is anyway."""
    return {name: value for name, value in fields.items() if value}


def _able(deed: Deed, octets: bytes) -> bool:
    """Whether those octets come out, be it with the TLVs in another order, or at least something does."""
    try:
        made = deed()
    except (KeyError, struct.error):
        return False  # smpplib: no ussd_service_op in deliver_sm, its_session_info as a number
    return not isinstance(made, bytes) or sorted(made) == sorted(octets)


def _reading(pdu: Pdu) -> Rivals:
    octets, names = encode(pdu), list(_named(pdu))

    def theirs() -> Any:
        return smpplib.parse_pdu(octets, client=CLIENT, allow_unknown_opt_params=True)

    def rust() -> Any:
        return smpp34.decode(octets)

    def rust_all_fields() -> Any:
        found: Any = smpp34.decode(octets)
        for name in names:
            getattr(found, name)
        return [(one.tag, one.value) for one in found.tlvs]

    readable = theirs if _able(theirs, octets) else None
    if isinstance(pdu, ShortMessage):
        return Rivals(lambda: decode(octets), readable, rust, rust_all_fields)
    return Rivals(lambda: decode(octets), readable, None)  # smpp34 leaves answers as octets


def _named(pdu: Pdu) -> dict[str, Any]:
    """A PDU's fields by the standard's names, as smpplib and smpp34 take them; TLVs apart."""
    if not isinstance(pdu, ShortMessage):
        return {"message_id": getattr(pdu, "message_id", "")}
    apart = ("sequence", "status", "source", "destination", "tlvs")
    source, destination = pdu.source, pdu.destination
    return {name: value for name, value in asdict(pdu).items() if name not in apart} | {
        "source_addr_ton": source.ton, "source_addr_npi": source.npi, "source_addr": source.number,
        "dest_addr_ton": destination.ton, "dest_addr_npi": destination.npi, "destination_addr": destination.number,
    }  # fmt: skip


def _raw_tlvs(pdu: Pdu) -> list[tuple[int, bytes]]:
    """The TLVs' tags and octets, in their order."""
    data, raw = tlv.build(getattr(pdu, "tlvs", {})), []
    while data:
        end = 4 + int.from_bytes(data[2:4], "big")
        raw.append((int.from_bytes(data[:2], "big"), data[4:end]))
        data = data[end:]
    return raw
