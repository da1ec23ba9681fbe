"""Handsets: what a subscriber sees and does.

Pure: nothing is sent from here and time is an argument (`now`, seconds since 1970). The network
(`simulators.smsc`) shows texts and hands in short messages, the page (`simulators.http`) presses keys;
whoever subscribed is told after every change.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from simulators import ussd
from simulators.ussd import Ending, NotNow, Timers, Ussd
from smpp.pdu import ShortMessage
from smpp.segments import Reassembly

INBOX: Final = 200
"""Messages that a handset keeps, oldest forgotten first."""

PHONES: Final = 50_000
"""Handsets that the network remembers, longest untouched forgotten first."""


class BadNumber(ValueError):
    """Not a telephone number: 3 to 15 digits (E.164 section 6 allows at most 15)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """A short message as the handset shows it; `peer` is the other side, `at` in seconds since 1970."""

    id: int
    peer: str
    text: str
    at: float
    outgoing: bool = False
    read: bool = False


def digits(typed: str) -> str:
    """Return a telephone number without "+", spaces and dashes. Raises BadNumber."""
    bare = re.sub(r"[\s\-]", "", typed).removeprefix("+")
    if not re.fullmatch(r"[0-9]{3,15}", bare):
        raise BadNumber(f"{typed!r} is not a telephone number (3 to 15 digits)")
    return bare


@dataclass(frozen=True, slots=True)
class Plan:
    """How a number of 10 or 11 digits at home and its international form belong together. Empty: no such rule."""

    country: str = "86"

    def home(self, typed: str) -> str:
        """Return the number as people at home write it: +86 154 0000 0001 is 15400000001. Raises BadNumber."""
        bare = digits(typed)
        inner = bare.removeprefix(self.country)
        return inner if self._national(inner) else bare

    def msisdn(self, home: str) -> str:
        """Return the international form of what `home` returned; a short code has none and stays."""
        return self.country + home if self._national(home) else home

    def _national(self, number: str) -> bool:
        return bool(self.country) and 10 <= len(number) <= 11


class Handset:
    """One phone: its messages, its USSD session (at most one), and who watches it.

    `number` is as its owner knows it, `msisdn` as the network writes it.
    """

    def __init__(self, number: str, msisdn: str, timers: Timers) -> None:
        self.number = number
        self.msisdn = msisdn
        self.ussd: Ussd | None = None
        self.messages: deque[Sms] = deque(maxlen=INBOX)
        self._timers = timers
        self._segments = Reassembly(max_messages=20)
        self._watchers: list[Callable[[Handset], None]] = []
        self._ids = count(1)

    def subscribe(self, watcher: Callable[[Handset], None]) -> Callable[[], None]:
        """Have `watcher(handset)` run after every change, until the returned function is called."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    @property
    def in_session(self) -> bool:
        return self.ussd is not None and self.ussd.open

    @property
    def idle(self) -> bool:
        """Whether nobody would miss it."""
        return not self._watchers and not self.in_session

    @property
    def unread(self) -> int:
        return sum(not sms.read for sms in self.messages)

    def dial(self, code: str, *, now: float) -> None:
        """Begin a session: "please wait" until the application's text comes. Raises NotNow while one is open."""
        self._must_be_free()
        self._screen(ussd.dialled(code, now=now, timers=self._timers))

    def fail(self, code: str, ending: Ending, *, now: float) -> None:
        """Tell that a code cannot be put through. Raises NotNow while a session is open."""
        self._must_be_free()
        self._screen(ussd.failed(code, ending, now=now, timers=self._timers))

    def show(self, text: str, *, wants_answer: bool, now: float) -> None:
        """Show a text of the application, a menu or a notice; begins a session where none is. Raises NotNow."""
        session = self.ussd if self.ussd and self.ussd.open else ussd.pushed(now=now, timers=self._timers)
        self._screen(session.after("ask" if wants_answer else "tell", text=text, now=now))

    def answer(self, *, now: float) -> None:
        """The subscriber answered the text that is shown. Raises NotNow."""
        self._screen(self._session().after("answer", now=now))

    def end(self, ending: Ending, *, now: float, text: str | None = None) -> None:
        """End the session, with a last text or the one that is shown. Raises NotNow where none is open."""
        self._screen(self._session().after("end", text=text, ending=ending, now=now))

    def put_away(self) -> None:
        """Close the last text of a session that has ended. Raises NotNow while it is open."""
        self._must_be_free()
        self._screen(None)

    def segment(self, pdu: ShortMessage, *, now: float) -> Sms | None:
        """Take a short message or one segment (UDH or sar TLVs); return the message once it is whole."""
        text = self._segments.add(pdu, now)
        return None if text is None else self.receive(pdu.source.number, text, now=now)

    def receive(self, peer: str, text: str, *, now: float) -> Sms:
        """A whole short message from `peer` arrived."""
        return self._keep(Sms(id=next(self._ids), peer=peer, text=text, at=now))

    def sent(self, peer: str, text: str, *, now: float) -> Sms:
        """A short message to `peer` left the handset."""
        return self._keep(Sms(id=next(self._ids), peer=peer, text=text, at=now, outgoing=True, read=True))

    def mark_read(self, sms: int) -> None:
        """Mark the message with this id; one that has been forgotten meanwhile is no error."""
        read = (replace(one, read=True) if one.id == sms else one for one in self.messages)
        self.messages = deque(read, maxlen=INBOX)
        self._tell()

    def erase(self) -> None:
        """Forget all messages."""
        self.messages.clear()
        self._tell()

    def _must_be_free(self) -> None:
        if self.in_session:
            raise NotNow("a session is open")

    def _session(self) -> Ussd:
        if self.ussd is None:
            raise NotNow("no session is open")
        return self.ussd

    def _keep(self, sms: Sms) -> Sms:
        self.messages.append(sms)
        self._tell()
        return sms

    def _screen(self, session: Ussd | None) -> None:
        self.ussd = session
        self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher(self)


class Phones:
    """Every handset of the network; a number that is asked for the first time becomes one."""

    def __init__(self, timers: Timers | None = None, *, plan: Plan | None = None, most: int = PHONES) -> None:
        self._timers = timers or Timers()
        self._plan = plan or Plan()
        self._most = most
        self._handsets: OrderedDict[str, Handset] = OrderedDict()

    def __len__(self) -> int:
        return len(self._handsets)

    def __iter__(self) -> Iterator[Handset]:
        return iter(self._handsets.values())

    def get(self, typed: str) -> Handset:
        """Return the handset with this number, in either form. Raises BadNumber."""
        home = self._plan.home(typed)
        if home not in self._handsets:
            self._make_room()
            self._handsets[home] = Handset(home, self._plan.msisdn(home), self._timers)
        self._handsets.move_to_end(home)
        return self._handsets[home]

    def _make_room(self) -> None:
        if len(self._handsets) < self._most:
            return
        oldest = next((handset for handset in self if handset.idle), None)
        if oldest is not None:
            del self._handsets[oldest.number]
