"""Handsets: what a subscriber sees and does.

Pure: nothing is sent from here and time is an argument (`now`, seconds since 1970). The network
(`simulators.smsc`) shows texts and hands in short messages, the page (`simulators.http`) presses keys; whoever
subscribed is told after every change.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count

INBOX = 200  # messages that a handset keeps, oldest forgotten first
PHONES = 50_000  # handsets that the network remembers, longest untouched forgotten first


class Turn(StrEnum):
    """Whose turn it is in a USSD session."""

    APPLICATION = "application"  # "please wait": the application owes a text
    SUBSCRIBER = "subscriber"  # a text is shown and an answer is wanted
    NOBODY = "nobody"  # a notice is shown; the application may go on
    ENDED = "ended"


class Ending(StrEnum):
    """Why a USSD session ended, as the page tells it."""

    CLOSED = "closed"  # the application said its last word
    CANCELLED = "cancelled"  # the subscriber pressed the red key
    TIMEOUT = "timeout"  # application or subscriber was too slow
    NO_SERVICE = "no-service"  # no application is bound
    UNKNOWN_CODE = "unknown-code"  # nothing behind that code
    BROKEN = "broken"  # refused by the application, or its link was lost


class NotNow(Exception):
    """The handset is not in a state for this (an answer that nobody asked for, a second session)."""


class BadNumber(ValueError):
    """Not a telephone number: 3 to 15 digits (E.164 section 6.2.1 allows at most 15)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """How long the network waits within a USSD session, in seconds."""

    application: float = 30.0
    subscriber: float = 120.0
    session: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """A short message as the handset shows it; `peer` is the other side, `at` in seconds since 1970."""

    id: int
    peer: str
    text: str
    at: float
    outgoing: bool = False
    read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ussd:
    """A USSD session on the screen. `code` is empty when the network began it."""

    code: str
    turn: Turn
    began: float
    deadline: float
    text: str = ""
    ending: Ending | None = None

    @property
    def open(self) -> bool:
        return self.turn is not Turn.ENDED


# What may happen in a session, by whose turn it is; what is not listed raises NotNow.
MOVES: dict[tuple[Turn, str], Turn] = {
    (Turn.APPLICATION, "ask"): Turn.SUBSCRIBER,
    (Turn.APPLICATION, "tell"): Turn.NOBODY,
    (Turn.NOBODY, "ask"): Turn.SUBSCRIBER,
    (Turn.NOBODY, "tell"): Turn.NOBODY,
    (Turn.SUBSCRIBER, "answer"): Turn.APPLICATION,
    (Turn.APPLICATION, "end"): Turn.ENDED,
    (Turn.SUBSCRIBER, "end"): Turn.ENDED,
    (Turn.NOBODY, "end"): Turn.ENDED,
}


def number(typed: str) -> str:
    """The MSISDN without "+", spaces and dashes. Raises `BadNumber`."""
    digits = re.sub(r"[\s\-]", "", typed).removeprefix("+")
    if not re.fullmatch(r"[0-9]{3,15}", digits):
        raise BadNumber(f"{typed!r} is not a telephone number (3 to 15 digits)")
    return digits


class Handset:
    """One phone: its messages, its USSD session (at most one), and who watches it."""

    def __init__(self, msisdn: str, timers: Timers) -> None:
        self.msisdn = msisdn
        self.timers = timers
        self.messages: deque[Sms] = deque(maxlen=INBOX)
        self.ussd: Ussd | None = None
        self._watchers: list[Callable[[Handset], None]] = []
        self._ids = count(1)

    def subscribe(self, watcher: Callable[[Handset], None]) -> Callable[[], None]:
        """`watcher(handset)` runs after every change, until the returned function is called."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    @property
    def idle(self) -> bool:
        return not self._watchers and not self.in_session

    @property
    def in_session(self) -> bool:
        return self.ussd is not None and self.ussd.open

    @property
    def unread(self) -> int:
        return sum(not sms.read for sms in self.messages)

    def dial(self, code: str, *, now: float) -> None:
        """Begin a session; the screen says "please wait" until the application's text comes."""
        self._begin(code, Turn.APPLICATION, "", now)

    def show(self, text: str, *, now: float, wants_answer: bool) -> None:
        """A text of the application: a menu that wants an answer, or a notice. Begins a session where none is."""
        if not self.in_session:
            self._begin("", Turn.SUBSCRIBER if wants_answer else Turn.NOBODY, text, now)
        else:
            self._move("ask" if wants_answer else "tell", text, now)

    def answer(self, *, now: float) -> None:
        """The subscriber answered; the old text stays until the next one comes."""
        self._move("answer", self.ussd.text if self.ussd else "", now)

    def end(self, ending: Ending, *, now: float, text: str | None = None) -> None:
        """End the session with a last text (`None`: the one that is shown). Raises NotNow where none is open."""
        self._move("end", self.ussd.text if text is None and self.ussd else text or "", now)
        self._change(ussd=replace(self._session(), ending=ending))

    def fail(self, code: str, ending: Ending, *, now: float) -> None:
        """A code that the network cannot put through: a session that ended before it began."""
        self._begin(code, Turn.ENDED, "", now)
        self._change(ussd=replace(self._session(), ending=ending))

    def put_away(self) -> None:
        """Close the last text of a session that has ended."""
        if self.in_session:
            raise NotNow("a session is open")
        self._change(ussd=None)

    def expired(self, now: float) -> bool:
        """Whether somebody in the session has been too slow."""
        return self.ussd is not None and self.ussd.open and now >= self.ussd.deadline

    def receive(self, peer: str, text: str, *, now: float) -> Sms:
        """A short message from `peer` arrived."""
        return self._keep(Sms(id=next(self._ids), peer=peer, text=text, at=now))

    def sent(self, peer: str, text: str, *, now: float) -> Sms:
        """A short message to `peer` left the handset."""
        return self._keep(Sms(id=next(self._ids), peer=peer, text=text, at=now, outgoing=True, read=True))

    def mark_read(self, sms_id: int) -> None:
        """Unknown ids are ignored: the message may have been forgotten meanwhile."""
        read = (replace(sms, read=True) if sms.id == sms_id else sms for sms in self.messages)
        self.messages = deque(read, maxlen=INBOX)
        self._tell()

    def clear(self) -> None:
        """Forget all messages."""
        self.messages.clear()
        self._tell()

    def _begin(self, code: str, turn: Turn, text: str, now: float) -> None:
        if self.in_session:
            raise NotNow(f"{self.msisdn} has a session already")
        self.ussd = Ussd(code=code, turn=turn, text=text, began=now, deadline=now)
        self._change(ussd=replace(self.ussd, deadline=self._deadline(turn, now)))

    def _move(self, event: str, text: str, now: float) -> None:
        turn = MOVES.get((self.ussd.turn, event)) if self.ussd else None
        if turn is None:
            raise NotNow(f"{self.msisdn}: {event} is not possible now")
        self._change(
            ussd=replace(self._session(), turn=turn, text=text, deadline=self._deadline(turn, now)),
        )

    def _deadline(self, turn: Turn, now: float) -> float:
        wait = self.timers.subscriber if turn is Turn.SUBSCRIBER else self.timers.application
        return min(now + wait, self._session().began + self.timers.session)

    def _session(self) -> Ussd:
        if self.ussd is None:
            raise NotNow(f"{self.msisdn} has no session")
        return self.ussd

    def _keep(self, sms: Sms) -> Sms:
        self.messages.append(sms)
        self._tell()
        return sms

    def _change(self, *, ussd: Ussd | None) -> None:
        self.ussd = ussd
        self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher(self)


class Phones:
    """Every handset of the network; a number that is asked for the first time becomes one."""

    def __init__(self, timers: Timers | None = None, most: int = PHONES) -> None:
        self.timers = timers or Timers()
        self._most = most
        self._handsets: OrderedDict[str, Handset] = OrderedDict()

    def __len__(self) -> int:
        return len(self._handsets)

    def __iter__(self) -> Iterator[Handset]:
        return iter(self._handsets.values())

    def get(self, msisdn: str) -> Handset:
        """The handset with this number. Raises `BadNumber`."""
        msisdn = number(msisdn)
        if msisdn not in self._handsets:
            self._forget_one()
            self._handsets[msisdn] = Handset(msisdn, self.timers)
        self._handsets.move_to_end(msisdn)
        return self._handsets[msisdn]

    def _forget_one(self) -> None:
        if len(self._handsets) < self._most:
            return
        oldest = next((handset for handset in self if handset.idle), None)
        if oldest is not None:
            del self._handsets[oldest.msisdn]
