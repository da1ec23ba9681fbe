"""The SMPP 3.4 operations as typed values (Issue 1.2, section 4). `codec` turns them into octets and back.

C-octet strings are `str` (each octet one character, as in Latin-1), without the closing NUL. TLVs stand in a mapping
by the standard's names, or by the maker's own (`tlv.dictionary`); one that nobody has named is kept as
`{"0x1400": b"..."}`.
"""

from typing import Final

from smpp.pdu.base import INTERFACE_VERSION, RESPONSE_BIT, Address, Pdu, PduError, Tlvs
from smpp.pdu.message import (
    AlertNotification,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    DistributionList,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    ShortMessage,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unsuccessful,
)
from smpp.pdu.session import (
    Bind,
    BindReceiver,
    BindReceiverResp,
    BindResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Unbind,
    UnbindResp,
)

__all__ = [
    "BINDS", "INTERFACE_VERSION", "OPERATIONS", "RESPONSE_BIT", "Address", "AlertNotification", "Bind",
    "BindReceiver", "BindReceiverResp", "BindResp", "BindTransceiver", "BindTransceiverResp", "BindTransmitter",
    "BindTransmitterResp", "CancelSm", "CancelSmResp", "DataSm", "DataSmResp", "DeliverSm", "DeliverSmResp",
    "DistributionList", "EnquireLink", "EnquireLinkResp", "GenericNack", "Outbind", "Pdu", "PduError", "QuerySm",
    "QuerySmResp", "ReplaceSm", "ReplaceSmResp", "ShortMessage", "SubmitMulti", "SubmitMultiResp", "SubmitSm",
    "SubmitSmResp", "Tlvs", "Unbind", "UnbindResp", "Unsuccessful", "answer_to",
]  # fmt: skip

BINDS: Final = (BindReceiver, BindTransmitter, BindTransceiver)
OPERATIONS: Final[tuple[type[Pdu], ...]] = (
    *BINDS, BindReceiverResp, BindTransmitterResp, BindTransceiverResp, Outbind,
    Unbind, UnbindResp, EnquireLink, EnquireLinkResp, GenericNack,
    SubmitSm, SubmitSmResp, SubmitMulti, SubmitMultiResp, DeliverSm, DeliverSmResp, DataSm, DataSmResp,
    QuerySm, QuerySmResp, CancelSm, CancelSmResp, ReplaceSm, ReplaceSmResp, AlertNotification,
)  # fmt: skip


def answer_to(request: Pdu, status: int = 0) -> Pdu | None:
    """Return the response to `request` with its sequence and an empty body; None for one that has no response."""
    if request.response is None:
        return None
    return request.response(sequence=request.sequence, status=status)
