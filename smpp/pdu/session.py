"""The operations that make, watch and end a session (SMPP 3.4 sections 4.1-4.3, 4.11)."""

from msgspec import field

from smpp.pdu.base import INTERFACE_VERSION, Pdu, Tlvs


class GenericNack(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000000
    name = "generic_nack"


class BindResp(Pdu, frozen=True, kw_only=True, gc=False):
    """Answer to a bind: the other side's system_id, and sc_interface_version among the TLVs (4.1.2)."""

    system_id: str = ""
    tlvs: Tlvs = field(default_factory=dict)


class BindReceiverResp(BindResp, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000001
    name = "bind_receiver_resp"


class BindTransmitterResp(BindResp, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000002
    name = "bind_transmitter_resp"


class BindTransceiverResp(BindResp, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000009
    name = "bind_transceiver_resp"


def _without_password(pdu: Pdu) -> str:
    """A repr that may be logged."""
    shown = (f"{name}={getattr(pdu, name)!r}" for name in pdu.__struct_fields__ if name != "password")
    return f"{type(pdu).__name__}({', '.join(shown)})"


class Bind(Pdu, frozen=True, kw_only=True, gc=False):
    """A bind request (4.1). The password never shows in a repr, hence in no log."""

    system_id: str = ""
    password: str = ""
    system_type: str = ""
    interface_version: int = INTERFACE_VERSION
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""

    __repr__ = _without_password


class BindReceiver(Bind, frozen=True, kw_only=True, gc=False):
    command_id = 0x00000001
    name = "bind_receiver"
    response = BindReceiverResp


class BindTransmitter(Bind, frozen=True, kw_only=True, gc=False):
    command_id = 0x00000002
    name = "bind_transmitter"
    response = BindTransmitterResp


class BindTransceiver(Bind, frozen=True, kw_only=True, gc=False):
    command_id = 0x00000009
    name = "bind_transceiver"
    response = BindTransceiverResp


class Outbind(Pdu, frozen=True, kw_only=True, gc=False):
    """The SMSC asks an ESME to bind as a receiver (4.1.7); it has no response, and its password never shows."""

    command_id = 0x0000000B
    name = "outbind"

    system_id: str = ""
    password: str = ""

    __repr__ = _without_password


class UnbindResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000006
    name = "unbind_resp"


class Unbind(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x00000006
    name = "unbind"
    response = UnbindResp


class EnquireLinkResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x80000015
    name = "enquire_link_resp"


class EnquireLink(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = 0x00000015
    name = "enquire_link"
    response = EnquireLinkResp
