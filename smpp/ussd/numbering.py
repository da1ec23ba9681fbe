"""What tells one USSD session from another on a link, and how we write it back.

| session                 | where                                     | numbers |
| its_session_info        | octet 1 (SMPP 3.4 section 5.3.2.43)       | 256     |
| its_session_info_15bit  | upper 15 bits of both octets              | 32 768  |
| user_message_reference  | that TLV                                  | 65 536  |
| a TLV's name or tag     | its whole value, echoed as it is          |         |
| none                    | nowhere: the MSISDN is the session        |         |
"""

from collections.abc import Mapping
from typing import Final

from smpp.pdu import ShortMessage, Tlvs

TlvValue = int | bytes | str
INFO: Final = "its_session_info"
WIDE: Final = "its_session_info_15bit"
REFERENCE: Final = "user_message_reference"
NONE: Final = "none"
NUMBERS: Final[Mapping[str, int]] = {INFO: 1 << 8, WIDE: 1 << 15, REFERENCE: 1 << 16}
"""How many session numbers there are; with any other dialect we cannot number a session."""


def info_of(pdu: ShortMessage) -> bytes | None:
    """Return its_session_info, None without one of two octets."""
    info = pdu.tlvs.get(INFO)
    return info if isinstance(info, bytes) and len(info) == 2 else None


def ended(pdu: ShortMessage) -> bool:
    """Tell whether the end bit of its_session_info is set; it means the same in both layouts."""
    info = info_of(pdu)
    return bool(info and info[1] & 1)


def unit_of(pdu: ShortMessage, session: str) -> int | None:
    """Return the dialogue unit's number, one more with each unit (SMPP 3.4 section 5.3.2.43); the standard's only."""
    info = info_of(pdu)
    return info[1] >> 1 if info and session == INFO else None


def number_of(pdu: ShortMessage, session: str) -> str | None:
    """Return the session's number in a form that two PDUs of a session share, None when it has none.

    Where the dialect's own is missing, user_message_reference counts: gateways that send it mean the session by it.
    """
    info = info_of(pdu)
    if session == INFO and info:
        return f"s{info[0]}"
    if session == WIDE and info:
        return f"d{int.from_bytes(info, 'big') >> 1}"
    if session == NONE:
        return None
    own = None if session in NUMBERS else pdu.tlvs.get(session)
    if own is not None:
        return f"t{own.hex() if isinstance(own, bytes) else own}"
    reference = pdu.tlvs.get(REFERENCE)
    return f"r{reference}" if isinstance(reference, int) else None


def key_of(msisdn: str, number: str | None) -> str:
    """Name a session. Numbers are short and used again, so the MSISDN always belongs to the name.

    Without any number the MSISDN alone will do: a subscriber has one USSD session at a time (3GPP 22.090), and
    answers do not carry the code on every network.
    """
    return f"{number or '-'}:{msisdn}"


def fresh(session: str, number: int) -> dict[str, TlvValue]:
    """Return the TLVs that give a session of ours its number, taken modulo what there is room for."""
    if session == INFO:
        return {INFO: bytes([number % NUMBERS[INFO], 0])}
    if session == WIDE:
        return {INFO: (number % NUMBERS[WIDE] << 1).to_bytes(2, "big")}
    if session == REFERENCE:
        return {REFERENCE: number % NUMBERS[REFERENCE]}
    return {}


def echoed(tlvs: Tlvs, session: str, *, end: bool) -> dict[str, TlvValue]:
    """Return the TLVs that a reply carries of what it answers: all numbers, the dialogue unit one higher."""
    echo: dict[str, TlvValue] = {name: tlvs[name] for name in (REFERENCE, session) if name in tlvs}
    info = tlvs.get(INFO)
    if isinstance(info, bytes) and len(info) == 2:
        echo[INFO] = next_unit(info, session, end=end)
    return echo


def next_unit(info: bytes, session: str, *, end: bool) -> bytes:
    """Return its_session_info for the next dialogue unit; a 15-bit number has no units, only the end bit."""
    if session == WIDE:
        return bytes([info[0], info[1] & 0xFE | end])
    unit = (info[1] >> 1) + 1
    return bytes([info[0], (unit << 1) & 0xFE | end])
