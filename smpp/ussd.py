"""USSD over SMPP: deliver_sm indications in, submit_sm requests out.

Source: SMPP 3.4 sections 5.3.2.43 (its_session_info) and 5.3.2.44 (ussd_service_op), SMPP 5.0 4.8.4.64.
A network differs from the standard in how it names a session and in a few values; a `Dialect` holds these. The same
tables serve the network's side (`indicate`, `read_request`), which the simulator plays.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from msgspec.structs import replace

from smpp import text as texts
from smpp.pdu import Address, DeliverSm, ShortMessage, SubmitSm
from smpp.settings import LinkSettings, SessionKey

SERVICE_TYPE: Final = "USSD"
Op = Literal["begin", "answer", "confirm", "release"]


class ServiceOp(IntEnum):
    """ussd_service_op. Decimal and hexadecimal are easily mixed: the end of a session is 17, that is 0x11."""

    PSSD_INDICATION = 0
    PSSR_INDICATION = 1
    USSR_REQUEST = 2
    USSN_REQUEST = 3
    PSSD_RESPONSE = 16
    PSSR_RESPONSE = 17
    USSR_CONFIRM = 18
    USSN_CONFIRM = 19
    RELEASE = 0x81  # a vendor's value, met on several networks


_OPS: Final[dict[int, Op]] = {
    ServiceOp.PSSD_INDICATION: "begin",
    ServiceOp.PSSR_INDICATION: "begin",
    ServiceOp.USSR_CONFIRM: "answer",
    ServiceOp.USSN_CONFIRM: "confirm",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one network speaks USSD. The default is the standard's way."""

    session: SessionKey = "its_session_info"
    releases: frozenset[int] = frozenset({ServiceOp.RELEASE})
    septets: int = 182
    ucs2: int = 80
    gsm_coding: int = texts.GSM7_CODING
    ucs2_coding: int = texts.UCS2_CODING

    def fits(self, text: str) -> bool:
        """Tell whether a text can be shown in one go (3GPP 29.002: 160 octets, hence 182 septets or 80 UCS-2)."""
        encoding, units = texts.measure(text)
        return units <= (self.septets if encoding == "gsm7" else self.ucs2)


STANDARD: Final = Dialect()


def dialect(settings: LinkSettings) -> Dialect:
    """Return the dialect that a link's settings describe."""
    return Dialect(
        session=settings.ussd_session,
        releases=frozenset(settings.ussd_releases),
        septets=settings.ussd_septets,
        ucs2=settings.ussd_ucs2,
        gsm_coding=settings.ussd_gsm_coding,
        ucs2_coding=settings.ussd_ucs2_coding,
    )


@dataclass(frozen=True, slots=True)
class Indication:
    """What the network tells of a session.

    `key` names the session among those of its link (it holds the MSISDN: mask it in logs); `text` is the dialled code
    as `*120*1#` for "begin", else the subscriber's words; `ended`: nothing may be sent into the session any more.
    The rest is what a reply echoes.
    """

    op: Op
    key: str
    msisdn: str
    text: str
    ended: bool
    service: Address
    subscriber: Address
    service_op: int
    session_info: bytes | None = None
    reference: int | None = None


def read(pdu: DeliverSm, dialect: Dialect = STANDARD) -> Indication | None:
    """Read a deliver_sm; None when it is no USSD but an SMS or a receipt. Never raises.

    An operation that neither the standard nor the dialect knows counts as a release: nothing is sent into a session
    that is not understood.
    """
    service_op = pdu.tlvs.get("ussd_service_op")
    if not isinstance(service_op, int):
        if pdu.service_type.upper() != SERVICE_TYPE or pdu.esm_class & 0x3C:
            return None
        service_op = _guess(pdu)
    info = _session_info(pdu)
    ended = bool(info and info[1] & 1)
    op = "release" if service_op in dialect.releases else _OPS.get(service_op, "release")
    reference = pdu.tlvs.get("user_message_reference")
    return Indication(
        op=op,
        key=_key(pdu, dialect),
        msisdn=pdu.source.number.removeprefix("+"),
        text=_dialled(pdu) if op == "begin" else _text(pdu),
        ended=ended or op == "release",
        service=pdu.destination,
        subscriber=pdu.source,
        service_op=service_op,
        session_info=info,
        reference=reference if isinstance(reference, int) else None,
    )


def reply(indication: Indication, text: str, end: bool, dialect: Dialect = STANDARD) -> SubmitSm:
    """Return the submit_sm that shows `text`: a request for an answer, or with `end` the last text of the session.

    The session's number is echoed, the dialogue unit's number goes up by one. Keep the text within `dialect.fits`.
    """
    if not end:
        service_op = ServiceOp.USSR_REQUEST
    elif indication.service_op == ServiceOp.PSSD_INDICATION:
        service_op = ServiceOp.PSSD_RESPONSE
    else:
        service_op = ServiceOp.PSSR_RESPONSE
    tlvs: dict[str, int | bytes | str] = {"ussd_service_op": int(service_op)}
    if indication.session_info is not None:
        tlvs["its_session_info"] = _next_unit(indication.session_info, dialect.session, end=end)
    if indication.reference is not None:
        tlvs["user_message_reference"] = indication.reference
    encoded = texts.encode(text)
    return SubmitSm(
        service_type=SERVICE_TYPE,
        source=indication.service,
        destination=indication.subscriber,
        data_coding=dialect.gsm_coding if encoded.encoding == "gsm7" else dialect.ucs2_coding,
        short_message=encoded.octets,
        tlvs=tlvs,
    )


def _guess(pdu: DeliverSm) -> int:
    """Name the operation of a gateway that sends none: a session ended, a dialled code, or an answer."""
    info = _session_info(pdu)
    if info and info[1] & 1:
        return ServiceOp.RELEASE
    dialled = re.fullmatch(r"[*#][0-9*#]*#", _text(pdu).strip())
    return ServiceOp.PSSR_INDICATION if dialled else ServiceOp.USSR_CONFIRM


def _text(pdu: ShortMessage) -> str:
    """Read the text without the NUL that some gateways close it with, and that GSM-7 would show as "@"."""
    if texts.alphabet(pdu.data_coding) == "ucs2":
        return texts.decode_ucs2(pdu.payload).rstrip("\0")
    return texts.decode(pdu.data_coding, pdu.payload.removesuffix(b"\0"))


def _dialled(pdu: DeliverSm) -> str:
    """Return the code in its full form, from the text or from destination_addr, with its `*` and `#` if they lack."""
    code = _text(pdu).strip() or pdu.destination.number.strip()
    if not code:
        return ""
    code = code if code[0] in "*#" else f"*{code}"
    return code if code.endswith("#") else f"{code}#"


def _session_info(pdu: ShortMessage) -> bytes | None:
    info = pdu.tlvs.get("its_session_info")
    return info if isinstance(info, bytes) and len(info) == 2 else None


def _by_session_number(pdu: ShortMessage) -> str | None:
    info = _session_info(pdu)
    return f"s{info[0]}" if info else None


def _by_15_bits(pdu: ShortMessage) -> str | None:
    info = _session_info(pdu)
    return f"d{int.from_bytes(info, 'big') >> 1}" if info else None


def _by_reference(pdu: ShortMessage) -> str | None:
    reference = pdu.tlvs.get("user_message_reference")
    return f"r{reference}" if isinstance(reference, int) else None


_KEYS: Final[dict[SessionKey, tuple[Callable[[ShortMessage], str | None], ...]]] = {
    "its_session_info": (_by_session_number, _by_reference),
    "its_session_info_15bit": (_by_15_bits, _by_reference),
    "user_message_reference": (_by_reference,),
    "none": (),
}


def _key(pdu: DeliverSm, dialect: Dialect) -> str:
    """Name the session. Numbers are short and used again, so the MSISDN always belongs to the name.

    Without any number the MSISDN alone will do: a subscriber has one USSD session at a time (3GPP 22.090), and
    answers do not carry the code on every network.
    """
    named = (number for key in _KEYS[dialect.session] if (number := key(pdu)) is not None)
    return f"{next(named, '-')}:{pdu.source.number.removeprefix('+')}"


def _next_unit(info: bytes, session: SessionKey, *, end: bool) -> bytes:
    if session == "its_session_info_15bit":
        return bytes([info[0], info[1] & 0xFE | end])
    unit = (info[1] >> 1) + 1
    return bytes([info[0], (unit << 1) & 0xFE | end])


@dataclass(frozen=True, slots=True)
class Request:
    """What an application asks the network to show: its text, whether an answer is wanted, and the session's end."""

    service_op: int
    text: str
    end: bool
    subscriber: Address
    service: Address
    session_info: bytes | None
    reference: int | None

    @property
    def wants_answer(self) -> bool:
        return self.service_op == ServiceOp.USSR_REQUEST and not self.end


def read_request(pdu: SubmitSm) -> Request | None:
    """Read an application's submit_sm as the network does; None when it is no USSD."""
    service_op = pdu.tlvs.get("ussd_service_op")
    if not isinstance(service_op, int):
        return None
    info, reference = _session_info(pdu), pdu.tlvs.get("user_message_reference")
    closing = service_op in (ServiceOp.PSSR_RESPONSE, ServiceOp.PSSD_RESPONSE)
    return Request(
        service_op=service_op,
        text=_text(pdu),
        end=closing or bool(info and info[1] & 1),
        subscriber=pdu.destination,
        service=pdu.source,
        session_info=info,
        reference=reference if isinstance(reference, int) else None,
    )


def indicate(
    op: Op,
    *,
    subscriber: Address,
    service: Address,
    text: str,
    session_info: bytes | None = None,
    reference: int | None = None,
) -> DeliverSm:
    """Build the network's deliver_sm. A release also sets the end bit of `session_info`, when there is one."""
    service_op = {
        "begin": ServiceOp.PSSR_INDICATION,
        "answer": ServiceOp.USSR_CONFIRM,
        "confirm": ServiceOp.USSN_CONFIRM,
        "release": ServiceOp.RELEASE,
    }[op]
    tlvs: dict[str, int | bytes | str] = {"ussd_service_op": int(service_op)}
    if session_info is not None:
        ended = op == "release"
        tlvs["its_session_info"] = bytes([session_info[0], session_info[1] | ended])
    if reference is not None:
        tlvs["user_message_reference"] = reference
    encoded = texts.encode(text)
    pdu = DeliverSm(service_type=SERVICE_TYPE, source=subscriber, destination=service, tlvs=tlvs)
    return replace(pdu, data_coding=encoded.data_coding, short_message=encoded.octets)
