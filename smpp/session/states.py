"""The states of an SMPP session and what moves it on, as tables (SMPP 3.4 sections 2.2 and 2.3)."""

from enum import Enum
from typing import Final

from smpp import status
from smpp.pdu import (
    BINDS,
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    DataSm,
    DeliverSm,
    Outbind,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
)


class Role(Enum):
    """Which side of the session we play."""

    ESME = "ESME"
    SMSC = "SMSC"

    @property
    def peer(self) -> "Role":
        return Role.SMSC if self is Role.ESME else Role.ESME


class State(Enum):
    """Where a session stands."""

    OPEN = "open"
    BINDING = "binding"
    BOUND_TX = "bound as transmitter"
    BOUND_RX = "bound as receiver"
    BOUND_TRX = "bound as transceiver"
    FINISHING = "finishing what is open, then unbinding"
    UNBINDING = "waiting for unbind_resp"
    LEAVING = "finishing what is open, then answering unbind"
    CLOSED = "closed"


class Step(Enum):
    """What moves a session on."""

    BIND = "a bind was asked for"
    REFUSED = "the bind was refused"
    TRANSMITTER = "bound as transmitter"
    RECEIVER = "bound as receiver"
    TRANSCEIVER = "bound as transceiver"
    CLOSE = "our owner wants to stop"
    UNBIND = "the other side wants to stop"
    FINISHED = "nothing is open any more"


BOUND: Final = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})

MOVES: Final = {
    (State.OPEN, Step.BIND): State.BINDING,
    (State.BINDING, Step.REFUSED): State.OPEN,
    (State.BINDING, Step.TRANSMITTER): State.BOUND_TX,
    (State.BINDING, Step.RECEIVER): State.BOUND_RX,
    (State.BINDING, Step.TRANSCEIVER): State.BOUND_TRX,
    **{(bound, Step.CLOSE): State.FINISHING for bound in BOUND},
    **{(bound, Step.UNBIND): State.LEAVING for bound in BOUND},
    (State.FINISHING, Step.UNBIND): State.LEAVING,
    (State.FINISHING, Step.FINISHED): State.UNBINDING,
}
"""Everything else leaves the state as it is; CLOSED may come from any state."""

BOUND_AS: Final[dict[type[Pdu], Step]] = {
    BindTransmitter: Step.TRANSMITTER,
    BindReceiver: Step.RECEIVER,
    BindTransceiver: Step.TRANSCEIVER,
}
_FROM_ESME: Final = (SubmitSm, SubmitMulti, DataSm, QuerySm, CancelSm, ReplaceSm)
_FROM_SMSC: Final = (DeliverSm, DataSm, AlertNotification)
MAY_SEND: Final[dict[tuple[Role, State], tuple[type[Pdu], ...]]] = {  # table 2-1
    (Role.ESME, State.OPEN): BINDS,
    (Role.ESME, State.BOUND_TX): _FROM_ESME,
    (Role.ESME, State.BOUND_TRX): _FROM_ESME,
    (Role.SMSC, State.OPEN): (Outbind,),
    (Role.SMSC, State.BOUND_RX): _FROM_SMSC,
    (Role.SMSC, State.BOUND_TRX): _FROM_SMSC,
}
MAY_POST: Final = frozenset(at for at, operations in MAY_SEND.items() if SubmitSm in operations)
"""Where requests that are octets already may be written."""
BETWEEN: Final = frozenset(
    {
        *((role, state) for role in Role for state in (State.FINISHING, State.UNBINDING, State.LEAVING)),
        (Role.ESME, State.BINDING),
    }
)
"""Where a request may have crossed an unbind or a bind: it is right, only late or early, and is asked for again."""
TRY_LATER: Final = {Role.ESME: status.ESME_RX_T_APPN, Role.SMSC: status.ESME_RSYSERR}
