"""The SMPP 3.4 operations as typed values (Issue 1.2, section 4). `codec` turns them into octets and back.

C-octet strings are `str` (each octet one character, as in Latin-1), without the closing NUL. TLVs stand in a mapping
by the standard's names; one that the standard does not know is kept as `{"0x1400": b"..."}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

RESPONSE_BIT: Final = 0x80000000
INTERFACE_VERSION: Final = 0x34

Tlvs = Mapping[str, int | bytes | str]


class PduError(ValueError):
    """Octets that are no PDU, or a PDU that cannot be written.

    `status` is the command_status to answer with; `sequence` and `command_id` are the header's, 0 where unknown.
    """

    retry = False

    def __init__(self, status: int, reason: str, *, sequence: int = 0, command_id: int = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.sequence = sequence
        self.command_id = command_id


@dataclass(frozen=True, slots=True)
class Address:
    """A number with its type of number and numbering plan (5.2.5, 5.2.6)."""

    number: str = ""
    ton: int = 0
    npi: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdu:
    """What every PDU has. `sequence` 0 means: not yet sent, the session numbers it."""

    command_id: ClassVar[int]
    name: ClassVar[str]
    response: ClassVar["type[Pdu] | None"] = None

    sequence: int = 0
    status: int = 0

    @property
    def is_response(self) -> bool:
        return bool(self.command_id & RESPONSE_BIT)


def _tlvs() -> Tlvs:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericNack(Pdu):
    command_id = 0x80000000
    name = "generic_nack"


@dataclass(frozen=True, slots=True, kw_only=True)
class BindResp(Pdu):
    """Answer to a bind: the other side's system_id, and sc_interface_version among the TLVs (4.1.2)."""

    system_id: str = ""
    tlvs: Tlvs = field(default_factory=_tlvs, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BindReceiverResp(BindResp):
    command_id = 0x80000001
    name = "bind_receiver_resp"


@dataclass(frozen=True, slots=True, kw_only=True)
class BindTransmitterResp(BindResp):
    command_id = 0x80000002
    name = "bind_transmitter_resp"


@dataclass(frozen=True, slots=True, kw_only=True)
class BindTransceiverResp(BindResp):
    command_id = 0x80000009
    name = "bind_transceiver_resp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind(Pdu):
    """A bind request (4.1). The password never shows in a repr, hence in no log."""

    system_id: str = ""
    password: str = field(default="", repr=False)
    system_type: str = ""
    interface_version: int = INTERFACE_VERSION
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindReceiver(Bind):
    command_id = 0x00000001
    name = "bind_receiver"
    response = BindReceiverResp


@dataclass(frozen=True, slots=True, kw_only=True)
class BindTransmitter(Bind):
    command_id = 0x00000002
    name = "bind_transmitter"
    response = BindTransmitterResp


@dataclass(frozen=True, slots=True, kw_only=True)
class BindTransceiver(Bind):
    command_id = 0x00000009
    name = "bind_transceiver"
    response = BindTransceiverResp


@dataclass(frozen=True, slots=True, kw_only=True)
class UnbindResp(Pdu):
    command_id = 0x80000006
    name = "unbind_resp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbind(Pdu):
    command_id = 0x00000006
    name = "unbind"
    response = UnbindResp


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquireLinkResp(Pdu):
    command_id = 0x80000015
    name = "enquire_link_resp"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquireLink(Pdu):
    command_id = 0x00000015
    name = "enquire_link"
    response = EnquireLinkResp


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitSmResp(Pdu):
    command_id = 0x80000004
    name = "submit_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = field(default_factory=_tlvs, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSmResp(Pdu):
    """Answer to deliver_sm; message_id is unused and empty (4.6.2)."""

    command_id = 0x80000005
    name = "deliver_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = field(default_factory=_tlvs, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMessage(Pdu):
    """The body that submit_sm and deliver_sm share (4.4.1, 4.6.1); short_message is 0-254 octets."""

    service_type: str = ""
    source: Address = field(default_factory=Address)
    destination: Address = field(default_factory=Address)
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: Tlvs = field(default_factory=_tlvs, hash=False)

    @property
    def payload(self) -> bytes:
        """The text's octets, wherever they are: short_message, or the message_payload TLV when that is empty."""
        if self.short_message:
            return self.short_message
        payload = self.tlvs.get("message_payload", b"")
        return payload if isinstance(payload, bytes) else b""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitSm(ShortMessage):
    command_id = 0x00000004
    name = "submit_sm"
    response = SubmitSmResp


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSm(ShortMessage):
    command_id = 0x00000005
    name = "deliver_sm"
    response = DeliverSmResp


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSmResp(Pdu):
    command_id = 0x80000103
    name = "data_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = field(default_factory=_tlvs, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSm(Pdu):
    """data_sm (4.7.1): the text is always in the message_payload TLV."""

    command_id = 0x00000103
    name = "data_sm"
    response = DataSmResp

    service_type: str = ""
    source: Address = field(default_factory=Address)
    destination: Address = field(default_factory=Address)
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0
    tlvs: Tlvs = field(default_factory=_tlvs, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySmResp(Pdu):
    command_id = 0x80000003
    name = "query_sm_resp"

    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySm(Pdu):
    command_id = 0x00000003
    name = "query_sm"
    response = QuerySmResp

    message_id: str = ""
    source: Address = field(default_factory=Address)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNotification(Pdu):
    """The phone is reachable again (4.12.1); it has no response."""

    command_id = 0x00000102
    name = "alert_notification"

    source: Address = field(default_factory=Address)
    esme: Address = field(default_factory=Address)
    tlvs: Tlvs = field(default_factory=_tlvs, hash=False)


BINDS: Final = (BindReceiver, BindTransmitter, BindTransceiver)
OPERATIONS: Final[tuple[type[Pdu], ...]] = (
    *BINDS, BindReceiverResp, BindTransmitterResp, BindTransceiverResp,
    Unbind, UnbindResp, EnquireLink, EnquireLinkResp, GenericNack,
    SubmitSm, SubmitSmResp, DeliverSm, DeliverSmResp, DataSm, DataSmResp,
    QuerySm, QuerySmResp, AlertNotification,
)  # fmt: skip


def answer_to(request: Pdu, status: int = 0) -> Pdu | None:
    """Return the response to `request` with its sequence and an empty body; None for one that has no response."""
    if request.response is None:
        return None
    return request.response(sequence=request.sequence, status=status)
