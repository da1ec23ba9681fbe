"""PDUs as people may see them: decoded, numbers masked, no passwords, and no texts unless they are asked for."""

from typing import Any, Final, NamedTuple

from msgspec import Struct

from smpp import status, text
from smpp.codec import HEADER, decode
from smpp.masking import masked
from smpp.pdu import Address, Pdu, PduError
from smpp.tlv import STANDARD, Dictionary

UDHI: Final = 0x40
_HIDDEN: Final = frozenset({"password", "sequence", "status", "tlvs", "short_message"})
_HARMLESS: Final = frozenset({"its_session_info", "network_error_code"})
"""TLVs of octets that tell nothing of a person; of others only the size is shown."""
_NAMED: Final = frozenset({"receipted_message_id"})


class Traced(NamedTuple):
    """One PDU as it went by. `at` is epoch seconds; `bind` is the bind's id; `octets` may be no PDU at all."""

    link: str
    bind: str
    at: float
    sent: bool
    octets: bytes


def describe(octets: bytes, *, texts: bool = False, dictionary: Dictionary = STANDARD) -> dict[str, Any]:
    """Return a PDU as JSON has it: name, sequence, status, its fields and TLVs; octets that are none as malformed.

    Never raises. Numbers are masked and passwords left out, always; message texts and TLVs that may hold one are
    shown as their size unless `texts`.
    """
    try:
        pdu = decode(octets, dictionary)
    except PduError as wrong:
        return _malformed(octets, wrong)
    described: dict[str, Any] = {"name": pdu.name, "sequence": pdu.sequence, "status": status.name(pdu.status)}
    for field in pdu.__struct_fields__:
        if field not in _HIDDEN:
            described[field] = _shown(field, getattr(pdu, field))
    described |= _short_message(pdu, texts)
    tlvs = {name: _tlv(pdu, name, value, texts) for name, value in getattr(pdu, "tlvs", {}).items()}
    return described | ({"tlvs": tlvs} if tlvs else {})


def line(described: dict[str, Any]) -> str:
    """Return what `describe` made as one line: `submit_sm 7 destination=86138****8000 ...`; empty fields left out."""
    parts = [described["name"], str(described["sequence"])]
    if described.get("status", "ESME_ROK") != "ESME_ROK":
        parts.append(described["status"])
    fields = {k: v for k, v in described.items() if k not in ("name", "sequence", "status", "tlvs")}
    for name, value in {**fields, **described.get("tlvs", {})}.items():
        if value not in ("", 0, None):
            parts.append(f"{name}={_word(value)}")
    return " ".join(parts)


def _word(value: Any) -> str:
    """A value that cannot be taken for two, nor break the line."""
    if isinstance(value, list):
        return ",".join(_word(one) for one in value)
    words = str(value)
    return words if words.isprintable() and " " not in words else repr(words)


def _malformed(octets: bytes, wrong: PduError) -> dict[str, Any]:
    described: dict[str, Any] = {"name": "malformed", "sequence": wrong.sequence, "error": str(wrong)}
    if len(octets) >= HEADER.size:
        described["command_id"] = f"0x{HEADER.unpack_from(octets)[1]:08x}"
    return described | {"octets": len(octets)}


_NUMBERS: Final = ("address_range", "name")
"""Strings that hold telephone numbers, or may: a distribution list can be called by one."""


def _shown(field: str, value: Any) -> Any:
    if isinstance(value, Address):
        return masked(value.number)
    if isinstance(value, str):
        return masked(value) if field in _NUMBERS else value
    if isinstance(value, list | tuple):
        return [_shown(field, one) for one in value]
    if isinstance(value, Struct):
        return {name: _shown(name, getattr(value, name)) for name in value.__struct_fields__}
    return value


def _short_message(pdu: Pdu, texts: bool) -> dict[str, Any]:
    """The text of submit_sm, deliver_sm, submit_multi, replace_sm; the last has no header and no data_coding."""
    octets: bytes = getattr(pdu, "short_message", b"")
    if not octets:
        return {}
    header = octets[: 1 + octets[0]] if getattr(pdu, "esm_class", 0) & UDHI else b""
    shown: dict[str, Any] = {"udh": header.hex()} if header else {}
    return shown | {"short_message": _text(getattr(pdu, "data_coding", 0), octets[len(header) :], texts)}


def _text(data_coding: int, octets: bytes, texts: bool) -> str:
    return text.decode(data_coding, octets) if texts else _size(octets)


def _tlv(pdu: Pdu, name: str, value: int | bytes | str, texts: bool) -> int | str:
    if isinstance(value, int):
        return value
    if name == "message_payload" and isinstance(value, bytes):
        return _text(getattr(pdu, "data_coding", 0), value, texts)
    if isinstance(value, str):
        return value if texts or name in _NAMED else _size(value)
    return value.hex() if texts or name in _HARMLESS else _size(value)


def _size(value: bytes | str) -> str:
    return f"<{len(value)} octets>"
