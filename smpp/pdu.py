"""The SMPP 3.4 operations as typed values (Issue 1.2, section 4). `codec` turns them into octets and back.

C-octet strings are `str` (each octet one character, as in Latin-1), without the closing NUL. TLVs stand in a mapping
by the standard's names; one that the standard does not know is kept as `{"0x1400": b"..."}`.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from msgspec import Struct

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


class Address(Struct, frozen=True):
    """A number with its type of number and numbering plan (5.2.5, 5.2.6)."""

    number: str = ""
    ton: int = 0
    npi: int = 0


class Pdu(Struct, frozen=True, kw_only=True):
    """What every PDU has. `sequence` 0 means: not yet sent, the session numbers it."""

    command_id: ClassVar[int]
    name: ClassVar[str]
    response: ClassVar["type[Pdu] | None"] = None

    sequence: int = 0
    status: int = 0

    @property
    def is_response(self) -> bool:
        return bool(self.command_id & RESPONSE_BIT)


class GenericNack(Pdu, frozen=True, kw_only=True):
    command_id = 0x80000000
    name = "generic_nack"


class BindResp(Pdu, frozen=True, kw_only=True):
    """Answer to a bind: the other side's system_id, and sc_interface_version among the TLVs (4.1.2)."""

    system_id: str = ""
    tlvs: Tlvs = {}


class BindReceiverResp(BindResp, frozen=True, kw_only=True):
    command_id = 0x80000001
    name = "bind_receiver_resp"


class BindTransmitterResp(BindResp, frozen=True, kw_only=True):
    command_id = 0x80000002
    name = "bind_transmitter_resp"


class BindTransceiverResp(BindResp, frozen=True, kw_only=True):
    command_id = 0x80000009
    name = "bind_transceiver_resp"


class Bind(Pdu, frozen=True, kw_only=True):
    """A bind request (4.1). The password never shows in a repr, hence in no log."""

    system_id: str = ""
    password: str = ""
    system_type: str = ""
    interface_version: int = INTERFACE_VERSION
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "password")
        return f"{type(self).__name__}({', '.join(shown)})"


class BindReceiver(Bind, frozen=True, kw_only=True):
    command_id = 0x00000001
    name = "bind_receiver"
    response = BindReceiverResp


class BindTransmitter(Bind, frozen=True, kw_only=True):
    command_id = 0x00000002
    name = "bind_transmitter"
    response = BindTransmitterResp


class BindTransceiver(Bind, frozen=True, kw_only=True):
    command_id = 0x00000009
    name = "bind_transceiver"
    response = BindTransceiverResp


class UnbindResp(Pdu, frozen=True, kw_only=True):
    command_id = 0x80000006
    name = "unbind_resp"


class Unbind(Pdu, frozen=True, kw_only=True):
    command_id = 0x00000006
    name = "unbind"
    response = UnbindResp


class EnquireLinkResp(Pdu, frozen=True, kw_only=True):
    command_id = 0x80000015
    name = "enquire_link_resp"


class EnquireLink(Pdu, frozen=True, kw_only=True):
    command_id = 0x00000015
    name = "enquire_link"
    response = EnquireLinkResp


class SubmitSmResp(Pdu, frozen=True, kw_only=True):
    command_id = 0x80000004
    name = "submit_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = {}


class DeliverSmResp(Pdu, frozen=True, kw_only=True):
    """Answer to deliver_sm; message_id is unused and empty (4.6.2)."""

    command_id = 0x80000005
    name = "deliver_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = {}


class ShortMessage(Pdu, frozen=True, kw_only=True):
    """The body that submit_sm and deliver_sm share (4.4.1, 4.6.1); short_message is 0-254 octets."""

    service_type: str = ""
    source: Address = Address()
    destination: Address = Address()
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
    tlvs: Tlvs = {}

    @property
    def payload(self) -> bytes:
        """The text's octets, wherever they are: short_message, or the message_payload TLV when that is empty."""
        if self.short_message:
            return self.short_message
        payload = self.tlvs.get("message_payload", b"")
        return payload if isinstance(payload, bytes) else b""


class SubmitSm(ShortMessage, frozen=True, kw_only=True):
    command_id = 0x00000004
    name = "submit_sm"
    response = SubmitSmResp


class DeliverSm(ShortMessage, frozen=True, kw_only=True):
    command_id = 0x00000005
    name = "deliver_sm"
    response = DeliverSmResp


class DataSmResp(Pdu, frozen=True, kw_only=True):
    command_id = 0x80000103
    name = "data_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = {}


class DataSm(Pdu, frozen=True, kw_only=True):
    """data_sm (4.7.1): the text is always in the message_payload TLV."""

    command_id = 0x00000103
    name = "data_sm"
    response = DataSmResp

    service_type: str = ""
    source: Address = Address()
    destination: Address = Address()
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0
    tlvs: Tlvs = {}


class QuerySmResp(Pdu, frozen=True, kw_only=True):
    command_id = 0x80000003
    name = "query_sm_resp"

    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0


class QuerySm(Pdu, frozen=True, kw_only=True):
    command_id = 0x00000003
    name = "query_sm"
    response = QuerySmResp

    message_id: str = ""
    source: Address = Address()


class AlertNotification(Pdu, frozen=True, kw_only=True):
    """The phone is reachable again (4.12.1); it has no response."""

    command_id = 0x00000102
    name = "alert_notification"

    source: Address = Address()
    esme: Address = Address()
    tlvs: Tlvs = {}


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
