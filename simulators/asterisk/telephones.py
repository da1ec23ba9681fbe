"""Telephones: what the one who holds it sees, hears and does.

A telephone knows at most one call. What it does to the call goes to the `Line` at its other end, in the Asterisk.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, Literal, Protocol

from simulators.asterisk.causes import Manner
from simulators.asterisk.sounds import Sound
from simulators.phones import Plan
from simulators.ussd import NotNow

PHONES: Final = 50_000
"""Telephones that are remembered, longest untouched forgotten first."""
_HEARD: Final = 50
"""Sounds that a call remembers."""

KEYS: Final = frozenset("0123456789*#")
CallState = Literal["calling", "ringing", "talking", "ended"]
Ending = Literal["", "own", "over", "busy", "rejected", "unreachable", "no-answer", "no-line"]
"""Why a call is over: `own` hand hung up, the other side did (`over`), or the call was never answered."""


class Line(Protocol):
    """The Asterisk's end of a call."""

    def key(self, digit: str) -> None: ...

    def hang_up(self) -> None: ...

    def answer(self) -> None: ...

    def reject(self) -> None: ...

    def speak(self, samples: bytes) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A sound that was played: `at` in seconds since 1970, `seconds` its length as it is played."""

    id: int
    text: str
    seconds: float
    at: float
    path: Path | None


@dataclass(slots=True, kw_only=True)
class Call:
    """A call as the telephone shows it. `since` is when its state began; `partner` whom the Asterisk put through."""

    id: int
    peer: str
    incoming: bool
    state: CallState
    since: float
    ending: Ending = ""
    partner: str = ""
    saying: Heard | None = None
    recording: bool = False
    heard: deque[Heard] = field(default_factory=lambda: deque(maxlen=_HEARD))


class Telephone:
    """One telephone. `manner` is what it does when called, None for what telephones do here."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.manner: Manner | None = None
        self.call: Call | None = None
        self._line: Line | None = None
        self._ids = count(1)
        self._watchers: list[Callable[[], None]] = []

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have `watcher` run after every change, until the returned function is called."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    @property
    def in_call(self) -> bool:
        return self._line is not None

    def holds(self, line: Line) -> bool:
        """Whether its call goes over this line."""
        return self._line is line

    @property
    def idle(self) -> bool:
        """Whether nobody would miss it."""
        return not self._watchers and not self.in_call and self.manner is None

    # What its owner does; all raise NotNow where it makes no sense

    def press(self, digit: str) -> None:
        """Press a key during a call."""
        if digit not in KEYS:
            raise NotNow(f"{digit!r} is no key")
        self._in("talking").key(digit)

    def hang_up(self) -> None:
        """Hang up, or stop calling; a call that rings is rejected."""
        line = self._in("calling", "talking", "ringing")
        if self.call is not None and self.call.state == "ringing":
            line.reject()
        else:
            line.hang_up()

    def answer(self) -> None:
        self._in("ringing").answer()

    def reject(self) -> None:
        self._in("ringing").reject()

    def speak(self, samples: bytes) -> None:
        """Say something: 16-bit samples, 8000 a second. They are kept only while the Asterisk records."""
        self._in("talking").speak(samples)

    def sound(self, heard: int) -> Path | None:
        """Return the file of a sound that was played on this call; None for any other."""
        sounds = self.call.heard if self.call else ()
        return next((one.path for one in sounds if one.id == heard), None)

    # What the Asterisk does

    def begin(self, line: Line, peer: str, *, incoming: bool, now: float) -> None:
        """A call begins: it rings here, or `peer` is called from here."""
        self._line = line
        state: CallState = "ringing" if incoming else "calling"
        self.call = Call(id=next(self._ids), peer=peer, incoming=incoming, state=state, since=now)
        self._tell()

    def talk(self, *, now: float) -> None:
        """The call is answered."""
        call = self._call()
        call.state, call.since = "talking", now
        self._tell()

    def hear(self, sound: Sound, seconds: float, *, now: float) -> None:
        """A sound is played, for so many seconds."""
        call = self._call()
        heard = Heard(id=next(self._ids), text=sound.text, seconds=seconds, at=now, path=sound.path)
        call.heard.append(heard)
        call.saying = heard
        self._tell()

    def hush(self) -> None:
        """Nothing is played any more."""
        if self.call is not None and self.call.saying is not None:
            self.call.saying = None
            self._tell()

    def record(self, *, on: bool) -> None:
        """What is spoken is recorded from now on, or no longer."""
        self._call().recording = on
        self._tell()

    def put_through(self, partner: str) -> None:
        """The Asterisk has connected another telephone (empty: no longer)."""
        self._call().partner = partner
        self._tell()

    def over(self, ending: Ending, *, now: float) -> None:
        """The call has ended."""
        call = self._call()
        call.state, call.since, call.ending = "ended", now, ending
        call.saying, call.recording, call.partner = None, False, ""
        self._line = None
        self._tell()

    def _in(self, *states: CallState) -> Line:
        if self._line is None or self.call is None or self.call.state not in states:
            raise NotNow("there is no such call")
        return self._line

    def _call(self) -> Call:
        if self.call is None:
            raise NotNow("there is no call")
        return self.call

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()


class Telephones:
    """Every telephone; a number that is asked for the first time becomes one."""

    def __init__(self, plan: Plan, *, most: int = PHONES) -> None:
        self._plan = plan
        self._most = most
        self._phones: OrderedDict[str, Telephone] = OrderedDict()

    def __iter__(self) -> Iterator[Telephone]:
        return iter(self._phones.values())

    def __len__(self) -> int:
        return len(self._phones)

    def get(self, typed: str) -> Telephone:
        """Return the telephone with this number, in either form. Raises BadNumber."""
        home = self._plan.home(typed)
        if home not in self._phones:
            self._make_room()
            self._phones[home] = Telephone(home)
        self._phones.move_to_end(home)
        return self._phones[home]

    def _make_room(self) -> None:
        if len(self) < self._most:
            return
        oldest = next((phone for phone in self if phone.idle), None)
        if oldest is not None:
            del self._phones[oldest.number]
