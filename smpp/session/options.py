"""The bounds of a session, and why a request cannot be sent now."""

from dataclasses import dataclass

from smpp.tlv import STANDARD, Dictionary


class SessionError(Exception):
    """A request that cannot be sent now; nothing was written."""

    retry = True


class WrongState(SessionError):
    """The operation is not allowed in this state or bind mode."""


class WindowFull(SessionError):
    """As many requests as the window allows wait for their answers."""


@dataclass(frozen=True, slots=True)
class Options:
    """Bounds of a session; times are seconds, 0 switches a timer off."""

    window: int = 10  # own requests without answer
    inbound: int = 100  # requests of the other side without answer, before it is told that the queue is full
    response_timeout: float = 10.0
    bind_timeout: float = 10.0  # own bind's answer; as SMSC: from the connection to the bind
    enquire_link: float = 30.0  # of silence before asking whether the link lives
    enquire_link_misses: int = 2
    inactivity: float = 0.0  # of silence before closing; for an SMSC, whose peers ought to ask
    dictionary: Dictionary = STANDARD  # the TLVs that go by a name
