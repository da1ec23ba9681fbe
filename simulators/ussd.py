"""A USSD session as subscriber and network see it: what is shown, whose turn it is, and until when.

Pure: a session is a value, each event makes the next one, time is an argument (`now`, seconds since 1970).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Turn(StrEnum):
    """Whose turn it is."""

    APPLICATION = "application"  # "please wait": the application owes a text
    SUBSCRIBER = "subscriber"  # a text is shown and an answer is wanted
    NOBODY = "nobody"  # a notice is shown; the application may go on
    ENDED = "ended"


class Ending(StrEnum):
    """Why a session ended, as the handset tells it."""

    CLOSED = "closed"  # the application said its last word
    CANCELLED = "cancelled"  # the subscriber pressed the red key
    TIMEOUT = "timeout"  # application or subscriber was too slow
    NO_SERVICE = "no-service"  # no application is bound
    UNKNOWN_CODE = "unknown-code"  # nothing stands behind that code
    BROKEN = "broken"  # refused by the application, or its link was lost


class NotNow(Exception):
    """Not possible in the present state: an answer that nobody asked for, a second session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """How long the network waits within a session, in seconds: for a text, for an answer, for all of it."""

    application: float = 30.0
    subscriber: float = 120.0
    session: float = 600.0


# What may happen, by whose turn it is; what is not listed raises NotNow.
MOVES: Final[dict[tuple[Turn, str], Turn]] = {
    (Turn.APPLICATION, "ask"): Turn.SUBSCRIBER,
    (Turn.APPLICATION, "tell"): Turn.NOBODY,
    (Turn.NOBODY, "ask"): Turn.SUBSCRIBER,
    (Turn.NOBODY, "tell"): Turn.NOBODY,
    (Turn.SUBSCRIBER, "answer"): Turn.APPLICATION,
    (Turn.APPLICATION, "end"): Turn.ENDED,
    (Turn.SUBSCRIBER, "end"): Turn.ENDED,
    (Turn.NOBODY, "end"): Turn.ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ussd:
    """A session. `code` is empty when the application began it; `deadline` is when the network loses patience."""

    code: str
    turn: Turn
    began: float
    deadline: float
    timers: Timers
    text: str = ""
    ending: Ending | None = None

    @property
    def open(self) -> bool:
        return self.turn is not Turn.ENDED

    def expired(self, now: float) -> bool:
        return self.open and now >= self.deadline

    def after(self, event: str, *, now: float, text: str | None = None, ending: Ending | None = None) -> Ussd:
        """Return the session after an event of `MOVES`; without a `text` the old one stays. Raises NotNow."""
        turn = MOVES.get((self.turn, event))
        if turn is None:
            raise NotNow(f"{event} is not possible while it is the turn of {self.turn}")
        shown = self.text if text is None else text
        return replace(self, turn=turn, text=shown, ending=ending, deadline=self._until(turn, now))

    def _until(self, turn: Turn, now: float) -> float:
        wait = self.timers.subscriber if turn is Turn.SUBSCRIBER else self.timers.application
        return min(now + wait, self.began + self.timers.session)


def dialled(code: str, *, now: float, timers: Timers) -> Ussd:
    """Return the session that a subscriber begins."""
    until = now + min(timers.application, timers.session)
    return Ussd(code=code, turn=Turn.APPLICATION, began=now, deadline=until, timers=timers)


def pushed(*, now: float, timers: Timers) -> Ussd:
    """Return the session that an application begins, before its first text."""
    return dialled("", now=now, timers=timers)


def failed(code: str, ending: Ending, *, now: float, timers: Timers) -> Ussd:
    """Return what a code shows that cannot be put through: a session that ended before it began."""
    return dialled(code, now=now, timers=timers).after("end", now=now, ending=ending)
