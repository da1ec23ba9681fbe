"""A leg: a channel, the telephone at its end, and what runs on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from simulators.asterisk import causes
from simulators.asterisk.channels import Channel, State
from simulators.asterisk.sounds import Sound
from simulators.asterisk.telephones import Ending, Telephone
from simulators.clock import Timer

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

KEY_MILLISECONDS = 100


class App(Protocol):
    """What runs on a channel."""

    def start(self) -> None: ...

    def key(self, digit: str) -> None: ...

    def stop(self) -> None:
        """Stop playing, as ControlPlayback asks."""

    def hung_up(self) -> None:
        """The channel is hung up: end at once, and say so."""


class Ringing(Protocol):
    """Who waits for a telephone to be answered."""

    def answered(self) -> None: ...

    def refused(self, refusal: causes.Refusal) -> None: ...

    def called_off(self) -> None:
        """The channel is hung up from here."""


class Leg:
    """One leg of a call; also the telephone's `Line`."""

    def __init__(self, exchange: Exchange, channel: Channel, phone: Telephone) -> None:
        self.channel = channel
        self.phone = phone
        self.app: App | None = None
        self.ringing: Ringing | None = None
        self.microphone: bytearray | None = None  # what is spoken while it is recorded
        self.alive = True
        self.late = False  # TIMEOUT(absolute) is over
        self.deadline = 0.0  # when it will be, in seconds since 1970; 0 for never
        self.other: Leg | None = None  # of a Local channel, which has two halves
        self.when_up: Callable[[], None] | None = None
        self._limit: Timer | None = None
        self._ending: Ending = "over"
        self._exchange = exchange
        self._timers: list[Timer] = []

    # What the telephone does

    def key(self, digit: str) -> None:
        """Tell of a key, then let whatever runs have it; nobody else keeps it."""
        if not self.alive:
            return
        self.tell_key(digit, "Received")
        self._give_key(digit)

    def inject(self, digit: str) -> None:
        """A key that a manager pressed for the caller (PlayDTMF with Receive): only its end is told."""
        if self.alive:
            self.tell_key(digit, "Received", begun=False)
            self._give_key(digit)

    def send_key(self, digit: str) -> None:
        """A key for whoever is at the other end; that of a Local channel is here, too."""
        if self.other is not None:
            self.other.key(digit)
        else:
            self.tell_key(digit, "Sent")

    def hang_up(self) -> None:
        self._ending = "own"
        self.hangup_requested()

    def answer(self) -> None:
        if self.ringing is not None:
            self.ringing.answered()

    def reject(self) -> None:
        self._ending = "own"
        if self.ringing is not None:
            self.ringing.refused(causes.DECLINED)

    def speak(self, samples: bytes) -> None:
        if self.microphone is not None:
            self.microphone += samples

    # What the Asterisk does

    def tell_key(self, digit: str, direction: str, *, begun: bool = True) -> None:
        if begun:
            self._exchange.about(self, "dtmf", "DTMFBegin", ("Digit", digit), ("Direction", direction))
        end = (("Digit", digit), ("DurationMs", str(KEY_MILLISECONDS)), ("Direction", direction))
        self._exchange.about(self, "dtmf", "DTMFEnd", *end)

    def up(self) -> None:
        """The call is answered."""
        self.channel.state = State.UP
        self._exchange.about(self, "call", "Newstate")
        if self.phone.holds(self):
            self.phone.talk(now=self._exchange.clock.seconds())
        if self.when_up is not None:
            self.when_up()

    def limit(self, seconds: float) -> None:
        """The call may last for so long from now on; 0 for ever (TIMEOUT(absolute))."""
        if self._limit is not None and self._limit.active():
            self._limit.cancel()
        self.deadline = self._exchange.clock.seconds() + seconds if seconds else 0.0
        self._limit = self.after(seconds, self._too_late) if seconds else None

    def variable(self, name: str) -> str:
        """Return a variable, or what a function of the dialplan tells; empty where there is none."""
        if name == "TIMEOUT(absolute)":
            left = self.deadline - self._exchange.clock.seconds() if self.deadline else 0
            return f"{left:.3f}"
        return self.channel.variable(name) or ""

    def assign(self, name: str, value: str) -> None:
        """Set a variable and tell of it."""
        self.channel.assign(name, value)
        self._exchange.about(self, "dialplan", "VarSet", ("Variable", name), ("Value", value))

    def hear(self, sound: Sound, offset: int = 0) -> tuple[float, float]:
        """Play a sound from this sample on; return the seconds that it takes as a whole, and those that are skipped."""
        seconds = self._exchange.as_played(sound.seconds)
        skipped = self._exchange.as_played(min(offset, sound.frames) / sound.rate)
        self.phone.hear(sound, seconds, now=self._exchange.clock.seconds() - skipped)
        return seconds, skipped

    def hangup_requested(self, cause: int = 0, sip_cause: int = 0) -> None:
        """The far end has hung up: whatever runs ends, then the channel."""
        if not self.alive:
            return
        more = [("Cause", str(cause))] if cause else []
        more += [("TechCause", str(sip_cause))] if sip_cause else []
        self._exchange.about(self, "call", "HangupRequest", *more)
        self.channel.cause, self.channel.sip_cause = cause or self.channel.cause, sip_cause
        self._end()

    def soft_hangup(self, cause: int = 0) -> None:
        """Hang up from here (Hangup of AMI): Cause of the event is Asterisk's flag for an explicit request."""
        if self.alive:
            self._exchange.about(self, "call", "SoftHangupRequest", ("Cause", "32"))
            self.channel.cause = cause
            self._end()

    def over(self, ending: Ending = "over") -> None:
        """Close the channel; `ending` is what the telephone shows unless it hung up itself."""
        self.alive = False
        self._ending = self._ending if self._ending == "own" else ending
        self._exchange.close(self)

    def gone(self) -> None:
        """The channel does not exist any more."""
        self.alive = False
        self.app = self.ringing = None
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        if self.phone.holds(self):
            self.phone.over(self._ending, now=self._exchange.clock.seconds())

    def after(self, seconds: float, what: Callable[[], object]) -> Timer:
        """Have something done later, unless the channel is gone by then."""
        self._timers = [timer for timer in self._timers if timer.active()]
        self._timers.append(self._exchange.after(seconds, what))
        return self._timers[-1]

    def _give_key(self, digit: str) -> None:
        if self.app is not None:
            self.app.key(digit)

    def _too_late(self) -> None:
        if self.alive:
            self.deadline, self.late = 0.0, True
            self._end()

    def _end(self) -> None:
        self.alive = False
        if self.app is not None:
            self.app.hung_up()
        elif self.ringing is not None:
            self.ringing.called_off()
        else:
            self.over()
