"""The Asterisk inside: channels, who calls whom, and the events that tell of it.

It knows no socket: `simulators.asterisk.manager` listens and commands, telephones press keys. Times come from a clock
(Twisted's IReactorTime), so that a test may turn it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

from simulators.asterisk import causes, extensions, sounds
from simulators.asterisk.channels import Channel, Headers, Party, State
from simulators.asterisk.conditions import AsteriskConditions
from simulators.asterisk.dialplan import Dialplan
from simulators.asterisk.extensions import HOTLINE, TELEPHONES, Steps
from simulators.asterisk.legs import Leg
from simulators.asterisk.sounds import Sound
from simulators.asterisk.telephones import Telephone, Telephones
from simulators.clock import Clock, Timer
from simulators.phones import Plan
from simulators.ussd import NotNow

log = logging.getLogger(__name__)

VERSION: Final = "22.10.1"


class Listener(Protocol):
    """Who hears events: a manager connection."""

    def event(self, kind: str, name: str, headers: Headers) -> None: ...

    def drop(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """What this Asterisk is for: whom it lets in, the number that it answers, queues with their numbers.

    `speed` is how many times faster than in reality sounds are played.
    """

    number: str = "12580"
    accounts: Mapping[str, str] = field(default_factory=lambda: {"caredial": "caredial"}, repr=False)
    country: str = "86"
    queues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    speed: float = 1.0
    sounds: Path | None = None  # folder of sounds that are named without one


class Exchange:
    """One Asterisk with its telephones. `conditions` change by `change`."""

    def __init__(
        self,
        clock: Clock,
        hotline: Hotline | None = None,
        *,
        conditions: AsteriskConditions | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.clock = clock
        self.hotline = hotline or Hotline()
        self.conditions = conditions or AsteriskConditions()
        self.chance = chance or random.Random()
        self.phones = Telephones(Plan(self.hotline.country))
        self.legs: dict[str, Leg] = {}
        self.variables: dict[str, str] = {}
        self.version = VERSION
        self.dialplan = extensions.plan(self.hotline.number)
        self.started = clock.seconds()
        self.processed = 0
        self.down_until = 0.0
        self._listeners: list[Listener] = []
        self._watchers: list[Callable[[], None]] = []
        self._numbers = count()

    # The telephones' side

    def call(self, number: str, to: str, name: str = "") -> Telephone:
        """A telephone calls: the hotline, or another telephone. Raises BadNumber, NotNow while it is in a call."""
        phone = self.phones.get(number)
        if phone.in_call:
            raise NotNow("a call is going on")
        dialled = to.strip() if to.strip() == self.hotline.number else self.phones.get(to).number
        if self.is_down:
            raise NotNow("the Asterisk is down")
        leg = self.open(phone, state=State.RING, caller=Party(phone.number, name), exten=dialled)
        phone.begin(leg, dialled, incoming=False, now=self.clock.seconds())
        leg.app = Dialplan(self, leg)
        leg.app.start()
        return phone

    def open(
        self,
        phone: Telephone,
        *,
        endpoint: str = "trunk",
        uniqueid: str = "",
        linkedid: str = "",
        state: State = State.DOWN,
        caller: Party | None = None,
        exten: str = "s",
    ) -> Leg:
        """Make a channel to a telephone and tell of it."""
        serial = next(self._numbers)
        unique = uniqueid or f"{int(self.clock.seconds())}.{serial}"
        channel = Channel(
            name=f"PJSIP/{endpoint}-{serial:08x}",
            uniqueid=unique,
            linkedid=linkedid or unique,
            peer=phone.number,
            created=self.clock.seconds(),
            state=state,
            caller=caller or Party(),
            context=TELEPHONES if exten not in ("s", self.hotline.number) else HOTLINE,
            exten=exten,
            dnid=exten if exten != "s" else "",
        )
        return self._enter(channel, phone)

    def open_local(self, exten: str, context: str, uniqueid: str, other: str) -> tuple[Leg, Leg]:
        """Make both halves of a Local channel, which no telephone is at the end of."""
        serial, now = next(self._numbers), self.clock.seconds()
        first = uniqueid or f"{int(now)}.{serial}"
        halves = []
        for half, unique, state in ((1, first, State.DOWN), (2, other or f"{first};2", State.RING)):
            phone = Telephone("")
            channel = Channel(
                name=f"Local/{exten}@{context}-{serial:08x};{half}",
                uniqueid=unique,
                linkedid=first,
                peer="",
                created=now,
                state=state,
                context=context,
                exten=exten,
            )
            leg = self._enter(channel, phone)
            phone.begin(leg, exten, incoming=False, now=now)
            halves.append(leg)
        one, two = halves
        one.other, two.other = two, one
        return one, two

    def _enter(self, channel: Channel, phone: Telephone) -> Leg:
        leg = Leg(self, channel, phone)
        self.legs[channel.name] = leg
        self.processed += 1
        self.about(leg, "call", "Newchannel")
        return leg

    def close(self, leg: Leg) -> None:
        """A channel is gone."""
        channel = leg.channel
        if self.legs.pop(channel.name, None) is None:
            return
        if leg.other is not None:
            leg.other.hangup_requested(channel.cause)
        more = [("Cause", str(channel.cause)), ("Cause-txt", causes.text(channel.cause))]
        if channel.sip_cause:
            more.append(("TechCause", str(channel.sip_cause)))
        self.about(leg, "call", "Hangup", *more)
        leg.gone()

    # Events

    def tell(self, kind: str, name: str, headers: Headers) -> None:
        """Tell an event of a class to whoever asked for it."""
        for listener in tuple(self._listeners):
            listener.event(kind, name, headers)

    def about(self, leg: Leg, kind: str, name: str, *more: tuple[str, str]) -> None:
        """Tell an event about a channel."""
        self.tell(kind, name, [*leg.channel.headers(), *more])

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)
        self.changed()

    def unlisten(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)
            self.changed()

    @property
    def listeners(self) -> int:
        """Manager connections that have logged in."""
        return len(self._listeners)

    def extension(self, context: str, exten: str) -> Steps:
        """Return the steps of an extension of the dialplan, none where there is none."""
        return extensions.find(self.dialplan, context, exten)

    def sound(self, name: str) -> Sound:
        """Find a sound by its name. Raises NoSound."""
        return sounds.named(name, self.hotline.sounds)

    # Time and chance

    def after(self, seconds: float, what: Callable[[], object]) -> Timer:
        return self.clock.callLater(seconds, what)

    def as_played(self, seconds: float) -> float:
        """Return how long a sound of so many seconds takes here."""
        return seconds / self.hotline.speed

    def happens(self, share: float) -> bool:
        return bool(share) and self.chance.random() < share

    # Misbehaviour

    @property
    def is_down(self) -> bool:
        return self.clock.seconds() < self.down_until

    def change(self, changes: dict[str, Any]) -> None:
        """Change conditions by field name. Raises pydantic.ValidationError."""
        self.conditions = self.conditions.changed(changes)
        log.info("conditions: %s", self.conditions.trouble or "none")
        self.changed()

    def drop(self) -> int:
        """Close all manager connections without a word; return how many. Calls go on."""
        listeners = tuple(self._listeners)
        for listener in listeners:
            listener.drop()
        return len(listeners)

    def restart(self, *, seconds: float = 0, announce: bool = True, keep_calls: bool = False) -> int:
        """Stop and start anew, away for so long; return how many connections were lost.

        `announce` says Shutdown first. With `keep_calls` channels outlive it, as where only the manager was reloaded.
        """
        if announce:
            self.tell("system", "Shutdown", [("Shutdown", "Cleanly"), ("Restart", "True")])
        lost = self.drop()
        if not keep_calls:
            for leg in tuple(self.legs.values()):
                leg.gone()
            self.legs.clear()
            self._numbers, self.processed = count(), 0
        self.down_until = self.clock.seconds() + seconds
        self.started = self.down_until
        self.changed()
        return lost

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have `watcher` run when managers come and go or conditions change, until the returned function runs."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def changed(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()
