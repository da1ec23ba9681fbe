"""What a session tells its owner."""

from dataclasses import dataclass
from enum import Enum

from smpp.pdu import BindResp, Pdu, PduError


class Reason(Enum):
    """Why a session is over."""

    UNBOUND = "unbound"
    UNBOUND_BY_PEER = "unbound by the other side"
    LOST = "connection lost"
    SILENT = "no answer to enquire_link"
    INACTIVE = "nothing received for too long"
    NOT_BOUND = "no bind in time"
    BIND_UNANSWERED = "no answer to the bind"
    FRAMING = "impossible command_length"


@dataclass(frozen=True, slots=True)
class Bound:
    """Our bind was accepted."""

    response: BindResp


@dataclass(frozen=True, slots=True)
class BindRefused:
    """Our bind was refused with this command_status; the connection is still open and better closed."""

    status: int


@dataclass(frozen=True, slots=True)
class Request:
    """The other side asks; `Session.answer` with this very object, unless it is an alert_notification."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to one of our requests; it may be a generic_nack."""

    request: Pdu
    response: Pdu


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No answer in time: whether the other side acted on the request is unknown. A late answer is a Stray."""

    request: Pdu


@dataclass(frozen=True, slots=True)
class Stray:
    """A response that belongs to no open request."""

    response: Pdu


@dataclass(frozen=True, slots=True)
class Malformed:
    """A PDU that could not be read; it has been answered as the standard asks."""

    error: PduError


@dataclass(frozen=True, slots=True)
class Revived:
    """The other side is heard again, after a request to which it was silent (`Session.doubtful`)."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The session is over: write what is left of `data_to_send` and drop the connection.

    `unanswered` are our requests, in their order, of which nobody knows whether the other side acted on them.
    """

    reason: Reason
    unanswered: tuple[Pdu, ...] = ()


Event = Bound | BindRefused | Request | Response | TimedOut | Stray | Malformed | Revived | Closed
