"""The PDUs of public test suites, each read as its row says and its TLVs written again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smpp import tlv
from smpp.codec import decode, encode
from smpp.pdu import Address, DistributionList, PduError, Unsuccessful

VECTORS = Path(__file__).parents[3].parent / "shared" / "vectors" / "smpp.jsonl"
LATER: set[str] = set()  # operations that are not built yet

# Valid rows that we would write otherwise than they came, and why.
NO_BODY = "an answer with status 0 is written with its message_id, also when that is empty (4.4.2)"
NO_BODY_ON_ERROR = "an error's answer is written without a body (3.2)"
OTHERWISE = {
    "PduDecoderTest.java:290": NO_BODY,
    "PduDecoderTest.java:374": NO_BODY,
    "PduDecoderTest.java:419": NO_BODY,
    "PduDecoderTest.java:452": NO_BODY_ON_ERROR,
    "test_pdu_decoding.py:56": NO_BODY_ON_ERROR,
    "test_pdu_decoding.py:67": NO_BODY_ON_ERROR,
    "Outbind_test.go:23": "a password of 9 characters is read, to be compared, but has no room of 9 octets (4.1.7.1)",
}


def rows() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        pytest.skip("the public vectors are not beside the checkout (shared/vectors)")
    return [json.loads(line) for line in VECTORS.read_text().splitlines()]


def test_every_vector_is_read_as_its_row_says() -> None:
    vectors = [row for row in rows() if row["command"].removesuffix("_resp") not in LATER]
    assert len(vectors) >= 171

    mistakes = [row["hex"] for row in vectors if _read(row["hex"]) != _expected(row)]

    assert mistakes == []


def test_every_valid_vector_is_written_again_octet_by_octet() -> None:
    otherwise = {
        row["source"].rpartition("/")[2]
        for row in rows()
        if row["valid"] and _rewritten(bytes.fromhex(row["hex"])) != bytes.fromhex(row["hex"])
    }

    assert otherwise == set(OTHERWISE)


def _rewritten(octets: bytes) -> bytes | None:
    message = decode(octets)
    try:
        return encode(message)
    except PduError:
        return None


NAMES = {"destination_addr_ton": "dest_addr_ton", "destination_addr_npi": "dest_addr_npi"}


def _expected(row: dict[str, Any]) -> dict[str, Any] | None:
    if not row["valid"]:
        return None
    fields = {NAMES.get(name, name): value for name, value in row["fields"].items() if value not in ("", 0, [])}
    fields.pop("sm_length", None)
    return fields


SPREAD = {"source": ("source_addr", "source_addr"), "destination": ("destination_addr", "dest_addr")}
RENAMED = {"sequence": "sequence_number", "status": "command_status", "short_message": "short_message_hex"}


def _read(octets: str) -> dict[str, Any] | None:
    """Spread a decoded PDU to a row's fields, without the empty ones."""
    try:
        message = decode(bytes.fromhex(octets))
    except PduError:
        return None
    fields: dict[str, Any] = {"command_id": message.command_id}
    for name, value in ((name, getattr(message, name)) for name in message.__struct_fields__):
        if isinstance(value, Address):
            number, prefix = SPREAD.get(name, ("esme_addr", "esme_addr"))
            fields |= {number: value.number, f"{prefix}_ton": value.ton, f"{prefix}_npi": value.npi}
        elif name == "tlvs":
            fields["tlvs"] = [[tag, octets] for tag, octets in _raw_tlvs(message)]
        elif name == "destinations":
            fields["dest_address"] = [_destination(one) for one in value]
        elif name == "unsuccess_sme":
            fields[name] = [_unsuccessful(one) for one in value]
        else:
            fields[RENAMED.get(name, name)] = value.hex() if isinstance(value, bytes) else value
    return {name: value for name, value in fields.items() if value not in ("", 0, [])}


def _destination(one: Address | DistributionList) -> dict[str, Any]:
    if isinstance(one, DistributionList):
        return {"dest_flag": 2, "dl_name": one.name}
    return {"dest_flag": 1, "ton": one.ton, "npi": one.npi, "addr": one.number}


def _unsuccessful(one: Unsuccessful) -> dict[str, Any]:
    return {"ton": one.address.ton, "npi": one.address.npi, "addr": one.address.number, "error": one.status}


def _raw_tlvs(message: Any) -> list[tuple[str, str]]:
    """Write the TLVs again and cut them by hand, so that the vectors also try the writing."""
    data, pairs = tlv.build(message.tlvs), []
    while data:
        length = int.from_bytes(data[2:4], "big")
        pairs.append((f"0x{data[:2].hex()}", data[4 : 4 + length].hex()))
        data = data[4 + length :]
    return pairs
