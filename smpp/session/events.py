"""What a session tells its owner."""

from enum import Enum

from msgspec import Struct

from smpp.pdu import BindResp, Pdu, PduError
from smpp.session.posted import Posted


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


class Bound(Struct, frozen=True, gc=False):
    """Our bind was accepted."""

    response: BindResp


class BindRefused(Struct, frozen=True, gc=False):
    """Our bind was refused with this command_status; the connection is still open and better closed."""

    status: int


class Request(Struct, frozen=True, gc=False):
    """The other side asks; `Session.answer` with this very object, unless it is an alert_notification."""

    pdu: Pdu


class Response(Struct, frozen=True, gc=False):
    """The answer to one of our requests; it may be a generic_nack."""

    request: Pdu
    response: Pdu


class TimedOut(Struct, frozen=True, gc=False):
    """No answer in time: whether the other side acted on the request is unknown. A late answer is a Stray."""

    request: Pdu


class PostAnswered(Struct, frozen=True, gc=False):
    """The answer to what was posted; it may be a generic_nack."""

    request: Posted
    response: Pdu


class PostsTaken(Struct, frozen=True, gc=False):
    """Answers that came together to what was posted: submit_sm_resp with status 0, each with its message_id.

    Answers that say more, or anything else, come as PostAnswered, and all in the order in which they came.
    """

    answers: list[tuple[Posted, str]]


class PostTimedOut(Struct, frozen=True, gc=False):
    """No answer in time to what was posted, as TimedOut."""

    request: Posted


class Stray(Struct, frozen=True, gc=False):
    """A response that belongs to no open request."""

    response: Pdu


class Malformed(Struct, frozen=True, gc=False):
    """A PDU that could not be read; it has been answered as the standard asks."""

    error: PduError


class Revived(Struct, frozen=True, gc=False):
    """The other side is heard again, after a request to which it was silent (`Session.doubtful`)."""


class Closed(Struct, frozen=True, gc=False):
    """The session is over: write what is left of `data_to_send` and drop the connection.

    `unanswered` are our requests, in their order, of which nobody knows whether the other side acted on them, and
    `posted` those that were posted.
    """

    reason: Reason
    unanswered: tuple[Pdu, ...] = ()
    posted: tuple[Posted, ...] = ()


Event = (
    Bound
    | BindRefused
    | Request
    | Response
    | TimedOut
    | PostAnswered
    | PostsTaken
    | PostTimedOut
    | Stray
    | Malformed
    | Revived
    | Closed
)
