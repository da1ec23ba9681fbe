"""The states of an AMI session, what moves it on, its bounds, and what it tells its owner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from ivr.ami.messages import Message, action


class State(Enum):
    """Where a session stands."""

    CONNECTED = "waiting for the banner"
    CHALLENGING = "asking for a challenge"
    LOGGING_IN = "logging in"
    BOOTING = "logged in, waiting for the Asterisk to be booted"
    READY = "ready"
    LEAVING = "logging off"
    CLOSED = "closed"


class Step(Enum):
    """What moves a session on."""

    CHALLENGE = "a challenge was asked for"
    LOGIN = "the login was sent"
    ACCEPTED = "the login was accepted"
    BOOTED = "the Asterisk is booted"
    LEAVE = "our owner wants to stop"


MOVES: Final = {
    (State.CONNECTED, Step.CHALLENGE): State.CHALLENGING,
    (State.CONNECTED, Step.LOGIN): State.LOGGING_IN,
    (State.CHALLENGING, Step.LOGIN): State.LOGGING_IN,
    (State.LOGGING_IN, Step.ACCEPTED): State.BOOTING,
    (State.BOOTING, Step.BOOTED): State.READY,
    (State.BOOTING, Step.LEAVE): State.LEAVING,
    (State.READY, Step.LEAVE): State.LEAVING,
}
"""Everything else leaves the state as it is; CLOSED may come from any state."""

BEFORE_LOGIN: Final = frozenset({State.CONNECTED, State.CHALLENGING, State.LOGGING_IN})
ASKING_TO_COME_IN: Final = frozenset({State.CHALLENGING, State.LOGGING_IN})


@dataclass(frozen=True, slots=True)
class Options:
    """Who we are, and the bounds of a session; times are seconds."""

    username: str
    secret: str
    login: Literal["md5", "plain"] = "md5"
    events: str = "agi,call,dtmf,system"
    filters: tuple[str, ...] = ()
    wanted: frozenset[str] | None = None  # names of events that the owner wants to see, None for all
    login_timeout: float = 10.0  # from the connection to the login's answer
    boot_wait: float = 5.0  # for FullyBooted before asking ourselves; some Asterisks never say it
    response_timeout: float = 10.0
    ping: float = 20.0  # without any answer before asking whether the Asterisk lives
    ping_misses: int = 2  # where it speaks, but does not answer; where it is silent one is enough
    goodbye: float = 2.0  # for the answer to Logoff
    window: int = 50  # actions without answer; Asterisk answers one after the other
    queue: int = 2000  # actions that wait for a place in the window
    items: int = 20_000  # events of one list
    line_octets: int = 65_536

    def check(self) -> None:
        """Raise Unsafe for a name, secret or filter that cannot be written."""
        action("Login", [("Username", self.username), ("Secret", self.secret), ("Events", self.events)])
        for filter_ in self.filters:
            action("Filter", [("Filter", filter_)])


class Reason(Enum):
    """Why a session is over."""

    LEFT = "logged off"
    LOST = "connection lost"
    SHUTDOWN = "the Asterisk shuts down"
    SILENT = "the Asterisk does not answer"
    REFUSED = "the login was refused"
    NOT_LOGGED_IN = "no login in time"


@dataclass(frozen=True, slots=True)
class Ready:
    """Logged in and booted: actions may be sent, events come. `told`: by FullyBooted, and not only guessed."""

    told: bool


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """The account, its secret or its address is not welcome; Closed follows."""

    message: str


@dataclass(frozen=True, slots=True)
class FilterRefused:
    """An event filter was not taken, so more events come than were wished."""

    filter: str
    message: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that belongs to no list; old forms have their names of today."""

    event: Message


@dataclass(frozen=True, slots=True)
class Answered:
    """The response to an action, whatever it is; with the list's events, to its Complete, where one was asked for."""

    action_id: str
    response: Message
    items: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An action that is given up. `asked`: it was written, and whether Asterisk acted on it is unknown."""

    action_id: str
    asked: bool
    why: str


@dataclass(frozen=True, slots=True)
class Stray:
    """A response that belongs to no open action: late, said twice, or without ActionID."""

    response: Message


@dataclass(frozen=True, slots=True)
class Closed:
    """The session is over: write what is left of `data_to_send` and drop the connection."""

    reason: Reason


SessionEvent = Ready | LoginRefused | FilterRefused | Happened | Answered | Unanswered | Stray | Closed
