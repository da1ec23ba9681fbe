"""The operations about messages (SMPP 3.4 sections 4.4-4.10, 4.12)."""

from msgspec import Struct, field

from smpp.pdu.base import Address, Pdu, Tlvs


class SubmitSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000004
    name = "submit_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = field(default_factory=dict)


class DeliverSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    """Answer to deliver_sm; message_id is unused and empty (4.6.2)."""

    command_id = 0x80000005
    name = "deliver_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = field(default_factory=dict)


class ShortMessage(Pdu, frozen=True, kw_only=True, gc=False):
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
    tlvs: Tlvs = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The text's octets, wherever they are: short_message, or the message_payload TLV when that is empty."""
        return self.short_message or _message_payload(self.tlvs)


def _message_payload(tlvs: Tlvs) -> bytes:
    payload = tlvs.get("message_payload", b"")
    return payload if isinstance(payload, bytes) else b""


class SubmitSm(ShortMessage, frozen=True, kw_only=True, gc=False):
    command_id = 0x00000004
    name = "submit_sm"
    response = SubmitSmResp


class DeliverSm(ShortMessage, frozen=True, kw_only=True, gc=False):
    command_id = 0x00000005
    name = "deliver_sm"
    response = DeliverSmResp


class DistributionList(Struct, frozen=True, gc=False):
    """A list of recipients that the SMSC keeps, by its name of at most 20 characters (5.2.27)."""

    name: str = ""


class Unsuccessful(Struct, frozen=True, gc=False):
    """A recipient that a submit_multi could not be taken for, and the command_status why (4.5.2.1)."""

    address: Address = Address()
    status: int = 0


class SubmitMultiResp(Pdu, frozen=True, kw_only=True, gc=False):
    """Answer to submit_multi (4.5.2): whoever is not in `unsuccess_sme` gets the message."""

    command_id = 0x80000021
    name = "submit_multi_resp"

    message_id: str = ""
    unsuccess_sme: tuple[Unsuccessful, ...] = ()
    tlvs: Tlvs = field(default_factory=dict)


class SubmitMulti(Pdu, frozen=True, kw_only=True, gc=False):
    """One message to 1-254 recipients: numbers (SME addresses) and distribution lists (4.5.1)."""

    command_id = 0x00000021
    name = "submit_multi"
    response = SubmitMultiResp

    service_type: str = ""
    source: Address = Address()
    destinations: tuple[Address | DistributionList, ...] = ()
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
    tlvs: Tlvs = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The text's octets: short_message, or the message_payload TLV when that is empty."""
        return self.short_message or _message_payload(self.tlvs)


class DataSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000103
    name = "data_sm_resp"

    message_id: str = ""
    tlvs: Tlvs = field(default_factory=dict)


class DataSm(Pdu, frozen=True, kw_only=True, gc=False):
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
    tlvs: Tlvs = field(default_factory=dict)


class QuerySmResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000003
    name = "query_sm_resp"

    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0


class QuerySm(Pdu, frozen=True, kw_only=True, gc=False):
    """Asks what became of a message (4.8.1); `source` is the one it was sent with."""

    command_id = 0x00000003
    name = "query_sm"
    response = QuerySmResp

    message_id: str = ""
    source: Address = Address()


class CancelSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000008
    name = "cancel_sm_resp"


class CancelSm(Pdu, frozen=True, kw_only=True, gc=False):
    """Takes a pending message back (4.9.1), or without message_id all of one service_type, source and destination."""

    command_id = 0x00000008
    name = "cancel_sm"
    response = CancelSmResp

    service_type: str = ""
    message_id: str = ""
    source: Address = Address()
    destination: Address = Address()


class ReplaceSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000007
    name = "replace_sm_resp"


class ReplaceSm(Pdu, frozen=True, kw_only=True, gc=False):
    """Gives a pending message another text and times (4.10.1); short_message is 0-254 octets, TLVs there are none."""

    command_id = 0x00000007
    name = "replace_sm"
    response = ReplaceSmResp

    message_id: str = ""
    source: Address = Address()
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


class AlertNotification(Pdu, frozen=True, kw_only=True, gc=False):
    """The phone is reachable again (4.12.1); it has no response."""

    command_id = 0x00000102
    name = "alert_notification"

    source: Address = Address()
    esme: Address = Address()
    tlvs: Tlvs = field(default_factory=dict)
