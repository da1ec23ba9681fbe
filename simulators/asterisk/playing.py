"""AGI commands that take their time: they play, wait for keys, record.

Each begins with `start`, gets keys while it runs, and gives its `Answer` once. Source: res_agi.c and app.c of Asterisk.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulators.asterisk import sounds
from simulators.asterisk.answers import Answer, Done, failure, result
from simulators.asterisk.legs import Leg
from simulators.asterisk.sounds import NoSound, Sound
from simulators.clock import Timer

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

_FRAME: Final = 160  # samples that Asterisk plays at a time
_GET_DATA: Final = 6000  # milliseconds, unless it is told
_MOST_KEYS: Final = 1024
_DIGIT: Final = 0.6  # seconds that a digit takes to be said
_SPOKEN: Final = 1.0  # seconds of tone where no microphone is
_LOOK: Final = 0.25  # seconds between two looks at what a microphone gave


class Timed:
    """A command that runs. `play` and `wait` have `due` called later."""

    def __init__(self, exchange: Exchange, leg: Leg, done: Done) -> None:
        self.exchange = exchange
        self.leg = leg
        self._done = done
        self._timer: Timer | None = None
        self._begun = 0.0
        self._sound = Sound(0)

    def start(self) -> None: ...

    def key(self, digit: str) -> None: ...

    def stop(self) -> None: ...

    def hung_up(self) -> None:
        self.finish(failure())

    def due(self) -> None: ...

    def play(self, sound: Sound, offset: int = 0) -> None:
        self._sound = sound
        seconds, skipped = self.leg.hear(sound, offset)
        self._begun = self.exchange.clock.seconds() - skipped
        self.wait(seconds - skipped)

    def wait(self, seconds: float) -> None:
        self.idle()
        self._timer = self.leg.after(seconds, self._on_time)

    def idle(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def finish(self, answer: Answer) -> None:
        self.idle()
        self.leg.phone.hush()
        self._done(answer)

    @property
    def place(self) -> int:
        """How many samples have been played, in whole frames."""
        passed = (self.exchange.clock.seconds() - self._begun) * self.exchange.hotline.speed
        return min(int(passed * self._sound.rate + 1e-3) // _FRAME * _FRAME, self._sound.frames)

    def _on_time(self) -> None:
        self._timer = None
        self.due()


class StreamFile(Timed):
    """STREAM FILE: from a sample on, to its end, or to a key that may interrupt it."""

    def __init__(self, exchange: Exchange, leg: Leg, done: Done, *, name: str, escape: str, offset: int = 0) -> None:
        super().__init__(exchange, leg, done)
        self._name, self._escape, self._offset = name, escape, offset

    def start(self) -> None:
        try:
            sound = self.exchange.sound(self._name)
        except NoSound:
            self.finish(failure("endpos=0"))
        else:
            self.play(sound, self._offset)

    def key(self, digit: str) -> None:
        if digit in self._escape:
            self._end(ord(digit), "FAILED")

    def stop(self) -> None:
        self._end(0, "SUCCESS")

    def hung_up(self) -> None:
        self.finish(failure(f"endpos={self.place}"))

    def due(self) -> None:
        self._begun = float("-inf")
        self.leg.assign("PLAYBACKSTATUS", "SUCCESS")
        self.finish(result(0, f"endpos={self._sound.frames}"))

    def _end(self, value: int, status: str) -> None:
        place = self.place
        self.leg.assign("PLAYBACKSTATUS", status)
        self.finish(result(value, f"endpos={place}"))


class Say(Timed):
    """SAY DIGITS and its like: spoken with Asterisk's own sounds, of which there are none here."""

    def __init__(self, exchange: Exchange, leg: Leg, done: Done, *, text: str, escape: str) -> None:
        super().__init__(exchange, leg, done)
        self._text, self._escape = text, escape

    def start(self) -> None:
        self.play(sounds.spoken(self._text, _DIGIT * max(len(self._text.split()), 1)))

    def key(self, digit: str) -> None:
        if digit in self._escape:
            self.finish(result(ord(digit)))

    def stop(self) -> None:
        self.finish(result(0))

    def due(self) -> None:
        self.finish(result(0))


class GetData(Timed):
    """GET DATA: a prompt that the first key ends, then keys up to #, to their number, or to a silence."""

    def __init__(self, exchange: Exchange, leg: Leg, done: Done, *, name: str, timeout: int, most: int) -> None:
        super().__init__(exchange, leg, done)
        self._name = name
        self._timeout = (timeout if timeout > 0 else _GET_DATA) / 1000
        self._most = most if most > 0 else _MOST_KEYS
        self._keys = ""
        self._playing = False

    def start(self) -> None:
        if not self._name:
            self.wait(self._timeout)
            return
        try:
            sound = self.exchange.sound(self._name)
        except NoSound:
            self.finish(result(-1))
        else:
            self._playing = True
            self.play(sound)

    def key(self, digit: str) -> None:
        if digit == "#":
            self.finish(result(self._keys))
            return
        self._keys += digit
        if len(self._keys) >= self._most:
            self.finish(result(self._keys))
        else:
            self._listen()

    def stop(self) -> None:
        if self._playing:
            self._listen()

    def hung_up(self) -> None:
        self.finish(failure())

    def due(self) -> None:
        if self._playing:
            self._listen()
        else:
            self.finish(result(self._keys, "(timeout)"))

    def _listen(self) -> None:
        self._playing = False
        self.leg.phone.hush()
        self.wait(self._timeout)


class WaitForDigit(Timed):
    """WAIT FOR DIGIT: one key, or none in so many milliseconds (-1: for ever). EXEC Wait takes no key."""

    def __init__(self, exchange: Exchange, leg: Leg, done: Done, *, milliseconds: float, listen: bool = True) -> None:
        super().__init__(exchange, leg, done)
        self._milliseconds, self._listen = milliseconds, listen

    def start(self) -> None:
        if self._milliseconds >= 0:
            self.wait(self._milliseconds / 1000)

    def key(self, digit: str) -> None:
        if self._listen:
            self.finish(result(ord(digit)))

    def due(self) -> None:
        self.finish(result(0))


class RecordFile(Timed):
    """RECORD FILE: what the telephone's microphone gave, or a short tone where it gave nothing.

    Ends with a key, after so many milliseconds (-1: never), or after so many seconds of silence.
    """

    def __init__(
        self, exchange: Exchange, leg: Leg, done: Done, *, path: Path, escape: str, most: int, options: Sequence[str]
    ) -> None:
        super().__init__(exchange, leg, done)
        self._path, self._escape = path, escape
        self._most = most / 1000 if most > 0 else None
        self._beep = "BEEP" in (option.upper() for option in options)
        self._silence = next((float(option[2:]) for option in options if option[:2] in ("s=", "S=")), 0.0)
        self._spoken = bytearray()
        self._heard = 0  # octets that have been looked at
        self._last_loud = 0.0

    def start(self) -> None:
        if self._beep:
            self.play(sounds.BEEP)
        else:
            self._record()

    def key(self, digit: str) -> None:
        if digit in self._escape and self._recording:
            self._end(ord(digit), "dtmf")

    def stop(self) -> None: ...

    def hung_up(self) -> None:
        if self._recording:
            self._end(-1, "hangup", failed=True)
        else:
            self.finish(failure("(hangup) endpos=0"))

    def due(self) -> None:
        if not self._recording:
            self._record()
            return
        self._look()
        passed = self._passed
        if self._most is not None and passed >= self._most - 1e-6:
            self._end(0, "timeout")
        elif self._silence and self.exchange.clock.seconds() - self._last_loud >= self._silence - 1e-6:
            left = 0 if self._most is None else int((self._most - passed) * 1000)
            self._end(left, "timeout")
        else:
            self._wait()

    @property
    def _recording(self) -> bool:
        return self.leg.microphone is not None

    @property
    def _passed(self) -> float:
        return self.exchange.clock.seconds() - self._begun

    def _record(self) -> None:
        self.leg.microphone = self._spoken
        self._begun = self._last_loud = self.exchange.clock.seconds()
        self.leg.phone.hush()
        self.leg.phone.record(on=True)
        self._wait()

    def _wait(self) -> None:
        left = _LOOK if self._most is None else min(_LOOK, self._most - self._passed)
        self.wait(left)

    def _look(self) -> None:
        new = bytes(self._spoken[self._heard :])
        self._heard = len(self._spoken)
        pretending = not self._spoken and self._passed < _SPOKEN + 1e-6
        if pretending or (new and sounds.loud(new)):
            self._last_loud = self.exchange.clock.seconds()

    def _end(self, value: int, why: str, *, failed: bool = False) -> None:
        samples = bytes(self._spoken) or sounds.tone(min(self._passed, _SPOKEN))
        self.leg.microphone = None
        if self.leg.phone.holds(self.leg):
            self.leg.phone.record(on=False)
        try:
            sounds.write(self._path, samples)
        except OSError:
            self.finish(failure("(writefile) endpos=0"))
            return
        told = f"({why}) endpos={len(samples) // 2}"
        self.finish(failure(told) if failed else result(value, told))
